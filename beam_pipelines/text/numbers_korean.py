"""The quantities that a Korean sentence states: digits with 만 and 억, Sino-Korean and native numerals, 반, N분의 M.

Most of the syllables that are numerals are other words as well (이 분, 사회, 세상, 네 개). One is taken as sure only
with a counter or a unit behind it that makes it so; where that is missing, it may still answer the other side.
"""

import numpy as np

from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.numbers_figures import (
    ALONE,
    BARE,
    FREE,
    IN_NAME,
    IN_WORD,
    ONE_BEFORE,
    SURE,
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
)
from beam_pipelines.text.numbers_lexicon import (
    CLOCK,
    DAY,
    HOUR_OF_DAY,
    KINDS,
    MEASURE,
    MINUTE,
    NATIVE,
    YOURS,
    Floats,
    Lexicon,
)
from beam_pipelines.text.scan import starts_with, word
from beam_pipelines.text.trie import ROOT, step
from beam_pipelines.text.words import begins_word, ends_noun

DIGIT, PLACE, FEW, LOOSE, NATIVE_ONES, SCORE, PREFIX, VAGUE, DAYS = map(KINDS.index, KINDS[10:])
HINT, BIG = KINDS.index("hint"), KINDS.index("big")
_ANY = 1e18

_HALF, _PARTS_OF, _POINT, _AGAIN, _ABOUT = word("반"), word("분의"), word("점"), word("다시"), word("여")


@lean_kernel
def _node(data: Bytes, i: int, end: int, lex: Lexicon) -> int:
    """Where the syllable at ``i`` leads among the words of the lexicon, or -1."""
    if i + 3 > end:
        return -1
    node = ROOT
    for k in range(3):
        node = step(lex.korean, node, int(data[i + k]))
        if node < 0:
            return -1
    return node


@lean_kernel
def _syllable(data: Bytes, i: int, end: int, lex: Lexicon) -> int:
    """The word of the lexicon that the one syllable at ``i`` is, or -1."""
    node = _node(data, i, end, lex)
    return int(lex.korean[node + 2]) if node >= 0 else -1


@lean_kernel
def _kind(data: Bytes, i: int, end: int, lex: Lexicon) -> int:
    rank = _syllable(data, i, end, lex)
    return int(lex.kinds[rank]) if rank >= 0 else -1


@lean_kernel
def _korean_unit(data: Bytes, i: int, end: int, lex: Lexicon) -> tuple[int, int]:
    """``(unit, end)`` of the longest unit at ``i``, or after one space, that ends a word but for particles; (0, i)."""
    at = i + 3 if starts_with(data, i, end, _ABOUT) else i
    at = at + 1 if at < end and data[at] == 0x20 else at
    unit = 0
    stop = i
    node = ROOT
    k = at
    while k < end:
        c = int(data[k])
        node = step(lex.unit_words, node, c)
        if node < 0:
            break
        k += 1
        if lex.unit_words[node + 2] > 0:
            latin = c < 0x80 and (k >= end or not is_letter(int(data[k])))
            if latin or (c >= 0x80 and ends_noun(data, k, end, lex.followers)):
                unit = int(lex.unit_words[node + 2])
                stop = k
    return unit, stop


@lean_kernel
def _goes_on(data: Bytes, i: int, start: int, end: int, below: float, lex: Lexicon) -> bool:
    """Whether what stands behind "3만 " still belongs to the number: 5천, 2000, 오천, 천."""
    if digit(data, i, end) >= 0:
        value, stop = figures(data, i, start, end)
        kind = _kind(data, stop, end, lex)
        return value < below and (value >= 100 or kind in (PLACE, BIG))
    kind = _kind(data, i, end, lex)
    if kind == DIGIT:
        kind = _kind(data, i + 3, end, lex)
        measured = int(lex.marks[_korean_unit(data, i + 3, end, lex)[0]]) & MEASURE
        return kind in (PLACE, BIG) or measured > 0
    if kind != PLACE:
        return False
    while kind in (DIGIT, PLACE, BIG):
        i += 3
        kind = _kind(data, i, end, lex)
    return i >= end or data[i] == 0x20 or unit_at(data, i, end, lex)[0] > 0


