"""Numbers written in digits, what may stand around them, and the list of quantities that a text is read into.

A quantity is one row of ``found``: VALUE; UNIT and PER (of ``mg/kg``), 0 for none; SURE, whether the other side has to
state it too; PARTS, how many of the rows before it say the same together (the 1 and the 30 of 1 h 30 min, for 90 min);
and ANSWERED, see :mod:`~beam_pipelines.text.numbers_ko_en`.
"""

import numpy as np

from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import lean_kernel, wide
from beam_pipelines.text.numbers_lexicon import (
    CELSIUS,
    DEGREE,
    DOLLAR,
    EURO,
    FAHRENHEIT,
    JOINS,
    WON,
    YEN,
    Codes,
    Floats,
    Lexicon,
)
from beam_pipelines.text.scan import starts_with, starts_with_any_case, word
from beam_pipelines.text.trie import ROOT, Trie, step

VALUE, UNIT, PER, SURE, PARTS, ANSWERED = range(6)
STATED = -1  # of SURE: not sure because it is a part of what is
FREE, IN_NAME, IN_WORD = 0, 1, 2

YES, NO = np.bool_(True), np.bool_(False)
BARE = wide(0)  # no unit
ALONE, ONE_BEFORE, TWO_BEFORE = map(wide, range(3))  # of PARTS

_AND, _PER = word(" and "), word(" per ")
_MINUS, _BELOW = word("minus"), word(" below")
_MINUS_KO, _BELOW_KO = word("마이너스"), word("영하")


@lean_kernel
def put(found: Floats, n: int, value: float, unit: int, per: int, sure: bool, parts: int) -> int:
    """Add a quantity and return how many there are; the last row stays free, so ``n`` never passes it."""
    found[n, VALUE] = value
    found[n, UNIT] = unit
    found[n, PER] = per
    found[n, SURE] = sure
    found[n, PARTS] = parts
    return min(n + 1, len(found) - 1)


@lean_kernel
def hint(found: Floats, n: int, value: float, unit: int) -> int:
    """Add a quantity that may answer one of the other side, but needs no answer."""
    return put(found, n, value, unit, BARE, NO, ALONE)


@lean_kernel
def put_hints(found: Floats, n: int, rank: int, unit: int, lex: Lexicon) -> int:
    """:func:`hint` of all values of a word of the lexicon."""
    for k in range(lex.values.shape[1]):
        if lex.values[rank, k] >= 0:
            n = hint(found, n, lex.values[rank, k], unit)
    return n


@lean_kernel
def put_joined(found: Floats, n: int, value: float, unit: int, per: int, sure: bool, close: bool, lex: Lexicon) -> int:
    """:func:`put`, and behind it 90 min where it completes 1 h 30 min; ``close``: nothing stands between the two."""
    n = put(found, n, value, unit, per, sure, ALONE)
    if not close or n < 2:
        return n
    before = int(found[n - 2, UNIT])
    both = int(lex.marks[before]) & int(lex.marks[unit]) & JOINS
    if not both or lex.dims[before] != lex.dims[unit] or lex.sizes[before] <= lex.sizes[unit]:
        return n
    total = value + found[n - 2, VALUE] * lex.sizes[before] / lex.sizes[unit]
    known = sure or found[n - 2, SURE] > 0
    found[n - 1, SURE] = found[n - 2, SURE] = 0
    return put(found, n, total, unit, per, known, TWO_BEFORE)


@lean_kernel
def is_letter(c: int) -> bool:
    """An ASCII letter."""
    return 0x41 <= c & 0xDF <= 0x5A


@lean_kernel
def digit(data: Bytes, i: int, end: int) -> int:
    """The value of the digit at ``i``, ASCII or full-width, or -1."""
    if i >= end:
        return -1
    c = int(data[i])
    if 0x30 <= c <= 0x39:
        return c - 0x30
    if c == 0xEF and data[i + 1] == 0xBC and 0x90 <= data[i + 2] <= 0x99:
        return int(data[i + 2]) - 0x90
    return -1


@lean_kernel
def _width(c: int) -> int:
    return 1 if c < 0x80 else 3


@lean_kernel
def _mark(data: Bytes, i: int, end: int) -> int:
    """``,`` or ``.`` in ASCII for either form of it, ``/`` or ``:`` as it is, 0 for anything else."""
    if i >= end:
        return 0
    c = int(data[i])
    if c == 0xEF and data[i + 1] == 0xBC and (data[i + 2] == 0x8C or data[i + 2] == 0x8E):
        return int(data[i + 2]) - 0x60
    return c if c == 0x2C or c == 0x2E or c == 0x2F or c == 0x3A else 0


