"""From parts to the files a user sees: planned in order, written aside, and put in place together at the end.

What is in a file follows from the parts alone, so runners and worker counts cannot change it. Text is copied between
files and never travels as an element.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple

import apache_beam as beam
import numpy as np

from beam_pipelines.text import facts
from beam_pipelines.transforms import files, ledger, parts
from beam_pipelines.transforms.commit import REJECTS, Account, Target, Written, commit
from beam_pipelines.transforms.parts import Part


class Piece(NamedTuple):
    """What an output takes from a part: rows ``[first, last)`` of those it keeps, or its rejects.

    ``losers`` are the stages of deduplication that took lines from the part.
    """

    key: str
    losers: tuple[str, ...]
    first: int = 0
    last: int = 0


class Output(NamedTuple):
    """One file to write: its final path, the kind of its pieces, and the pieces in order."""

    path: str
    kind: str
    pieces: list[Piece]


def _documents_of(done: list[Part], first: int, last: int) -> list[Piece]:
    """The pieces that hold documents ``[first, last)`` of all parts in a row."""
    pieces, at = [], 0
    for part in done:
        begin, end = max(first - at, 0), min(last - at, part.documents)
        if begin < end:
            pieces.append(Piece(part.key, part.losers, begin, end))
        at += part.documents
    return pieces


def plan_outputs(every: Iterable[Part], target: Target) -> Iterator[Output]:
    """Shards of equal numbers of rows, in input order, for every view, and one file of rejects a source."""
    done = sorted(every, key=lambda part: part.index)
    total = sum(part.documents for part in done)
    for view in target.outputs:
        paths = target.paths(view)
        for place, path in enumerate(paths):
            first, last = (total * shard // len(paths) for shard in (place, place + 1))
            yield Output(path, view, _documents_of(done, first, last))
    if target.rejects is not None:
        for source in dict.fromkeys(part.source for part in done):
            pieces = [Piece(part.key, part.losers) for part in done if part.source == source]
            yield Output(files.join(target.rejects, f"{source}.jsonl"), REJECTS, pieces)


def _copy(source: IO[bytes], out: IO[bytes], start: int, end: int) -> tuple[int, int]:
    """Copy a byte range; ``(lines, bytes)``."""
    lines = 0
    source.seek(start)
    for at in range(start, end, files.COPY_BYTES):
        block = source.read(min(files.COPY_BYTES, end - at))
        lines += block.count(b"\n")
        out.write(block)
    return lines, end - start


def _copy_documents(folder: str, piece: Piece, view: str, out: IO[bytes]) -> Iterator[tuple[int, int]]:
    """Copy the kept lines of a part, run by run of lines that lie together."""
    index = parts.read_index(folder, piece.key)
    lines = parts.kept_lines(folder, piece.key, len(index), piece.losers)[piece.first : piece.last]
    ends = np.cumsum(index["length"])
    breaks = np.flatnonzero(np.diff(lines) > 1)
    with files.open_read(parts.lines_path(folder, piece.key, view)) as source:
        for first, last in zip(lines[np.r_[0, breaks + 1]], lines[np.r_[breaks, len(lines) - 1]], strict=True):
            yield _copy(source, out, int(ends[first] - index["length"][first]), int(ends[last]))


def _copy_rejects(folder: str, piece: Piece, _: str, out: IO[bytes]) -> Iterator[tuple[int, int]]:
    for stage in ("refine", *piece.losers):
        path = parts.rejects_path(folder, piece.key, stage)
        with files.open_read(path) as source:
            yield _copy(source, out, 0, files.size(path))


@dataclass
class _WriteOutput(beam.DoFn):
    target: Target

    def process(self, output: Output) -> Iterator[Written]:
        aside = self.target.aside(output.path)
        files.make_folder(files.parent(aside))
        copy = _copy_rejects if output.kind == REJECTS else _copy_documents
        lines = size = 0
        with files.write_whole(aside) as out:
            for piece in output.pieces:
                for more, count in copy(self.target.work, piece, output.kind, out):
                    lines, size = lines + more, size + count
        yield Written(output.path, aside, output.kind, lines, size)


def _accounts(done: Iterable[Part]) -> dict[str, facts.Account]:
    """The account of facts of every source whose rows have one."""
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for part in done:
        if part.facts:
            totals[part.source].update(part.facts)
    return {source: facts.account(counts) for source, counts in totals.items()}


@dataclass
class _Commit(beam.DoFn):
    target: Target
    facts: Mapping[str, Any] = field(default_factory=dict)
    licences: Mapping[str, str] = field(default_factory=dict)

    def process(self, keyed: tuple[int, dict[str, Any]]) -> Iterator[dict[str, Any]]:
        done = sorted(keyed[1]["parts"], key=lambda part: part.index)
        account = Account(
            reads=[read for part in done for read in part.reads],
            ledger=ledger.build(done),
            problems=[problem for part in done for problem in part.problems],
            notes={"facts": accounts} if (accounts := _accounts(done)) else {},
        )
        yield commit(self.target, account, keyed[1]["written"], facts=self.facts, licences=self.licences)


@dataclass(kw_only=True)
class WriteOutputs(beam.PTransform):
    """PCollection[Part] -> PCollection of the one manifest.

    ``facts`` are what the manifest says besides the counts, ``licences`` those of the sources.
    """

    target: Target
    facts: Mapping[str, Any]
    licences: Mapping[str, str]

    def expand(self, items: beam.PCollection[Part]) -> beam.PCollection[dict[str, Any]]:
        """Plan -> write aside -> commit."""
        keyed = items | "Key" >> beam.Map(lambda part: (0, part))
        target = self.target
        written = (
            keyed
            | "AllParts" >> beam.GroupByKey()
            | "Plan" >> beam.FlatMap(lambda pair: plan_outputs(pair[1], target))
            | "Spread" >> beam.Reshuffle()
            | "WriteAside" >> beam.ParDo(_WriteOutput(target))
            | "KeyWritten" >> beam.Map(lambda file: (0, file))
        )
        return (
            {"parts": keyed, "written": written}
            | "AllWritten" >> beam.CoGroupByKey()
            | "Commit" >> beam.ParDo(_Commit(target, self.facts, self.licences))
        )