@lean_kernel
def _numeral(data: Bytes, i: int, start: int, end: int, lex: Lexicon) -> tuple[float, int, int, int, float]:
    """The number at ``i``: ``(value, end, parts, kind of the last part, the 3 of 3조)``; 3만 5천, 이백오십."""
    total, section, current = 0.0, 0.0, -1.0
    place, big = _ANY, _ANY
    parts, last = 0, -1
    stop = i
    before = 0.0
    while i < end:
        if digit(data, i, end) >= 0 or (parts == 0 and data[i] == 0x2E and digit(data, i + 1, end) >= 0):
            value, after = figures(data, i, start, end)
            if current >= 0 or (parts and value >= min(place, big)):
                break
            fraction, after = vulgar(data, after, end)
            current = value + fraction
            last = DIGIT
        else:
            rank = _syllable(data, i, end, lex)
            if rank < 0:
                break
            last_kind = int(lex.kinds[rank])
            value = lex.values[rank, 0]
            after = i + 3
            if last_kind == DIGIT:
                if current >= 0:
                    break
                current = value
            elif last_kind == PLACE:
                if value >= place:
                    break
                section += value * (current if current >= 0 else 1.0)
                place = value
                current = -1.0
            elif last_kind == BIG:
                if value >= big:
                    break
                before = section + max(current, 0.0)
                total += value * (before if before > 0 else 1.0)
                section, current = 0.0, -1.0
                place, big = _ANY, value
            else:
                break
            last = last_kind
        parts += 1
        stop = i = after
        if last == BIG and i + 1 < end and data[i] == 0x20 and _goes_on(data, i + 1, start, end, big, lex):
            i += 1
    value = total + section + max(current, 0.0)
    return value, stop, parts, last, before if big == 1e12 and last == BIG else 0.0


@lean_kernel
def _decimals(data: Bytes, i: int, end: int, lex: Lexicon) -> tuple[float, int]:
    """What " 점 오" at ``i`` adds, and where it ends."""
    at = i + 1 if i < end and data[i] == 0x20 else i
    if not starts_with(data, at, end, _POINT):
        return 0.0, i
    at += len(_POINT)
    if at < end and data[at] == 0x20:
        at += 1
    value, scale = 0.0, 1.0
    while _kind(data, at, end, lex) == DIGIT:
        scale *= 10
        value += lex.values[_syllable(data, at, end, lex), 0] / scale
        at += 3
    if scale == 1.0:
        return 0.0, i
    return (value, at) if _korean_unit(data, at, end, lex)[0] or ends_noun(data, at, end, lex.followers) else (0.0, i)


@lean_kernel
def _put_hour(found: Floats, n: int, value: float, unit: int, sure: bool) -> int:
    """15시 may be 3 p.m."""
    if 12 < value <= 24:
        n = hint(found, n, value - 12, unit)
        return put(found, n, value, unit, BARE, sure, ONE_BEFORE)
    return put(found, n, value, unit, BARE, sure and value <= 24, ALONE)


@lean_kernel
def _put_measured(
    data: Bytes,
    i: int,
    end: int,
    value: float,
    unit: int,
    sure: bool,
    close: bool,
    lex: Lexicon,
    found: Floats,
    n: int,
) -> tuple[int, int]:
    """Add ``value`` with its unit, which ends at ``i``, and the 반 behind it; returns ``(n, end)``."""
    if int(lex.marks[unit]) & CLOCK:
        n = _put_hour(found, n, value, unit, sure)
    else:
        per, after = per_at(data, i, end, lex) if unit else (0, i)
        if per:
            n = hint(found, n, 1.0, per)
        i = after
        n = put_joined(found, n, value, unit, per, sure, close, lex)
    at = i + 1 if i < end and data[i] == 0x20 else i
    if not unit or not starts_with(data, at, end, _HALF) or not ends_noun(data, at + 3, end, lex.followers):
        return n, i
    if int(lex.marks[unit]) & CLOCK:
        n = hint(found, n, 0.5, BARE)
    else:
        found[n - 1, SURE] = 0
        n = hint(found, n, 0.5, unit)
        n = put(found, n, value + 0.5, unit, BARE, sure, TWO_BEFORE)
    return hint(found, n, 30.0, int(lex.named[MINUTE])), at + 3


@lean_kernel
def _fraction_of(
    data: Bytes, i: int, start: int, end: int, whole: float, sure: bool, lex: Lexicon, found: Floats, n: int
) -> tuple[int, int]:
    """Add the fraction whose "분의 M" stands at ``i``, behind its N; returns ``(n, end)``, or (n, i) for none."""
    if not starts_with(data, i, end, _PARTS_OF):
        return n, i
    at = i + len(_PARTS_OF)
    if at < end and data[at] == 0x20:
        at += 1
    share, stop, parts, _, _ = _numeral(data, at, start, end, lex)
    if not parts or whole == 0:
        return n, i
    n = hint(found, n, whole, BARE)
    n = hint(found, n, share, BARE)
    return put(found, n, share / whole, BARE, BARE, sure, TWO_BEFORE), stop