@lean_kernel
def _digits_from(data: Bytes, i: int, end: int) -> tuple[int, int]:
    """How many digits stand at ``i``, and where they end."""
    count = 0
    while digit(data, i, end) >= 0:
        i += _width(int(data[i]))
        count += 1
    return count, i


@lean_kernel
def figures(data: Bytes, i: int, start: int, end: int) -> tuple[float, int]:
    """``(value, end)`` of the digits at ``i``: 1,000 and 1.5, but each number of 2024.3.5 by itself; .5 too."""
    value, scale = 0.0, 1.0
    size = 0
    fraction = i >= start + 2 and data[i - 1] == 0x2E and 0x30 <= data[i - 2] <= 0x39
    whole = not fraction
    if data[i] == 0x2E:
        whole = False
        i += 1
    while True:
        d = digit(data, i, end)
        if d >= 0:
            value = value * 10 + d
            if not whole and not fraction:
                scale *= 10
            size += 1
            i += _width(int(data[i]))
            continue
        mark = _mark(data, i, end)
        if not whole or not mark:
            break
        after = i + _width(int(data[i]))
        count, stop = _digits_from(data, after, end)
        if mark == 0x2C and count == 3 and size <= 3:
            size = 0
        elif mark == 0x2E and count and not (_mark(data, stop, end) == 0x2E and digit(data, stop + 1, end) >= 0):
            whole = False
        else:
            break
        i = after
    return value / scale, i


@lean_kernel
def vulgar(data: Bytes, i: int, end: int) -> tuple[float, int]:
    """The value of one of ¼ ½ ¾ ⅓ ⅔ at ``i`` and where it ends; (0, i) for none."""
    if i + 1 < end and data[i] == 0xC2 and 0xBC <= data[i + 1] <= 0xBE:
        return (int(data[i + 1]) - 0xBB) / 4, i + 2
    if i + 2 < end and data[i] == 0xE2 and data[i + 1] == 0x85 and 0x93 <= data[i + 2] <= 0x94:
        return (int(data[i + 2]) - 0x92) / 3, i + 3
    return 0.0, i


@lean_kernel
def starts_number(data: Bytes, i: int, start: int, end: int) -> bool:
    """Whether digits, one of ¼ ½ ¾ ⅓ ⅔ or a decimal point at the start of a word stand at ``i``."""
    if data[i] == 0x2E:
        return (i == start or data[i - 1] == 0x20) and digit(data, i + 1, end) >= 0
    return digit(data, i, end) >= 0 or vulgar(data, i, end)[1] > i


@lean_kernel
def surroundings(data: Bytes, i: int, start: int) -> int:
    """What the number at ``i`` follows: IN_NAME for a Latin or Greek letter (B12, COVID-19), IN_WORD for Hangul."""
    k = i - 1
    if k > start and (data[k] == 0x2D or data[k] == 0x5F):
        k -= 1
        if not is_letter(int(data[k])):
            return FREE
    if k < start:
        return FREE
    if is_letter(int(data[k])):
        return IN_NAME
    while k > start and int(data[k]) & 0xC0 == 0x80:
        k -= 1
    c = int(data[k])
    if 0xC3 <= c <= 0xD1:
        return IN_NAME
    return IN_WORD if 0xEA <= c <= 0xED else FREE


@lean_kernel
def is_degree(unit: int, lex: Lexicon) -> bool:
    """Whether the unit is one of temperature, or 도, which may be."""
    return unit == lex.named[CELSIUS] or unit == lex.named[FAHRENHEIT] or unit == lex.named[DEGREE]


@lean_kernel
def is_negative(data: Bytes, i: int, start: int) -> bool:
    """Whether a minus sign, "minus" or 영하 stands before the number at ``i``. A hyphen behind a word is none."""
    at = i - 1
    if at >= start and data[at] == 0x2D:
        return at == start or data[at - 1] == 0x20 or data[at - 1] == 0x28
    if at >= start + 2 and data[at - 2] == 0xE2 and data[at - 1] == 0x88 and data[at] == 0x92:
        return True
    if at >= start and data[at] == 0x20:
        at -= 1
    return (
        _ends_with(data, start, at + 1, _MINUS)
        or _ends_with(data, start, at + 1, _BELOW_KO)
        or _ends_with(data, start, at + 1, _MINUS_KO)
    )


@lean_kernel
def _ends_with(data: Bytes, start: int, end: int, suffix: Bytes) -> bool:
    return end - start >= len(suffix) and starts_with_any_case(data, end - len(suffix), end, suffix)


@lean_kernel
def negate_degrees(
    data: Bytes, i: int, stop: int, start: int, end: int, found: Floats, first: int, n: int, lex: Lexicon
) -> None:
    """Give the temperatures read from ``data[i:stop]`` their sign: -5 °C, 영하 5도, five degrees below zero."""
    for k in range(first, n):
        if is_degree(int(found[k, UNIT]), lex) and (
            is_negative(data, i, start) or starts_with_any_case(data, stop, end, _BELOW)
        ):
            found[k, VALUE] = -found[k, VALUE]


