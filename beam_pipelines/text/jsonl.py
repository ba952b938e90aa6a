"""Rows as JSON Lines, the bytes ``json.dumps({"text": text}, ensure_ascii=False)`` would give, and fast."""

import json
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from beam_pipelines.text.columns import Bytes, Offsets, flat
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.scan import VECTOR, word

_BLOCK = 128  # bytes looked at together
_SUFFIX = word('"}\n')


def _escapes() -> tuple[Bytes, Bytes]:
    """Per byte: how many bytes it becomes, and the letter after the backslash (0 for plain and \\u00XX)."""
    width, letter = np.ones(256, np.uint8), np.zeros(256, np.uint8)
    width[:0x20] = 6
    for char, name in {'"': '"', "\\": "\\", "\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}.items():
        width[ord(char)], letter[ord(char)] = 2, ord(name)
    width.flags.writeable = letter.flags.writeable = False
    return width, letter


_WIDTH, _LETTER = _escapes()
_HEX = word("0123456789abcdef")


@lean_kernel
def _count_escapes(data: Bytes, start: int, end: int) -> int:
    total = 0
    for at in range(start, end, VECTOR):
        block = data[at : min(at + VECTOR, end)]
        found = np.uint8(0)
        for k in range(len(block)):
            c = block[k]
            found = np.uint8(found + np.uint8((c == 0x22) | (c == 0x5C) | (c < 0x20)))
        total += int(found)
    return total


@lean_kernel
def _put(out: Bytes, at: int, text: Bytes) -> int:
    for k in range(len(text)):
        out[at + k] = text[k]
    return at + len(text)


@lean_kernel
def _put_escape(out: Bytes, at: int, c: int) -> int:
    out[at] = 0x5C
    if _LETTER[c]:
        out[at + 1] = _LETTER[c]
        return at + 2
    out[at + 1] = 0x75
    out[at + 2] = out[at + 3] = 0x30
    out[at + 4] = _HEX[c >> 4]
    out[at + 5] = _HEX[c & 15]
    return at + 6


@lean_kernel
def _copy_plain(data: Bytes, start: int, end: int, out: Bytes, at: int) -> int:
    """Copy bytes that stay as they are, nearly all of them; returns how many. Blocks first; see tidy."""
    begin = start
    while start + _BLOCK <= end:
        block, copy = data[start : start + _BLOCK], out[at : at + _BLOCK]
        stays = True
        for k in range(_BLOCK):  # without a branch, so that it runs as vectors
            stays &= (block[k] != 0x22) & (block[k] != 0x5C) & (block[k] >= 0x20)
        if not stays:
            break
        for k in range(_BLOCK):
            copy[k] = block[k]
        start += _BLOCK
        at += _BLOCK
    source, target = data[start:end], out[at:]
    for k in range(len(source)):
        c = source[k]
        if _WIDTH[c] != 1:
            return start - begin + k
        target[k] = c
    return end - begin


@lean_kernel
def _encode_rows(
    data: tuple[Bytes, ...], offsets: tuple[Offsets, ...], heads: tuple[Bytes, ...], out: Bytes, lengths: Offsets
) -> None:
    at = 0
    for row in range(len(lengths)):
        begin = at
        for column in range(len(data)):
            at = _put(out, at, heads[column])
            i, end = offsets[column][row], offsets[column][row + 1]
            while i < end:
                run = _copy_plain(data[column], i, end, out, at)
                i += run
                at += run
                if i < end:
                    at = _put_escape(out, at, int(data[column][i]))
                    i += 1
        at = _put(out, at, _SUFFIX)
        lengths[row] = at - begin


def encode_columns(columns: Mapping[str, pa.Array]) -> tuple[Bytes, Offsets]:
    """The lines of all rows, keys in the order of ``columns``, and the length in bytes of each, newline included.

    Columns are strings without nulls, all of the same number of rows.
    """
    data, offsets = zip(*map(flat, columns.values()), strict=True)
    rows = len(offsets[0]) - 1
    opened = "{"
    heads = []
    for key in columns:
        heads.append(word(f'{opened}{json.dumps(key, ensure_ascii=False)}: "'))
        opened = '", '
    most = rows * (sum(map(len, heads)) + len(_SUFFIX))
    for side, bounds in zip(data, offsets, strict=True):
        most += int(bounds[-1] - bounds[0]) + 5 * _count_escapes(side, bounds[0], bounds[-1])
    out, lengths = np.empty(most, np.uint8), np.empty(rows, np.int64)
    _encode_rows(data, offsets, tuple(heads), out, lengths)
    return out[: lengths.sum()], lengths


def encode(texts: pa.Array) -> tuple[Bytes, Offsets]:
    """:func:`encode_columns` of one column ``text``."""
    return encode_columns({"text": texts})
