"""How each file format is cut into spans and read: one table, and no format is known anywhere else.

The spans of a file tile it, so that their digests cover every byte. Rows are numbered from 0 as they stand in the
file; for JSON Lines that is the line, blank ones included.
"""

import bz2
import contextlib
import gzip
import io
import json
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from beam_pipelines.text import jsonl_read
from beam_pipelines.text.columns import offsets_of
from beam_pipelines.transforms import arrow_stream, files, mediawiki_dump

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ROW = "row"
BATCH_BYTES = 4 << 20
BLOCK_BYTES = 1 << 20
PARQUET_ROWS = 256


class Span(NamedTuple):
    """Bytes ``[start, end)`` of a file, read as one piece of work.

    ``rows`` is -1 where only reading tells. ``inner`` is the range of record batches or row groups, ``schema`` the
    bytes of the Arrow schema. ``damage`` says why the span cannot be read.
    """

    start: int
    end: int
    first_row: int
    rows: int = -1
    inner: tuple[int, int] = (0, 0)
    schema: tuple[int, int] = (0, 0)
    damage: str = ""


class Unreadable(NamedTuple):
    """``rows`` rows from ``row`` on that could not be read, with what is left of them."""

    row: int
    why: str
    raw: str = ""
    rows: int = 1


Rows = Iterator[pa.RecordBatch | Unreadable]


@dataclass(frozen=True, kw_only=True)
class Format:
    """How to cut a file (path, bytes, wished bytes a span) and how to read a span (path, span, columns).

    Batches hold ``row`` (int64) and those of the columns asked for that the file has; the first one is needed.
    ``partner`` gives the path of a second file that is read line by line beside the first, where a format has one;
    the ``inner`` of its spans are bytes of that file.
    """

    split: Callable[[str, int, int], Iterator[Span]]
    read: Callable[[str, Span, tuple[str, ...]], Rows]
    partner: Callable[[str], str] | None = None


