"""Writes the five dictionary files of :mod:`beam_pipelines.dictionary_files` from headwords and their texts.

A JSON object has each key once, so the texts of one headword stand in its value one after the other, in the order in
which they came: English on lines of their own, Korean terms parted by ``; ``, for that is where the refiner parts
them. JSON Lines has a line for each text. Nothing is said twice.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from beam_pipelines.dictionary_files import DictionaryFile, Shape


class Sense(NamedTuple):
    """One reading of a headword; the category matters to the file that has categories."""

    headword: str
    text: str
    category: str = ""


def headword_is_korean(file: DictionaryFile) -> bool:
    """Whether the Korean stands on the side of the headword in this file."""
    return file.shape in {Shape.KOREAN_ENGLISH, Shape.TERMS}


class Senses:
    """What goes into one file, each reading once."""

    def __init__(self, file: DictionaryFile) -> None:
        self.file = file
        self._texts: dict[tuple[str, str], dict[str, None]] = {}

    def add(self, sense: Sense) -> bool:
        """Take a reading; False when it is there already."""
        category = sense.category if self.file.shape is Shape.CATEGORISED else ""
        texts = self._texts.setdefault((category, sense.headword), {})
        if sense.text in texts:
            return False
        texts[sense.text] = None
        return True

    def count(self) -> int:
        """How many readings there are."""
        return sum(map(len, self._texts.values()))

    def _value(self, texts: Iterable[str]) -> str:
        """The texts of a headword as one string."""
        if headword_is_korean(self.file):
            return "\n".join(texts)
        lines = (line.strip() for text in texts for line in text.split("\n"))
        return "; ".join(dict.fromkeys(line for line in lines if line))

    def lines(self) -> Iterator[bytes]:
        """The file, a line at a time."""
        if self.file.shape is Shape.TERMS:
            rows = ((headword, text) for (_, headword), texts in self._texts.items() for text in texts)
            yield from (json_bytes({"term": term, "definition": text}) + b"\n" for term, text in rows)
            return
        merged: dict[str, dict[str, str]] = {}
        for (category, headword), texts in self._texts.items():
            merged.setdefault(category, {})[headword] = self._value(texts)
        categorised = self.file.shape is Shape.CATEGORISED
        yield json_bytes(merged if categorised else merged.get("", {}), indent=1) + b"\n"


def json_bytes(value: Any, *, indent: int | None = None) -> bytes:
    """JSON with Korean as it is, without a line end."""
    return json.dumps(value, ensure_ascii=False, indent=indent).encode()


def korean_rows(texts: Iterable[str]) -> int:
    """How many of the texts hold a Hangul syllable."""
    from beam_pipelines.text import measures
    from beam_pipelines.text.columns import from_strings

    return int((measures.count(from_strings(texts)).hangul > 0).sum())
