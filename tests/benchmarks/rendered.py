"""What a reader of a rendered wiki page sees as prose, and what a cleaned text has in common with it."""

import re
from collections import Counter
from typing import NamedTuple

_LEFT_OUT = (
    *("wiki-table-wrap", "wiki-macro-toc", "wiki-macro-footnote", "footnote-list", "wiki-fn-content", "wiki-media"),
    *("toc-item", "wiki-categories"),
)
_BLOCKS = frozenset(
    ("div", "p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "dd", "dt", "summary", "details")
)
_INCLUDE = re.compile(r"\[include\([^\]]*\)\]")
_WORD = re.compile(r"[0-9A-Za-z가-힣]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
REMNANT = re.compile(
    r"""\[\[ | \]\] | \{\{ | \}\} | '' | \|\| | \{\| | \|\} | ~~ | \[\* | \#!\w+ | &(?:nbsp|lt|gt|amp); | __[A-Z목]+__
    | \[(?:목차|각주|br)\] | \[(?:include|anchor|age|dday|ruby|youtube)\( | \[date | <(?:tablealign|bgcolor)
    | \[\[(?:파일|분류): | </?(?:ref|div|span|nowiki|br)[ >/] | ^=+\#?[ ].*[ ]\#?=+$""",
    re.M | re.X,
)


def prose(page: str) -> str:
    """Headings, paragraphs, list items, quotes and folded text of HTML; no tables, footnotes, contents or images."""
    from lxml import html

    out: list[str] = []

    def walk(element: html.HtmlElement) -> None:
        if not isinstance(element.tag, str):  # a comment
            return
        classes = element.get("class") or ""
        if not (
            element.tag in ("table", "img", "script", "style")
            or (element.tag == "sup" and "footnote" in classes)
            or any(name in classes for name in _LEFT_OUT)
        ):
            out.append("\n" if element.tag in _BLOCKS or element.tag == "br" else "")
            out.append(element.text or "")
            for child in element:
                walk(child)
            out.append("\n" if element.tag in _BLOCKS else "")
        out.append(element.tail or "")

    walk(html.fragment_fromstring(page or "<p></p>", create_parent="div"))
    return _INCLUDE.sub("", "".join(out))


def words(text: str) -> Counter[str]:
    """How often each word stands in a text."""
    return Counter(_WORD.findall(text))


class Shared(NamedTuple):
    """Counts over reference and cleaned text; added up over pages."""

    words: int = 0
    words_expected: int = 0
    words_found: int = 0
    numbers: int = 0
    numbers_expected: int = 0
    remnants: int = 0
    characters: int = 0

    @property
    def f1(self) -> float:
        """Of words, each as often as it stands."""
        return 2 * self.words / max(1, self.words_expected + self.words_found)

    @property
    def number_recall(self) -> float:
        """The share of the numbers of the reference that the text has."""
        return self.numbers / max(1, self.numbers_expected)

    @property
    def remnants_per_10k(self) -> float:
        """Pieces of markup per 10,000 characters of cleaned text."""
        return 1e4 * self.remnants / max(1, self.characters)


def shared(expected: str, found: str) -> Shared:
    """Compare a cleaned text with the prose it should be."""
    both = [words(text) for text in (expected, found)]
    numbers = [Counter(_NUMBER.findall(text)) for text in (expected, found)]
    return Shared(
        words=(both[0] & both[1]).total(),
        words_expected=both[0].total(),
        words_found=both[1].total(),
        numbers=(numbers[0] & numbers[1]).total(),
        numbers_expected=numbers[0].total(),
        remnants=len(REMNANT.findall(found)),
        characters=len(found),
    )


def total(pages: list[Shared]) -> Shared:
    """The counts of all pages."""
    return Shared(*(sum(column) for column in zip(*pages, strict=True)))
