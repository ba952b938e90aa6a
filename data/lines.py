"""The lines of a file that nobody has checked yet."""

from collections.abc import Iterator
from typing import Protocol

from data.errors import DownloadError

MAX_LINE_BYTES = 64 << 20


class Readable(Protocol):
    """What has lines."""

    def readline(self, size: int, /) -> bytes:
        """The next line, or as much of it."""


def lines(file: Readable, name: str) -> Iterator[bytes]:
    """Lines without their ends, cut at line feeds only. Raises DownloadError for one that would not fit in memory."""
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise DownloadError(f"{name}: line {number} is longer than {MAX_LINE_BYTES >> 20} MiB")
        yield line.removesuffix(b"\n").removesuffix(b"\r")
