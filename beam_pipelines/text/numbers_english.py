"""The quantities that an English sentence states: digits and number words, units, dates, times."""

import numpy as np

from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.numbers_figures import (
    ALONE,
    BARE,
    IN_NAME,
    NO,
    ONE_BEFORE,
    TWO_BEFORE,
    YES,
    currency,
    digit,
    figures,
    hint,
    is_close,
    is_letter,
    negate_degrees,
    pair_after,
    per_at,
    put,
    put_hints,
    put_joined,
    put_pair,
    starts_number,
    surroundings,
    unit_at,
    vulgar,
    word_at,
)
from beam_pipelines.text.numbers_lexicon import HOUR_OF_DAY, KINDS, METRE, MINUTE, TIMES, Floats, Lexicon
from beam_pipelines.text.scan import starts_with_any_case, word
from beam_pipelines.text.words import begins_word

ONES, TENS, HUNDRED, BIG, ORDINAL, HALF, ARTICLE, HINT, WEEKDAY, OFTEN = map(KINDS.index, KINDS[:10])
_ANY = 1e18

_AND, _POINT, _A = word("and "), word("point "), word("a ")
_AND_A_HALF, _AND_ONE_HALF = word("and a half"), word("and one half")


@lean_kernel
def _gap(data: Bytes, i: int, end: int) -> int:
    """Where the next word starts, after one space or hyphen; ``i`` itself where there is none."""
    return i + 1 if i + 1 < end and (data[i] == 0x20 or data[i] == 0x2D) else i


@lean_kernel
def _joins_and(data: Bytes, i: int, end: int, room: float, below: float, lex: Lexicon) -> bool:
    """Whether the words at ``i`` end the number before "and": not so in "two hundred and three hundred"."""
    first = True
    while True:
        rank, stop = word_at(data, i, end, lex.english)
        if rank < 0:
            return not first
        kind = int(lex.kinds[rank])
        value = lex.values[rank, 0]
        if kind == HUNDRED or (kind == BIG and value >= below):
            return False
        if kind != ONES and kind != TENS:
            return not first
        if first and value >= room:
            return False
        first = False
        i = _gap(data, stop, end)
        if i == stop:
            return True


@lean_kernel
def _phrase(data: Bytes, i: int, end: int, lex: Lexicon) -> tuple[float, int, int]:
    """``(value, end, how many words)`` of the number words at ``i``: two hundred and fifty thousand."""
    total, current = 0.0, 0.0
    room, below = _ANY, _ANY  # what the next small number, and the next thousand or million, must stay below
    words = 0
    stop = i
    while True:
        rank, after = word_at(data, i, end, lex.english)
        if rank < 0:
            break
        kind = int(lex.kinds[rank])
        value = lex.values[rank, 0]
        if kind in (ONES, TENS):
            if words == 1 and 13 <= current <= 20 and value >= 10:  # nineteen ninety-eight
                current *= 100
            elif value >= room:
                break
            current += value
            room = 10 if kind == TENS else 0
        elif kind == HUNDRED:
            if words and not 1 <= current < 100:
                break
            current = max(current, 1) * 100
            room = 100
        elif kind == BIG:
            if value >= below or (words and current == 0):
                break
            total += max(current, 1) * value
            current = 0
            below = value
            room = value if value >= 1000 else 0
        else:
            break
        words += 1
        stop = after
        i = _gap(data, stop, end)
        if i == stop:
            break
        if starts_with_any_case(data, i, end, _AND) and (kind in (HUNDRED, BIG)) and room:
            i += len(_AND)
            if not _joins_and(data, i, end, room, below, lex):
                break
    return total + current, stop, words


@lean_kernel
def _decimals(data: Bytes, i: int, end: int, lex: Lexicon) -> tuple[float, int]:
    """What " point five" at ``i`` adds, and where it ends."""
    at = _gap(data, i, end)
    if at == i or not starts_with_any_case(data, at, end, _POINT):
        return 0.0, i
    at += len(_POINT)
    value, scale = 0.0, 1.0
    while True:
        rank, stop = word_at(data, at, end, lex.english)
        if rank < 0 or lex.kinds[rank] != ONES or lex.values[rank, 0] > 9:
            return value, i
        scale *= 10
        value += lex.values[rank, 0] / scale
        i = stop
        at = _gap(data, stop, end)
        if at == stop:
            return value, i


