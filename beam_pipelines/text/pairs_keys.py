"""What makes two sentence pairs the same: their text, or what is left of it without case, spaces and punctuation.

The loose form never makes two numbers one: signs, decimal points and whatever else stands before a digit stay (-5,
1.5, 5-10), a gap between two digits stays a space, and symbols that carry a meaning (%, ±, <, °, $) are no punctuation.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from beam_pipelines.text.columns import Bytes, Offsets, flat, to_column
from beam_pipelines.text.compiled import lean_kernel, wide
from beam_pipelines.text.fingerprint import Fingerprints, fingerprints
from beam_pipelines.text.numbers_figures import digit
from beam_pipelines.text.scan import byte_set
from beam_pipelines.text.words import begins_word

_JOINED = pa.scalar("\0", pa.large_string())  # between the sides of a pair; no tidy text holds it
PUNCTUATION = byte_set(b" !\"#'()*,-./:;?@[\\]_`{|}\t\n\r")
_BEFORE_DIGITS = byte_set(b"-.,:/")
_COMMA, _DASH = wide(0x2C), wide(0x2D)


@lean_kernel
def as_ascii(data: Bytes, i: int) -> int:
    """The ASCII character that the one at ``i`` stands for (full-width forms, dashes, other punctuation), or 0."""
    c = int(data[i])
    if c < 0x80:
        return c
    d = int(data[i + 1])
    if c == 0xC2:
        return _COMMA if d == 0xB7 or d == 0xAB or d == 0xBB else 0
    if c != 0xE2 and c != 0xE3 and c != 0xEF:
        return 0
    e = int(data[i + 2])
    if c == 0xE2:
        if (d == 0x80 and 0x90 <= e <= 0x95) or (d == 0x88 and e == 0x92):
            return _DASH
        return _COMMA if d == 0x80 and (0x96 <= e <= 0xA7 or 0xB9 <= e <= 0xBE) else 0
    if c == 0xE3:
        return _COMMA if d == 0x80 else 0
    if d == 0xBC and e >= 0x81:
        return e - 0x60
    return e - 0x20 if d == 0xBD and e <= 0x9E else 0


@lean_kernel
def _width(c: int) -> int:
    return 1 if c < 0x80 else (2 if c < 0xE0 else (3 if c < 0xF0 else 4))


@lean_kernel
def loosen_row(data: Bytes, start: int, end: int, out: Bytes, at: int) -> int:
    """Write the loose form of ``data[start:end]`` to ``out`` at ``at`` and return its end; it is never the longer."""
    begin = at
    gap = False
    i = start
    while i < end:
        width = _width(int(data[i]))
        c = as_ascii(data, i)
        if c and PUNCTUATION[c]:
            # Before a digit a sign or a point is part of it, but not in COVID-19.
            signs = _BEFORE_DIGITS[c] and digit(data, i + width, end) >= 0
            if not signs or not (begins_word(data, i, start) or (at > begin and _is_digit(int(out[at - 1])))):
                gap = True
                i += width
                continue
        if gap and at > begin and _is_digit(int(out[at - 1])) and _is_digit(c):
            out[at] = 0x20
            at += 1
        gap = False
        if c:
            out[at] = c + 0x20 if 0x41 <= c <= 0x5A else c
            at += 1
        else:
            for k in range(width):
                out[at + k] = data[i + k]
            if data[i] == 0xC3 and 0x80 <= data[i + 1] <= 0x9E and data[i + 1] != 0x97:
                out[at + 1] = int(data[i + 1]) + 0x20
            at += width
        i += width
    return at


@lean_kernel
def _is_digit(c: int) -> bool:
    return 0x30 <= c <= 0x39


@lean_kernel
def _loosen_rows(data: Bytes, offsets: Offsets, out: Bytes, out_offsets: Offsets) -> None:
    out_offsets[0] = 0
    for row in range(len(offsets) - 1):
        out_offsets[row + 1] = loosen_row(data, offsets[row], offsets[row + 1], out, out_offsets[row])


def loosen(texts: pa.Array) -> pa.LargeStringArray:
    """The loose form of every row, (rows,) -> (rows,); of UTF-8 without nulls."""
    data, offsets = flat(texts)
    out, out_offsets = np.empty(int(offsets[-1] - offsets[0]), np.uint8), np.empty(len(offsets), np.int64)
    _loosen_rows(data, offsets, out, out_offsets)
    return to_column(out[: out_offsets[-1]], out_offsets)


class Keys(NamedTuple):
    """What makes a pair, and its Korean side alone, the same as another: two arrays of (rows,) fingerprints."""

    pair: Fingerprints
    korean: Fingerprints


def keys(english: pa.Array, korean: pa.Array) -> Keys:
    """Keys that are equal where the texts differ in case, spaces and punctuation only, or in nothing."""
    loose, side = loosen(english), loosen(korean)
    return Keys(fingerprints(pc.binary_join_element_wise(loose, side, _JOINED)), fingerprints(side))
