"""What an output takes from parts: copied run by run or, where files can be joined as they lie (gs://), cut out.

There only parts that lost lines are read, each on any worker; the others are joined as they are.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, NamedTuple

import apache_beam as beam
import numpy as np

from beam_pipelines.text.scan import count_line_ends
from beam_pipelines.transforms import files, parts
from beam_pipelines.transforms.commit import REJECTS


class Piece(NamedTuple):
    """What an output takes from a part: rows ``[first, last)`` of those it keeps, or its rejects.

    ``losers`` are the stages of deduplication that took lines from the part; ``whole`` when none did and all are taken.
    """

    key: str
    losers: tuple[str, ...]
    first: int = 0
    last: int = 0
    whole: bool = False


class Segment(NamedTuple):
    """A file that an output is joined from, and what is in it."""

    path: str
    lines: int
    bytes: int


def copy(source: IO[bytes], out: IO[bytes], start: int, end: int) -> tuple[int, int]:
    """Copy a byte range; ``(lines, bytes)``."""
    lines = 0
    source.seek(start)
    for at in range(start, end, files.COPY_BYTES):
        block = source.read(min(files.COPY_BYTES, end - at))
        lines += count_line_ends(block)
        out.write(block)
    return lines, end - start


def copy_documents(folder: str, piece: Piece, view: str, out: IO[bytes]) -> Iterator[tuple[int, int]]:
    """Copy the kept lines of a part, run by run of lines that lie together."""
    index = parts.read_index(folder, piece.key)
    lines = parts.kept_lines(folder, piece.key, len(index), piece.losers)[piece.first : piece.last]
    starts = parts.starts_of(index)
    breaks = np.flatnonzero(np.diff(lines) > 1)
    with files.open_read(parts.lines_path(folder, piece.key, view)) as source:
        for first, last in zip(lines[np.r_[0, breaks + 1]], lines[np.r_[breaks, len(lines) - 1]], strict=True):
            yield copy(source, out, int(starts[first]), int(index["end"][last]))


def copy_rejects(folder: str, piece: Piece, _: str, out: IO[bytes]) -> Iterator[tuple[int, int]]:
    """Copy what a part lost, stage by stage."""
    for stage in ("refine", *piece.losers):
        path = parts.rejects_path(folder, piece.key, stage)
        with files.open_read(path) as source:
            yield copy(source, out, 0, files.size(path))


@dataclass
class Cut(beam.DoFn):
    """A piece as files of its own: those that lie there, or a new one with the lines that are taken."""

    folder: str

    def process(self, keyed: tuple[str, tuple[int, str, Piece]]) -> Iterator[tuple[str, tuple[int, list[Segment]]]]:
        path, (place, kind, piece) = keyed
        yield path, (place, [segment for segment in self._segments(kind, piece) if segment.bytes])

    def _segments(self, kind: str, piece: Piece) -> Iterator[Segment]:
        if kind == REJECTS:
            for stage in ("refine", *piece.losers):
                path = parts.rejects_path(self.folder, piece.key, stage)
                with files.open_read(path) as source:
                    yield Segment(path, *copy(source, io.BytesIO(), 0, files.size(path)))
        elif piece.whole:
            path = parts.lines_path(self.folder, piece.key, kind)
            yield Segment(path, len(parts.read_index(self.folder, piece.key)), files.size(path))
        else:
            path = files.join(self.folder, f"{piece.key}.{kind}.{piece.first}-{piece.last}.cut")
            with files.write_whole(path) as out:
                copied = list(copy_documents(self.folder, piece, kind, out))
            yield Segment(path, sum(lines for lines, _ in copied), sum(size for _, size in copied))
