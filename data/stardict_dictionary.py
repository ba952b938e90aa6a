"""A StarDict dictionary as headwords and texts: every word and synonym is read or named with what is wrong with it."""

import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from beam_pipelines.dictionary_files import FILES, DictionaryFile
from beam_pipelines.reasons import Reason
from data import stardict, stardict_text
from data.dictionary_output import Sense, headword_is_korean, korean_rows

KINDS = {file.source: file for file in FILES.values()}
"""The files by the names that ``--kind`` knows."""

VETERINARY = ("수의", "동물", "가축", "veterinar", "animal")
"""What the name of a Korean dictionary of veterinary medicine holds."""


class Row(NamedTuple):
    """An entry that says something, with its place in the dictionary."""

    row: int
    sense: Sense


class Reject(NamedTuple):
    """An entry that was left out."""

    row: int
    headword: str
    reason: Reason
    why: str


@dataclass
class Dictionary:
    """One ``.ifo`` and all that was read from it; ``landed`` counts the rows that went into a file."""

    info: stardict.Info
    entries: int = 0
    landed: int = 0
    rows: list[Row] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


def _tidy(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _row(record: stardict.Record, category: str, encoding: str) -> Row | Reject:
    headword = record.headword.decode(errors="replace")
    text, why = "", record.why
    try:
        headword = _tidy(stardict_text.decode(record.headword))
        text = _tidy(stardict_text.text_of(record.fields, encoding=encoding))
        why = why or ("no headword" if not headword else "no text" if not text else "")
    except UnicodeDecodeError as error:
        why = f"byte {error.start} is not {error.encoding}"
    except ValueError as error:
        why = str(error)
    if why:
        return Reject(record.row, headword, Reason.UNREADABLE, why)
    return Row(record.row, Sense(headword, text, category))


def read(path: Path, *, encoding: str, max_bytes: int = stardict.MAX_BYTES) -> Dictionary:
    """Read a dictionary whole; StarDictError when its files do not agree with each other."""
    from tqdm import tqdm

    info = stardict.read_info(path)
    found = Dictionary(info, entries=info.wordcount + (info.synwordcount or 0))
    records = stardict.records(info, max_bytes=max_bytes)
    for record in tqdm(records, total=found.entries, desc=path.stem, unit=" entries", disable=None, leave=False):
        row = _row(record, info.bookname, encoding)
        (found.rows if isinstance(row, Row) else found.rejects).append(row)  # type: ignore[arg-type]
        found.entries = max(found.entries, record.row + 1)  # a .syn that the .ifo does not count
    return found


def kind_of(found: Dictionary, kind: str = "auto") -> DictionaryFile:
    """The file that a dictionary goes into, by name or by the languages of its two sides.

    A side is Korean when more than half of its texts hold Hangul. Raises ValueError where there is no Korean to take.
    """
    headwords = korean_rows(row.sense.headword for row in found.rows)
    texts = korean_rows(row.sense.text for row in found.rows)
    half = len(found.rows) / 2
    counted = f"of {len(found.rows):,} entries {headwords:,} have Hangul in the headword and {texts:,} in the text"
    if kind == "auto":
        if headwords > half and texts > half:
            veterinary = any(word in found.info.bookname.lower() for word in VETERINARY)
            kind = "korean_animal_medical_dict" if veterinary else "korean_medical_dict"
        elif headwords > half:
            kind = "bilingual_medical_dict_ko_en"
        elif texts > half:
            kind = "bilingual_medical_dict"
        else:
            raise ValueError(f"{found.info.path}: not a Korean dictionary, nothing was written: {counted}")
    file = KINDS[kind]
    if not (headwords if headword_is_korean(file) else texts):
        side = "headword" if headword_is_korean(file) else "text"
        raise ValueError(f"{found.info.path}: no {side} is Korean, as {kind} needs, nothing was written: {counted}")
    return file