@lean_kernel
def _read_figures(
    data: Bytes, i: int, start: int, end: int, close: bool, lex: Lexicon, found: Floats, n: int
) -> tuple[int, int]:
    """Add the number that starts with digits at ``i``; returns ``(n, end)``."""
    around = surroundings(data, i, start)
    money = currency(data, i, start, lex.named)
    fraction, stop = vulgar(data, i, end)
    if stop > i:
        value, coefficient = fraction, 0.0
    else:
        value, stop = figures(data, i, start, end)
        mark, second, after = pair_after(data, i, stop, start, end)
        if mark:
            unit, behind = unit_at(data, after, end, lex)
            clock = int(lex.named[HOUR_OF_DAY])
            return put_pair(found, n, mark, value, second, unit, around != IN_NAME, clock), behind
        value, stop, _, _, coefficient = _numeral(data, i, start, end, lex)
    more, behind = _fraction_of(data, stop, start, end, value, YES, lex, found, n)
    if behind > stop:
        return more, behind
    more_than = starts_with(data, stop, end, _ABOUT)
    unit, behind = unit_at(data, stop + 3 if more_than else stop, end, lex)
    if money and not unit:
        unit = money
    sure = around == FREE or (around == IN_WORD and unit > 0)
    if unit == 0 and stop < end and is_letter(int(data[stop])):
        sure = False
    if coefficient:
        n = hint(found, n, coefficient, BARE)
        return put(found, n, value, unit, BARE, sure, ONE_BEFORE), behind
    return _put_measured(data, behind, end, value, unit, sure, close, lex, found, n)


@lean_kernel
def _is_sure_sino(
    value: float, parts: int, last: int, unit: int, spaced: bool, width: int, ended: bool, lex: Lexicon
) -> bool:
    """Whether a Sino-Korean numeral with this unit, ``width`` bytes long, can be nothing else."""
    if unit == 0:
        return parts >= 3 and ended
    if parts >= 2:  # not 조사 with a counter, not 구조대
        return (parts > 2 or last != DIGIT or value < 100) and (value < 1e12 or parts > 3)
    if last != DIGIT:
        return spaced or int(lex.marks[unit]) & MEASURE > 0
    if value < 2 or lex.dims[unit] == 0:
        return False
    if value == 2 or not spaced:  # 이 달러, 이유로, 사원, 오일
        return width >= (9 if value == 2 or int(lex.marks[unit]) & MEASURE else 6)
    return True


@lean_kernel
def _read_sino(
    data: Bytes, i: int, start: int, end: int, close: bool, lex: Lexicon, found: Floats, n: int
) -> tuple[int, int]:
    """Add the Sino-Korean numeral at ``i``; returns ``(n, end)``."""
    value, stop, parts, last, _ = _numeral(data, i, start, end, lex)
    decimals, after = _decimals(data, stop, end, lex)
    if after > stop:
        value += decimals
        parts += 2
        stop = after
    elif _kind(data, stop, end, lex) == FEW or _kind(data, stop, end, lex) == SCORE:  # 백열두 명
        value = value if last == DIGIT else -1.0
    # 이분의 일 is a half, or what this person has to do.
    more, behind = _fraction_of(data, stop, start, end, value, value != 2, lex, found, n)
    if behind > stop:
        return more, behind
    unit, behind = _korean_unit(data, stop, end, lex)
    ended = ends_noun(data, stop, end, lex.followers)
    spaced = behind > stop and data[stop] == 0x20
    if value < 0:
        return n, stop
    if unit == 0 and (parts < 2 or not ended):  # 십까지, 삼등분, but not 오후, 사는 or 이를
        telling = parts > 1 or value in (3, 6, 7, 8, 10, 100)
        return hint(found, n, value, BARE) if telling else n, stop
    sure = _is_sure_sino(value, parts, last, unit, spaced, behind - stop - spaced, ended, lex)
    sure = sure and not starts_with(data, stop, end, _ABOUT)
    if unit == 0 and last == DIGIT and (value % 10 == 2 or value % 10 == 1):  # 삼십이: 32, or 30 with a particle
        n = hint(found, n, value - value % 10, int(lex.named[DAY]) if value % 10 == 1 else 0)
        sure = False
    return _put_measured(data, behind, end, value, unit, sure, close, lex, found, n)


@lean_kernel
def _is_sure_native(value: float, kind: int, composed: bool, unit: int, spaced: bool, lex: Lexicon) -> bool:
    """Whether a native numeral with this unit can be nothing else; ``kind`` is that of its last part."""
    marks = int(lex.marks[unit])
    if value == 1 or kind == LOOSE:
        return composed
    if kind == FEW and not composed and value < 20:
        if not unit or (value == 4 and not marks & YOURS):
            return False
        return spaced or marks & NATIVE > 0
    if kind == SCORE and (value == 10 or value == 50):
        return unit > 0 and (spaced or marks & NATIVE > 0)
    return True