def _holds_strings(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _sound(column: pa.Array) -> pa.Array:
    """A string column whose offsets can be trusted by a kernel; raises ArrowInvalid when they lie."""
    if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
        column = column.cast(pa.large_string())
    column.validate()
    if (np.diff(offsets_of(column)) < 0).any():
        raise pa.ArrowInvalid("string offsets that run backwards")
    return column


def _unnested(batch: pa.RecordBatch, needed: str) -> pa.RecordBatch:
    """The fields of the struct column that holds the needed one, where the table itself does not have it."""
    if needed in batch.schema.names:
        return batch
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if pa.types.is_struct(field.type) and field.type.get_field_index(needed) >= 0:
            return pa.RecordBatch.from_arrays(column.flatten(), [inner.name for inner in field.type])
    return batch


def _table_rows(batch: pa.RecordBatch, first_row: int, columns: tuple[str, ...]) -> pa.RecordBatch | Unreadable:
    """The wanted columns as strings, with their row numbers."""
    batch = _unnested(batch, columns[0])
    names, needed, why = batch.schema.names, columns[0], ""
    if needed not in names:
        why = f"no column {needed!r}; it has {', '.join(names)}"
    elif not _holds_strings(batch.schema.field(needed).type):
        why = f"column {needed!r} holds {batch.schema.field(needed).type}, not strings"
    if why:
        return Unreadable(first_row, why, rows=batch.num_rows)
    found = [name for name in columns if name in names]
    try:
        arrays = [_sound(batch.column(name)) for name in found]
    except (pa.ArrowException, OSError) as error:
        return Unreadable(first_row, f"damaged record batch: {error}", rows=batch.num_rows)
    rows = pa.array(np.arange(first_row, first_row + batch.num_rows))
    return pa.RecordBatch.from_arrays([rows, *arrays], [ROW, *found])


# Arrow IPC, stream and file


def _split_arrow(path: str, size: int, target: int) -> Iterator[Span]:
    layout = arrow_stream.walk(lambda start, end: files.read_range(path, start, end), size)
    start = row = first_row = first = 0
    for place, batch in enumerate(layout.batches, 1):
        row += batch.rows
        # Batches that lean on dictionaries can only be read in one go.
        if batch.end - start >= target and place < len(layout.batches) and not layout.dictionaries:
            yield Span(start, batch.end, first_row, row - first_row, (first, place), layout.schema)
            start, first_row, first = batch.end, row, place
    end = layout.end if layout.damage else size
    yield Span(start, end, first_row, row - first_row, (first, len(layout.batches)), layout.schema)
    if layout.damage:
        yield Span(layout.end, size, row, layout.lost_rows, damage=layout.damage)


def _read_arrow(path: str, span: Span, columns: tuple[str, ...]) -> Rows:
    head = files.read_range(path, *span.schema)
    body = pa.py_buffer(files.read_range(path, max(span.start, span.schema[1]), span.end))
    schema = pa.ipc.read_schema(pa.py_buffer(head))
    if any(pa.types.is_dictionary(field.type) for field in schema):
        batches = iter(pa.ipc.open_stream(pa.py_buffer(head + body.to_pybytes())))
    else:
        messages = pa.ipc.MessageReader.open_stream(body)
        batches = (pa.ipc.read_record_batch(message, schema) for message in messages)
    row = span.first_row
    for _ in range(*span.inner):
        try:
            batch = next(batches)
        except (pa.ArrowException, OSError, StopIteration) as error:
            yield Unreadable(row, f"damaged record batch: {error}", rows=span.first_row + span.rows - row)
            return
        yield _table_rows(batch, row, columns)
        row += batch.num_rows


# Parquet


def _split_parquet(path: str, size: int, target: int) -> Iterator[Span]:
    with files.open_read(path) as file:
        metadata = pq.ParquetFile(file).metadata
    groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
    starts = [
        min(
            chunk.dictionary_page_offset or chunk.data_page_offset
            for chunk in map(group.column, range(group.num_columns))
        )
        for group in groups
    ]
    start = row = first_row = first = 0
    for place, group in enumerate(groups, 1):
        row += group.num_rows
        if place < len(groups) and starts[place] - start >= target:
            yield Span(start, starts[place], first_row, row - first_row, (first, place))
            start, first_row, first = starts[place], row, place
    yield Span(start, size, first_row, row - first_row, (first, len(groups)))


def _read_parquet(path: str, span: Span, columns: tuple[str, ...]) -> Rows:
    row = span.first_row
    with files.open_read(path) as file:
        try:
            parquet = pq.ParquetFile(file)
            names = [name for name in columns if name in parquet.schema_arrow.names]
            for batch in parquet.iter_batches(PARQUET_ROWS, row_groups=range(*span.inner), columns=names or None):
                yield _table_rows(batch, row, columns)
                row += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            yield Unreadable(row, f"damaged row group: {error}", rows=span.first_row + span.rows - row)


# JSON Lines, plain and compressed


def _split_lines(path: str, size: int, target: int) -> Iterator[Span]:
    """Spans that end after a newline. The file is read once to count its lines: that is what numbers the rows."""
    with files.open_read(path) as file:
        start = at = row = first_row = 0
        while block := file.read(min(target, BATCH_BYTES)):
            row += block.count(b"\n")
            at += len(block)
            if size > at >= start + target:
                rest = file.readline()  # to the end of the line that the block cuts
                at += len(rest)
                row += rest.endswith(b"\n")
                if at < size:
                    yield Span(start, at, first_row)
                    start, first_row = at, row
    yield Span(start, size, first_row)


def _parse(line: bytes, columns: tuple[str, ...]) -> list[str | None]:
    """The wanted fields of one line; ValueError says what is wrong with it."""
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        record = json.loads(line)  # which takes a little more, and says better what is wrong
        json.dumps(record, ensure_ascii=False).encode()  # a lone surrogate, which JSON can spell, is no UTF-8
    if not isinstance(record, dict):
        raise ValueError(f"a JSON {type(record).__name__}, not an object")
    needed = columns[0]
    if needed not in record:
        record = next((inner for inner in record.values() if isinstance(inner, dict) and needed in inner), record)
    if needed not in record:
        raise ValueError(f"no field {needed!r}; it has {', '.join(record)}")
    if not isinstance(record[needed], str):
        raise ValueError(f"field {needed!r} holds {type(record[needed]).__name__}, not a string")
    values = map(record.get, columns)
    return [value if value is None or isinstance(value, str) else str(value) for value in values]


def blocks_of_lines(stream: IO[bytes]) -> Iterator[bytes]:
    """A stream in blocks of whole lines as they are read, and only then its failure. Nothing but \\n ends a line."""
    pieces: list[bytes] = []
    while block := stream.read1(BATCH_BYTES):  # type: ignore[attr-defined]
        if cut := block.rfind(b"\n") + 1:
            yield b"".join([*pieces, block[:cut]])
            pieces = []
        pieces.append(block[cut:])
    if rest := b"".join(pieces):
        yield rest


def lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of :func:`blocks_of_lines`, each with what ends it."""
    for block in blocks_of_lines(stream):
        yield from io.BytesIO(block)


class Parsed(NamedTuple):
    """A block of lines taken apart: the lines that hold a row, a column of their values for each of the columns asked
    for, and what is wrong with each line that should hold one and does not."""

    found: npt.NDArray[np.int64]
    columns: list[pa.Array]
    bad: dict[int, Unreadable]


Parse = Callable[[bytes, tuple[str, ...]], list[str | None]]
ParseBlock = Callable[[bytes, tuple[str, ...]], Parsed]


def _parse_some(
    known: Iterable[tuple[int, bytes]], columns: tuple[str, ...], parse: Parse
) -> tuple[list[int], list[pa.Array], dict[int, Unreadable]]:
    """Numbered lines one by one, as the parts of a :class:`Parsed`; blank ones hold nothing."""
    found: list[int] = []
    values: list[list[str | None]] = []
    bad: dict[int, Unreadable] = {}
    for place, line in known:
        if not line.strip():
            continue
        try:
            values.append(parse(line, columns))
            found.append(place)
        except (ValueError, RecursionError) as error:
            bad[place] = Unreadable(place, str(error), line.decode(errors="replace"))
    by_column = zip(*values, strict=True) if values else [[] for _ in columns]
    return found, [pa.array(column, pa.large_string()) for column in by_column], bad


def by_line(parse: Parse) -> ParseBlock:
    """Take a block apart line by line; the ValueError of ``parse`` costs its line alone."""

    def parse_block(block: bytes, columns: tuple[str, ...]) -> Parsed:
        found, values, bad = _parse_some(enumerate(block.removesuffix(b"\n").split(b"\n")), columns, parse)
        return Parsed(np.array(found, np.int64), values, bad)

    return parse_block


def parse_json(block: bytes, columns: tuple[str, ...]) -> Parsed:
    """Compiled, but for the lines that are not as nearly all are: those are parsed alone."""
    kinds, starts, fast = jsonl_read.read_lines(block, columns)
    doubtful = np.flatnonzero(kinds == jsonl_read.DOUBTFUL).tolist()
    known = ((place, block[starts[place] : starts[place + 1] - 1]) for place in doubtful)
    found, slow, bad = _parse_some(known, columns, _parse)
    if found:
        kinds[found] = jsonl_read.READ
        mask = np.zeros(len(kinds), np.bool_)
        mask[found] = True
        fast = [pc.replace_with_mask(column, pa.array(mask), new) for column, new in zip(fast, slow, strict=True)]
    rows = np.flatnonzero(kinds == jsonl_read.READ)
    if len(rows) < len(kinds):
        fast = [column.take(pa.array(rows)) for column in fast]
    return Parsed(rows, fast, bad)


def _blocks(every: Iterable[bytes]) -> Iterator[tuple[bytes, str]]:
    """Blocks of some size, and why there are no more where that is a failure."""
    pieces: list[bytes] = []
    size, failure = 0, ""
    try:
        for piece in every:
            pieces.append(piece)
            size += len(piece)
            if size >= BLOCK_BYTES:
                yield b"".join(pieces), ""
                pieces, size = [], 0
    except (OSError, EOFError, zlib.error, zstd.ZstdError) as error:
        failure = f"damaged compressed data: {error}"
    yield b"".join(pieces), failure


def line_rows(every: Iterable[bytes], span: Span, columns: tuple[str, ...], parse: ParseBlock) -> Rows:
    """The rows of a stretch of lines, which come in blocks of whole ones."""
    row = span.first_row
    for block, failure in _blocks(every):
        if row == 0:
            block = block.removeprefix(b"\xef\xbb\xbf")
        found, values, bad = parse(block, columns)
        whole = pa.RecordBatch.from_arrays([pa.array(row + found), *values], [ROW, *columns])
        start = 0
        for place, lost in bad.items():
            stop = int(np.searchsorted(found, place))
            if stop > start:
                yield whole.slice(start, stop - start)
            yield lost._replace(row=row + place)
            start = stop
        if len(found) > start:
            yield whole.slice(start)
        row += block.count(b"\n") + (block[-1:] not in (b"", b"\n"))
        if failure:
            yield Unreadable(row, failure)


def line_format(parse: ParseBlock) -> Format:
    """A format of lines that can be read from any line on."""

    def read(path: str, span: Span, columns: tuple[str, ...]) -> Rows:
        return line_rows(
            blocks_of_lines(io.BytesIO(files.read_range(path, span.start, span.end))), span, columns, parse
        )

    return Format(split=_split_lines, read=read)


def whole_format(unpack: Callable[[IO[bytes]], Any], rows: Callable[[Any, Span, tuple[str, ...]], Rows]) -> Format:
    """A format that only reads from the beginning: one span a file."""

    def split(path: str, size: int, target: int) -> Iterator[Span]:
        yield Span(0, size, 0)

    def read(path: str, span: Span, columns: tuple[str, ...]) -> Rows:
        with files.open_read(path) as file, unpack(file) as stream:
            yield from rows(stream, span, columns)

    return Format(split=split, read=read)


def packed_lines(unpack: Callable[[IO[bytes]], Any], parse: ParseBlock) -> Format:
    """A compressed format of lines."""
    return whole_format(unpack, lambda stream, span, columns: line_rows(blocks_of_lines(stream), span, columns, parse))


UNPACK: dict[str, Callable[[IO[bytes]], Any]] = {
    ".gz": lambda file: gzip.GzipFile(fileobj=file),
    ".zst": lambda file: zstd.ZstdFile(file),
    ".bz2": lambda file: bz2.BZ2File(file),
}


# MediaWiki dumps


def _dump_rows(stream: IO[bytes], columns: tuple[str, ...]) -> Rows:
    """The pages of a ``pages-articles.xml``; their rows are counted in the dump's order."""
    held: list[mediawiki_dump.Page] = []
    row = size = 0
    failure = ""

    def batch() -> pa.RecordBatch:
        known = {"text": [page.text for page in held], "namespace": [str(page.namespace) for page in held]}
        rows = pa.array(range(row - len(held), row), pa.int64())
        arrays = [pa.array(known[name], pa.large_string()) for name in columns]
        held.clear()
        return pa.RecordBatch.from_arrays([rows, *arrays], [ROW, *columns])

    try:
        for page in mediawiki_dump.pages(stream):
            held.append(page)
            row += 1
            size += len(page.text)
            if size >= BATCH_BYTES:
                yield batch()
                size = 0
    except (OSError, EOFError, ValueError, zlib.error, zstd.ZstdError) as error:
        failure = f"damaged dump: {error}"
    if held:
        yield batch()
    if failure:
        yield Unreadable(row, failure)


def _dump(unpack: Callable[[IO[bytes]], Any]) -> Format:
    return whole_format(unpack, lambda stream, _, columns: _dump_rows(stream, columns))


_LINE_ENDINGS = (".jsonl", ".ndjson", ".json")

FORMATS: dict[str, Format] = {
    ".arrow": Format(split=_split_arrow, read=_read_arrow),
    ".parquet": Format(split=_split_parquet, read=_read_parquet),
    **dict.fromkeys(_LINE_ENDINGS, line_format(parse_json)),
    **{line + packed: packed_lines(unpack, parse_json) for line in _LINE_ENDINGS for packed, unpack in UNPACK.items()},
    ".xml": _dump(contextlib.nullcontext),
    **{".xml" + packed: _dump(unpack) for packed, unpack in UNPACK.items()},
}
"""By the ending of a file's name."""

ROW_FORMATS = {ending: form for ending, form in FORMATS.items() if not ending.startswith(".xml")}
"""Those that hold rows of any columns."""


def ending_of(path: str, formats: Mapping[str, Format] = FORMATS) -> str | None:
    """The longest key of ``formats`` that a file name ends in, None when we do not know the format."""
    name = files.name(path).lower()
    return max((ending for ending in formats if name.endswith(ending)), key=len, default=None)
