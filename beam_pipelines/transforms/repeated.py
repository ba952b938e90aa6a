"""Repeated lines: what stands in more than so many documents of a source is taken out of all of them.

1. Marked: a part has the keys of the lines of its documents as a mark, 8 bytes a line that counts.
2. Tallied: each part writes the keys of those of its documents that are still kept, in order and each once, with the
   number of documents that have it. They lie on the disk: only where a bucket of keys begins and ends is shuffled.
3. Counted: a bucket is read from all parts and summed. Nothing is estimated and no key is passed over.
4. Rewritten: a part that has repeated lines is written once more without them, and the documents that lost any are
   decided on again. A document has the same number in the new part as in the old; one that falls out leaves it empty.

Exact deduplication comes before, or a document that was copied often would lose all its lines with all its copies; and
once more behind, as documents may be equal now. Memory is bounded by a bucket of keys and by a part.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from beam_pipelines.text import repeated
from beam_pipelines.text.repeated import KEY_BITS
from beam_pipelines.transforms import files, parts
from beam_pipelines.transforms.dedupe import MAX_BUCKETS, blobs_by
from beam_pipelines.transforms.parts import Part
from beam_pipelines.transforms.rewrite import Rewriter
from beam_pipelines.transforms.steps import Recipe

LINES, LINE_COUNTS = "lines", "line_counts"
"""The marks of a part: the keys of the lines of its documents, and how many of them each document has."""
MARKS: Mapping[str, npt.DTypeLike] = {LINES: np.int64, LINE_COUNTS: np.uint32}

TALLY = np.dtype([("key", "<i8"), ("documents", "<u4")])
"""A line and how many documents have it: of one part, or of its source."""


def fingerprints(texts: pa.Array) -> list[npt.NDArray[Any]]:
    """For each of MARKS."""
    return list(repeated.line_keys(texts))


class Slice(NamedTuple):
    """The records ``[first, last)`` of the tally of a part: those of one bucket."""

    item: int
    key: str
    source: str
    first: int
    last: int


def tally(keys: npt.NDArray[np.int64], counts: npt.NDArray[np.uint32], kept: npt.NDArray[np.int64]) -> Any:
    """The keys of the kept documents as TALLY, in order; ``counts`` says how many of the keys each document has."""
    of_kept = np.zeros(len(counts), np.bool_)
    of_kept[kept] = True
    unique, documents = np.unique(keys[np.repeat(of_kept, counts)], return_counts=True)
    records = np.empty(len(unique), TALLY)
    records["key"], records["documents"] = unique, documents
    return records


def bounds(keys: npt.NDArray[np.int64], buckets: int) -> Iterator[tuple[int, int, int]]:
    """``(bucket, first, last)`` of keys in order: a bucket is the first bits of a key. None is empty."""
    shift = KEY_BITS - (buckets - 1).bit_length()
    numbers, firsts = np.unique(keys >> shift, return_index=True)
    lasts = np.append(firsts, len(keys))[1:]
    return zip(numbers.tolist(), firsts.tolist(), lasts.tolist(), strict=True)


def find(tallies: Sequence[tuple[int, str, npt.NDArray[np.void]]], most: int) -> Iterator[tuple[int, bytes]]:
    """``(item, TALLY of its source)`` of the keys that more than ``most`` documents of a source have.

    ``tallies`` are the ``(item, source, TALLY)`` of all parts that have any of a bucket of keys, in any order.
    """
    names = sorted({source for _, source, _ in tallies})
    sizes = [len(records) for _, _, records in tallies]
    every = np.concatenate([np.zeros(0, TALLY), *(records for _, _, records in tallies)])
    item = np.repeat(np.array([item for item, _, _ in tallies], np.int64), sizes)
    source = np.repeat(np.array([names.index(source) for _, source, _ in tallies], np.uint8), sizes)
    order = np.lexsort((item, source, every["key"]))
    every, item, source = every[order], item[order], source[order]
    first = np.ones(len(every), np.bool_)
    first[1:] = (np.diff(every["key"]) != 0) | (np.diff(source) != 0)
    group = np.cumsum(first) - 1
    total = np.bincount(group, weights=every["documents"]).astype(np.uint32)  # exact: far below 2 ** 53
    found = np.flatnonzero(total[group] > most) if len(every) else np.zeros(0, np.int64)
    records = every[found]
    records["documents"] = total[group][found]
    return blobs_by(item[found], records)


def _tally_path(folder: str, key: str) -> str:
    return files.join(folder, f"{key}.tally")


@dataclass
class _Tally(beam.DoFn):
    folder: str
    buckets: int

    def process(self, part: Part) -> Iterator[tuple[int, Slice]]:
        keys, counts = (parts.read_array(parts.marks_path(self.folder, part.key, mark)) for mark in MARKS)
        kept = parts.kept_lines(self.folder, part.key, len(counts), part.losers)
        records = tally(keys, counts, kept)
        with files.write_whole(_tally_path(self.folder, part.key)) as file:
            file.write(records.tobytes())
        for bucket, first, last in bounds(records["key"], self.buckets):
            yield bucket, Slice(part.index, part.key, part.source, first, last)


@dataclass
class _Count(beam.DoFn):
    folder: str
    most: int

    def process(self, keyed: tuple[int, Iterable[Slice]]) -> Iterator[tuple[int, bytes]]:
        slices = list(keyed[1])
        size = TALLY.itemsize
        paths = [_tally_path(self.folder, each.key) for each in slices]
        raw = files.read_ranges(paths, [each.first * size for each in slices], [each.last * size for each in slices])
        yield from find(
            [(each.item, each.source, np.frombuffer(data, TALLY)) for each, data in zip(slices, raw, strict=True)],
            self.most,
        )


@dataclass
class _Rewrite(beam.DoFn):
    """Write a part once more without its repeated lines. The old one stays as it is, for a rerun."""

    folder: str
    recipe: Recipe
    stage: str
    rejects: bool

    def process(self, keyed: tuple[int, dict[str, Any]]) -> Iterator[Part]:
        (part,) = keyed[1]["part"]
        counted = b"".join(keyed[1]["repeated"])
        if not counted:
            yield part
            return
        marks = [mark for mark in self.recipe.marks if mark not in MARKS]
        rewriter = Rewriter(self.folder, part, self.recipe, marks=marks, stage=self.stage, rejects=self.rejects)
        yield rewriter.rewrite(np.frombuffer(counted, TALLY))


@dataclass(kw_only=True)
class RepeatedLines(beam.PTransform):
    """PCollection[Part] -> PCollection[Part], those with repeated lines replaced by parts without them.

    Repeated is a line that stands in more than ``most`` documents of a source. ``stage`` names what falls out.
    """

    folder: str
    recipe: Recipe
    most: int
    stage: str
    buckets: int
    rejects: bool = False

    def expand(self, items: beam.PCollection[Part]) -> beam.PCollection[Part]:
        """Tallies -> counts by bucket -> parts rewritten."""
        wide = min(MAX_BUCKETS, self.buckets * 4)  # a document has more lines than fingerprints
        found = (
            items
            | "Tally" >> beam.ParDo(_Tally(self.folder, wide))
            | "ByBucket" >> beam.GroupByKey()
            | "Count" >> beam.ParDo(_Count(self.folder, self.most))
        )
        keyed = items | "ByItem" >> beam.Map(lambda part: (part.index, part))
        rewrite = _Rewrite(self.folder, self.recipe, self.stage, self.rejects)
        return {"part": keyed, "repeated": found} | "Join" >> beam.CoGroupByKey() | "Rewrite" >> beam.ParDo(rewrite)
