"""Pages of a MediaWiki XML dump (``pages-articles.xml``), one at a time, from its beginning or from any page on.

Source: https://www.mediawiki.org/wiki/Help:Export#Export_format. A page is held in memory while it is read, and
nothing else. A document type declaration is refused, so no entity can be defined, let alone expand.

A dump that is packed as a chain of bz2 streams can be read from every stream that begins with a page; in a multistream
dump that are all but the first and the last. Its pages are numbered by the stream they begin in, so that a page has the
same number wherever reading began: the byte of the file at which the stream begins, plus the pages of it before.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.parsers import expat

from beam_pipelines.transforms import bz2_streams


class DumpError(ValueError):
    """A dump breaks off or is none, from page number ``row`` on, in the stream that begins at byte ``stream``."""

    def __init__(self, message: str, *, row: int, stream: int) -> None:
        super().__init__(message)
        self.row, self.stream = row, stream


@dataclass(frozen=True)
class Page:
    """One page with the text of its last revision in the dump; ``text`` is empty where that was deleted."""

    row: int
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
        self.stream = self._begun = 0
        self._path: list[str] = []
        self._fields: dict[str, str] = {}
        self._row = 0
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
            self._row = self.stream + self._begun
            self._begun += 1
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
        return Page(self._row, number, namespace, fields["title"], "redirect" in fields, fields.get("text", ""))

    def where(self) -> str:
        """The page that is being read, for a message."""
        if "page" in self._path and "title" in self._fields:
            return f"page {self._fields['title']!r}"
        return f"the page after {self._last!r}" if self._last else "the first page"

    def read(self, stream: int, block: bytes) -> str:
        """Go on with these bytes, of the stream that begins there; returns what is wrong with them, if anything is."""
        if stream != self.stream:
            self.stream, self._begun = stream, 0
        try:
            self.parser.Parse(block)
        except expat.ExpatError as error:
            return f"{self.where()} is not XML as a dump has it: {error}"
        except ValueError as error:
            return str(error)
        return ""

    @property
    def inside(self) -> bool:
        return "page" in self._path

    @property
    def row(self) -> int:
        """The number of the page that is being read, or of the next one."""
        return self._row if self.inside else self.stream + self._begun


def pages(blocks: Iterable[tuple[int, bytes]], *, first: bool = True, last: bool = True) -> Iterator[Page]:
    """The pages of a dump, in order, each as soon as it has been read.

    Blocks are bytes of the dump with the stream that they come from, 0 where it is no chain of streams; a ValueError
    from them is an error of the dump. They hold all of it unless told that they are not its ``first`` or ``last`` ones:
    then they begin or end between two pages. DumpError, after every whole page, names the page at fault.
    """
    reader = _Reader()
    if not first:
        reader.parser.Parse(b"<mediawiki>")
    problem = ""
    every = iter(blocks)
    while not problem:
        try:
            stream, block = next(every)
        except StopIteration:
            break
        except ValueError as error:
            problem = f"{error}, in {reader.where()}"
        else:
            problem = reader.read(stream, block)
        yield from reader.done
        reader.done.clear()
    if not problem and (reader.inside or (last and not reader.ended)):
        problem = f"the dump breaks off in {reader.where()}"
    if problem:
        raise DumpError(problem, row=reader.row, stream=reader.stream)


def next_start(path: str, start: int, end: int) -> int | None:
    """The first byte in ``[start, end)`` from which a dump in bz2 can be read: a stream that begins with a page."""
    for stream in bz2_streams.starts(path, start, end):
        try:
            block = next(bz2_streams.unpack(path, stream, end), (stream, b""))[1]
        except ValueError:
            continue
        if block.lstrip().startswith(b"<page>"):
            return stream
    return None
