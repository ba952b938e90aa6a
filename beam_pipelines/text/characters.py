"""Characters that a reader of Korean medical text must be told the meaning of: neither Hangul nor plain ASCII."""

import functools
import unicodedata
from collections import Counter
from collections.abc import Iterable
from importlib import resources

import regex

_FOREIGN = regex.compile(r"[^\p{Hangul}\x00-\x7f\s]")


@functools.cache
def meanings() -> dict[str, str]:
    """The curated table of medical, Greek and unit signs; a character missing from it has its Unicode name."""
    table = resources.files("beam_pipelines.text").joinpath("char_meanings.tsv").read_text(encoding="utf-8")
    return dict(line.split("\t") for line in table.splitlines())


def meaning(char: str) -> str:
    """What a character stands for."""
    return meanings().get(char) or unicodedata.name(char, f"U+{ord(char):04X}").lower()


def count(texts: Iterable[str]) -> list[tuple[str, int]]:
    """The characters that are neither Hangul nor ASCII nor space, the most frequent first."""
    found = Counter(char for text in texts for char in _FOREIGN.findall(text))
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
