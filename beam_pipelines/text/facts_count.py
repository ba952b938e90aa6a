"""Counting facts: digits, signs and numbers of a span of UTF-8 bytes, some vectors at a time.

Nearly all spans that a cleaner leaves out are shorter than a vector of bytes, and a text is long: the two loops are
alike but for that. Both read a few bytes behind the span, and where an array has none they count byte by byte.
"""

import numpy as np

from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.scan import VECTOR

SQUARED_UNITS = "".join(map(chr, range(0x3380, 0x33E0)))
"""``㎎ ㎍ ㎖ ㎏ ㎜`` and kin: the block that Unicode calls squared Latin abbreviations."""
SIGNS = "<>%~≤≥±−×°℃℉ℓμµ½¼¾²³" + SQUARED_UNITS
KINDS = ("digits", "signs", "numbers")

_DIGIT, _SIGN, _LEAD = 1, 2, 3
_PIECE = 32  # bytes of a shorter span: one vector
_ROOM = _PIECE + 2  # bytes that are read for it
_FIRST_LEAD, _LEADS = 0xC2, 0xE3 - 0xC2  # of signs beyond ASCII


def _byte_kinds() -> Bytes:
    kinds = np.zeros(256, np.uint8)
    kinds[0x30:0x3A] = _DIGIT
    for sign in SIGNS:
        kinds[sign.encode()[0]] = _SIGN if sign.isascii() else _LEAD
    kinds.flags.writeable = False
    return kinds


def _masks() -> Bytes:
    """From ``_PIECE - n`` on, n bytes that keep what they are joined with, then as many as it takes that clear it."""
    masks = np.repeat(np.array([0xFF, 0], np.uint8), _PIECE)
    masks.flags.writeable = False
    return masks


_KINDS = _byte_kinds()
_MASKS = _masks()


@lean_kernel
def _is_sign(data: Bytes, at: int, end: int) -> bool:
    """Whether the character beyond ASCII at ``at`` is a sign."""
    if at + 1 >= end:
        return False
    lead, second = int(data[at]), int(data[at + 1])
    if lead == 0xC2:
        return 0xB0 <= second <= 0xB3 or second == 0xB5 or 0xBC <= second <= 0xBE
    if lead == 0xC3:
        return second == 0x97
    if lead == 0xCE:
        return second == 0xBC
    if at + 2 >= end:
        return False
    third = int(data[at + 2])
    if lead == 0xE3:
        return second == 0x8E or (second == 0x8F and third <= 0x9F)
    if second == 0x84:
        return third == 0x83 or third == 0x89 or third == 0x93
    return (second == 0x89 and (third == 0xA4 or third == 0xA5)) or (second == 0x88 and third == 0x92)


@lean_kernel
def _count_wide_signs(data: Bytes, start: int, size: int) -> int:
    """How many characters beyond ASCII that start in ``size`` bytes at ``start``, a piece or less, are signs."""
    found = np.uint8(0)
    first, second, third = data[start : start + _PIECE], data[start + 1 :], data[start + 2 :]
    mask = _MASKS[_PIECE - size :]
    for k in range(_PIECE):
        a, b, c = first[k] & mask[k], second[k], third[k]
        latin = (a == 0xC2) & (((b >= 0xB0) & (b <= 0xB3)) | (b == 0xB5) | ((b >= 0xBC) & (b <= 0xBE)))
        latin |= ((a == 0xC3) & (b == 0x97)) | ((a == 0xCE) & (b == 0xBC))
        letter = (b == 0x84) & ((c == 0x83) | (c == 0x89) | (c == 0x93))
        symbol = ((b == 0x89) & ((c == 0xA4) | (c == 0xA5))) | ((b == 0x88) & (c == 0x92))
        unit = (a == 0xE3) & ((b == 0x8E) | ((b == 0x8F) & (c <= 0x9F)))
        found = np.uint8(found + np.uint8(latin | ((a == 0xE2) & (letter | symbol)) | unit))
    return int(found)


