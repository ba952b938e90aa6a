"""Which documents may be nearly the same: MinHash over shingles of five characters, and the exact Jaccard of two.

A text is read without spaces, punctuation and ASCII case. Each run of five characters is a shingle; each becomes a
number of 63 bits, and two texts are as alike as the sets of these numbers are (shared ones over all). The sketch of a
text is that of Dahlgaard, Knudsen and Thorup, "Fast Similarity Sketching" (FOCS 2017): every shingle falls into one of
the bins and the least number in a bin stays; where a text has too few shingles to fill all bins, more rounds with other
numbers fill the rest. It costs one look at a shingle and estimates as well as independent permutations would.

The bins are cut into bands. Texts that agree in a whole band are candidates: with 12 bands of 5 these are 99.2 % of the
pairs that share 0.8 of their shingles, 99.9 % at 0.85, and 0.4 % at 0.2.
"""

import itertools

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from beam_pipelines.text.columns import Bytes, Offsets, flat, from_strings
from beam_pipelines.text.compiled import kernel, lean_kernel
from beam_pipelines.text.pairs_keys import PUNCTUATION, as_ascii

Codes = npt.NDArray[np.int32]

SIZE = 5
"""Characters of a shingle."""
BANDS, ROWS = 12, 5
BINS = BANDS * ROWS
LEAST = 40
"""Shingles below which a text has no bands: in so short a one a word more or less is much."""

NO_BAND = -1
_FIRST, _SECOND, _THIRD, _FOURTH = 0x3C6EF372FE9, 0x1B873593CC5, 0x2545F4914F7, 0x3779B97F4A7  # odd, of 42 bits
_FIFTH = 0x28A2D1B54A3
_LOW, _HIGH, _LOW_AGAIN, _HIGH_AGAIN = 0x6A09E667, 0x5BE0CD19, 0x510E527F, 0x7F4A7C15  # of 31 bits
_TURN, _SEED = 0x1E3779B97F4A7C, 0x243F6A8885A308D3
_HALF = (1 << 32) - 1
_VALUE_BITS = 31
_EMPTY = (1 << 63) - 1
_BLOCK = 4096


def _folds() -> Bytes:
    """Per ASCII character what it is read as; 0 for one that is passed over."""
    table = np.array([ord(chr(c).lower()) for c in range(128)], np.uint8)
    table[:0x21] = table[0x7F] = 0
    table[PUNCTUATION[:128] > 0] = 0
    table.flags.writeable = False
    return table


_FOLDS = _folds()


@lean_kernel
def mixed(x: int) -> int:
    """A number of 63 bits for one, each bit of which depends on all bits of the other.

    No product passes 63 bits: compiled integers wrap, or are assumed not to, where Python's grow.
    """
    x = (x & _HALF) * _LOW ^ (x >> 32) * _HIGH
    x ^= x >> 31
    x = (x & _HALF) * _LOW_AGAIN ^ (x >> 32) * _HIGH_AGAIN
    return x ^ x >> 29


@lean_kernel
def _character(data: Bytes, i: int) -> tuple[int, int]:
    """``(code, width)`` of the character at ``i``; code 0 for one that is passed over."""
    c = int(data[i])
    if c < 0x80:
        return int(_FOLDS[c]), 1
    if c < 0xE0:
        return 0 if as_ascii(data, i) else (c & 0x1F) << 6 | int(data[i + 1]) & 0x3F, 2
    if c < 0xF0:
        if c < 0xE4 or c == 0xEF:
            ascii_ = as_ascii(data, i)
            if ascii_:
                return int(_FOLDS[ascii_]), 3
        return (c & 0x0F) << 12 | (int(data[i + 1]) & 0x3F) << 6 | int(data[i + 2]) & 0x3F, 3
    return (c & 7) << 18 | (int(data[i + 1]) & 0x3F) << 12 | (int(data[i + 2]) & 0x3F) << 6 | int(data[i + 3]) & 0x3F, 4


@lean_kernel
def _characters(data: Bytes, i: int, end: int, codes: Codes, n: int) -> tuple[int, int]:
    """Write the characters of ``data[i:end]`` behind the first ``n`` of ``codes``; ``(where it stopped, how many)``."""
    while i < end and n < len(codes):
        code, width = _character(data, i)
        i += width
        if i < end:
            i += int(data[i] == 0x20)  # goes by without a branch that could be guessed wrong
        codes[n] = code
        n += int(code != 0)
    return i, n


@lean_kernel
def _read(data: Bytes, i: int, end: int, codes: Codes, n: int, out: Offsets) -> tuple[int, int, int]:
    """Write the next shingles of ``data[i:end]``, a block of them, to ``out``; ``(where it stopped, n, how many)``.

    What goes on from one call to the next are the last ``n`` characters, in ``codes``; 0 at the start of a text.
    Characters are written first and shingles made of them then, as that loop runs in vectors.
    """
    i, n = _characters(data, i, end, codes, n)
    count = max(n - SIZE + 1, 0)
    for k in range(count):
        a, b, c, d = int(codes[k]), int(codes[k + 1]), int(codes[k + 2]), int(codes[k + 3])
        out[k] = mixed(a * _FIRST ^ b * _SECOND ^ c * _THIRD ^ d * _FOURTH ^ int(codes[k + 4]) * _FIFTH)
    for k in range(n - count):
        codes[k] = codes[count + k]
    return i, n - count, count


