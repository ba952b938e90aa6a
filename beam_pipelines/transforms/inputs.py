"""From what the user pointed at to numbered work items: found, checked, cut and, when asked, counted off."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple

import xxhash

from beam_pipelines.sources import ORIGIN
from beam_pipelines.transforms import files
from beam_pipelines.transforms.formats import ending_of
from beam_pipelines.transforms.spans import Format, Span, Unreadable

ITEM_BYTES = 16 << 20
READERS = 16
"""Files that are laid out at a time: their headers are small reads, and an object store takes its time for each."""
MAX_ITEMS = 20_000
"""The items travel in the job request, whose size Dataflow limits; a larger corpus gets larger items."""


@dataclass(frozen=True, kw_only=True)
class WorkItem:
    """A span of a file to refine. ``index`` is its place among all items: (source priority, file, row) order."""

    index: int
    source: str
    path: str
    format: str
    span: Span
    max_rows: int = -1


class Read(NamedTuple):
    """Input bytes ``[start, end)`` that a result was made from, and their XXH3-128 in hexadecimal."""

    path: str
    start: int
    end: int
    digest: str


class InputError(ValueError):
    """The user's input cannot be used; the message is the one line to show."""


class BadInput(ValueError):
    """Unreadable input under ``--strict``; names file and row."""


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """A file that was found, with the source it belongs to and the ending that tells its format."""

    source: str
    path: str
    size: int
    format: str


def _is_data(path: str, pattern: str, formats: Mapping[str, Format]) -> bool:
    """Whether a found file is data. In folders and globs, plain .json is what libraries write beside their data."""
    ending = ending_of(path, formats)
    if path == pattern:
        return ending is not None
    below = path[len(re.split(r"[*?\[]", pattern)[0]) :].split("/")
    name = files.name(path)
    hidden = any(part.startswith(".") for part in below) or name.startswith(("_", "cache-"))
    about = name.lower().startswith(("readme", "license"))
    return ending not in {None, ".json"} and not hidden and not about


def find(
    patterns: Sequence[str],
    *,
    formats: Mapping[str, Format],
    source_of: Callable[[str], str | None],
    priority: Mapping[str, int] | None = None,
) -> list[InputFile]:
    """Every data file behind the patterns, by source priority and path.

    ``source_of`` tells the source from a path. Raises InputError that names the pattern.
    """
    found: dict[str, InputFile] = {}
    for pattern in patterns:
        matched = files.match(pattern)
        data = [(path, size) for path, size in matched if _is_data(path, pattern, formats)]
        if not data:
            what = f"no file among {len(matched)} there has a known format" if matched else "nothing there"
            raise InputError(f"--input {pattern}: {what}; known endings: {', '.join(formats)}")
        for path, size in data:
            source = source_of(path)
            if source is None:
                raise InputError(f"--input {path}: no folder in its path names a source; say which with --source")
            found[path] = InputFile(source=source, path=path, size=size, format=ending_of(path, formats) or "")
    rank = priority or {}
    return sorted(found.values(), key=lambda file: (rank.get(file.source, 0), file.path))


_UNKNOWN = "not recorded; see where the files came from"


def licences(found: Sequence[InputFile]) -> dict[str, str]:
    """The licence of every source, as the record of its download beside the files has it."""
    known: dict[str, str] = {}
    for file in found:
        record = files.join(files.parent(file.path), ORIGIN)
        if file.source not in known and files.exists(record):
            with files.open_read(record) as stream:
                known[file.source] = str(json.load(stream).get("licence", _UNKNOWN))
    return {file.source: known.get(file.source, _UNKNOWN) for file in found}


def spans_of(file: InputFile, form: Format, target: int) -> Iterator[Span]:
    """The spans of a file, each of about ``target`` bytes; one that says why where it cannot be cut."""
    if file.size == 0:
        yield Span(0, 0, 0, damage="an empty file")
        return
    try:
        yield from form.split(file.path, file.size, target)
    except (ValueError, OSError) as error:  # pyarrow's errors are of these kinds
        if isinstance(error, PermissionError):
            raise
        yield Span(0, file.size, 0, damage=str(error))


def _count_rows(file: InputFile, span: Span, form: Format, columns: tuple[str, ...]) -> int:
    """The rows of a span whose format does not tell; reads it."""
    read = form.read(file.path, span, columns)
    return sum(part.rows if isinstance(part, Unreadable) else part.num_rows for part in read)


def plan(
    found: Sequence[InputFile],
    *,
    formats: Mapping[str, Format],
    columns: tuple[str, ...],
    max_samples: int = 0,
    item_bytes: int = ITEM_BYTES,
) -> list[WorkItem]:
    """Cut files into work items. ``max_samples`` > 0 keeps that many rows a source, in file order."""
    target = max(item_bytes, sum(file.size for file in found) // MAX_ITEMS)
    items: list[WorkItem] = []
    taken: Counter[str] = Counter()
    cut: list[Iterable[Span]] = [spans_of(file, formats[file.format], target) for file in found]
    if not max_samples:  # then only what is needed, as it comes
        with ThreadPoolExecutor(READERS) as pool:
            cut = list(pool.map(list, cut))
    for file, spans in zip(found, cut, strict=True):
        if max_samples and taken[file.source] >= max_samples:
            continue
        form = formats[file.format]
        for span in spans:
            item = WorkItem(index=len(items), source=file.source, path=file.path, format=file.format, span=span)
            if max_samples:
                left = max_samples - taken[file.source]
                if left <= 0:
                    break
                rows = span.rows if span.rows >= 0 else (1 if span.damage else _count_rows(file, span, form, columns))
                item = replace(item, max_rows=left if rows > left else -1)
                taken[file.source] += min(rows, left)
            items.append(item)
    return items


def reads_of(item: WorkItem, form: Format) -> list[Read]:
    """The input bytes behind an item as they are now; a span of line-aligned files has bytes in both."""
    ranges = [(item.path, item.span.start, item.span.end)]
    if form.partner is not None and item.span.inner[1]:
        ranges.append((form.partner(item.path), *item.span.inner))
    return [Read(path, start, end, digest(path, start, end)) for path, start, end in ranges]


def digest(path: str, start: int, end: int) -> str:
    """The XXH3-128 of a range of a file, in hexadecimal."""
    state = xxhash.xxh3_128()
    for at in range(start, end, files.COPY_BYTES):
        state.update(files.read_range(path, at, min(at + files.COPY_BYTES, end)))
    return state.hexdigest()
