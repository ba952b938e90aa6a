"""The wiki cleaners that are measured side by side, by kind of markup: ours, the usual regex chain, and libraries.

Libraries that are not installed are left out: ``pip install namu-wiki-extractor mwparserfromhell``.
"""

import importlib
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from beam_pipelines.text.cleaners import CLEANERS
from beam_pipelines.text.columns import from_strings
from tests.benchmarks import usual_rules

CleanPage = Callable[[str], str]


@dataclass(frozen=True)
class Rival:
    """A cleaner as it is called from Python on one page, ``page``, and on many, ``pages``."""

    page: CleanPage

    def clean(self, text: str) -> str:
        """The text of one page; nothing where the cleaner raises, as some do on markup they do not expect."""
        with suppress(Exception):  # of any kind, and the page counts as lost
            return self.page(text)
        return ""

    def pages(self, texts: Sequence[str]) -> None:
        """Clean pages one after the other and forget them."""
        for text in texts:
            self.clean(text)


@dataclass(frozen=True)
class Ours(Rival):
    """This project's cleaner of a source, which takes a column of pages."""

    source: str = ""

    def pages(self, texts: Sequence[str]) -> None:
        """Clean pages as one column, from strings to strings."""
        CLEANERS[self.source].clean(from_strings(texts)).to_pylist()


# What most refining scripts do to either wiki's source, pattern for pattern, in the order they do it.
_CHAIN = [
    (re.compile(pattern, flags), replacement)
    for pattern, replacement, flags in (
        (r"<!--.*?-->", "", re.S),
        (r"<ref[^>]*>.*?</ref>", "", re.S),
        (r"\[\[(?:파일|분류|틀|[Ff]ile|[Ii]mage|[Cc]ategory):[^\]]*\]\]", "", 0),
        (r"\[\[[^\]|]*\|([^\]]*)\]\]", r"\1", 0),
        (r"\[\[([^\]]*)\]\]", r"\1", 0),
        (r"\{\{[^}]*\}\}", "", 0),
        (r"<[^>]+>", "", 0),
        (r"\[\*[^\]]*\]", "", 0),
        (r"\[(?:목차|각주|br|clearfix|include\([^\]]*\)|youtube\([^\]]*\))\]", "", 0),
        (r"\[https?://\S+ ([^\]]*)\]", r"\1", 0),
        (r"'{2,}", "", 0),
        (r"~~|--|__|\^\^|,,", "", 0),
        (r"^=+ *(.*?) *=+ *$", r"\1", re.M),
        (r"^[ >]*[*#:;]+ *", "", re.M),
        (r"\|.*", "", 0),
        (r"[ \t]+", " ", 0),
        (r"\n\s*\n\s*", "\n\n", 0),
    )
]


def usual_chain(text: str) -> str:
    """A wiki page by the usual chain of regular expressions, which knows no nesting."""
    for pattern, replacement in _CHAIN:
        text = pattern.sub(replacement, text)
    return text.strip()


def _ours(source: str) -> Ours:
    return Ours(lambda text: str(CLEANERS[source].clean(from_strings([text]))[0]), source)


_LIBRARIES: dict[str, tuple[str, str, Callable[[Any], CleanPage]]] = {
    ".namu": ("namu-wiki-extractor", "namuwiki.extractor", lambda library: library.extract_text),
    ".wikitext": (
        "mwparserfromhell",
        "mwparserfromhell",
        lambda library: lambda text: str(library.parse(text).strip_code()),
    ),
}


def cleaners(kind: str) -> dict[str, Rival]:
    """Name -> cleaner for ``.namu`` or ``.wikitext``; ours first."""
    found: dict[str, Rival] = {"ours": _ours("namu_wiki" if kind == ".namu" else "mediawiki")}
    found["usual regex chain"] = Rival(usual_chain)
    if kind == ".namu":
        found["the same with care"] = Rival(usual_rules.clean)
    name, module, wrap = _LIBRARIES[kind]
    with suppress(ModuleNotFoundError):
        found[name] = Rival(wrap(importlib.import_module(module)))
    return found
