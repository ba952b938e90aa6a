"""Which scripts the letters of a text belong to. Shares of letters, not of characters, tell what language it is in."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from beam_pipelines.text.columns import Bytes, Offsets, flat
from beam_pipelines.text.compiled import lean_kernel

NONE, LATIN, HANGUL, OTHER = range(4)
Counts = npt.NDArray[np.int32]


class Letters(NamedTuple):
    """Per row, (rows,) int32 each: characters, and letters of Latin script, of Hangul, and of others but Greek.

    Greek letters stand in English and Korean alike (β-blocker, α파), so they speak for no language.
    """

    chars: Counts
    latin: Counts
    hangul: Counts
    other: Counts


@lean_kernel
def _script(data: Bytes, i: int) -> int:
    """The script of the character at ``i``, which is not ASCII; by blocks, as the first two or three bytes tell."""
    c = int(data[i])
    d = int(data[i + 1])
    if c < 0xE0:
        if c < 0xC3 or 0xCC <= c <= 0xCF:  # signs, combining marks, Greek
            return NONE
        if c <= 0xCB:  # to U+02FF; × and ÷ are no letters
            return NONE if c == 0xC3 and (d == 0x97 or d == 0xB7) else LATIN
        return OTHER
    if c >= 0xF0:
        return OTHER if c == 0xF0 and 0xA0 <= d <= 0xB3 else NONE
    e = int(data[i + 2])
    if c == 0xE1:
        if 0x84 <= d <= 0x87:  # conjoining jamo
            return HANGUL
        return LATIN if 0xB8 <= d <= 0xBB else (NONE if d >= 0xBC else OTHER)
    if c == 0xE2:
        return NONE
    if c == 0xE3:
        if d <= 0x80:
            return NONE
        if d <= 0x83:
            return OTHER  # kana
        if d <= 0x86:  # compatibility jamo; bopomofo before them
            return HANGUL if (d > 0x84 or e >= 0xB1) and (d < 0x86 or e <= 0x8E) else OTHER
        return NONE if d <= 0x8F else OTHER
    if c < 0xEA or (c == 0xEA and d < 0xB0):
        return OTHER
    if c <= 0xED:
        return HANGUL
    if c == 0xEE:
        return NONE
    if d == 0xBC or (d == 0xBD and e <= 0x9A):  # full-width forms
        letter = (d == 0xBC and 0xA1 <= e <= 0xBA) or (d == 0xBD and e >= 0x81)
        return LATIN if letter else NONE
    return OTHER if 0xA4 <= d <= 0xB7 or 0xBD <= d <= 0xBE else NONE


@lean_kernel
def _count_rows(data: Bytes, offsets: Offsets, chars: Counts, latin: Counts, hangul: Counts, other: Counts) -> None:
    for row in range(len(chars)):
        i, end = offsets[row], offsets[row + 1]
        characters, ours, theirs, rest = 0, 0, 0, 0
        while i < end:
            c = int(data[i])
            characters += 1
            if c < 0x80:
                ours += 0x41 <= c & 0xDF <= 0x5A
                i += 1
            elif 0xEB <= c <= 0xEC:
                theirs += 1
                i += 3
            else:
                script = _script(data, i)
                ours += script == LATIN
                theirs += script == HANGUL
                rest += script == OTHER
                i += 2 if c < 0xE0 else (3 if c < 0xF0 else 4)
        chars[row], latin[row], hangul[row], other[row] = characters, ours, theirs, rest


def count_letters(texts: pa.Array) -> Letters:
    """Characters and letters by script of every row of a UTF-8 column without nulls."""
    data, offsets = flat(texts)
    counts = Letters(*np.empty((4, len(offsets) - 1), np.int32))
    _count_rows(data, offsets, *counts)
    return counts
