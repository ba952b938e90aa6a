"""A refiner that needs its whole input at once: small tables, where an entry is judged beside all the others.

Files are read in parallel; what was made of them meets in one place, is settled there by a pure function and written
together. Unlike in transforms/rows.py the records themselves are shuffled: a table is megabytes, not gigabytes.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import apache_beam as beam

from beam_pipelines.progress import METER
from beam_pipelines.reasons import Reason
from beam_pipelines.records import Rejected
from beam_pipelines.transforms import files, ledger, rejects
from beam_pipelines.transforms.commit import REJECTS, Account, Target, Written, commit
from beam_pipelines.transforms.inputs import BadInput, Read, WorkItem, reads_of
from beam_pipelines.transforms.spans import ROW, Format, Unreadable

Fields = Mapping[str, str | None]


class Entry(NamedTuple):
    """A record with the place it came from and the fields it was made of."""

    source: str
    path: str
    row: int
    record: Any
    fields: Fields


class Lost(NamedTuple):
    """A row that was left out, and what it held."""

    source: str
    path: str
    row: int
    reason: Reason
    why: str
    shown: Mapping[str, Any]

    @staticmethod
    def of(entry: Entry, reason: Reason, why: str = "", **shown: Any) -> "Lost":
        """An entry that is left out after all; ``shown`` is what the rejects show besides its fields."""
        return Lost(entry.source, entry.path, entry.row, reason, why, {**entry.fields, **shown})


@dataclass(kw_only=True)
class FileRecords:
    """What one work item came to."""

    index: int
    reads: list[Read]
    entries: list[Entry] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)


class File(NamedTuple):
    """An output file: its path, its kind (see Written), what is in it, and how many records that is."""

    path: str
    kind: str
    content: bytes
    records: int


@dataclass(kw_only=True)
class Settled:
    """What all entries together came to. Every entry is kept by a source or lost with a reason."""

    files: list[File]
    kept: Counter[str]
    lost: list[Lost] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Table:
    """What tells one such refiner from another; ``columns`` are read from every input, the first of them needed."""

    columns: ClassVar[tuple[str, ...]]
    formats: ClassVar[Mapping[str, Format]]

    def parse(self, fields: Fields) -> list[Any]:
        """The records that a row holds, one as a rule. Raises Rejected."""
        raise NotImplementedError

    def settle(self, entries: Sequence[Entry]) -> Settled:
        """Everything that can only be said with all entries at hand, in file order."""
        raise NotImplementedError


@dataclass
class _ReadTable(beam.DoFn):
    table: Table
    strict: bool

    def process(self, item: WorkItem) -> Iterator[tuple[int, FileRecords]]:
        form = self.table.formats[item.format]
        found = FileRecords(index=item.index, reads=reads_of(item, form))
        for row, fields, unreadable in self._rows(item, form):
            try:
                if unreadable:
                    raise Rejected(Reason.UNREADABLE, unreadable)
                found.entries += [Entry(item.source, item.path, row, r, fields) for r in self.table.parse(fields)]
            except Rejected as error:
                if self.strict and error.reason is Reason.UNREADABLE:
                    raise BadInput(f"{item.path} row {row}: {error}") from error
                shown = {**fields, **error.shown}
                found.lost.append(Lost(item.source, item.path, row, error.reason, str(error), shown))
        METER.add(documents=len(found.entries), bytes_=item.span.end - item.span.start)
        yield 0, found

    def _rows(self, item: WorkItem, form: Format) -> Iterator[tuple[int, Fields, str]]:
        """``(row, fields, why it cannot be read)``."""
        if item.span.damage:
            yield from ((row, {"text": ""}, item.span.damage) for row in range(max(1, item.span.rows)))
            return
        for piece in form.read(item.path, item.span, self.table.columns):
            if isinstance(piece, Unreadable):
                yield from ((piece.row + n, {"text": piece.raw}, piece.why) for n in range(piece.rows))
                continue
            fields = piece.drop_columns([ROW])
            for place, row in enumerate(piece.column(ROW).to_pylist()):
                try:
                    yield row, fields.slice(place, 1).to_pylist()[0], ""
                except UnicodeDecodeError as error:
                    yield row, {"text": ""}, str(error)


@dataclass
class _Settle(beam.DoFn):
    table: Table
    target: Target
    facts: Mapping[str, Any]
    licences: Mapping[str, str]

    def process(self, keyed: tuple[int, Any]) -> Iterator[dict[str, Any]]:
        found = sorted(keyed[1], key=lambda file: file.index)
        settled = self.table.settle([entry for file in found for entry in file.entries])
        lost = [*(row for file in found for row in file.lost), *settled.lost]
        account = Account(
            reads=[read for file in found for read in file.reads],
            ledger=ledger.of_counts(
                rows=Counter(entry.source for file in found for entry in (*file.entries, *file.lost)),
                kept=settled.kept,
                lost=Counter((row.source, row.reason) for row in lost),
            ),
            problems=[{"file": r.path, "row": r.row, "why": r.why} for r in lost if r.reason is Reason.UNREADABLE],
            notes=settled.notes,
        )
        written = [self._write(file) for file in [*settled.files, *self._rejects(account.ledger, lost)]]
        yield commit(self.target, account, written, facts=self.facts, licences=self.licences)

    def _rejects(self, sources: Mapping[str, Any], lost: list[Lost]) -> Iterator[File]:
        if self.target.rejects is None:
            return
        for source in sources:
            rows = sorted((row for row in lost if row.source == source), key=lambda row: (row.path, row.row))
            lines = [rejects.reject_line(r.source, r.path, r.row, r.reason, {**r.shown, "why": r.why}) for r in rows]
            path = files.join(self.target.rejects, f"{source}.jsonl")
            yield File(path, REJECTS, b"".join(lines), len(lines))

    def _write(self, file: File) -> Written:
        aside = self.target.aside(file.path)
        files.make_folder(files.parent(aside))
        with files.write_whole(aside) as out:
            out.write(file.content)
        return Written(file.path, aside, file.kind, file.records, len(file.content))


@dataclass(kw_only=True)
class RefineTable(beam.PTransform):
    """PCollection[WorkItem] -> PCollection of the one manifest, with the outputs in place."""

    table: Table
    target: Target
    facts: Mapping[str, Any]
    licences: Mapping[str, str]
    strict: bool = False

    def expand(self, items: beam.PCollection[WorkItem]) -> beam.PCollection[dict[str, Any]]:
        """Read and parse -> settle and write."""
        return (
            items
            | "Read" >> beam.ParDo(_ReadTable(self.table, self.strict))
            | "Gather" >> beam.GroupByKey()
            | "Settle" >> beam.ParDo(_Settle(self.table, self.target, self.facts, self.licences))
        )
