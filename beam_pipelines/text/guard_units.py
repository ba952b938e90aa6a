"""What the guard compares texts by: units that spacing, punctuation, letter case and particles do not change.

A unit is a Hangul syllable, another ideograph or kana, a whole number, or a whole word of letters (Latin, Greek), each
told by a code of 12 bits; five codes in a row are a gram, one integer. A number is one unit, so 500 mg is not 250 mg,
and 1,000 is 1000. Syllables that particles are made of (은 는 이 가 을 를 에서 으로 ...) are no units wherever they
stand: that makes a text whose particles were changed or whose spaces were moved the same text, at one look-up a
character and without any knowledge of words. 이뇨제 loses its first syllable too, in the benchmark as in the page.
"""

import functools
import unicodedata

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import regex

from beam_pipelines.text.columns import Bytes, Offsets, flat
from beam_pipelines.text.compiled import lean_kernel

PARTICLES = "은는이가을를에의와과로으도만서게께들"
"""Syllables that are no units."""

GRAM = 5
"""Units in a gram."""

Kinds = npt.NDArray[np.int32]
Codes = npt.NDArray[np.uint16]
Grams = npt.NDArray[np.int64]

CODE_BITS = 12
GRAM_MASK = (1 << GRAM * CODE_BITS) - 1
_WORDS = 3072  # codes 1..3072 are syllables and words, 3073..4095 numbers
_NUMBERS = 1023
_LETTER, _DIGIT = 1 << 16, 1 << 20  # added to the character in the table of kinds
_HASH_MASK = 0xFFFFFFF


@functools.cache
def kinds() -> Kinds:
    """For each character of the basic plane 0 (no unit), the code of a unit, or what it adds to a word or number."""
    table = np.zeros(0x10000, np.int32)
    for code in range(0x10000):
        char = unicodedata.normalize("NFKC", chr(code)) if 0xFF01 <= code < 0xFF5F else chr(code)
        if char in PARTICLES or 0xD800 <= code < 0xE000:
            continue
        if char.isascii() and char.isdigit():
            table[code] = _DIGIT + ord(char)
        elif char.isascii() and char.isalpha():
            table[code] = _LETTER + ord(char.lower())
        elif char == "µ":  # the micro sign is not the Greek letter, and means the same
            table[code] = _LETTER + ord("μ")
        elif unicodedata.category(char) == "Lo":
            table[code] = code % _WORDS + 1
        elif unicodedata.category(char).startswith("L"):
            table[code] = _LETTER + ord(char.lower()[0])
    table.flags.writeable = False
    return table


@lean_kernel
def _character(data: Bytes, at: int) -> tuple[int, int]:
    """``(character, its bytes)`` of valid UTF-8; one beyond the basic plane is 0."""
    c = int(data[at])
    if c < 0x80:
        return c, 1
    if c < 0xE0:
        return (c & 0x1F) << 6 | (int(data[at + 1]) & 0x3F), 2
    if c < 0xF0:
        return (c & 0x0F) << 12 | (int(data[at + 1]) & 0x3F) << 6 | (int(data[at + 2]) & 0x3F), 3
    return 0, 4


@lean_kernel
def _is_digit(data: Bytes, at: int, end: int) -> bool:
    return at < end and 0x30 <= int(data[at]) <= 0x39