@lean_kernel
def _half_after(data: Bytes, i: int, end: int) -> int:
    """Where the " and a half" at ``i`` ends, or ``i``. Its words may be joined by hyphens."""
    at = _gap(data, i, end)
    if at == i or end - at < len(_AND_A_HALF):
        return i
    if starts_with_any_case(data, at, end, _AND_ONE_HALF):
        return at + len(_AND_ONE_HALF)
    for k in range(len(_AND_A_HALF)):
        c = int(data[at + k])
        if (c | 0x20 if c != 0x2D else 0x20) != _AND_A_HALF[k]:
            return i
    return at + len(_AND_A_HALF)


@lean_kernel
def _day_half(data: Bytes, i: int, end: int) -> tuple[int, int]:
    """``(1 for a.m., 2 for p.m., end)`` of what stands at ``i``, or (0, i)."""
    at = i + 1 if i < end and data[i] == 0x20 else i
    if at + 1 >= end:
        return 0, i
    c = int(data[at]) | 0x20
    k = at + 2 if data[at + 1] == 0x2E else at + 1
    if (c != 0x61 and c != 0x70) or k >= end or int(data[k]) | 0x20 != 0x6D:
        return 0, i
    if k + 1 < end and (is_letter(int(data[k + 1])) or digit(data, k + 1, end) >= 0):
        return 0, i
    return (1 if c == 0x61 else 2), k + 1


@lean_kernel
def _put_clock(found: Floats, n: int, hour: float, half: int, sure: bool, lex: Lexicon) -> int:
    unit = int(lex.named[HOUR_OF_DAY])
    if (half == 2 and hour < 12) or (half == 1 and hour == 12):
        n = hint(found, n, hour + 12 if half == 2 else 0.0, unit)
        return put(found, n, hour, unit, BARE, sure, ONE_BEFORE)
    return put(found, n, hour, unit, BARE, sure, ALONE)


@lean_kernel
def _put_half(found: Floats, n: int, unit: int, lex: Lexicon) -> int:
    n = hint(found, n, 0.5, unit)
    return hint(found, n, 30.0, int(lex.named[MINUTE]))


@lean_kernel
def _put_measured(
    data: Bytes,
    i: int,
    end: int,
    value: float,
    money: int,
    sure: bool,
    close: bool,
    lex: Lexicon,
    found: Floats,
    n: int,
) -> tuple[int, int]:
    """Add ``value`` with the unit that stands at ``i``; returns ``(n, end)``."""
    unit, stop = unit_at(data, i, end, lex)
    if money:
        unit, stop = money, i
    if stop < end and stop == i and is_letter(int(data[stop])):
        sure = False  # 5G, 4x
    per, after = per_at(data, stop, end, lex) if unit else (0, stop)
    if per:
        n = hint(found, n, 1.0, per)
    if unit == lex.named[METRE] and stop == i + 1:  # glued: 3m may be three million
        n = hint(found, n, value * 1e6, BARE)
        return put(found, n, value, unit, per, sure, ONE_BEFORE), after
    return put_joined(found, n, value, unit, per, sure, close, lex), after


@lean_kernel
def _ordinal_end(data: Bytes, i: int, end: int) -> int:
    """Behind the st, nd, rd, th or the s of decades (1990s, 30's) at ``i``."""
    at = i + 1 if i < end and data[i] == 0x27 else i
    stop = at
    while stop < end and is_letter(int(data[stop])):
        stop += 1
    c = int(data[at]) | 0x20 if at < end else 0
    if stop == at + 1 and c == 0x73:
        return stop
    if stop == at + 2 and at == i:
        d = int(data[at + 1]) | 0x20
        if (c == 0x73 and d == 0x74) or (c == 0x6E and d == 0x64) or (c == 0x72 and d == 0x64):
            return stop
        if c == 0x74 and d == 0x68:
            return stop
    return i