@lean_kernel
def _fall(numbers: Offsets, count: int, turn: int, least: Offsets) -> None:
    """Let the numbers of shingles fall into their bins in the round ``turn``; from round BINS on into one bin each.

    The lower half of a number tells the bin: a product does not spread evenly over the highest bits.
    """
    for k in range(count):
        x = int(numbers[k])
        place = turn - BINS if turn >= BINS else (x & _HALF) * BINS >> 32
        least[place] = min(turn << _VALUE_BITS | x >> 32, int(least[place]))


@lean_kernel
def _is_full(least: Offsets) -> bool:
    most = 0
    for k in range(BINS):
        most = max(most, int(least[k]))
    return most < _EMPTY


@lean_kernel
def _sketch(data: Bytes, start: int, end: int, codes: Codes, block: Offsets, other: Offsets, least: Offsets) -> bool:
    """Fill ``least``, (BINS,), for one text, unless it has fewer than LEAST shingles.

    Rounds after the first see the first block of shingles only: a longer text that leaves bins empty repeats itself.
    """
    for k in range(BINS):
        least[k] = _EMPTY
    i, n, first = _read(data, start, end, codes, 0, block)
    if first < LEAST:
        return False
    _fall(block, first, 0, least)
    while i < end:
        i, n, count = _read(data, i, end, codes, n, other)
        _fall(other, count, 0, least)
    turn = 1
    while not _is_full(least):
        for k in range(first):
            other[k] = mixed(int(block[k]) ^ turn * _TURN)
        _fall(other, first, turn, least)
        turn += 1
    return True


@kernel
def _bands(data: Bytes, offsets: Offsets, salts: Offsets, keys: Offsets) -> None:
    codes, least = np.zeros(_BLOCK + SIZE - 1, np.int32), np.zeros(BINS, np.int64)
    block, other = np.zeros(_BLOCK, np.int64), np.zeros(_BLOCK, np.int64)
    for row in range(len(salts)):
        if not _sketch(data, offsets[row], offsets[row + 1], codes, block, other, least):
            for band in range(BANDS):
                keys[row, band] = NO_BAND
            continue
        for band in range(BANDS):
            h = mixed((_SEED ^ int(salts[row])) + band)
            for k in range(band * ROWS, (band + 1) * ROWS):
                h = mixed(h ^ int(least[k]))
            keys[row, band] = h


def band_keys(texts: pa.Array, salts: Offsets) -> Offsets:
    """The keys of the bands of every row, (rows,) -> (rows, BANDS) of 63 bits; NO_BAND for a row that has none.

    Rows whose ``salts``, (rows,) of 63 bits, differ agree in no band. Columns are UTF-8 in NFC without nulls.
    """
    data, offsets = flat(texts)
    keys = np.empty((len(offsets) - 1, BANDS), np.int64)
    _bands(data, offsets, salts, keys)
    return keys


@kernel
def _every_shingle(data: Bytes, offsets: Offsets, out: Offsets, bounds: Offsets) -> None:
    codes = np.zeros(_BLOCK + SIZE - 1, np.int32)
    at = 0
    bounds[0] = 0
    for row in range(len(offsets) - 1):
        i, end, n = offsets[row], offsets[row + 1], 0
        while i < end:
            i, n, count = _read(data, i, end, codes, n, out[at:])
            at += count
        bounds[row + 1] = at


def _once(found: Offsets) -> Offsets:
    """Each number once, in order; sorts in place, which is faster than ``numpy.unique``."""
    found.sort()
    return found[np.concatenate([found[:1] == found[:1], found[1:] != found[:-1]])]


def shingle_sets(texts: pa.Array) -> list[Offsets]:
    """The shingles of every row, each once and in order: (rows,) -> one (shingles,) array a row."""
    data, offsets = flat(texts)
    out, bounds = np.empty(int(offsets[-1] - offsets[0]) + 1, np.int64), np.empty(len(offsets), np.int64)
    _every_shingle(data, offsets, out, bounds)
    return [_once(out[start:end]) for start, end in itertools.pairwise(bounds.tolist())]


@lean_kernel
def _shared(one: Offsets, other: Offsets) -> int:
    i, k, found = 0, 0, 0
    while i < len(one) and k < len(other):
        a, b = one[i], other[k]
        found += a == b
        i += a <= b
        k += b <= a
    return found


def jaccard(one: Offsets, other: Offsets) -> float:
    """Shared shingles over all of two sets as :func:`shingle_sets` gives them; 0 for two empty ones."""
    shared = _shared(one, other)
    return shared / max(len(one) + len(other) - shared, 1)


def jaccard_text(one: str, other: str) -> float:
    """:func:`jaccard` of two strings."""
    return jaccard(*shingle_sets(from_strings([one, other])))
