"""The medical dictionaries a user puts in place by hand: five files, and what an entry of each looks like.

The validator, the converter from StarDict and the refiner all go by this one table. Files are read whole, and a key
that repeats is read as often as it stands there.
"""

import json
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from beam_pipelines.placed_json import Places, Reader, Value, decode, not_text, without_mark

DEFAULT_INPUT = "data/01_raw/01_medical_dict"


class Shape(Enum):
    """How entries stand in a file; the value is how a user sees it."""

    ENGLISH_KOREAN = "{english: korean}"
    CATEGORISED = "{category: {english: korean}}"
    KOREAN_ENGLISH = "{korean: english}"
    TERMS = '{"term": korean, "definition": text} a line'


@dataclass(frozen=True)
class DictionaryFile:
    """One row of the table; ``source`` is the name in ledgers and conflicts."""

    name: str
    shape: Shape
    about: str
    licence: str = "that of the dictionary it was made from; see its .ifo file"

    @property
    def source(self) -> str:
        """The file's name without its ending."""
        return self.name.partition(".")[0]


FILES = {
    file.name: file
    for file in (
        DictionaryFile("bilingual_medical_dict.json", Shape.ENGLISH_KOREAN, "English to Korean"),
        DictionaryFile("bilingual_medical_dict_categorized.json", Shape.CATEGORISED, "English to Korean by field"),
        DictionaryFile("bilingual_medical_dict_ko_en.json", Shape.KOREAN_ENGLISH, "Korean to English"),
        DictionaryFile("korean_medical_dict.jsonl", Shape.TERMS, "Korean terms explained, English first"),
        DictionaryFile("korean_animal_medical_dict.jsonl", Shape.TERMS, "the same of veterinary medicine"),
    )
}
"""By file name."""


class Entry(NamedTuple):
    """One entry, in NFC and with ``\\n`` line ends; nothing else is changed.

    ``row`` counts from 0: the line of a JSON Lines file, else the pair in the order of the file. ``definition`` is the
    English, or the whole text that holds it.
    """

    row: int
    term: str
    definition: str
    category: str = ""


class Malformed(NamedTuple):
    """An entry, or all the rest of a file, that cannot be used. ``line`` and ``column`` count from 1, in characters."""

    row: int
    line: int
    column: int
    why: str


class _Complaint(NamedTuple):
    """A Malformed whose place is not yet worked out."""

    row: int
    at: int
    why: str


def _tidy(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n"))


def _entry(row: int, term: Value, definition: Value, category: str = "") -> Entry | _Complaint:
    """An entry, unless a piece of it is wrong."""
    pieces = {"the Korean term": term, "the definition": definition}
    if category:
        pieces["the category"] = Value(min(term.at, definition.at), category)
    for name, found in sorted(pieces.items(), key=lambda piece: piece[1].at):
        if why := not_text(found.value):
            return _Complaint(row, found.at, f"{name} {why}")
    return Entry(row, _tidy(term.value), _tidy(definition.value), _tidy(category))


def _english_korean(reader: Reader, first_row: int, category: str = "") -> Iterator[Entry | _Complaint]:
    for row, key in enumerate(reader.names(), first_row):
        yield _entry(row, reader.value(), key, category)


def _korean_english(reader: Reader, first_row: int) -> Iterator[Entry | _Complaint]:
    for row, key in enumerate(reader.names(), first_row):
        yield _entry(row, key, reader.value())


def _categorised(reader: Reader, row: int) -> Iterator[Entry | _Complaint]:
    for category in reader.names():
        if reader.sees("{"):
            for found in _english_korean(reader, row, category.value):
                yield found
                row = found.row + 1
        else:
            yield _Complaint(row, reader.value().at, f"category {category.value!r} holds no {{english: korean}}")
            row += 1


def _term(reader: Reader, row: int) -> Iterator[Entry | _Complaint]:
    """The one entry of a JSON line."""
    fields: dict[str, Value] = {}
    twice: list[Value] = []
    for key in reader.names():
        if key.value in fields:
            twice.append(key)
        fields[key.value] = reader.value()
    reader.end()
    missing = [name for name in ("term", "definition") if name not in fields]
    if twice:
        yield _Complaint(row, twice[0].at, f"field {twice[0].value!r} stands twice")
    elif missing:
        yield _Complaint(row, 0, f"no field {missing[0]!r}; it has {', '.join(fields) or 'none'}")
    else:
        yield _entry(row, fields["term"], fields["definition"])


_Walk = Callable[[Reader, int], Iterator[Entry | _Complaint]]
_WALKS: dict[Shape, _Walk] = {
    Shape.ENGLISH_KOREAN: _english_korean,
    Shape.CATEGORISED: _categorised,
    Shape.KOREAN_ENGLISH: _korean_english,
    Shape.TERMS: _term,
}
"""How the entries of a JSON text are found, numbered from the row given."""


def _read(text: str, first_row: int, walk: _Walk) -> Iterator[Entry | Malformed]:
    """What one JSON text holds; where it stops being JSON, the last Malformed says so."""
    reader, places = Reader(text), Places(text)
    row = first_row - 1
    try:
        for found in walk(reader, first_row):
            row = found.row
            yield found if isinstance(found, Entry) else Malformed(row, *places.find(found.at), found.why)
        reader.end()
    except json.JSONDecodeError as error:
        yield Malformed(row + 1, *places.find(error.pos), f"JSON: {error.msg}")
    except (ValueError, RecursionError) as error:  # a number or a nesting beyond what Python reads
        yield Malformed(row + 1, *places.find(reader.at), f"cannot be read: {error}")


def _read_line(line: bytes, row: int) -> Entry | Malformed:
    """The one entry of a line of JSON Lines."""
    text, broken = decode(line)
    found = Malformed(row, 1, len(text) + 1, broken) if broken else next(_read(text, row, _term))
    return found if isinstance(found, Entry) else found._replace(line=row + 1)


def entries(file: DictionaryFile, data: bytes) -> Iterator[Entry | Malformed]:
    """What the bytes of a dictionary file hold, in order; never raises.

    A damaged line of JSON Lines costs that line; in a JSON file, what is no JSON costs all that follows it and what is
    no UTF-8 the whole file, for its encoding is another. A UTF-8 byte order mark, any line ends and decomposed Hangul
    are taken. Repeated keys are all given.
    """
    data = without_mark(data)
    if file.shape is Shape.TERMS:
        yield from (_read_line(line, row) for row, line in enumerate(data.split(b"\n")) if line.strip())
        return
    text, broken = decode(data)
    if broken:
        yield Malformed(0, *Places(text).find(len(text)), broken)
    else:
        yield from _read(text, 0, _WALKS[file.shape])