@lean_kernel
def _count_bytes(data: Bytes, start: int, end: int) -> tuple[int, int, int]:
    """:func:`count`, where there are too few bytes to read a block."""
    digits, signs, numbers = 0, 0, 0
    inside = False
    for k in range(start, end):
        kind = int(_KINDS[data[k]])
        numbers += kind == _DIGIT and not inside
        inside = kind == _DIGIT
        digits += inside
        signs += kind == _SIGN or (kind == _LEAD and _is_sign(data, k, end))
    return digits, signs, numbers


@lean_kernel
def _count_blocks(data: Bytes, start: int, end: int) -> tuple[int, int, int]:
    """:func:`count` of whole blocks, behind which there are two more bytes."""
    digits, signs, numbers = 0, 0, 0
    while start < end:
        block, ahead = data[start : start + VECTOR], data[start + 1 : start + 1 + VECTOR]
        digits8, signs8, ends8, lead = np.uint8(0), np.uint8(0), np.uint8(0), np.uint8(0xFF)
        for k in range(VECTOR):  # without a branch, so that it runs as vectors
            c, following = block[k], ahead[k]
            digit = (c >= 0x30) & (c <= 0x39)
            digits8 = np.uint8(digits8 + np.uint8(digit))
            signs8 = np.uint8(signs8 + np.uint8(((c | 2) == 0x3E) | (c == 0x25) | (c == 0x7E)))
            ends8 = np.uint8(ends8 + np.uint8(digit & ((following < 0x30) | (following > 0x39))))
            lead = min(lead, np.uint8((int(c) - _FIRST_LEAD) & 0xFF))
        digits += int(digits8)
        signs += int(signs8)
        numbers += int(ends8)
        if lead <= _LEADS:  # seldom in Korean
            for piece in range(start, start + VECTOR, _PIECE):
                signs += _count_wide_signs(data, piece, _PIECE)
        start += VECTOR
    return digits, signs, numbers


@lean_kernel
def _is_digit(c: int) -> bool:
    return 0x30 <= c <= 0x39


@lean_kernel
def _count_piece(data: Bytes, start: int, size: int, more: bool) -> tuple[int, int, int]:
    """:func:`count` of a piece or less, with ``_ROOM``; whether the span has ``more`` behind it.

    The loop is that of :func:`_count_blocks` under a mask, which would cost long spans a third. Most spans are short:
    unsigned places spare them the slices.
    """
    first, masked = np.uintp(start), np.uintp(_PIECE - size)
    digits, signs, ends, lead = np.uint8(0), np.uint8(0), np.uint8(0), np.uint8(0xFF)
    for place in range(_PIECE):
        k = np.uintp(place)
        c, following = data[first + k] & _MASKS[masked + k], data[first + k + np.uintp(1)]
        digit = (c >= 0x30) & (c <= 0x39)
        digits = np.uint8(digits + np.uint8(digit))
        signs = np.uint8(signs + np.uint8(((c | 2) == 0x3E) | (c == 0x25) | (c == 0x7E)))
        ends = np.uint8(ends + np.uint8(digit & ((following < 0x30) | (following > 0x39))))
        lead = min(lead, np.uint8((int(c) - _FIRST_LEAD) & 0xFF))
    cut = not more and _is_digit(int(data[start + size - 1])) and _is_digit(int(data[start + size]))
    wide_signs = _count_wide_signs(data, start, size) if lead <= _LEADS else 0
    return int(digits), int(signs) + wide_signs, int(ends) + cut


@lean_kernel
def count(data: Bytes, start: int, end: int) -> tuple[int, int, int]:
    """``(digits, signs, numbers)`` of ``data[start:end]``, which is cut between characters."""
    digits, signs, numbers = 0, 0, 0
    if end - start >= VECTOR + 2:
        stop = end - 2 - (end - 2 - start) % VECTOR
        digits, signs, numbers = _count_blocks(data, start, stop)
        start = stop
    while start < end:
        if len(data) - start < _ROOM:
            found = _count_bytes(data, start, end)
            return digits + found[0], signs + found[1], numbers + found[2]
        size = min(end - start, _PIECE)
        found = _count_piece(data, start, size, start + size < end)
        digits += found[0]
        signs += found[1]
        numbers += found[2]
        start += size
    return digits, signs, numbers
