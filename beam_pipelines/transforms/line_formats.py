"""Formats of lines, JSON Lines above all: plain ones can be read from any line on, packed ones from their beginning.

Rows are numbered by the line they stand on, blank ones included. A line that cannot be read costs that line alone.
"""

import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from beam_pipelines.text import jsonl_read
from beam_pipelines.text.scan import count_line_ends
from beam_pipelines.transforms import files
from beam_pipelines.transforms.spans import (
    BATCH_BYTES,
    ROW,
    UNPACK_ERRORS,
    Format,
    Rows,
    Span,
    Unreadable,
    whole_format,
)

BLOCK_BYTES = 1 << 20


def _split_lines(path: str, size: int, target: int) -> Iterator[Span]:
    """Spans that end after a newline. The file is read once to count its lines: that is what numbers the rows."""
    with files.open_read(path) as file:
        start = at = row = first_row = 0
        while block := file.read(min(target, BATCH_BYTES)):
            row += count_line_ends(block)
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
    except UNPACK_ERRORS as error:
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
        row += count_line_ends(block) + (block[-1:] not in (b"", b"\n"))
        if failure:
            yield Unreadable(row, failure)


def line_format(parse: ParseBlock) -> Format:
    """A format of lines that can be read from any line on."""

    def read(path: str, span: Span, columns: tuple[str, ...]) -> Rows:
        return line_rows(
            blocks_of_lines(io.BytesIO(files.read_range(path, span.start, span.end))), span, columns, parse
        )

    return Format(split=_split_lines, read=read)


def packed_lines(unpack: Callable[[IO[bytes]], Any], parse: ParseBlock) -> Format:
    """A compressed format of lines."""
    return whole_format(unpack, lambda stream, span, columns: line_rows(blocks_of_lines(stream), span, columns, parse))
