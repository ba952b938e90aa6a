"""From what the user pointed at to numbered work items: found, checked, cut and, when asked, counted off."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import xxhash

from beam_pipelines.sources import PRIORITY, source_of
from beam_pipelines.transforms import files
from beam_pipelines.transforms.formats import FORMATS, Span, Unreadable, ending_of

ITEM_BYTES = 16 << 20
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


class InputError(ValueError):
    """The user's input cannot be used; the message is the one line to show."""


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """A file that was found, with the source it belongs to."""

    source: str
    path: str
    size: int


def _is_data(path: str, pattern: str) -> bool:
    """Whether a found file is data. In folders and globs, plain .json is what libraries write beside their data."""
    ending = ending_of(path)
    if path == pattern:
        return ending is not None
    below = path[len(re.split(r"[*?\[]", pattern)[0]) :].split("/")
    hidden = any(part.startswith(".") for part in below) or files.name(path).startswith(("_", "cache-"))
    return ending not in {None, ".json"} and not hidden


def find(patterns: Sequence[str], *, source: str = "auto") -> list[InputFile]:
    """Every data file behind the patterns, by source priority and path. Raises InputError that names the pattern."""
    found: dict[str, InputFile] = {}
    for pattern in patterns:
        matched = files.match(pattern)
        data = [(path, size) for path, size in matched if _is_data(path, pattern)]
        if not data:
            what = f"no file among {len(matched)} there has a known format" if matched else "nothing there"
            raise InputError(f"--input {pattern}: {what}; known endings: {', '.join(FORMATS)}")
        for path, size in data:
            name = source_of(path) if source == "auto" else source
            if name is None:
                raise InputError(f"--input {path}: no folder in its path names a source; say which with --source")
            found[path] = InputFile(source=name, path=path, size=size)
    return sorted(found.values(), key=lambda file: (PRIORITY[file.source], file.path))


def _spans(file: InputFile, target: int) -> Iterator[Span]:
    if file.size == 0:
        yield Span(0, 0, 0, damage="an empty file")
        return
    try:
        yield from FORMATS[ending_of(file.path) or ""].split(file.path, file.size, target)
    except (ValueError, OSError) as error:  # pyarrow's errors are of these kinds
        if isinstance(error, PermissionError):
            raise
        yield Span(0, file.size, 0, damage=str(error))


def _count_rows(file: InputFile, span: Span, columns: tuple[str, ...]) -> int:
    """The documents of a span whose format does not tell; reads it."""
    read = FORMATS[ending_of(file.path) or ""].read(file.path, span, columns)
    return sum(part.rows if isinstance(part, Unreadable) else part.num_rows for part in read)


def plan(
    found: Sequence[InputFile], *, columns: tuple[str, ...], max_samples: int = 0, item_bytes: int = ITEM_BYTES
) -> list[WorkItem]:
    """Cut files into work items. ``max_samples`` > 0 keeps that many documents a source, in file order."""
    target = max(item_bytes, sum(file.size for file in found) // MAX_ITEMS)
    items: list[WorkItem] = []
    taken: Counter[str] = Counter()
    for file in found:
        if max_samples and taken[file.source] >= max_samples:
            continue
        for span in _spans(file, target):
            item = WorkItem(
                index=len(items), source=file.source, path=file.path, format=ending_of(file.path) or "", span=span
            )
            if max_samples:
                left = max_samples - taken[file.source]
                if left <= 0:
                    break
                rows = span.rows if span.rows >= 0 else (1 if span.damage else _count_rows(file, span, columns))
                item = replace(item, max_rows=left if rows > left else -1)
                taken[file.source] += min(rows, left)
            items.append(item)
    return items


def digest(path: str, start: int, end: int) -> str:
    """The XXH3-128 of a range of a file, in hexadecimal."""
    state = xxhash.xxh3_128()
    for at in range(start, end, files.COPY_BYTES):
        state.update(files.read_range(path, at, min(at + files.COPY_BYTES, end)))
    return state.hexdigest()
