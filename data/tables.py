"""Downloaded files as Arrow batches of the columns that a source has: a reader for each kind of file.

Columns are checked by name before a row is read, and nothing is guessed from values: text that looks like a number or
a date stays text. Every batch has the source's full schema and ``BATCH_ROWS`` rows, the last of a file maybe fewer.
"""

import csv
import functools
import gzip
import itertools
import json
import logging
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from data import moses
from data.errors import DownloadError
from data.lines import Readable, lines
from data.registry import Source
from data.save_to_disk import schema_of

_LOG = logging.getLogger(__name__)
BATCH_ROWS = 1000

Batches = Iterator[pa.RecordBatch]
_DAMAGE = (pa.ArrowException, EOFError, gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, UnicodeError)


def read(path: Path, name: str, source: Source) -> Batches:
    """The rows of a file that upstream calls ``name``. Raises DownloadError that names it and what is wrong with it."""
    ending = ending_of(name)
    try:
        yield from _even(_checked(READERS[ending](path, name, source), name, source))
    except _DAMAGE as error:
        raise DownloadError(f"{name}: damaged or of another kind than its name says: {error}") from error


def ending_of(name: str) -> str:
    """The ending by which a file's reader is chosen; raises DownloadError when there is none."""
    for ending in READERS:
        if name.endswith(ending):
            return ending
    raise DownloadError(f"{name}: no known kind of file ({', '.join(READERS)}); has the dataset changed?")


def missing_columns(name: str, names: Collection[str], source: Source) -> list[str]:
    """The optional columns that a file lacks; raises DownloadError when it lacks others."""
    missing = [column for column in source.columns if column not in names]
    needed = [column for column in missing if column not in source.optional]
    if needed:
        raise DownloadError(
            f"{name}: no column {', '.join(needed)}; it has {', '.join(names)}. The dataset has changed: pin an "
            f"earlier revision of {source.id} in data/registry.py, or fix its columns there"
        )
    left_out = [name for name in names if name not in source.columns]
    if missing:
        _mention(source.name, f"upstream has no {', '.join(missing)}; left empty")
    if left_out:
        _mention(source.name, f"{', '.join(left_out)} of upstream not kept")
    return missing


@functools.cache
def _mention(source: str, what: str) -> None:
    """Say it once, however many files it is true of."""
    _LOG.info("%s: %s", source, what)


def _even(batches: Batches) -> Batches:
    """The same rows in batches of ``BATCH_ROWS``, whatever the file was written in."""
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        while batch.num_rows:
            head = batch.slice(0, BATCH_ROWS - rows)
            batch = batch.slice(head.num_rows)
            waiting.append(head)
            rows += head.num_rows
            if rows == BATCH_ROWS:
                yield pa.concat_batches(waiting)
                waiting, rows = [], 0
    if rows:
        yield pa.concat_batches(waiting)


def _checked(batches: Batches, name: str, source: Source) -> Batches:
    """Batches in the source's schema and ranges of values, with empty columns where upstream has none."""
    schema = schema_of(source.columns)
    row = 0
    for batch in batches:
        arrays = []
        for field in schema:
            if field.name in batch.schema.names:
                arrays.append(_cast(batch.column(field.name), field, name))
            else:
                arrays.append(pa.nulls(batch.num_rows, field.type))
        batch = pa.RecordBatch.from_arrays(arrays, schema=schema)
        for column, allowed in source.ranges.items():
            for place, value in enumerate(batch.column(column).to_pylist()):
                if value not in allowed:
                    ends = f"{allowed[0]} to {allowed[-1]}"
                    raise DownloadError(f"{name}: row {row + place}: {column} is {value}, not {ends}")
        row += batch.num_rows
        yield batch


def _cast(array: pa.Array, field: pa.Field, name: str) -> pa.Array:
    """A column as its source's type: any kind of string or integer as a string, any integer as int64."""
    kind = array.type.value_type if pa.types.is_dictionary(array.type) else array.type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    text_wanted = pa.types.is_string(field.type)
    if pa.types.is_integer(kind) or pa.types.is_null(kind) or (is_text and text_wanted):
        return array.cast(field.type)
    raise DownloadError(f"{name}: column {field.name} holds {array.type}, not {field.type}; the dataset has changed")


def _parquet(path: Path, name: str, source: Source) -> Batches:
    with pq.ParquetFile(path, memory_map=True, pre_buffer=False) as file:
        missing = missing_columns(name, file.schema_arrow.names, source)
        columns = [column for column in source.columns if column not in missing]
        yield from file.iter_batches(batch_size=BATCH_ROWS, columns=columns)


def _csv(path: Path, name: str, source: Source) -> Batches:
    with path.open(encoding="utf-8-sig", newline="") as file:
        missing = missing_columns(name, next(csv.reader(file), []), source)
    types = {field.name: field.type for field in schema_of(source.columns) if field.name not in missing}
    with pa.csv.open_csv(
        path,
        read_options=pa.csv.ReadOptions(block_size=16 << 20),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(include_columns=list(types), column_types=types),
    ) as reader:
        yield from reader


def _json_lines(path: Path, name: str, source: Source) -> Batches:
    def rows(file: Readable) -> Iterator[dict[str, Any]]:
        for number, line in enumerate(lines(file, name), 1):
            try:
                row = json.loads(line)
            except ValueError as error:
                raise DownloadError(f"{name}: line {number}: {error}") from error
            if not isinstance(row, dict):
                raise DownloadError(f"{name}: line {number}: not a JSON object")
            missing_columns(f"{name}: line {number}", row, source)
            yield row

    with gzip.open(path) if name.endswith(".gz") else path.open("rb") as file:
        yield from _batches(rows(file), name, source)


def _moses(path: Path, name: str, source: Source) -> Batches:
    yield from _batches(moses.rows(path, name, list(source.columns)), name, source)


def _batches(rows: Iterator[dict[str, Any]], name: str, source: Source) -> Batches:
    """Rows as batches; a value of another type than its column's is an error, never converted."""
    schema = schema_of(source.columns)
    done = 0
    while group := list(itertools.islice(rows, BATCH_ROWS)):
        arrays = []
        for field in schema:
            try:
                arrays.append(pa.array([row.get(field.name) for row in group], field.type))
            except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError) as error:
                where = f"{name}: rows {done + 1} to {done + len(group)}"
                raise DownloadError(
                    f"{where}: column {field.name} is not all {field.type} ({error}); the dataset has changed"
                ) from error
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)
        done += len(group)


READERS: dict[str, Callable[[Path, str, Source], Batches]] = {
    ".parquet": _parquet,
    ".jsonl": _json_lines,
    ".json": _json_lines,
    ".jsonl.gz": _json_lines,
    ".json.gz": _json_lines,
    ".csv": _csv,
    ".zip": _moses,
}
"""File ending -> its reader: (path, what upstream calls it, source) -> batches."""
