"""What a report shows of files of any size: a bounded number of lines, evenly spaced, the same in every report."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from beam_pipelines.transforms import files
from beam_pipelines.transforms.inputs import InputError

WINDOW, WINDOWS = 256 << 10, 64
"""A file of at most WINDOW * WINDOWS bytes is read as a whole, of a larger one so many windows, evenly spaced."""

_T = TypeVar("_T")
_SURROGATE = re.compile("[\ud800-\udfff]")


def is_whole(path: str) -> bool:
    """Whether :func:`lines` gives every line of a file."""
    return files.size(path) <= WINDOW * WINDOWS


def lines(path: str) -> Iterator[bytes]:
    """Lines of a file, evenly spaced and in order; of a large file only those that lie in a window from end to end."""
    size = files.size(path)
    if is_whole(path):
        starts, ends = [0], [size]
    else:
        starts = [(size - WINDOW) * place // (WINDOWS - 1) for place in range(WINDOWS)]
        ends = [start + WINDOW for start in starts]
    for start, end, data in zip(starts, ends, files.read_ranges([path] * len(starts), starts, ends), strict=True):
        first = data.find(b"\n") + 1 if start else 0
        last = len(data) if end == size else data.rfind(b"\n") + 1
        yield from (line for line in data[first:last].split(b"\n") if line)


def head(path: str, limit: int) -> Iterator[bytes]:
    """The lines of a file that begin in its first ``limit`` bytes."""
    with files.open_read(path) as file:
        for line in file:
            if limit <= 0:
                return
            limit -= len(line)
            yield line


def records(path: str) -> Iterator[dict[str, Any]]:
    """The objects of :func:`lines`. Raises InputError that names a file which holds something else."""
    for line in lines(path):
        yield record(path, line)


def record(path: str, line: bytes) -> dict[str, Any]:
    """The object that a line is. Raises InputError that names the file."""
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InputError(f"{path} holds a line that is no JSON object; is it what a refiner wrote?")
    return found


def spread(rows: Sequence[_T], count: int) -> list[_T]:
    """At most ``count`` of the rows, evenly spaced and in order."""
    count = min(count, len(rows))
    return [rows[place * len(rows) // count] for place in range(count)]


def clip(text: str, limit: int) -> str:
    """The beginning of a text, at most ``limit`` characters of it, an ellipsis at the end where there is more."""
    return text if len(text) <= limit else text[:limit] + "…"


def sound(value: Any) -> Any:
    """A JSON value whose strings can be written as UTF-8: lone surrogates become U+FFFD."""
    if isinstance(value, str):
        return _SURROGATE.sub("�", value)
    if isinstance(value, dict):
        return {sound(key): sound(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [sound(entry) for entry in value]
    return value
