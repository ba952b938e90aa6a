"""A part written once more without some of its lines, and the table of the lines that went.

The old part stays as it is, for a rerun. A document has the same number in both; one that falls out leaves it empty.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from beam_pipelines.reasons import Reason
from beam_pipelines.text import repeated
from beam_pipelines.text.columns import set_column
from beam_pipelines.text.jsonl_read import read_lines
from beam_pipelines.transforms import files, parts, steps
from beam_pipelines.transforms.parts import INDEX, LOST, NOTHING_KEPT, Part
from beam_pipelines.transforms.rejects import reject_lines
from beam_pipelines.transforms.spans import ROW
from beam_pipelines.transforms.steps import Recipe, get_column

CHUNK_BYTES = 1 << 20
"""Text rewritten at a time."""
_PLACE = "place"


class Rewriter:
    """Writes a part once more.

    ``marks`` are those that are needed afterwards. ``stage`` names the new part, and in it what falls out.
    """

    def __init__(
        self, folder: str, part: Part, recipe: Recipe, *, marks: Iterable[str], stage: str, rejects: bool
    ) -> None:
        self._folder, self._part, self._recipe, self._stage, self._rejects = folder, part, recipe, stage, rejects
        self._key = f"{part.key}-{stage}"
        self._index = parts.read_index(folder, part.key)
        self._sizes = np.zeros(len(self._index), np.int64)
        self._marks = {mark: parts.read_array(parts.marks_path(folder, part.key, mark)) for mark in marks}
        self._texts: dict[int, str] = {}
        self._times: Counter[int] = Counter()
        self._fallen: list[npt.NDArray[np.int64]] = [np.zeros(0, np.int64)]
        self._shown: list[bytes] = []
        self._dropped: Counter[str] = Counter(part.dropped)
        self._changed = 0

    def rewrite(self, counted: npt.NDArray[np.void]) -> Part:
        """The new part; ``counted`` are its repeated lines as TALLY."""
        keys = np.sort(counted["key"])
        with files.write_whole(parts.lines_path(self._folder, self._key, self._recipe.views[0])) as out:
            for batch in self._read():
                self._write(batch, keys, out)
        self._save()
        self._carry_over()
        self._list(dict(counted.tolist()))
        return replace(
            self._part,
            key=self._key,
            documents=self._part.documents - sum(map(len, self._fallen)),
            bytes=int(self._sizes.sum()),
            dropped=dict(self._dropped),
            losers=(*self._part.losers, self._stage),
            repeated={"documents": self._changed, "lines": self._times.total()},
        )

    def _read(self) -> Iterator[pa.RecordBatch]:
        """The documents of the part as it was, about CHUNK_BYTES at a time, with their places in it."""
        column, folder, key = self._recipe.columns[0], self._folder, self._part.key
        starts, ends = parts.starts_of(self._index), self._index["end"]
        kept = parts.kept_lines(folder, key, len(self._index), self._part.losers)
        with files.open_read(parts.lines_path(folder, key, self._recipe.views[0])) as file:
            for places in np.split(kept, np.flatnonzero(np.diff(ends[kept] // CHUNK_BYTES)) + 1):
                if len(places):
                    file.seek(int(starts[places[0]]))
                    block = file.read(int(ends[places[-1]] - starts[places[0]]))
                    texts = read_lines(block, [column]).columns[0].take(pa.array(places - places[0]))
                    rows = pa.array(self._index["row"][places])
                    yield pa.RecordBatch.from_arrays([texts, rows, pa.array(places)], [column, ROW, _PLACE])

    def _write(self, batch: pa.RecordBatch, keys: npt.NDArray[np.int64], out: Any) -> None:
        """Take the lines with these keys out of a batch, decide on what lost any, and write what stays."""
        column = self._recipe.columns[0]
        left = repeated.drop(batch.column(column), keys)
        self._texts |= {line.key: line.text for line in left.lines}
        self._times.update({line.key: line.times for line in left.lines})
        self._changed += len(left.rows)
        order = np.arange(batch.num_rows)
        order[left.rows] = batch.num_rows + np.arange(len(left.rows))
        texts = pa.concat_arrays([batch.column(column), left.texts]).take(pa.array(order))
        batch = set_column(batch, column, texts)
        stays = np.ones(batch.num_rows, np.bool_)
        for reason, rows in steps.run(self._recipe.decisions(), batch.take(pa.array(left.rows))):
            if reason is None:
                self._mark(rows)
            else:
                stays &= ~np.isin(get_column(batch, _PLACE), get_column(rows, _PLACE))
                self._fall(rows, reason)
        if stays.any():
            batch = batch.filter(pa.array(stays))
            (lines,), self._sizes[get_column(batch, _PLACE)] = self._recipe.encode(batch)
            out.write(lines.data)

    def _mark(self, rows: pa.RecordBatch) -> None:
        if rows.num_rows:
            for mark, fresh in zip(self._recipe.marks, self._recipe.fingerprints(rows), strict=True):
                if mark in self._marks:
                    self._marks[mark][get_column(rows, _PLACE)] = fresh

    def _fall(self, rows: pa.RecordBatch, reason: Reason) -> None:
        self._dropped[reason.value] += rows.num_rows
        self._fallen.append(get_column(rows, _PLACE))
        if self._rejects:
            self._shown += reject_lines(self._part.source, self._part.path, reason, rows, self._recipe.shown)

    def _save(self) -> None:
        """Write index, marks, and what has fallen out."""
        folder, key = self._folder, self._key
        index = np.empty(len(self._index), INDEX)
        index["row"], index["end"] = self._index["row"], np.cumsum(self._sizes)
        with files.write_whole(parts.index_path(folder, key)) as file:
            file.write(index.tobytes())
        for mark, array in self._marks.items():
            parts.write_array(parts.marks_path(folder, key, mark), array)
        lost = np.zeros(sum(map(len, self._fallen)), LOST)
        lost["line"], lost["item"] = np.sort(np.concatenate(self._fallen)), NOTHING_KEPT
        parts.write_array(parts.losers_path(folder, key, self._stage), lost)
        if self._rejects:
            with files.write_whole(parts.rejects_path(folder, key, self._stage)) as file:
                file.writelines(self._shown)

    def _carry_over(self) -> None:
        """What the part lost in the stages before goes with it."""
        folder, old, losers = self._folder, self._part.key, self._part.losers
        of_stages = {parts.losers_path: losers, parts.rejects_path: ("refine", *losers) if self._rejects else ()}
        for path, stages in of_stages.items():
            for stage in stages:
                copy = path(folder, self._key, stage)
                with files.open_read(path(folder, old, stage)) as source, files.write_whole(copy) as out:
                    shutil.copyfileobj(source, out)

    def _list(self, documents: Mapping[int, int]) -> None:
        with files.write_whole(_listing_path(self._folder, self._key)) as file:
            for key, text in self._texts.items():
                row = {"line": text, "documents": documents[key], "dropped": self._times[key]}
                file.write(orjson.dumps(row) + b"\n")


def _listing_path(folder: str, key: str) -> str:
    return files.join(folder, f"{key}.repeated.jsonl")


class Listing(NamedTuple):
    """The table of the lines that were dropped, made from all parts in order."""

    parts: list[Part]

    def rows(self, folder: str) -> Iterator[bytes]:
        """One JSON line each, by source, the line that stands in most documents first."""
        for source in dict.fromkeys(part.source for part in self.parts):
            documents: dict[str, int] = {}
            dropped: Counter[str] = Counter()
            for part in self.parts:
                if part.source == source and part.repeated:
                    with files.open_read(_listing_path(folder, part.key)) as file:
                        for row in map(orjson.loads, file):
                            documents[row["line"]] = row["documents"]
                            dropped[row["line"]] += row["dropped"]
            for line, count in sorted(documents.items(), key=lambda item: (-item[1], item[0])):
                row = {"source": source, "line": line, "documents": count, "dropped": dropped[line]}
                yield json.dumps(row, ensure_ascii=False).encode() + b"\n"


def summary(done: Iterable[Part]) -> Mapping[str, Any]:
    """The manifest's entry: by source how many documents lost lines, and how many lines; none where none did."""
    total: dict[str, Counter[str]] = {}
    for part in done:
        if part.repeated.get("lines"):
            total.setdefault(part.source, Counter()).update(part.repeated)
    return {"repeated_lines": {source: dict(counts) for source, counts in total.items()}} if total else {}
