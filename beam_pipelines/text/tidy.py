"""Spaces, lines and invisible characters: the last step of every cleaner.

A tidy text has no control, zero-width or direction-mark characters (the emoji joiner U+200D stays), only ordinary
spaces, never two in a row or one at either end of a line, no more than one blank line in a row, and no blank line
at either end. Markup cleaners mark bytes they take out afterwards with :data:`GONE`, which no UTF-8 text holds.
"""

import numpy as np
import pyarrow as pa

from beam_pipelines.text.columns import Bytes, Offsets, flat, from_strings, to_column
from beam_pipelines.text.compiled import kernel, lean_kernel

GONE = 0xFF

_PLAIN, _SPACE, _LINE, _DROP, _LOOK = 0, 1, 2, 3, 4
_BLOCK = 64  # bytes looked at together


def _byte_classes() -> Bytes:
    classes = np.zeros(256, np.uint8)
    classes[:0x20] = _DROP
    classes[[0x7F, GONE]] = _DROP
    classes[[0x09, 0x20]] = _SPACE
    classes[[0x0A, 0x0B, 0x0C, 0x0D]] = _LINE
    classes[[0xC2, 0xE1, 0xE2, 0xE3, 0xEF]] = _LOOK
    classes.flags.writeable = False
    return classes


_CLASSES = _byte_classes()


@lean_kernel
def _look(lead: int, second: int, third: int) -> int:
    """The class of a character that starts with a byte of class _LOOK; two-byte ones ignore ``third``."""
    if lead == 0xC2:
        if second == 0x85:  # next line
            return _LINE
        if second < 0xA0 or second == 0xAD:  # C1 controls, soft hyphen
            return _DROP
        return _SPACE if second == 0xA0 else _PLAIN
    if lead == 0xE2:
        if second == 0x80:
            if third <= 0x8A or third == 0xAF:  # U+2000..200A, U+202F
                return _SPACE
            if third == 0xA8 or third == 0xA9:  # U+2028, U+2029
                return _LINE
            if third == 0x8D:  # the joiner inside emoji
                return _PLAIN
            return _DROP if third <= 0x8F or 0xAA <= third <= 0xAE else _PLAIN
        if second == 0x81 and third >= 0x9F:
            if third == 0x9F:  # U+205F
                return _SPACE
            return _DROP if third <= 0xAF else _PLAIN  # U+2060..206F
        return _PLAIN
    if lead == 0xE3:  # U+3000 ideographic space, U+3164 Hangul filler
        return _SPACE if (second == 0x80 and third == 0x80) or (second == 0x85 and third == 0xA4) else _PLAIN
    if lead == 0xE1:
        if second == 0x9A and third == 0x80:  # U+1680
            return _SPACE
        return _DROP if second == 0xA0 and third == 0x8E else _PLAIN  # U+180E
    if second == 0xBB and third == 0xBF:  # byte order mark
        return _DROP
    return _SPACE if second == 0xBE and third == 0xA0 else _PLAIN  # U+FFA0


def _fast_classes() -> Bytes:
    """0 for bytes to copy; bit 0 for those that may not follow a blank, bit 2 for those that need a closer look."""
    fast = np.where(_CLASSES == _PLAIN, 0, 5).astype(np.uint8)
    fast[[0x0A, 0x20]] = 1
    fast.flags.writeable = False
    return fast


_FAST = _fast_classes()


@lean_kernel
def _all_visible(text: Bytes, i: int) -> bool:
    """Whether the block at ``i`` can be moved: no byte needs a closer look, and no blank is before one or a blank."""
    if _FAST[text[i + _BLOCK - 1]] and _FAST[text[i + _BLOCK]]:
        return False
    block, ahead = text[i : i + _BLOCK], text[i + 1 : i + 1 + _BLOCK]
    stops = np.uint8(0)
    for k in range(_BLOCK):  # without a branch, so that it runs as vectors
        c, following = block[k], ahead[k]
        looks = (c == 0xC2) | ((c >= 0xE1) & (c <= 0xE3)) | (c == 0xEF) | (c == GONE) | (c == 0x7F)
        blanks = (c <= 0x20) & (following <= 0x20)
        stops = np.uint8(stops | np.uint8(looks | blanks | ((c < 0x20) & (c != 0x0A))))
    return stops == 0


@lean_kernel
def _move_visible(text: Bytes, i: int, end: int, out: int) -> int:
    """Move bytes from ``i`` to ``out`` while a blank is followed by what is surely visible; returns how many.

    Blocks first, then one test a byte, seldom true; counting from 0 spares a check of every index.
    """
    begin = i
    while i + _BLOCK < end and _all_visible(text, i):
        source, target = text[i : i + _BLOCK], text[out : out + _BLOCK]
        for k in range(_BLOCK):
            target[k] = source[k]
        i += _BLOCK
        out += _BLOCK
    source, target = text[i:end], text[out:end]
    last = len(source) - 1
    if last < 0:
        return i - begin
    here = int(_FAST[source[0]])
    for k in range(last):
        ahead = int(_FAST[source[k + 1]])
        if here & (4 | ahead):
            return i - begin + k
        target[k] = source[k]
        here = ahead
    if here:
        return i - begin + last
    target[last] = source[last]
    return i - begin + last + 1


@lean_kernel
def tidy_span(text: Bytes, start: int, end: int) -> int:
    """Tidy ``text[start:end]`` in place and return the new end. The output is never ahead of the input."""
    i = start
    out = start
    lines = 0
    space = False
    while i < end:
        c = int(text[i])
        kind = int(_CLASSES[c])
        width = 1
        if kind == _LOOK:
            if c == 0xC2:
                width = 2
                kind = _look(c, int(text[i + 1]), 0)
            else:
                width = 3
                kind = _look(c, int(text[i + 1]), int(text[i + 2]))
        if kind == _PLAIN:
            if lines:
                if out > start:
                    text[out] = 0x0A
                    out += 1
                    if lines > 1:
                        text[out] = 0x0A
                        out += 1
            elif space and out > start:
                text[out] = 0x20
                out += 1
            lines = 0
            space = False
            for k in range(width):
                text[out + k] = text[i + k]
            i += width
            out += width
            run = _move_visible(text, i, end, out)
            i += run
            out += run
            continue
        if kind == _SPACE:
            space = True
        elif kind == _LINE and (c != 0x0D or i + 1 >= end or text[i + 1] != 0x0A):  # CR LF is one line end
            lines += 1
        i += width
    return out


@kernel
def _tidy_rows(data: Bytes, offsets: Offsets, out: Bytes, out_offsets: Offsets) -> None:
    at = 0
    out_offsets[0] = 0
    for row in range(len(offsets) - 1):
        start = offsets[row]
        size = offsets[row + 1] - start
        out[at : at + size] = data[start : start + size]
        at = tidy_span(out, at, at + size)
        out_offsets[row + 1] = at


def tidy(texts: pa.Array) -> pa.LargeStringArray:
    """Tidy every row; see the module. Linear, and tidying a tidy text changes nothing."""
    data, offsets = flat(texts)
    out = np.empty(int(offsets[-1] - offsets[0]), np.uint8)
    out_offsets = np.empty(len(offsets), np.int64)
    _tidy_rows(data, offsets, out, out_offsets)
    return to_column(out[: out_offsets[-1]], out_offsets)


def tidy_text(text: str) -> str:
    """:func:`tidy` of one string."""
    return str(tidy(from_strings([text]))[0])
