"""Counts per document that filters decide by. Measuring and deciding are apart, so that a cutoff can be plotted."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from beam_pipelines.text.columns import Bytes, Offsets, flat, from_strings
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.scan import VECTOR


class Counts(NamedTuple):
    """Per row, shape (rows,) int64: characters, and how many of them are Hangul syllables (U+AC00..U+D7A3)."""

    chars: npt.NDArray[np.int64]
    hangul: npt.NDArray[np.int64]

    @property
    def korean_ratio(self) -> npt.NDArray[np.float64]:
        """Hangul syllables over all characters; 0 for an empty text."""
        return self.hangul / np.maximum(self.chars, 1)


@lean_kernel
def _count_characters(data: Bytes, start: int, end: int) -> int:
    total = 0
    for at in range(start, end, VECTOR):
        block = data[at : min(at + VECTOR, end)]
        leads = np.uint8(0)
        for k in range(len(block)):
            leads = np.uint8(leads + np.uint8((block[k] & 0xC0) != 0x80))
        total += int(leads)
    return total


@lean_kernel
def _count_hangul(data: Bytes, start: int, end: int) -> int:
    """U+AC00..U+D7A3 is EA B0 80 .. ED 9E A3."""
    total = 0
    for at in range(start, end - 2, VECTOR):
        size = min(VECTOR, end - 2 - at)
        first, second, third = data[at : at + size], data[at + 1 : at + 1 + size], data[at + 2 : at + 2 + size]
        found = np.uint8(0)
        for k in range(size):
            a, b, c = first[k], second[k], third[k]
            top = (a == 0xED) & ((b < 0x9E) | ((b == 0x9E) & (c <= 0xA3)))
            found = np.uint8(found + np.uint8((a == 0xEB) | (a == 0xEC) | ((a == 0xEA) & (b >= 0xB0)) | top))
        total += int(found)
    return total


@lean_kernel
def _count_rows(data: Bytes, offsets: Offsets, chars: Offsets, hangul: Offsets) -> None:
    for row in range(len(chars)):
        chars[row] = _count_characters(data, offsets[row], offsets[row + 1])
        hangul[row] = _count_hangul(data, offsets[row], offsets[row + 1])


def count(texts: pa.Array) -> Counts:
    """Characters and Hangul syllables of every row."""
    data, offsets = flat(texts)
    counts = Counts(np.empty(len(offsets) - 1, np.int64), np.empty(len(offsets) - 1, np.int64))
    _count_rows(data, offsets, counts.chars, counts.hangul)
    return counts


def korean_ratio_text(text: str) -> float:
    """The Korean ratio of one string."""
    return float(count(from_strings([text])).korean_ratio[0])
