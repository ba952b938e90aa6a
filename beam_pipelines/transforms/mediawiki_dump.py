"""Pages of a MediaWiki XML dump (``pages-articles.xml``), one at a time from any stream.

Source: https://www.mediawiki.org/wiki/Help:Export#Export_format. A page is held in memory while it is read, and
nothing else. A document type declaration is refused, so no entity can be defined, let alone expand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from xml.parsers import expat

CHUNK = 1 << 18


@dataclass(frozen=True)
class Page:
    """One page with the text of its last revision in the dump; ``text`` is empty where that was deleted."""

    id: int
    namespace: int
    title: str
    is_redirect: bool
    text: str


class _Reader:
    """Collects pages while expat reads; ``done`` holds those that ended since it was last emptied."""

    def __init__(self) -> None:
        self.done: list[Page] = []
        self.ended = False
        self._path: list[str] = []
        self._fields: dict[str, str] = {}
        self._words: list[str] | None = None
        self._last = ""
        self.parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._refuse

    def _refuse(self, *_: object) -> None:
        raise ValueError("a dump has no document type declaration, and one that does is not read")

    def _start(self, name: str, _: dict[str, str]) -> None:
        parent = self._path[-1] if self._path else ""
        self._path.append(name)
        self._words = None
        if name == "page":
            self._fields = {}
        elif name == "redirect" and parent == "page":
            self._fields["redirect"] = ""
        elif (parent == "page" and name in ("title", "ns", "id")) or (parent == "revision" and name == "text"):
            self._words = []

    def _characters(self, text: str) -> None:
        if self._words is not None:
            self._words.append(text)

    def _end(self, name: str) -> None:
        if self._words is not None:
            self._fields[name] = "".join(self._words)
            self._words = None
        elif name == "page":
            self.done.append(self._page())
        self._path.pop()
        self.ended = name == "mediawiki"

    def _page(self) -> Page:
        fields = self._fields
        missing = [name for name in ("title", "ns", "id") if not fields.get(name, "").strip()]
        if missing:
            raise ValueError(f"{self.where()} has no {' and no '.join(missing)}")
        self._last = fields["title"]
        try:
            number, namespace = int(fields["id"]), int(fields["ns"])
        except ValueError:
            raise ValueError(f"{self.where()} has an id or a namespace that is no number") from None
        return Page(number, namespace, fields["title"], "redirect" in fields, fields.get("text", ""))

    def where(self) -> str:
        """The page that is being read, for a message."""
        if "page" in self._path and "title" in self._fields:
            return f"page {self._fields['title']!r}"
        return f"the page after {self._last!r}" if self._last else "the first page"

    @property
    def inside(self) -> bool:
        return "page" in self._path


def pages(stream: IO[bytes], *, fragment: bool = False) -> Iterator[Page]:
    """The pages of an uncompressed dump, in order, each as soon as it has been read.

    With ``fragment`` the stream is a part of a dump that ends between two pages, such as one of
    :func:`multistream_ranges`, unpacked. ValueError, after every whole page, where the stream breaks off or is no
    such XML; it names the page.
    """
    reader = _Reader()
    if fragment:
        reader.parser.Parse(b"<mediawiki>")
    problem: Exception | None = None
    while problem is None and (chunk := stream.read(CHUNK)):
        try:
            reader.parser.Parse(chunk)
        except expat.ExpatError as error:
            problem = ValueError(f"{reader.where()} is not XML as a dump has it: {error}")
        except ValueError as error:
            problem = error
        yield from reader.done
        reader.done.clear()
    if problem is not None:
        raise problem
    if reader.inside or not (fragment or reader.ended):
        raise ValueError(f"the dump breaks off in {reader.where()}")


def multistream_ranges(index_stream: IO[bytes], *, size: int | None = None) -> list[tuple[int, int | None]]:
    """``(start, end)`` of every part of a ``...-multistream.xml.bz2`` that holds pages, from its unpacked index.

    Each part can be unpacked by itself and read with ``pages(..., fragment=True)``. The index does not say where the
    last part ends: that is ``size``, or None. ValueError for a line that is not ``offset:id:title``.
    """
    starts: list[int] = []
    for number, line in enumerate(index_stream, 1):
        offset, colon, _ = line.partition(b":")
        if not line.strip():
            continue
        if not colon or not offset.isdigit():
            raise ValueError(f"line {number} of the index is not offset:id:title: {line[:80]!r}")
        start = int(offset)
        if starts and start < starts[-1]:
            raise ValueError(f"line {number} of the index goes back from {starts[-1]} to {start}")
        if not starts or start > starts[-1]:
            starts.append(start)
    return list(zip(starts, [*starts[1:], size], strict=True)) if starts else []