@lean_kernel
def next_unit(data: Bytes, at: int, end: int, table: Kinds) -> tuple[int, int]:
    """``(code, stop)`` of the first unit of ``data[at:end]``; (0, end) where there is none."""
    while at < end:
        char, width = _character(data, at)
        kind = int(table[char])
        at += width
        if kind == 0:
            continue
        if kind < _LETTER:
            return kind, at
        value = kind
        number = kind >= _DIGIT
        while at < end:
            char, width = _character(data, at)
            kind = int(table[char])
            if number:
                if char == 0x2C and _is_digit(data, at + 1, end):  # 1,000 but not 1,2
                    if not (_is_digit(data, at + 2, end) and _is_digit(data, at + 3, end)):
                        break
                    if _is_digit(data, at + 4, end):
                        break
                    at += 1
                    continue
                if char == 0x2E and _is_digit(data, at + 1, end):
                    kind = _DIGIT + char
                if kind < _DIGIT:
                    break
            elif kind < _LETTER or kind >= _DIGIT:
                break
            value = (value * 131 + kind) & _HASH_MASK
            at += width
        if number:
            return _WORDS + 1 + value % _NUMBERS, at
        return 1 + value % _WORDS, at
    return 0, end


@lean_kernel
def read_units(data: Bytes, start: int, end: int, table: Kinds, out: Codes, ends: Offsets) -> int:
    """Write the units of ``data[start:end]``, and of each the byte behind it; returns how many there are.

    ``out`` and ``ends`` have room for a unit a byte, and for one. Most characters are syllables, and most of the others
    single spaces behind one: both go by without a branch that could be guessed wrong.
    """
    size = 0
    at = start
    while at < end:
        if 0xE0 <= data[at] < 0xF0:
            char, width = _character(data, at)
            kind = int(table[char])
            if kind < _LETTER:
                at += width
                out[size] = kind
                ends[size] = at
                size += int(kind != 0)
                if at < end:
                    at += int(data[at] == 0x20)
                continue
        code, at = next_unit(data, at, end, table)
        if code == 0:
            break
        out[size] = code
        ends[size] = at
        size += 1
    return size


@lean_kernel
def _write_units(data: Bytes, offsets: Offsets, table: Kinds, out: Codes, ends: Offsets, bounds: Offsets) -> None:
    size = 0
    for row in range(len(offsets) - 1):
        size += read_units(data, offsets[row], offsets[row + 1], table, out[size:], ends)
        bounds[row + 1] = size


def longest(offsets: Offsets) -> int:
    """The bytes of the longest row."""
    return int(np.diff(offsets).max(initial=0))


def units(texts: pa.Array) -> list[str]:
    """The units of every row, (rows,), as strings of one character a code, which can be searched and sliced."""
    data, offsets = flat(texts)
    out, ends = np.empty(int(offsets[-1] - offsets[0]) + 1, np.uint16), np.empty(longest(offsets) + 1, np.int64)
    bounds = np.zeros(len(offsets), np.int64)
    _write_units(data, offsets, kinds(), out, ends, bounds)
    every = out[: bounds[-1]].astype("<u2").tobytes().decode("utf-16-le")
    return [every[start:end] for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)]


def codes(row: str) -> Codes:
    """The codes of a row of units."""
    return np.frombuffer(row.encode("utf-16-le"), "<u2").astype(np.uint16)


def grams(row: str) -> Grams:
    """The grams of a row of units, in order."""
    every = codes(row).astype(np.int64)
    packed = np.zeros(max(len(every) - GRAM + 1, 0), np.int64)
    for place in range(GRAM):
        packed = packed << CODE_BITS | every[place : place + len(packed)]
    return packed


_NUMBER = regex.compile(r"\d+(?:,\d{3}(?!\d))*(?:\.\d+)*")


def numbers(text: str) -> set[str]:
    """The numbers of a text, exactly: their codes may be those of others, one in a thousand."""
    return {unicodedata.normalize("NFKC", match.replace(",", "")) for match in _NUMBER.findall(text)}


def is_number(unit: str) -> bool:
    """Whether a unit is a number."""
    return ord(unit) > _WORDS


def numbers_in(every: Grams) -> npt.NDArray[np.int64]:
    """How many units of each gram are numbers."""
    shifts = range(0, GRAM * CODE_BITS, CODE_BITS)
    return np.sum([(every >> shift & 0xFFF) > _WORDS for shift in shifts], axis=0, dtype=np.int64)
