"""Korean headwords and their English, as dictionaries write them: cleaned, found in the entry, told apart by sense.

A wrong English word is worse than none, so what is not surely the translation is left where it stands.
"""

import unicodedata
from collections.abc import Sequence

import regex

from beam_pipelines.text.questions import clean_text

_HANGUL = regex.compile(r"[가-힣]")
_KOREAN_OR_HAN = regex.compile(r"[가-힣ㄱ-ㆎᄀ-ᇿ\p{Han}]")
_LATIN = regex.compile(r"[\p{Latin}\p{Greek}]")
_HAN_ONLY = regex.compile(r"\s*[(\[〔【][\p{Han}\s,·ㆍ/-]+[)\]〕】]")
_BRACKET = regex.compile(r"\s*[(\[〔【][^()\[\]〔〕【】]*[)\]〕】]")
_STRAY_START = regex.compile(r"""^(?:[\s"'“”‘’`·•*|,.:;=~_/\\]+|-+\s+|\(?\d{1,2}[.)]\s+|[①-⑳]\s*)+""")
_STRAY_END = regex.compile(r"""(?:[\s"'“”‘’`·•*|,:;=~_/\\]+|\s-+|(?<!\.\p{L})\.)+$""")
"""A hyphen that touches a letter is the word's own, as in ``anti-``, and so is the last point of ``b.i.d.``."""
_LABEL = regex.compile(r"^(?:\[?(?:영어?|英|English|Eng\.?|en)\]?\s*[:：\]]|\[(?:영어?|英)\])\s*", regex.IGNORECASE)
_SENSE = regex.compile(r"\s*[;；]\s*(?![^()]*\))")
_KEY_SENSE = regex.compile(r"\s*[;；,]\s*(?![^()]*\))")
_KOREAN_TAIL = regex.compile(r"\s*[,;:/=·–—-]\s*(?=[가-힣\p{Han}])")
_JOINTS = regex.compile(r"[\-‐‑–'’.]+")
_MAX_SENSE_LINE = 60


def has_hangul(text: str) -> bool:
    """Whether a text holds a Hangul syllable."""
    return _HANGUL.search(text) is not None


def _bare(text: str) -> str:
    """Without punctuation and numbers of senses around it; brackets that do not close are taken off an end."""
    text = _STRAY_END.sub("", _STRAY_START.sub("", text))
    for opening, closing in ("()", "[]"):
        if regex.fullmatch(rf"\{opening}[^()\[\]]*\{closing}", text):
            text = text[1:-1].strip()
        if text.count(opening) != text.count(closing):
            text = text.removeprefix(closing).removesuffix(opening).strip()
            if text.count(opening) < text.count(closing):
                text = text.removesuffix(closing).rstrip()
            elif text.count(opening) > text.count(closing):
                text = text.removeprefix(opening).lstrip()
    return text


def terms(text: str) -> list[str]:
    """The Korean headwords of an entry: ``고혈압(高血壓)`` is 고혈압, ``심근염; 심장근육염`` are two.

    A line is a term too. A comma parts single words only: in ``급성, 만성 신부전`` the first is no term of its own.
    """
    lines = _HAN_ONLY.sub("", clean_text(text)).split("\n")
    parts = [_bare(part) for line in lines for part in _SENSE.split(line)]
    if len(parts) == 1:
        words = [_bare(word) for word in lines[0].split(",")]
        if all(has_hangul(word) and " " not in word and "(" not in word for word in words):
            parts = words
    return [part for part in parts if part]


def _english(line: str, names: Sequence[str]) -> str:
    """The English of a line, empty where the line has none that is surely a translation.

    It is what stands between the line's start and its end, or a bracket or mark before Korean: of ``MRI를 쓰는 검사``
    or ``Helicobacter pylori 감염`` it is nothing. Chinese characters before it are skipped; the term itself may come
    first, as in ``고혈압(hypertension)은 ...``.
    """
    line = _LABEL.sub("", _bare(line))
    for name in names:
        if line.startswith(name) and (match := regex.match(r"\s*[(\[]([^()\[\]]*)[)\]]", line[len(name) :])):
            line = _LABEL.sub("", match[1])
            break
    line = _BRACKET.sub(lambda match: "" if _KOREAN_OR_HAN.search(match[0]) else match[0], line)
    line = _bare(_KOREAN_TAIL.split(regex.sub(r"^\p{Han}[\p{Han}\s,;:·/-]*", "", line), maxsplit=1)[0])
    return line if _LATIN.search(line) and not _KOREAN_OR_HAN.search(line) else ""


def senses(definition: str, names: Sequence[str]) -> list[str]:
    """The English readings in an entry for the terms ``names``, in order, near-equal ones once.

    English lines at the start are all taken while they are short; else the first line that has English is.
    """
    found: list[str] = []
    for line in clean_text(definition).split("\n"):
        english = _english(line, names)
        if found and (not english or len(line) > _MAX_SENSE_LINE or line.endswith(".") or has_hangul(line)):
            break
        if english:
            found += [_bare(sense) for sense in _SENSE.split(english)]
            if has_hangul(line):
                break
    once: dict[str, str] = {}
    for sense in found:
        if sense:
            once.setdefault(sense_key(sense), sense)
    return list(once.values())


def sense_key(sense: str) -> str:
    """Equal for readings that differ in case, accents, hyphens, an article or a plural alone. Numbers always count."""
    plain = "".join(c for c in unicodedata.normalize("NFD", sense.casefold()) if not unicodedata.combining(c))
    words = [_JOINTS.sub("", word) for word in plain.split()]
    if len(words) > 1 and words[0] in {"a", "an", "the"}:
        words = words[1:]
    return "".join(map(_singular, words))


def sense_keys(senses: Sequence[str]) -> set[str]:
    """The keys of every reading, those that a comma joins apart."""
    return {sense_key(part) for sense in senses for part in _KEY_SENSE.split(sense)} - {""}


def _singular(word: str) -> str:
    if len(word) < 4 or not word.isalpha() or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return (word[:-2] if word.endswith("es") else word.removesuffix("s")).removesuffix("e")