@lean_kernel
def _read_native(
    data: Bytes, i: int, end: int, rank: int, stop: int, close: bool, lex: Lexicon, found: Floats, n: int
) -> tuple[int, int]:
    """Add the native numeral at ``i``, whose first part is ``rank``; returns ``(n, end)``."""
    kind = int(lex.kinds[rank])
    value = lex.values[rank, 0]
    composed = False
    if kind == SCORE:
        second, after = _native_ones(data, stop, end, lex)
        if second < 0 and stop < end and data[stop] == 0x20:  # 열 세살
            second, after = _native_ones(data, stop + 1, end, lex)
            second = second if _korean_unit(data, after, end, lex)[0] else -1
        if second >= 0:
            kind = int(lex.kinds[second])
            value += lex.values[second, 0]
            stop = after
            composed = True
    unit, behind = _korean_unit(data, stop, end, lex)
    spaced = behind > stop and data[stop] == 0x20
    if unit == 0 and not ends_noun(data, stop, end, lex.followers):
        return n, stop
    if unit == 0 and kind == FEW and not (stop < end and data[stop] == 0x20):
        return n, stop
    sure = _is_sure_native(value, kind, composed, unit, spaced, lex)
    sure = sure and not starts_with(data, stop, end, _ABOUT)  # 열여 명: a dozen
    if value == 2 and unit and starts_with(data, min(behind + 1, end), end, _AGAIN):  # 두 번 다시: never again
        sure = False
    return _put_measured(data, behind, end, value, unit, sure, close, lex, found, n)


@lean_kernel
def _native_ones(data: Bytes, i: int, end: int, lex: Lexicon) -> tuple[int, int]:
    """``(word, end)`` of a native numeral below ten at ``i``, or (-1, i)."""
    rank, stop = _match(data, i, end, lex)
    if rank >= 0 and lex.values[rank, 0] < 10:
        kind = int(lex.kinds[rank])
        if kind in (FEW, LOOSE, NATIVE_ONES):
            return rank, stop
    return -1, i


@lean_kernel
def _match(data: Bytes, i: int, end: int, lex: Lexicon) -> tuple[int, int]:
    """``(word, end)`` of the longest word of the lexicon at ``i``, hints and days only where they end a word."""
    found = -1
    stop = i
    node = ROOT
    k = i
    while k < end:
        node = step(lex.korean, node, int(data[k]))
        if node < 0:
            break
        k += 1
        rank = int(lex.korean[node + 2])
        if rank >= 0:
            kind = int(lex.kinds[rank])
            free = kind != HINT and kind != DAYS
            if free or ends_noun(data, k, end, lex.followers) or _korean_unit(data, k, end, lex)[0]:
                found = rank
                stop = k
    return found, stop


@lean_kernel
def _read_word(
    data: Bytes, i: int, start: int, end: int, close: bool, lex: Lexicon, found: Floats, n: int
) -> tuple[int, int]:
    """Add what the Korean word at ``i`` states; returns ``(n, end)``, the end being ``i`` for no number."""
    rank, stop = _match(data, i, end, lex)
    if rank < 0:
        return n, i
    kind = int(lex.kinds[rank])
    if kind == PREFIX:
        rank, after = _match(data, stop, end, lex)
        kind = int(lex.kinds[rank]) if rank >= 0 else -1
        if kind in (PREFIX, VAGUE):
            return n, stop
        i, stop = stop, after
    if kind in (DIGIT, PLACE, BIG):
        return _read_sino(data, i, start, end, close, lex, found, n)
    if kind in (FEW, LOOSE, NATIVE_ONES, SCORE):
        return _read_native(data, i, end, rank, stop, close, lex, found, n)
    if kind == VAGUE:
        at = stop + 1 if stop < end and data[stop] == 0x20 else stop
        while _kind(data, at, end, lex) == PLACE or _kind(data, at, end, lex) == BIG:
            at += 3
            stop = at
    elif kind == HINT:
        unit, after = int(lex.units[rank]), stop
        if not unit:
            unit, after = _korean_unit(data, stop, end, lex)  # 서너 번, 반 리터
        n = put_hints(found, n, rank, unit, lex)
        return n, after
    elif kind == DAYS:
        n = put(found, n, lex.values[rank, 0], int(lex.named[DAY]), BARE, YES, ALONE)
    return n, stop


@lean_kernel
def read_korean(data: Bytes, start: int, end: int, lex: Lexicon, found: Floats) -> int:
    """Write the quantities of ``data[start:end]`` to ``found`` and return how many; see ``read_english``."""
    n = np.int64(0)
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
        elif 0xEA <= c <= 0xED:
            stop = i
            if _node(data, i, end, lex) >= 0 and begins_word(data, i, start):
                first = n
                n, stop = _read_word(data, i, start, end, is_close(data, i, last), lex, found, n)
                if n > first:
                    last = stop
                    negate_degrees(data, i, stop, start, end, found, first, n, lex)
            i = max(stop, i + 3)
            while i < end and 0xEA <= data[i] <= 0xED:  # the rest of the word
                i += 3
        else:
            i += 1
    return int(n)