@lean_kernel
def _times(data: Bytes, i: int, end: int, value: float, lex: Lexicon) -> tuple[float, int]:
    """The value with the "million" or "bn" at ``i``, and where that ends."""
    while True:
        rank, stop = word_at(data, _gap(data, i, end), end, lex.english)
        if rank < 0 or (lex.kinds[rank] != HUNDRED and lex.kinds[rank] != BIG):
            return value, i
        value *= lex.values[rank, 0]
        i = stop


@lean_kernel
def _read_figures(
    data: Bytes, i: int, start: int, end: int, close: bool, lex: Lexicon, found: Floats, n: int
) -> tuple[int, int]:
    """Add the number in digits at ``i``; returns ``(n, end)``."""
    sure = surroundings(data, i, start) != IN_NAME and not (i > start and data[i - 1] == 0x27)
    money = currency(data, i, start, lex.named)
    value, stop = figures(data, i, start, end)
    fraction, stop = vulgar(data, stop, end)
    value += fraction
    mark, second, after = pair_after(data, i, stop, start, end)
    if mark:
        half, behind = _day_half(data, after, end)
        if half and mark == 0x3A:
            n = _put_clock(found, n, value, half, sure, lex)
            return put(found, n, second, BARE, BARE, sure, ALONE), behind
        unit, behind = unit_at(data, after, end, lex)
        return put_pair(found, n, mark, value, second, unit, sure, int(lex.named[HOUR_OF_DAY])), behind
    half, behind = _day_half(data, stop, end)
    if half:
        return _put_clock(found, n, value, half, sure, lex), behind
    letter = int(data[stop]) | 0x20 if stop < end and not (stop + 1 < end and is_letter(int(data[stop + 1]))) else 0
    if letter == 0x6D and money:  # $3m
        return put(found, n, value * 1e6, money, BARE, sure, ALONE), stop + 1
    if letter == 0x6B:
        n = hint(found, n, value, BARE)  # 10k, a run or ten thousand
        return put(found, n, value * 1000, money, BARE, sure, ONE_BEFORE), stop + 1
    behind = _ordinal_end(data, stop, end)
    if behind == stop:
        value, stop = _times(data, stop, end, value, lex)
        behind = _half_after(data, stop, end)
        value += 0.5 if behind > stop else 0.0
    return _put_measured(data, behind, end, value, money, sure, close, lex, found, n)


@lean_kernel
def _read_phrase(
    data: Bytes, i: int, end: int, factor: float, known: bool, close: bool, lex: Lexicon, found: Floats, n: int
) -> tuple[int, int]:
    """Add the number words at ``i``, which there are; returns ``(n, end)``."""
    value, stop, words = _phrase(data, i, end, lex)
    # "Two" often goes without saying: both, a couple, 양국. Two tablets do not.
    sure = known and (value > 2 or (value == 2 and unit_at(data, stop, end, lex)[0] > 0))
    rank, after = word_at(data, _gap(data, stop, end), end, lex.english)
    kind = int(lex.kinds[rank]) if rank >= 0 else -1
    if kind == ORDINAL and words <= 2:
        part = lex.values[rank, 0]
        if part < 10 and value % 10 == 0 and value < 100 and words == 1 and value >= 20:  # twenty-first
            return hint(found, n, value + part, BARE), after
        if part > 2:
            n = hint(found, n, value, BARE)
            n = hint(found, n, part, BARE)
            return put(found, n, value / part, BARE, BARE, value / part != 1, TWO_BEFORE), after
    decimals, stop = _decimals(data, stop, end, lex)
    behind = _half_after(data, stop, end)
    if behind > stop:
        sure = known
        value, behind = _times(data, behind, end, value + 0.5, lex)  # one and a half million
    return _put_measured(data, behind, end, (value + decimals) * factor, BARE, sure, close, lex, found, n)


