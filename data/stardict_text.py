"""What the fields of a StarDict entry say, as plain text.

The rule of each type stands in :data:`TYPES`. Doses and comparators stay: only what is written like a tag from its
``<`` to its ``>`` is one, and a name that the language does not have is text unless the same text also closes it.
``10<sup>9</sup>`` becomes ``10^9``, never 109.
"""

import html
import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from data.stardict import Field

_MARKUP = re.compile(
    r"<!--|<!\[CDATA\["
    r"|<(?:!DOCTYPE|\?[A-Za-z])[^<>]*>"
    r"|<(?P<close>/?)(?P<name>[^\W\d][\w:.-]*)(?P<rest>(?:[\s/](?:\"[^\"<]*\"|'[^'<]*'|[^\"'<>])*)?)>",
    re.IGNORECASE,
)
_REGIONS = {"<!--": "-->", "<![CDATA[": "]]>"}
_RAISED = re.compile(r"\brise=[\"']?[1-9]|vertical-align:\s*super")
_CLOSERS = re.compile(r"</([^\W\d][\w:.-]*)\s*>")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SPACES = re.compile(r"[ \t\r\n\f\xa0]+")


class _Language(NamedTuple):
    """A markup language: its tags by what they do to the text. ``folds`` says that line ends are but spaces."""

    inline: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()
    cells: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    folds: bool = False


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HTML = _Language(
    inline=_names(
        "a abbr acronym b bdi bdo big cite code data dfn del em font i img input ins kbd label mark nobr q s samp small"
        " span strike strong sub sup time tt u var wbr ruby rb"
    ),
    lines=_names(
        "address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure footer"
        " form h1 h2 h3 h4 h5 h6 head header hr html li link main meta nav ol p pre section summary table tbody tfoot"
        " thead tr ul"
    ),
    cells=_names("td th rt"),
    gone=_names("script style title rp audio video object svg"),
    folds=True,
)
_PANGO = _Language(inline=_names("markup span b big i s sub sup small tt u"))
_XDXF = _Language(
    inline=_names(
        "abbr abr b big blockquote c categ co dtrn etm ex_orig ex_tran ex_trn gr i iref kref mrkd nu opt pos s small"
        " span sub sup tense tt u"
    ),
    lines=_names("ar br def deftext ex sr"),
    gone=_names("k tr rref"),  # the headword again, its pronunciation, names of files
)
_OTHER_XML = _Language()


def _entities(text: str) -> str:
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text)


class _Plain:
    """Puts plain text together from text and tags."""

    def __init__(self, language: _Language, text: str) -> None:
        self.language = language
        self.closed = {found[1].lower(): found.start() for found in _CLOSERS.finditer(text)}  # where last
        self.pieces = [""]
        self.raised = False

    def say(self, text: str, *, literal: bool = False) -> None:
        """Text as it stands in the markup; ``literal`` text holds no entities."""
        if not text:
            return
        text = text if literal else _entities(text)
        text = _SPACES.sub(" ", text) if self.language.folds else text
        if self.raised and text[0] in "0123456789+-−" and self.pieces[-1][-1:].strip():
            self.pieces.append("^")
        self.raised = False
        self.pieces.append(text)

    def tag(self, name: str, rest: str, *, closing: bool) -> bool:
        """What a tag does; False when it is none and stands for itself. ``rest`` is what follows the name in it."""
        alone = rest.endswith("/")
        if name in self.language.cells:
            self.pieces.append(" ")
        elif name in self.language.inline:
            self.raised = not closing and (self.raised or name == "sup" or bool(_RAISED.search(rest)))
        elif name in self.language.lines or (name not in self.language.gone and (name in self.closed or alone)):
            self.pieces.append("\n")
        else:
            return name in self.language.gone
        return True

    def gone_until(self, tag: re.Match[str], text: str) -> int:
        """Where the text goes on after a tag: behind what it closes if that is to be left out, else behind itself.

        Only what is closed is left out: an open end would take the rest of the entry with it.
        """
        name = tag["name"].lower()
        leaves_out = name in self.language.gone and not tag["close"] and not tag["rest"].endswith("/")
        if leaves_out and self.closed.get(name, -1) >= tag.end():
            return next(end.end() for end in _CLOSERS.finditer(text, tag.end()) if end[1].lower() == name)
        return tag.end()

    def text(self) -> str:
        """What was said, without blank lines."""
        lines = (line.strip() for line in "".join(self.pieces).split("\n"))
        return "\n".join(_SPACES.sub(" ", line) if self.language.folds else line for line in lines if line)


