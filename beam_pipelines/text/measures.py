"""Counts per document that filters decide by. Measuring and deciding are apart, so that a cutoff can be plotted."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from beam_pipelines.text.columns import Bytes, Offsets, flat, from_strings
from beam_pipelines.text.compiled import kernel


class Counts(NamedTuple):
    """Per row, shape (rows,) int64: characters, and how many of them are Hangul syllables (U+AC00..U+D7A3)."""

    chars: npt.NDArray[np.int64]
    hangul: npt.NDArray[np.int64]

    @property
    def korean_ratio(self) -> npt.NDArray[np.float64]:
        """Hangul syllables over all characters; 0 for an empty text."""
        return self.hangul / np.maximum(self.chars, 1)


@kernel
def _count_rows(data: Bytes, offsets: Offsets, chars: Offsets, hangul: Offsets) -> None:
    for row in range(len(chars)):
        start, end = offsets[row], offsets[row + 1]
        leads = 0
        syllables = 0
        # Only lead bytes and the bounds EA B0 80 .. ED 9E A3 matter, so the loops have no branches to mispredict.
        for i in range(start, end):
            leads += (data[i] & 0xC0) != 0x80
        for i in range(start, end - 2):
            a, b, c = data[i], data[i + 1], data[i + 2]
            syllables += (
                (a == 0xEB)
                | (a == 0xEC)
                | ((a == 0xEA) & (b >= 0xB0))
                | ((a == 0xED) & ((b < 0x9E) | ((b == 0x9E) & (c <= 0xA3))))
            )
        chars[row] = leads
        hangul[row] = syllables


def count(texts: pa.Array) -> Counts:
    """Characters and Hangul syllables of every row."""
    data, offsets = flat(texts)
    counts = Counts(np.empty(len(offsets) - 1, np.int64), np.empty(len(offsets) - 1, np.int64))
    _count_rows(data, offsets, counts.chars, counts.hangul)
    return counts


def korean_ratio_text(text: str) -> float:
    """The Korean ratio of one string."""
    return float(count(from_strings([text])).korean_ratio[0])
