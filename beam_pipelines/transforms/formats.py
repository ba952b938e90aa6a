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
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, NamedTuple

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from beam_pipelines.text.columns import offsets_of
from beam_pipelines.transforms import arrow_stream, bz2_streams, files, mediawiki_dump

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ROW = "row"
BATCH_BYTES = 4 << 20
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


def lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a stream; a failure comes after every whole line before it. Only \\n ends a line."""
    pieces: list[bytes] = []
    while block := stream.read1(BATCH_BYTES):  # type: ignore[attr-defined]
        first, *rest = block.split(b"\n")
        pieces.append(first)
        if rest:
            yield b"".join(pieces)
            pieces = [rest.pop()]
            yield from rest
    if last := b"".join(pieces):
        yield last


Parse = Callable[[bytes, tuple[str, ...]], list[str | None]]


def _batch(rows: Sequence[int], values: Iterable[Sequence[Any]], columns: tuple[str, ...]) -> pa.RecordBatch:
    arrays = [pa.array(rows, pa.int64()), *(pa.array(column, pa.large_string()) for column in values)]
    return pa.RecordBatch.from_arrays(arrays, [ROW, *columns])


def _parse_block(block: list[bytes], first_row: int, columns: tuple[str, ...]) -> pa.RecordBatch | None:
    """The rows of a block of JSON lines of which each is as it should be; None where one is not, or differs in form."""
    try:
        records = [orjson.loads(line) for line in block]
        values = [[record.get(name) for record in records] for name in columns]
        batch = _batch(range(first_row, first_row + len(block)), values, columns)
    except (orjson.JSONDecodeError, AttributeError, pa.ArrowException):
        return None
    return batch if batch.column(1).null_count == 0 else None


def _parse_lines(block: list[bytes], first_row: int, columns: tuple[str, ...], parse: Parse) -> Rows:
    """The rows of a block line by line: slower, and each bad line is named."""
    rows: list[int] = []
    values: list[list[str | None]] = []
    for row, line in enumerate(block, first_row):
        if not line.strip():
            continue
        try:
            values.append(parse(line, columns))
            rows.append(row)
        except (ValueError, RecursionError) as error:
            if rows:  # what comes before it, so that rows stay in file order
                yield _batch(rows, zip(*values, strict=True), columns)
                rows, values = [], []
            yield Unreadable(row, str(error), line.decode(errors="replace"))
    if rows:
        yield _batch(rows, zip(*values, strict=True), columns)


def _blocks(every: Iterable[bytes]) -> Iterator[tuple[list[bytes], str]]:
    """Lines by the block, and why there are no more where that is a failure."""
    block: list[bytes] = []
    size, failure = 0, ""
    try:
        for line in every:
            block.append(line)
            size += len(line)
            if size >= BATCH_BYTES:
                yield block, ""
                block, size = [], 0
    except (OSError, EOFError, zlib.error, zstd.ZstdError) as error:
        failure = f"damaged compressed data: {error}"
    yield block, failure


def line_rows(every: Iterable[bytes], span: Span, columns: tuple[str, ...], parse: Parse = _parse) -> Rows:
    """The rows of a stretch of lines; ``parse`` takes one apart, and its ValueError costs that line alone."""
    row = span.first_row
    for block, failure in _blocks(every):
        if row == 0 and block:
            block[0] = block[0].removeprefix(b"\xef\xbb\xbf")
        batch = _parse_block(block, row, columns) if block and parse is _parse else None
        if batch is None:
            yield from _parse_lines(block, row, columns, parse)
        else:
            yield batch
        row += len(block)
        if failure:
            yield Unreadable(row, failure)


def line_format(parse: Parse) -> Format:
    """A format of lines that can be read from any line on."""

    def read(path: str, span: Span, columns: tuple[str, ...]) -> Rows:
        return line_rows(lines(io.BytesIO(files.read_range(path, span.start, span.end))), span, columns, parse)

    return Format(split=_split_lines, read=read)


def whole_format(unpack: Callable[[IO[bytes]], Any], rows: Callable[[Any, Span, tuple[str, ...]], Rows]) -> Format:
    """A format that only reads from the beginning: one span a file."""

    def split(path: str, size: int, target: int) -> Iterator[Span]:
        yield Span(0, size, 0)

    def read(path: str, span: Span, columns: tuple[str, ...]) -> Rows:
        with files.open_read(path) as file, unpack(file) as stream:
            yield from rows(stream, span, columns)

    return Format(split=split, read=read)


def packed_lines(unpack: Callable[[IO[bytes]], Any], parse: Parse) -> Format:
    """A compressed format of lines."""
    return whole_format(unpack, lambda stream, span, columns: line_rows(lines(stream), span, columns, parse))


UNPACK: dict[str, Callable[[IO[bytes]], Any]] = {
    ".gz": lambda file: gzip.GzipFile(fileobj=file),
    ".zst": lambda file: zstd.ZstdFile(file),
    ".bz2": lambda file: bz2.BZ2File(file),
}


# MediaWiki dumps


_PAGE_FIELDS: dict[str, Callable[[mediawiki_dump.Page], str]] = {
    "text": lambda page: page.text,
    "namespace": lambda page: str(page.namespace),
}
_XML_BYTES = 1 << 18
Damage = mediawiki_dump.DumpError


def _page_rows(
    pages: Iterator[mediawiki_dump.Page], columns: tuple[str, ...]
) -> Generator[pa.RecordBatch | Unreadable, None, Damage | None]:
    """The pages of a dump; returns the error that ended them, if one did."""
    held: list[mediawiki_dump.Page] = []
    size = 0
    failure: Damage | None = None

    def batch() -> pa.RecordBatch:
        return _batch(
            [page.row for page in held], [[_PAGE_FIELDS[name](page) for page in held] for name in columns], columns
        )

    try:
        for page in pages:
            held.append(page)
            size += len(page.text)
            if size >= BATCH_BYTES:
                yield batch()
                held, size = [], 0
    except Damage as error:
        failure = error
    if held:
        yield batch()
    if failure is not None:
        yield Unreadable(failure.row, f"damaged dump: {failure}")
    return failure


def _dump(unpack: Callable[[IO[bytes]], Any]) -> Format:
    def blocks(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
        try:
            while block := stream.read(_XML_BYTES):
                yield 0, block
        except (OSError, EOFError, zlib.error, zstd.ZstdError) as error:
            raise ValueError(f"damaged compressed data: {error}") from None

    return whole_format(unpack, lambda stream, _, columns: _page_rows(mediawiki_dump.pages(blocks(stream)), columns))


def _split_dump(path: str, size: int, target: int) -> Iterator[Span]:
    """Spans that begin at a bz2 stream that begins with a page; one for a dump that has no such streams."""
    start = 0
    while (end := mediawiki_dump.next_start(path, start + target, size)) is not None:
        yield Span(start, end, start)
        start = end
    yield Span(start, size, start)


def _read_dump(path: str, span: Span, columns: tuple[str, ...]) -> Rows:
    """The pages of a span. Where one cannot be read, reading goes on at the next stream that begins with a page."""
    start: int | None = span.start
    last = span.end >= files.size(path)
    while start is not None:
        blocks = bz2_streams.unpack(path, start, span.end)
        failure = yield from _page_rows(mediawiki_dump.pages(blocks, first=start == 0, last=last), columns)
        start = mediawiki_dump.next_start(path, failure.stream + 1, span.end) if failure else None


_LINE_ENDINGS = (".jsonl", ".ndjson", ".json")

FORMATS: dict[str, Format] = {
    ".arrow": Format(split=_split_arrow, read=_read_arrow),
    ".parquet": Format(split=_split_parquet, read=_read_parquet),
    **dict.fromkeys(_LINE_ENDINGS, line_format(_parse)),
    **{line + packed: packed_lines(unpack, _parse) for line in _LINE_ENDINGS for packed, unpack in UNPACK.items()},
    ".xml": _dump(contextlib.nullcontext),
    **{".xml" + packed: _dump(unpack) for packed, unpack in UNPACK.items()},
    ".xml.bz2": Format(split=_split_dump, read=_read_dump),
}
"""By the ending of a file's name."""

ROW_FORMATS = {ending: form for ending, form in FORMATS.items() if not ending.startswith(".xml")}
"""Those that hold rows of any columns."""


def ending_of(path: str, formats: Mapping[str, Format] = FORMATS) -> str | None:
    """The longest key of ``formats`` that a file name ends in, None when we do not know the format."""
    name = files.name(path).lower()
    return max((ending for ending in formats if name.endswith(ending)), key=len, default=None)