@lean_kernel
def currency(data: Bytes, i: int, start: int, named: Codes) -> int:
    """The unit of the currency sign before ``i``, or 0."""
    if i > start and data[i - 1] == 0x20:
        i -= 1
    if i > start and data[i - 1] == 0x24:
        return int(named[DOLLAR])
    if i >= start + 3 and data[i - 3] == 0xE2 and data[i - 2] == 0x82:
        if data[i - 1] == 0xAC:
            return int(named[EURO])
        return int(named[WON]) if data[i - 1] == 0xA9 else 0
    return int(named[YEN]) if i >= start + 2 and data[i - 2] == 0xC2 and data[i - 1] == 0xA5 else 0


@lean_kernel
def word_at(data: Bytes, i: int, end: int, words: Trie) -> tuple[int, int]:
    """``(value, end)`` of the longest word at ``i`` that no ASCII letter or digit continues, or (-1, i)."""
    value = -1
    stop = i
    node = ROOT
    k = i
    while k < end:
        c = int(data[k])
        node = step(words, node, c)
        if node < 0:
            break
        k += 1
        if words[node + 2] >= 0:
            latin = is_letter(c) or 0x30 <= c <= 0x39
            if not latin or k >= end or not (is_letter(int(data[k])) or digit(data, k, end) >= 0):
                value = int(words[node + 2])
                stop = k
    return value, stop


@lean_kernel
def unit_at(data: Bytes, i: int, end: int, lex: Lexicon) -> tuple[int, int]:
    """``(unit, end)`` of the unit at ``i`` or after one space or hyphen, or (0, i)."""
    at = i + 1 if i < end and (data[i] == 0x20 or data[i] == 0x2D) else i
    unit, stop = word_at(data, at, end, lex.unit_words)
    return (unit, stop) if unit > 0 else (0, i)


@lean_kernel
def per_at(data: Bytes, i: int, end: int, lex: Lexicon) -> tuple[int, int]:
    """``(unit, end)`` of the ``/kg`` or ``per kg`` at ``i``, or (0, i)."""
    at = i + 1
    if starts_with_any_case(data, i, end, _PER):
        at = i + len(_PER)
    elif i >= end or data[i] != 0x2F:
        return 0, i
    unit, stop = word_at(data, at, end, lex.unit_words)
    return (unit, stop) if unit > 0 else (0, i)


@lean_kernel
def is_close(data: Bytes, i: int, stop: int) -> bool:
    """Whether nothing that matters stands between the end of one quantity and the start of the next."""
    size = i - stop
    return stop >= 0 and (size == 0 or (size == 1 and data[stop] == 0x20) or _is_and(data, stop, i))


@lean_kernel
def _is_and(data: Bytes, i: int, end: int) -> bool:
    return end - i == len(_AND) and starts_with(data, i, end, _AND)


@lean_kernel
def pair_after(data: Bytes, i: int, stop: int, start: int, end: int) -> tuple[int, float, int]:
    """``(mark, second, end)`` of the second of two numbers, 1/2 or 3:30; mark 0 where ``data[i:stop]`` has none."""
    mark = _mark(data, stop, end)
    if (mark != 0x2F and mark != 0x3A) or digit(data, stop + 1, end) < 0:
        return 0, 0.0, stop
    if i > start and data[i - 1] == mark:
        return 0, 0.0, stop
    second, after = figures(data, stop + 1, start, end)
    if _mark(data, after, end) == mark and digit(data, after + 1, end) >= 0:
        return 0, 0.0, stop
    if mark == 0x3A and after != stop + 3:
        return 0, 0.0, stop
    return mark, second, after


@lean_kernel
def put_pair(found: Floats, n: int, mark: int, first: float, second: float, unit: int, sure: bool, clock: int) -> int:
    """Add 1/2 as its value or its two numbers, 15:30 as 15 or 3 and 30."""
    if mark == 0x3A:
        if 12 < first <= 24:
            n = hint(found, n, first - 12, clock)
            n = put(found, n, first, clock, BARE, sure, ONE_BEFORE)
        else:
            n = put(found, n, first, BARE, BARE, sure, ALONE)
        return put(found, n, second, BARE, BARE, sure, ALONE)
    if second == 0 or (first == 24 and second == 7):
        sure = False
    for value in (first, second):
        n = hint(found, n, value, unit)
        found[n - 1, SURE] = STATED
    return put(found, n, first / second if second else 0.0, unit, BARE, sure, TWO_BEFORE)
