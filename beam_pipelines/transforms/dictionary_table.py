"""The medical dictionaries settled together: one definition a term, and every disagreement written down."""

import contextlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

import pyarrow as pa

from beam_pipelines.dictionary_files import FILES, DictionaryFile, Malformed, entries
from beam_pipelines.reasons import Reason
from beam_pipelines.records import Reading, Rejected, json_array
from beam_pipelines.text import guard
from beam_pipelines.text.headwords import sense_key, sense_keys
from beam_pipelines.transforms.commit import EXTRA
from beam_pipelines.transforms.spans import ROW, Format, Rows, Span, Unreadable, whole_format
from beam_pipelines.transforms.table import Entry, Fields, File, Lost, Settled, Table

TERMS, CONFLICTS = "terms", "conflicts"
PRIORITY = {file.source: place for place, file in enumerate(FILES.values())}
"""Of two sources that disagree the earlier one is kept: the bilingual files, then terms explained, animals last."""


def _rows(file: DictionaryFile, stream: IO[bytes], columns: tuple[str, ...]) -> Rows:
    good: list[tuple[int, str, str]] = []

    def batch() -> Iterator[pa.RecordBatch]:
        if good:
            rows, terms, definitions = zip(*good, strict=True)
            kinds = (pa.int64(), pa.large_string(), pa.large_string())
            arrays = [pa.array(v, kind) for v, kind in zip((rows, terms, definitions), kinds, strict=True)]
            good.clear()
            yield pa.RecordBatch.from_arrays(arrays, [ROW, *columns])

    for entry in entries(file, stream.read()):
        if isinstance(entry, Malformed):
            yield from batch()
            yield Unreadable(entry.row, f"line {entry.line} column {entry.column}: {entry.why}")
        else:
            good.append((entry.row, entry.term, entry.definition))
    yield from batch()


def _format(file: DictionaryFile) -> Format:
    def rows(stream: IO[bytes], _: Span, columns: tuple[str, ...]) -> Rows:
        return _rows(file, stream, columns)

    return whole_format(contextlib.nullcontext, rows)


FORMATS = {name: _format(file) for name, file in FILES.items()}


@dataclass(frozen=True, kw_only=True)
class Dictionary(Table):
    """``outputs`` are the paths of TERMS and CONFLICTS."""

    columns = ("term", "definition")
    formats = FORMATS

    outputs: dict[str, str]
    guard: bytes = b""

    def parse(self, fields: Fields) -> list[Reading]:
        """The readings of an entry. One that holds a benchmark item is none, whatever else it says."""
        text = f"{fields.get('term') or ''}\n{fields.get('definition') or ''}"
        if self.guard and (hit := guard.find_text(text, self.guard)):
            raise Rejected(Reason.BENCHMARK, str(hit), benchmark=hit.record)
        return Reading.parse(fields)

    def settle(self, entries: Sequence[Entry]) -> Settled:
        """Of each term the readings of its first source stay; the first of them counts as kept, the rest as merged."""
        by_term: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            by_term[entry.record.term].append(entry)
        merged = [
            Lost.of(entry, Reason.MERGED, f"{group[0].source} has the term")
            for group in by_term.values()
            for entry in group[1:]
        ]
        terms, conflicts = [], []
        for term in sorted(by_term):
            readings = _by_source(by_term[term])
            (source, kept), *others = readings.items()
            terms.append({"term": term, "definition": "; ".join(kept)})
            if any(sense_keys(senses) - sense_keys(kept) for _, senses in others):
                conflicts.append(
                    {
                        **terms[-1],
                        "source": source,
                        "readings": [{"source": name, "definition": "; ".join(s)} for name, s in readings.items()],
                    }
                )
        return Settled(
            files=[
                File(self.outputs[TERMS], TERMS, json_array(terms), len(terms)),
                File(self.outputs[CONFLICTS], EXTRA, json_array(conflicts), len(conflicts)),
            ],
            kept=Counter(group[0].source for group in by_term.values()),
            lost=merged,
            notes={"conflicts": len(conflicts)},
        )


def _by_source(group: Sequence[Entry]) -> dict[str, list[str]]:
    """The senses that each source has of one term, near-equal ones once, in the order of the sources."""
    readings: dict[str, dict[str, str]] = defaultdict(dict)
    for entry in group:
        for sense in entry.record.senses:
            readings[entry.source].setdefault(sense_key(sense), sense)
    return {source: list(senses.values()) for source, senses in readings.items()}
