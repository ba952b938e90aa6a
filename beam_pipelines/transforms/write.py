"""From parts to the files a user sees: planned in order, written aside, and put in place together at the end.

What is in a file follows from the parts alone, so runners and worker counts cannot change it. Text is copied between
files and never travels as an element.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple

import apache_beam as beam

from beam_pipelines.text import facts
from beam_pipelines.transforms import distributions, files, ledger, quality, rewrite
from beam_pipelines.transforms.clusters import Clusters, Shard
from beam_pipelines.transforms.commit import CLUSTERS, EXTRA, REJECTS, REPEATED_LINES, Account, Target, Written, commit
from beam_pipelines.transforms.parts import Part
from beam_pipelines.transforms.pieces import Cut, Piece, Segment, copy_documents, copy_rejects
from beam_pipelines.transforms.rewrite import Listing

Table = Clusters | Listing
"""What can write the lines of a table."""


class Output(NamedTuple):
    """One file to write: its final path, the kind of its pieces, and the pieces in order."""

    path: str
    kind: str
    pieces: list[Piece] | list[Table]


def _documents_of(done: list[Part], first: int, last: int) -> list[Piece]:
    """The pieces that hold documents ``[first, last)`` of all parts in a row."""
    pieces, at = [], 0
    for part in done:
        begin, end = max(first - at, 0), min(last - at, part.documents)
        if begin < end:
            whole = not part.losers and (begin, end) == (0, part.documents)
            pieces.append(Piece(part.key, part.losers, begin, end, whole))
        at += part.documents
    return pieces


def _shards(paths: Sequence[str], total: int) -> Iterator[tuple[str, int, int]]:
    """``(path, first, last)``: documents ``[first, last)`` of ``total`` for each file, in equal numbers."""
    for place, path in enumerate(paths):
        yield path, total * place // len(paths), total * (place + 1) // len(paths)


def plan_outputs(every: Iterable[Part], target: Target) -> Iterator[Output]:
    """Shards of equal numbers of rows, in input order, for every view, a file of rejects a source, and tables."""
    done = sorted(every, key=lambda part: part.index)
    total = sum(part.documents for part in done)
    for view in target.outputs:
        for path, first, last in _shards(target.paths(view), total):
            yield Output(path, view, _documents_of(done, first, last))
    if target.rejects is not None:
        for source in dict.fromkeys(part.source for part in done):
            pieces = [Piece(part.key, part.losers) for part in done if part.source == source]
            yield Output(files.join(target.rejects, f"{source}.jsonl"), REJECTS, pieces)
    for name in target.tables:
        yield Output(target.table(name), EXTRA, [_TABLES[name](done, target)])


def _clusters(done: list[Part], target: Target) -> Clusters:
    total = sum(part.documents for part in done)
    paths = target.paths(next(iter(target.outputs)))
    return Clusters(done, [Shard(files.name(path), first) for path, first, _ in _shards(paths, total)])


_TABLES: Mapping[str, Callable[[list[Part], Target], Table]] = {
    CLUSTERS: _clusters,
    REPEATED_LINES: lambda done, _: Listing(done),
}


def _write_table(folder: str, table: Table, _: str, out: IO[bytes]) -> Iterator[tuple[int, int]]:
    for line in table.rows(folder):
        yield 1, out.write(line)


_WRITERS: dict[str, Callable[..., Iterator[tuple[int, int]]]] = {REJECTS: copy_rejects, EXTRA: _write_table}
"""What writes the pieces of an output of each kind; documents of a view are copied."""


def _is_joined(output: Output, target: Target) -> bool:
    """Whether an output is joined from files, or written piece by piece."""
    return output.kind != EXTRA and files.can_join(target.work, target.aside(output.path))


def _pieces_to_cut(output: Output, target: Target) -> Iterator[tuple[str, tuple[int, str, Piece]]]:
    """``(output, (place, kind, piece))`` of an output that is joined."""
    if _is_joined(output, target):
        for place, piece in enumerate(output.pieces):
            assert isinstance(piece, Piece)
            yield output.path, (place, output.kind, piece)


@dataclass
class _WriteOutput(beam.DoFn):
    target: Target

    def process(self, keyed: tuple[str, dict[str, Any]]) -> Iterator[Written]:
        ((output,), cuts) = keyed[1]["output"], sorted(keyed[1]["cuts"])
        aside = self.target.aside(output.path)
        files.make_folder(files.parent(aside))
        if _is_joined(output, self.target):
            lines, size = self._join([segment for _, segments in cuts for segment in segments], aside)
        else:
            lines, size = self._copy(output, aside)
        yield Written(output.path, aside, output.kind, lines, size)

    def _join(self, segments: list[Segment], aside: str) -> tuple[int, int]:
        files.join_whole([segment.path for segment in segments], aside)
        return sum(segment.lines for segment in segments), sum(segment.bytes for segment in segments)

    def _copy(self, output: Output, aside: str) -> tuple[int, int]:
        copy = _WRITERS.get(output.kind, copy_documents)
        lines = size = 0
        with files.write_whole(aside) as out:
            for piece in output.pieces:
                for more, count in copy(self.target.work, piece, output.kind, out):
                    lines, size = lines + more, size + count
        return lines, size


def _accounts(done: Iterable[Part]) -> Mapping[str, Any]:
    """The manifest's entry: the account of facts of every source whose rows have one; none without any."""
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for part in done:
        if part.facts:
            totals[part.source].update(part.facts)
    return {"facts": {source: facts.account(counts) for source, counts in totals.items()}} if totals else {}


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
            notes={
                **_accounts(done),
                **distributions.summary(done),
                **quality.summary(done),
                **rewrite.summary(done),
            },
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
        """Plan -> cut -> write aside -> commit."""
        keyed = items | "Key" >> beam.Map(lambda part: (0, part))
        target = self.target
        planned = (
            keyed | "AllParts" >> beam.GroupByKey() | "Plan" >> beam.FlatMap(lambda pair: plan_outputs(pair[1], target))
        )
        cuts = (
            planned
            | "Pieces" >> beam.FlatMap(lambda output: _pieces_to_cut(output, target))
            | "Spread" >> beam.Reshuffle()
            | "Cut" >> beam.ParDo(Cut(self.target.work))
        )
        written = (
            {"output": planned | "ByPath" >> beam.Map(lambda output: (output.path, output)), "cuts": cuts}
            | "AllCuts" >> beam.CoGroupByKey()
            | "WriteAside" >> beam.ParDo(_WriteOutput(target))
            | "KeyWritten" >> beam.Map(lambda file: (0, file))
        )
        return (
            {"parts": keyed, "written": written}
            | "AllWritten" >> beam.CoGroupByKey()
            | "Commit" >> beam.ParDo(_Commit(target, self.facts, self.licences))
        )
