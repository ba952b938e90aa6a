"""The Korean words of a corpus and how often each occurs: Arrow in, Arrow out, in memory that does not grow with it.

A word is a run of Hangul syllables with the one space before it, if there is exactly one: that space is the first
letter of the word to a Gemma tokenizer, while two and more spaces are a token of their own.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from beam_pipelines.text.columns import Bytes, Offsets, flat, to_column
from beam_pipelines.text.compiled import lean_kernel

WORD, COUNT, WEIGHT = "word", "count", "weight"
LONGEST = 64
"""Syllables; a longer run is no word, and is not counted."""

SCHEMA = pa.schema([(WORD, pa.large_string()), (COUNT, pa.int64()), (WEIGHT, pa.int64())])


@lean_kernel
def _is_syllable(data: Bytes, at: int, end: int) -> bool:
    """Whether a syllable from 가 (EA B0 80) to 힣 (ED 9E A3) stands at ``at``."""
    if at + 3 > end:
        return False
    a, b, c = int(data[at]), int(data[at + 1]), int(data[at + 2])
    if a == 0xEA:
        return b >= 0xB0
    if a == 0xED:
        return b < 0x9E or (b == 0x9E and c <= 0xA3)
    return a == 0xEB or a == 0xEC


@lean_kernel
def _copy_words(data: Bytes, offsets: Offsets, out: Bytes, bounds: Offsets) -> int:
    """Write the words one after the other and where each ends; returns how many there are."""
    words = at = 0
    for row in range(len(offsets) - 1):
        start, end = offsets[row], offsets[row + 1]
        i = start
        while i < end:
            if not _is_syllable(data, i, end):
                i += 1
                continue
            first = i
            while _is_syllable(data, i, end):
                i += 3
            if i - first > 3 * LONGEST:
                continue
            one = first > start and int(data[first - 1]) == 0x20
            if one and not (first - 1 > start and int(data[first - 2]) == 0x20):
                first -= 1
            for k in range(first, i):
                out[at] = data[k]
                at += 1
            words += 1
            bounds[words] = at
    return words


def words_of(texts: pa.Array) -> pa.LargeStringArray:
    """Every word of the rows, in order; the rows must be UTF-8."""
    data, offsets = flat(texts)
    size = int(offsets[-1] - offsets[0])
    out, bounds = np.empty(size, np.uint8), np.zeros(size // 3 + 2, np.int64)
    words = _copy_words(data, offsets, out, bounds)
    return to_column(out[: bounds[words]], bounds[: words + 1])


def count_batch(texts: pa.Array, weight: int) -> pa.Table:
    """The word types of a batch; ``weight`` is what one occurrence counts."""
    found = pc.value_counts(words_of(texts))
    counts = found.field("counts").cast(pa.int64())
    return pa.table([found.field("values"), counts, pc.multiply(counts, weight)], schema=SCHEMA)


class WordCounts:
    """Sums of counted batches. ``most`` bounds the word types that are held: the rarest are let go.

    ``floor`` is how many occurrences a word may have lost by that, at most: counts are exact when it is 0. ``total`` is
    all occurrences, those of words that were let go included.
    """

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._sum = SCHEMA.empty_table()
        self._waiting: list[pa.Table] = []
        self.floor = self.total = 0

    def add(self, counted: pa.Table) -> None:
        """Add the counts of one batch."""
        self._waiting.append(counted)
        self.total += pc.sum(counted[COUNT]).as_py() or 0
        if sum(part.num_rows for part in self._waiting) > max(self._most // 4, 1024):
            self._compact()

    def _compact(self) -> None:
        together = pa.concat_tables([self._sum, *self._waiting])
        self._waiting.clear()
        summed = together.group_by(WORD, use_threads=False).aggregate([(COUNT, "sum"), (WEIGHT, "sum")])
        self._sum = summed.rename_columns({f"{COUNT}_sum": COUNT, f"{WEIGHT}_sum": WEIGHT}).select(SCHEMA.names)
        least = 0
        while self._sum.num_rows > self._most:
            least += 1
            self._sum = self._sum.filter(pc.greater(self._sum[COUNT], least))
        self.floor += least

    def table(self) -> pa.Table:
        """``word``, ``count``, ``weight``, by falling weight and then by word."""
        self._compact()
        return self._sum.sort_by([(WEIGHT, "descending"), (WORD, "ascending")]).combine_chunks()


def in_order(work: Callable[[Any], Any], items: Iterable[Any], *, workers: int) -> Iterator[Any]:
    """``map`` on threads with results in order and only a few items in hand, so memory stays bounded."""
    with ThreadPoolExecutor(workers) as pool:
        running: list[Future[Any]] = []
        for item in items:
            running.append(pool.submit(work, item))
            if len(running) > 2 * workers:
                yield running.pop(0).result()
        for future in running:
            yield future.result()
