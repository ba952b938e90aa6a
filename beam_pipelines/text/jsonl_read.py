"""JSON Lines into columns: a compiled reader of the lines that nearly every file is made of.

It knows flat objects (RFC 8259) of strings, numbers, ``true``, ``false`` and ``null``. A line that is anything else,
or is not quite JSON, is called doubtful and left to a parser that knows everything and says what is wrong.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from beam_pipelines.text.columns import Bytes, Offsets, flat, to_column
from beam_pipelines.text.compiled import lean_kernel, wide
from beam_pipelines.text.scan import byte_set, count_line_ends, starts_with, word

BLANK, READ, DOUBTFUL = 0, 1, 2

_SPACE = byte_set(b" \t\r")
_PLAIN = byte_set(bytes(range(0x20, 0x100)).replace(b'"', b"").replace(b"\\", b""))
_DIGITS = byte_set(b"0123456789")
_WORDS = word("true"), word("false"), word("null")
_SIMPLE = np.zeros(256, np.uint8)
for _name, _char in {'"': '"', "\\": "\\", "/": "/", "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}.items():
    _SIMPLE[ord(_name)] = ord(_char)
_SIMPLE.flags.writeable = False
_NOWHERE = wide(-1)


@lean_kernel
def _skip_spaces(data: Bytes, i: int, end: int) -> int:
    while i < end and _SPACE[data[i]]:
        i += 1
    return i


@lean_kernel
def _hex4(data: Bytes, i: int, end: int) -> int:
    """The number that the four hexadecimal digits at ``i`` write, or -1."""
    if i + 4 > end:
        return _NOWHERE
    value = 0
    for k in range(4):
        c = int(data[i + k])
        letter = c | 0x20
        if 0x30 <= c <= 0x39:
            value = value << 4 | (c - 0x30)
        elif 0x61 <= letter <= 0x66:
            value = value << 4 | (letter - 0x57)
        else:
            return _NOWHERE
    return value


@lean_kernel
def _put_code(out: Bytes, at: int, code: int) -> int:
    """Write a character as UTF-8; returns where it ends."""
    if code < 0x80:
        out[at] = code
        return at + 1
    if code < 0x800:
        out[at] = 0xC0 | code >> 6
        out[at + 1] = 0x80 | code & 0x3F
        return at + 2
    if code < 0x10000:
        out[at] = 0xE0 | code >> 12
        out[at + 1] = 0x80 | code >> 6 & 0x3F
        out[at + 2] = 0x80 | code & 0x3F
        return at + 3
    out[at] = 0xF0 | code >> 18
    out[at + 1] = 0x80 | code >> 12 & 0x3F
    out[at + 2] = 0x80 | code >> 6 & 0x3F
    out[at + 3] = 0x80 | code & 0x3F
    return at + 4


@lean_kernel
def _escape(data: Bytes, i: int, end: int, out: Bytes, at: int) -> tuple[int, int]:
    """Decode the escape whose backslash is at ``i``: ``(where it ends, where its character ends)``, or (-1, at)."""
    if i + 1 >= end:
        return _NOWHERE, at
    name = int(data[i + 1])
    if _SIMPLE[name]:
        out[at] = _SIMPLE[name]
        return i + 2, at + 1
    code = _hex4(data, i + 2, end) if name == 0x75 else _NOWHERE
    if code < 0 or 0xDC00 <= code < 0xE000:
        return _NOWHERE, at
    i += 6
    if 0xD800 <= code < 0xDC00:
        low = _hex4(data, i + 2, end) if i + 1 < end and data[i] == 0x5C and data[i + 1] == 0x75 else _NOWHERE
        if not 0xDC00 <= low < 0xE000:
            return _NOWHERE, at
        code = 0x10000 + ((code - 0xD800) << 10 | (low - 0xDC00))
        i += 6
    return i, _put_code(out, at, code)


@lean_kernel
def _string(data: Bytes, i: int, end: int, out: Bytes, at: int) -> tuple[int, int]:
    """Decode the string whose opening quote is before ``i``: ``(behind its closing one, end in out)``, or (-1, at)."""
    while True:
        source = data[i:end]
        target = out[at:]
        run = len(source)
        for k in range(len(source)):
            c = source[k]
            if not _PLAIN[c]:
                run = k
                break
            target[k] = c
        i += run
        at += run
        if i >= end:
            return _NOWHERE, at
        if data[i] == 0x22:
            return i + 1, at
        if data[i] != 0x5C:
            return _NOWHERE, at
        i, at = _escape(data, i, end, out, at)
        if i < 0:
            return i, at


@lean_kernel
def _digits(data: Bytes, i: int, end: int) -> int:
    """Behind the digits at ``i``; -1 where there is none."""
    stop = i
    while stop < end and _DIGITS[data[stop]]:
        stop += 1
    return stop if stop > i else _NOWHERE


@lean_kernel
def _plain_value(data: Bytes, i: int, end: int) -> int:
    """Behind the number, true, false or null at ``i``; -1 for anything else."""
    for k in range(len(_WORDS)):
        if starts_with(data, i, end, _WORDS[k]):
            return i + len(_WORDS[k])
    if i < end and data[i] == 0x2D:
        i += 1
    stop = _digits(data, i, end)
    if stop < 0 or (data[i] == 0x30 and stop > i + 1):
        return _NOWHERE
    if stop < end and data[stop] == 0x2E:
        stop = _digits(data, stop + 1, end)
    if 0 <= stop < end and (data[stop] == 0x65 or data[stop] == 0x45):
        stop += 2 if stop + 1 < end and (data[stop + 1] == 0x2B or data[stop + 1] == 0x2D) else 1
        stop = _digits(data, stop, end)
    return stop


@lean_kernel
def _column(data: Bytes, start: int, end: int, names: Bytes, bounds: Offsets) -> int:
    """The column of the key ``data[start:end]``, -1 for none, -2 for a key with an escape or a control character."""
    for k in range(start, end):
        if not _PLAIN[data[k]]:
            return -2
    for c in range(len(bounds) - 1):
        if bounds[c + 1] - bounds[c] == end - start and starts_with(data, start, end, names[bounds[c] : bounds[c + 1]]):
            return c
    return -1


@lean_kernel
def _read_line(
    data: Bytes, i: int, end: int, names: Bytes, bounds: Offsets, out: Bytes, at: Offsets, there: npt.NDArray[np.bool_]
) -> int:
    """Read one line into ``out[column]`` from ``at[column]`` on; whatever it leaves in ``at`` counts only if READ."""
    i = _skip_spaces(data, i, end)
    if i >= end:
        return BLANK
    if data[i] != 0x7B:
        return DOUBTFUL
    spare = len(bounds) - 1  # the row of out for what nobody asked for
    while True:
        i = _skip_spaces(data, i + 1, end)
        if i >= end or data[i] != 0x22:
            return DOUBTFUL
        start = i + 1
        stop = start
        while stop < end and data[stop] != 0x22:
            stop += 1
        column = _column(data, start, stop, names, bounds)
        i = _skip_spaces(data, stop + 1, end)
        if column == -2 or i >= end or data[i] != 0x3A or (column >= 0 and there[column]):
            return DOUBTFUL
        i = _skip_spaces(data, i + 1, end)
        if i < end and data[i] == 0x22:
            row = column if column >= 0 else spare
            i, stop = _string(data, i + 1, end, out[row], at[row])
            if column >= 0:
                at[column] = stop
                there[column] = True
        elif column < 0 or starts_with(data, i, end, _WORDS[2]):
            i = _plain_value(data, i, end)
        else:
            return DOUBTFUL
        if i < 0:
            return DOUBTFUL
        i = _skip_spaces(data, i, end)
        if i >= end:
            return DOUBTFUL
        if data[i] == 0x7D:
            break
        if data[i] != 0x2C:
            return DOUBTFUL
    if not there[0] or _skip_spaces(data, i + 1, end) < end:
        return DOUBTFUL
    return READ


@lean_kernel
def _read_lines(
    data: Bytes,
    starts: Offsets,
    names: Bytes,
    bounds: Offsets,
    kinds: Bytes,
    out: Bytes,
    offsets: Offsets,
    at: Offsets,
    there: npt.NDArray[np.bool_],
) -> None:
    columns = len(bounds) - 1
    for line in range(len(kinds)):
        for c in range(columns):
            there[line, c] = False
            at[c] = offsets[c, line]
        at[columns] = 0
        kind = _read_line(data, starts[line], starts[line + 1] - 1, names, bounds, out, at, there[line])
        kinds[line] = kind
        for c in range(columns):
            there[line, c] &= kind == READ
            offsets[c, line + 1] = at[c] if there[line, c] else offsets[c, line]


@lean_kernel
def _cut_lines(data: Bytes, starts: Offsets) -> int:
    """Where each line starts, and where the one after the last would; returns how many lines there are."""
    count = np.int64(0)
    starts[0] = 0
    for i in range(len(data)):
        if data[i] == 0x0A:
            count += 1
            starts[count] = i + 1
    if starts[count] < len(data):
        count += 1
        starts[count] = len(data) + 1
    return int(count)


def _is_utf8(data: Bytes) -> bool:
    try:
        to_column(data, np.array([0, len(data)])).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


class Lines(NamedTuple):
    """What was read: of each line its kind (BLANK, READ or DOUBTFUL), its start, and a row of every column.

    Shapes: kinds (lines,) uint8, starts (lines + 1,) int64 so that line k is ``block[starts[k]:starts[k + 1] - 1]``.
    Columns hold null for what a line has not, and for every line that was not READ.
    """

    kinds: Bytes
    starts: Offsets
    columns: list[pa.LargeStringArray]


def read_lines(block: bytes, columns: Sequence[str]) -> Lines:
    """The wanted strings of a block of lines, which only ``\\n`` ends. Every READ line has the first column."""
    data = np.frombuffer(block, np.uint8)
    starts = np.empty(count_line_ends(block) + 2, np.int64)
    count = _cut_lines(data, starts)
    starts = starts[: count + 1]
    kinds = np.full(count, DOUBTFUL, np.uint8)
    out = np.empty((len(columns) + 1, len(data)), np.uint8)
    offsets = np.zeros((len(columns), count + 1), np.int64)
    there = np.zeros((count, len(columns)), np.bool_)
    if _is_utf8(data):
        names, bounds = flat(pa.array(columns, pa.large_string()))
        _read_lines(data, starts, names, bounds, kinds, out, offsets, np.zeros(len(columns) + 1, np.int64), there)
    return Lines(kinds, starts, [_to_column(*each) for each in zip(out, offsets, there.T, strict=False)])


def _to_column(out: Bytes, offsets: Offsets, there: npt.NDArray[np.bool_]) -> pa.LargeStringArray:
    if there.all():
        return to_column(out[: offsets[-1]], offsets)
    valid = pa.py_buffer(np.packbits(there, bitorder="little"))
    buffers = [valid, pa.py_buffer(offsets), pa.py_buffer(out[: offsets[-1]])]
    return pa.LargeStringArray.from_buffers(len(there), *buffers[1:], buffers[0])
