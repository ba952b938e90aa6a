"""The benchmarks that no output may hold: found and read by the launcher, looked for by the workers.

The items travel in the recipe as a few hundred packed kilobytes; each worker makes its index of them once. Path, hash
and number of items of every file are among the options of a run, so that another benchmark is other work.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from beam_pipelines.options import UsageError
from beam_pipelines.reasons import Reason
from beam_pipelines.records import LETTERS
from beam_pipelines.text import guard
from beam_pipelines.text.columns import set_column
from beam_pipelines.text.guard_index import index_of
from beam_pipelines.text.guard_items import Item, pack
from beam_pipelines.transforms import files, inputs
from beam_pipelines.transforms.formats import ROW_FORMATS, ending_of
from beam_pipelines.transforms.spans import ROW, Unreadable
from beam_pipelines.transforms.steps import Keep, Mask, Rewrite, Step

_LOG = logging.getLogger(__name__)

COLUMN = "benchmark"
"""What a row is dropped for: a struct of file, row, part and share, null for a row that stays."""
REFINED = "02_kor_med_test/test.jsonl"
"""Where a refined tree has the test split that is guarded without being named."""
DEFAULT_ROOT = "data/02_refined"

_FIELDS = ("question", *LETTERS)
_STRUCT = pa.struct([("file", pa.string()), ("row", pa.int64()), ("part", pa.string()), ("share", pa.float64())])


@dataclass(frozen=True)
class Benchmark:
    """Items, packed, and what the manifest says of where they are from."""

    packed: bytes = b""
    facts: tuple[dict[str, Any], ...] = ()


def beside(place: str) -> list[str]:
    """The refined test split of the tree that a file or folder is in, else of the usual one; none where it is not."""
    folder = files.parent(place.rstrip("/"))
    roots = [place, folder, files.parent(folder), DEFAULT_ROOT]
    return [path for root in roots if files.exists(path := files.join(root, REFINED))][:1]


def load(mode: str, named: Sequence[str], refined: Sequence[str], *, needed: bool = True) -> Benchmark:
    """The items of the named files, and of the refined split where there is one. ``mode`` is that of ``--guard``.

    Raises UsageError where there is nothing to guard though it was asked for, InputError for a file that is no
    benchmark.
    """
    if mode == "off":
        if named:
            raise UsageError("--guard off and --guard_file contradict each other")
        return Benchmark()
    paths = list(dict.fromkeys([*named, *refined]))
    if not paths:
        if mode == "on" and needed:
            raise UsageError("--guard on, but no benchmark is there: refine KorMedMCQA first, or name a --guard_file")
        return Benchmark()
    every = [list(read(path)) for path in paths]
    facts = [
        {"file": path, "items": len(items), "hash": f"xxh3_128:{inputs.digest(path, 0, files.size(path))}"}
        for path, items in zip(paths, every, strict=True)
    ]
    packed = pack(item for items in every for item in items)
    unguarded = index_of(packed).unguarded
    _LOG.info("guarding %d benchmark items (%s)", sum(map(len, every)), ", ".join(paths))
    if unguarded:
        rows = ", ".join(f"{item.file} row {item.row}" for item in unguarded[:5])
        _LOG.warning("%d of them say too little to be told from other text: %s", len(unguarded), rows)
    return Benchmark(packed, tuple(facts))


def read(path: str) -> Iterator[Item]:
    """The items of a file of questions in any row format: ``question``, and those of the options ``A`` to ``E`` it has.

    Raises InputError that names the row that is none.
    """
    form = ROW_FORMATS.get(ending_of(path, ROW_FORMATS) or "")
    if form is None or not files.exists(path):
        what = "nothing there" if form else f"its format is none of {', '.join(ROW_FORMATS)}"
        raise inputs.InputError(f"--guard_file {path}: {what}")
    found = 0
    for span in form.split(path, files.size(path), inputs.ITEM_BYTES):
        for piece in [Unreadable(span.first_row, span.damage)] if span.damage else form.read(path, span, _FIELDS):
            if isinstance(piece, Unreadable):
                raise inputs.InputError(f"--guard_file {path} row {piece.row}: {piece.why}")
            for record in piece.to_pylist():
                options = tuple(option for letter in LETTERS if (option := record.get(letter)))
                yield Item(path, record[ROW], record["question"], options)
                found += 1
    if not found:
        raise inputs.InputError(f"--guard_file {path}: it holds no question")


def guarded(columns: Sequence[str], packed: bytes) -> list[Step]:
    """Drop the rows that hold an item in any of the columns; nothing to do where there are no items."""
    return [Rewrite(partial(_look, columns, packed)), Keep(Reason.BENCHMARK, _holds_none)] if packed else []


def _look(columns: Sequence[str], packed: bytes, batch: pa.RecordBatch) -> pa.RecordBatch:
    found: list[guard.Hit | None] = [None] * batch.num_rows
    for column in columns:
        hits = guard.find(batch.column(column), packed)
        found = [first or hit for first, hit in zip(found, hits, strict=True)]
    return set_column(batch, COLUMN, pa.array([hit and hit.record for hit in found], _STRUCT))


def _holds_none(batch: pa.RecordBatch) -> Mask:
    none: Mask = batch.column(COLUMN).is_null().to_numpy(zero_copy_only=False)
    return none.astype(np.bool_)