@lean_kernel
def _read_article(data: Bytes, i: int, end: int, value: float, lex: Lexicon, found: Floats, n: int) -> tuple[int, int]:
    """What follows "a", "per" or "half": a hundred, a third, an hour and a half. Returns ``(n, end)``."""
    at = _gap(data, i, end)
    rank, after = word_at(data, at, end, lex.english)
    kind = int(lex.kinds[rank]) if rank >= 0 else -1
    if value == 0.5 and kind == ARTICLE:
        at = _gap(data, after, end)
        rank, after = word_at(data, at, end, lex.english)
        kind = int(lex.kinds[rank]) if rank >= 0 else -1
    if kind in (HUNDRED, BIG):
        return _read_phrase(data, at, end, value, NO, NO, lex, found, n)
    unit, stop = unit_at(data, at - 1, end, lex) if at > i else (0, i)
    if unit and lex.dims[unit] > 0:
        n = hint(found, n, value, unit)
        behind = _half_after(data, stop, end)
        if behind > stop:
            n = hint(found, n, value + 0.5, unit)
            n = _put_half(found, n, unit, lex)
        return n, behind
    return n, i


@lean_kernel
def _read_word(
    data: Bytes, i: int, end: int, rank: int, stop: int, close: bool, lex: Lexicon, found: Floats, n: int
) -> tuple[int, int]:
    """Add what the word of the lexicon at ``i`` states; returns ``(n, end)``."""
    kind = int(lex.kinds[rank])
    value = lex.values[rank, 0]
    if kind in (ONES, TENS):
        return _read_phrase(data, i, end, 1.0, YES, close, lex, found, n)
    if kind in (HUNDRED, BIG):
        return _read_phrase(data, i, end, 1.0, NO, NO, lex, found, n)
    if kind == ARTICLE:
        return _read_article(data, stop, end, 1.0, lex, found, n)
    if kind == HALF:
        n = hint(found, n, 2.0, BARE)
        n = _put_half(found, n, 0, lex)
        return _read_article(data, stop, end, value, lex, found, n)
    if kind == ORDINAL:
        n = hint(found, n, value, BARE)
        n = hint(found, n, 1 / value, BARE)
        if value == 4:  # a quarter
            n = hint(found, n, 15.0, BARE)
            n = hint(found, n, 45.0, BARE)
    elif kind == OFTEN:
        rank, after = word_at(data, _gap(data, stop, end), end, lex.english)
        sure = after > stop and rank >= 0 and (lex.kinds[rank] == ARTICLE or lex.units[rank] > 0)
        n = put(found, n, value, int(lex.named[TIMES]), BARE, sure, ALONE)
    elif kind == HINT:
        n = put_hints(found, n, rank, int(lex.units[rank]), lex)
    return n, stop


@lean_kernel
def read_english(data: Bytes, start: int, end: int, lex: Lexicon, found: Floats) -> tuple[int, bool]:
    """Write the quantities of ``data[start:end]`` to ``found``: ``(how many, whether a day of the week is named)``.

    ``len(found) - 1`` of them mean that there may be more.
    """
    n = np.int64(0)
    dated = False
    last = np.int64(-1)
    i = start
    while i < end:
        c = int(data[i])
        if 0x30 <= c <= 0x39 or c == 0x2E or c == 0xC2 or c == 0xE2 or c == 0xEF:
            if starts_number(data, i, start, end):
                first = n
                n, last = _read_figures(data, i, start, end, is_close(data, i, last), lex, found, n)
                negate_degrees(data, i, last, start, end, found, first, n, lex)
                i = max(last, i + 1)
            else:
                i += 1
            continue
        if not is_letter(c):
            i += 1
            continue
        if c < 0x80 and begins_word(data, i, start):
            rank, stop = word_at(data, i, end, lex.english)
            if rank >= 0:
                dated |= lex.kinds[rank] == WEEKDAY
                first = n
                n, last = _read_word(data, i, end, rank, stop, is_close(data, i, last), lex, found, n)
                negate_degrees(data, i, last, start, end, found, first, n, lex)
                i = max(last, i + 1)
                continue
        while i < end and is_letter(int(data[i])):
            i += 1
    return int(n), dated
