"""Which text a tokenizer is learnt from: the refined training files, never a test split, a part of it held out.

Whether a row is held out depends on its text alone, so copies of it in other files and orders share its fate.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from beam_pipelines.records import is_test_split, names_of
from beam_pipelines.text import guard
from beam_pipelines.transforms import files, inputs
from beam_pipelines.transforms.formats import FORMATS, ending_of
from beam_pipelines.transforms.spans import Unreadable

GENERAL, MEDICAL, ENGLISH = "general", "medical", "english"

_TWINS = {
    "ko_to_en.jsonl": "en_to_ko.jsonl",
    "train_with_reasoning.jsonl": "train.jsonl",
    "01_medical_dict_explained.json": "01_medical_dict.json",
}
"""Files that repeat the text of another one beside them."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A form of refined record: the fields it needs, which of them are Korean or English, and what it counts as."""

    korean: tuple[str, ...]
    english: tuple[str, ...] = ()
    domain: str
    is_dictionary: bool = False
    is_question: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Everything that is read; the first one is needed."""
        return self.korean + self.english


KINDS = {
    "text": Kind(korean=("text",), domain=GENERAL),
    "question": Kind(korean=("question", "A", "B", "C", "D", "E"), domain=MEDICAL, is_question=True),
    "term": Kind(korean=("term", "definition"), domain=MEDICAL, is_dictionary=True),
    "pair": Kind(korean=("ko",), english=("en",), domain=GENERAL),
}
"""In the order in which a file's first record is tried."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file to learn from."""

    path: str
    size: int
    kind: Kind


@dataclass
class Batch:
    """Rows to learn from, and the texts of those that are held out, by domain."""

    learnt: list[pa.Array]
    kind: Kind
    held_out: dict[str, list[str]] = field(default_factory=dict)
    bytes: int = 0
    benchmark: int = 0
    """Rows that were left out because they hold a benchmark item."""


def find(patterns: Sequence[str]) -> tuple[list[Source], list[str]]:
    """``(the files to learn from, names of test splits that were left out)``.

    Raises InputError for a pattern without a usable file and for a test split that is named outright.
    """
    found: dict[str, int] = {}
    tests: list[str] = []
    for pattern in patterns:
        matched = [(path, size) for path, size in files.match(pattern) if _may_be_data(path)]
        if not matched:
            raise inputs.InputError(f"--input {pattern}: no file there has a known format: {', '.join(FORMATS)}")
        for path, size in matched:
            if not any(map(is_test_split, names_of(path))):
                found[path] = size
            elif path == pattern:
                raise inputs.InputError(f"--input {pattern} is a test split: nothing may be learnt from it")
            else:
                tests.append(path)
    beside = {path for path in found if (twin := _TWINS.get(files.name(path))) and _twin(path, twin) in found}
    kept = [Source(path=path, size=found[path], kind=_kind(path)) for path in sorted(set(found) - beside)]
    if not kept:
        raise inputs.InputError(f"--input: nothing but test splits there ({', '.join(tests)})")
    return kept, tests


def _twin(path: str, name: str) -> str:
    return path[: len(path) - len(files.name(path))] + name


def _may_be_data(path: str) -> bool:
    return ending_of(path) is not None and not files.name(path).startswith(("_", "."))


def _parts(path: str, columns: tuple[str, ...]) -> Iterator[pa.RecordBatch | Unreadable]:
    """The rows of a file: a JSON array, or whatever format its name says."""
    if ending_of(path) == ".json":
        with files.open_read(path) as file:
            if file.read(64).lstrip()[:1] == b"[":
                yield from _array_rows(path, columns)
                return
    form = FORMATS[ending_of(path) or ""]
    for span in form.split(path, files.size(path), inputs.ITEM_BYTES):
        if span.damage:
            yield Unreadable(span.first_row, span.damage)
            return
        yield from form.read(path, span, columns)


def _array_rows(path: str, columns: tuple[str, ...]) -> Iterator[pa.RecordBatch | Unreadable]:
    try:
        with files.open_read(path) as file:
            records: list[dict[str, Any]] = json.loads(file.read())
        rows = [[str(record.get(name) or "") for name in columns] for record in records if columns[0] in record]
    except (ValueError, TypeError, AttributeError) as error:
        yield Unreadable(0, f"not a JSON array of objects: {error}")
        return
    if len(rows) < len(records):
        yield Unreadable(0, f"no field {columns[0]!r} in {len(records) - len(rows)} of {len(records)} records")
    elif rows:
        arrays = [pa.array(values, pa.large_string()) for values in zip(*rows, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, list(columns))


def _kind(path: str) -> Kind:
    why = "it is empty"
    for kind in KINDS.values():
        first = next(_parts(path, kind.columns), None)
        if isinstance(first, Unreadable):
            why = first.why
        elif first is not None and set(kind.columns) <= set(first.schema.names):
            return kind
    raise inputs.InputError(f"{path}: no record of a known form ({', '.join(KINDS)}): {why}")


def is_held_out(texts: Sequence[pa.Array], share: float) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows are held out: those whose text hashes into the first ``share``."""
    rows = pc.binary_join_element_wise(*texts, pa.scalar("\n", pa.large_string())).to_pylist()
    bound = int(share * 2**64)
    return np.array([xxhash.xxh3_64_intdigest(row.encode()) < bound for row in rows], np.bool_)


def _clean(texts: Sequence[pa.Array], kind: Kind, packed: bytes) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows hold no benchmark item; the columns of a row are looked at together."""
    rows = pc.binary_join_element_wise(*texts, pa.scalar("\n", pa.large_string()))
    thresholds = guard.OF_QUESTIONS if kind.is_question else guard.DEFAULTS
    return np.array([hit is None for hit in guard.find(rows, packed, thresholds=thresholds)], np.bool_)


def read(source: Source, *, held_out: float, packed: bytes = b"") -> Iterator[Batch]:
    """The batches of a file; ``packed`` are the items of benchmarks that no row may hold.

    Raises InputError at the first row that cannot be read.
    """
    kind = source.kind
    for part in _parts(source.path, kind.columns):
        if isinstance(part, Unreadable):
            raise inputs.InputError(f"{source.path}, row {part.row}: {part.why}")
        column = {name: pc.fill_null(part.column(name).cast(pa.large_string()), "") for name in kind.columns}
        clean = _clean(list(column.values()), kind, packed)
        if not clean.all():
            column = {name: texts.filter(pa.array(clean)) for name, texts in column.items()}
        korean = [column[name] for name in kind.korean]
        held = np.zeros(len(korean[0]), np.bool_) if kind.is_dictionary else is_held_out(korean, held_out)
        learn = pa.array(~held)
        lost = int((~clean).sum())
        batch = Batch([texts.filter(learn) for texts in korean], kind, bytes=part.nbytes, benchmark=lost)
        if held.any():
            mask = pa.array(held)
            for names, domain in ((kind.korean, kind.domain), (kind.english, ENGLISH)):
                if names:
                    batch.held_out[domain] = [text for name in names for text in column[name].filter(mask).to_pylist()]
        yield batch
