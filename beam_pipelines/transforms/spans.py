"""What every file format is to the rest: a way to cut a file into spans, and a way to read one."""

import bz2
import gzip
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any, NamedTuple

import pyarrow as pa

from beam_pipelines.transforms import files

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ROW = "row"
BATCH_BYTES = 4 << 20


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


def whole_format(unpack: Callable[[IO[bytes]], Any], rows: Callable[[Any, Span, tuple[str, ...]], Rows]) -> Format:
    """A format that only reads from the beginning: one span a file."""

    def split(path: str, size: int, target: int) -> Iterator[Span]:
        yield Span(0, size, 0)

    def read(path: str, span: Span, columns: tuple[str, ...]) -> Rows:
        with files.open_read(path) as file, unpack(file) as stream:
            yield from rows(stream, span, columns)

    return Format(split=split, read=read)


UNPACK: dict[str, Callable[[IO[bytes]], Any]] = {
    ".gz": lambda file: gzip.GzipFile(fileobj=file),
    ".zst": lambda file: zstd.ZstdFile(file),
    ".bz2": lambda file: bz2.BZ2File(file),
}

UNPACK_ERRORS = (OSError, EOFError, zlib.error, zstd.ZstdError)
"""What reading a damaged stream of them raises."""
