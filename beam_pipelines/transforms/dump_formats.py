"""MediaWiki XML dumps as a format: the pages of ``pages-articles.xml``, plain or packed."""

from collections.abc import Callable, Generator, Iterator
from typing import IO, Any

import pyarrow as pa

from beam_pipelines.transforms import bz2_streams, files, mediawiki_dump
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
        values = [[page.row for page in held], *([_PAGE_FIELDS[name](page) for page in held] for name in columns)]
        kinds = [pa.int64()] + [pa.large_string()] * len(columns)
        return pa.RecordBatch.from_arrays(list(map(pa.array, values, kinds)), [ROW, *columns])

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


def dump(unpack: Callable[[IO[bytes]], Any]) -> Format:
    """A dump that is read from its beginning, unpacked as ``unpack`` does it."""

    def blocks(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
        try:
            while block := stream.read(_XML_BYTES):
                yield 0, block
        except UNPACK_ERRORS as error:
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


MULTISTREAM = Format(split=_split_dump, read=_read_dump)