def strip_markup(language: _Language, text: str) -> str:
    """Text without tags and comments, entities decoded, no blank lines; in time linear in the text."""
    plain = _Plain(language, text)
    last = {opener: text.rfind(closer) for opener, closer in _REGIONS.items()}
    at = 0
    while found := _MARKUP.search(text, at):
        plain.say(text[at : found.start()])
        at = found.end()
        opener = found[0].upper()
        if opener in _REGIONS:
            if at > last[opener]:  # never closed, so it is text
                plain.say(found[0])
                continue
            stop = text.index(_REGIONS[opener], at)
            if opener != "<!--":
                plain.say(text[at:stop], literal=True)
            at = stop + len(_REGIONS[opener])
        elif found["name"]:
            at = plain.gone_until(found, text)
            if not plain.tag(found["name"].lower(), found["rest"], closing=bool(found["close"])):
                plain.say(found[0])
    plain.say(text[at:])
    return plain.text()


def _wiki(text: str) -> str:
    """MediaWiki markup: the same kernel that cleans Wikipedia."""
    from beam_pipelines.text import mediawiki

    return mediawiki.clean_text(text)


def _lines(text: str) -> str:
    return text.strip()


def _nothing(text: str) -> str:
    return ""


class _Type(NamedTuple):
    about: str
    plain: Callable[[str], str]


TYPES = {
    "m": _Type("plain text, as it is", _lines),
    "l": _Type("plain text in another encoding: UTF-8 if it is that, else --encoding", _lines),
    "g": _Type("Pango markup", partial(strip_markup, _PANGO)),
    "h": _Type("HTML", partial(strip_markup, _HTML)),
    "x": _Type("XDXF, without the headword it repeats", partial(strip_markup, _XDXF)),
    "k": _Type("KingSoft PowerWord's XML", partial(strip_markup, _OTHER_XML)),
    "n": _Type("WordNet's XML", partial(strip_markup, _OTHER_XML)),
    "w": _Type("MediaWiki markup", _wiki),
    "t": _Type("pronunciation: left out", _nothing),
    "y": _Type("Chinese or Japanese reading: left out", _nothing),
    "r": _Type("names of files: left out", _nothing),
    "W": _Type("sound: left out", _nothing),
    "P": _Type("picture: left out", _nothing),
    "X": _Type("experiments: left out", _nothing),
}
"""What becomes of a field, by its type."""


def decode(data: bytes, *, encoding: str = "utf-8") -> str:
    """Text in UTF-8, or else in ``encoding``, with ``\\n`` line ends; UnicodeDecodeError when it is neither."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        if encoding == "utf-8":
            raise
        text = data.decode(encoding)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def text_of(fields: Iterable[Field], *, encoding: str) -> str:
    """The text of an entry, a field after the other on lines of their own; "" when no field says anything.

    Raises ValueError for a type that is not known and UnicodeDecodeError for bytes that are no text.
    """
    texts = []
    for field in fields:
        kind = TYPES.get(field.kind)
        if kind is None:
            raise ValueError(f"type {field.kind!r} is not known")
        if kind.plain is not _nothing:
            texts.append(kind.plain(decode(field.data, encoding=encoding if field.kind == "l" else "utf-8")))
    return "\n".join(text for text in texts if text)
