"""Do two texts state the same numbers? Each text becomes one number of 63 bits; they do where it is the same.

``figure_keys`` is the quick one, over every number that is written in figures, with its signs and its unit as they are
spelled and the word behind it that may turn it round, in the order in which they stand. 250 mg and 500 mg differ, and
so do mg and Mg, < and >, 140 이상 and 140 이하, 3.5↑ and 3.5↓, Ⅱ and Ⅲ, and 5 mg of one drug with 10 mg of another in
either order.

``statement_keys`` is the thorough one. To the figures it adds what ``read_korean`` and ``read_english`` read in words
(하루 세 번, 삼 밀리그램, two tablets), and the whole sentence, but for spaces, punctuation and case, wherever it surely
states a quantity with a unit of measure or one that doses are counted and timed in. So the drug beside the dose and
what is not to be done are the same as well.
"""

import functools

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from beam_pipelines.text.columns import Bytes, Offsets, flat
from beam_pipelines.text.compiled import kernel, lean_kernel
from beam_pipelines.text.numbers_english import read_english
from beam_pipelines.text.numbers_figures import PER, SURE, UNIT, VALUE, is_letter, word_at
from beam_pipelines.text.numbers_korean import read_korean
from beam_pipelines.text.numbers_lexicon import DOSED, MEASURE, MINUTE, Floats, Lexicon, lexicon
from beam_pipelines.text.pairs_keys import loosen_row
from beam_pipelines.text.scan import byte_set
from beam_pipelines.text.shingles import mixed
from beam_pipelines.text.trie import Trie, build, longest

Keys = npt.NDArray[np.int64]

MOST = 256
"""Quantities of a sentence that are read; of one with more every word has to be the same."""

_START, _NEXT = 0x13198A2E03707344, 0x24C6A7B9
_LARGEST = 9e15  # whole numbers up to here are exact
_MILLIONTH = 1e6
_DOSES = MEASURE | DOSED

NOTHING, DIGIT, SIGN, LEAD, ROMAN = range(5)


# What may follow a quantity and turn it round.
_LIMITS = """
이상 이하 미만 초과 이내 이전 이후 전 후 뒤 안팎 마다 간격 동안 보다 까지 부터 넘 밑 아래 위 더 덜 씩
"""


@functools.cache
def limit_words() -> Trie:
    """What :func:`states_figures` needs besides the lexicon."""
    return build({limit: rank for rank, limit in enumerate(_LIMITS.split())})


def _kinds() -> Bytes:
    """Per byte what it may begin."""
    kinds = np.zeros(256, np.uint8)
    kinds[byte_set(b"<>=+%~^") > 0] = SIGN
    kinds[byte_set(b"0123456789") > 0] = DIGIT
    kinds[byte_set(b"IVX") > 0] = ROMAN
    kinds[[0xC2, 0xC3, 0xE2, 0xE3, 0xEF]] = LEAD
    kinds.flags.writeable = False
    return kinds


_KINDS = _kinds()
_INSIDE = byte_set(b".,:/-~")


@lean_kernel
def _add(h: int, data: Bytes, start: int, end: int) -> int:
    """A key that goes on with these bytes and the end of a word."""
    for k in range(start, end):
        h = mixed(h ^ int(data[k]) + 1)
    return mixed(h ^ _NEXT)


@lean_kernel
def _sign_width(data: Bytes, i: int, end: int) -> int:
    """The bytes of the character at ``i`` if it is a number or a sign beyond ASCII, or 0.

    ° ± ² ³ ¹ ¼ ½ ¾ × ÷, raised and lowered figures, ℃ ℉, ⅓ Ⅱ ⅳ, arrows, − ≤ ≥ ≠, ① ❶, ㎎ ㎖ ㏄, full-width forms.
    """
    c = int(data[i])
    if i + 1 >= end:
        return 0
    d = int(data[i + 1])
    if c == 0xC2:
        return 2 if d == 0xB0 or d == 0xB1 or d == 0xB2 or d == 0xB3 or d == 0xB9 or 0xBC <= d <= 0xBE else 0
    if c == 0xC3:
        return 2 if d == 0x97 or d == 0xB7 else 0
    if i + 2 >= end:
        return 0
    e = int(data[i + 2])
    if c == 0xE2:
        signs = d == 0x84 or d == 0x85 or d == 0x89 or d == 0x91 or d == 0x92 or (d == 0x9D and e >= 0xB6)
        return 3 if signs or (d == 0x86 and 0x90 <= e <= 0x99) or (d == 0x88 and e == 0x92) or _is_raised(d, e) else 0
    if c == 0xE3:
        return 3 if 0x8D <= d <= 0x8F else 0
    return 3 if d == 0xBC and (e == 0x85 or e == 0x8B or e == 0x8D or 0x90 <= e <= 0x9E) else 0


@lean_kernel
def _is_raised(d: int, e: int) -> bool:
    return (d == 0x81 and e >= 0xB0) or (d == 0x82 and 0x80 <= e <= 0x8E)


@lean_kernel
def _figures_end(data: Bytes, i: int, end: int) -> int:
    """Where the figures at ``i`` end: 1,000 and 1.5, 120/80, 2024-03-05 and 3~5 are one."""
    while i < end:
        if _KINDS[data[i]] == DIGIT:
            i += 1
        elif _INSIDE[data[i]] and i + 1 < end and _KINDS[data[i + 1]] == DIGIT:
            i += 2
        else:
            break
    return i


@lean_kernel
def _unit_end(data: Bytes, i: int, end: int, lex: Lexicon) -> int:
    """Where the unit at ``i`` ends: one of the table, or a run of Latin letters."""
    unit, stop = word_at(data, i, end, lex.unit_words)
    if unit <= 0:
        stop = i
        while stop < end and is_letter(int(data[stop])):
            stop += 1
    return stop


@lean_kernel
def _add_units(h: int, data: Bytes, i: int, end: int, lex: Lexicon) -> tuple[int, int]:
    """``(key, end)`` with the unit at ``i``, or after one space, and what it is per: mg/kg/일."""
    at = i
    if i < end and (data[i] == 0x2F or (data[i] == 0x20 and _unit_end(data, i + 1, end, lex) > i + 1)):
        at = i + 1
    stop = _unit_end(data, at, end, lex)
    while stop > at:
        h = _add(h, data, at, stop)
        i = at = stop
        if stop < end and data[stop] == 0x2F:
            at = stop + 1
            stop = _unit_end(data, at, end, lex)
    return h, i


@lean_kernel
def _add_limit(h: int, data: Bytes, i: int, end: int, limits: Trie) -> tuple[int, int]:
    """``(key, end)`` with the 이하 or 전 at ``i``, or after one space."""
    at = i + 1 if i < end and data[i] == 0x20 else i
    limit, stop = longest(data, at, end, limits)
    return (_add(h, data, at, stop), stop) if limit >= 0 else (h, i)


@lean_kernel
def _is_ascii_word(data: Bytes, i: int, start: int, end: int) -> bool:
    return start <= i < end and (_KINDS[data[i]] == DIGIT or is_letter(int(data[i])))


@lean_kernel
def _figures(data: Bytes, start: int, end: int, lex: Lexicon, limits: Trie) -> int:
    """The key of the figures of one text."""
    h = _START
    i = start
    while i < end:
        kind = int(_KINDS[data[i]])
        if kind == NOTHING:
            i += 3 if 0xE4 <= data[i] < 0xEF else 1  # a syllable, most of the time
        elif kind == DIGIT:
            stop = _figures_end(data, i, end)
            negative = i > start and data[i - 1] == 0x2D
            h = _add(h, data, i - 1 if negative else i, stop)
            h, i = _add_units(h, data, stop, end, lex)
            h, i = _add_limit(h, data, i, end, limits)
        elif kind == SIGN:
            h = _add(h, data, i, i + 1)
            i += 1
        elif kind == LEAD:
            width = _sign_width(data, i, end)
            if width:
                h = _add(h, data, i, i + width)
                h, i = _add_units(h, data, i + width, end, lex)
                h, i = _add_limit(h, data, i, end, limits)
            else:
                i += 1
        else:
            stop = i
            while stop < end and _KINDS[data[stop]] == ROMAN:
                stop += 1
            if not _is_ascii_word(data, i - 1, start, end) and not _is_ascii_word(data, stop, start, end):
                h = _add(h, data, i, stop)
            i = stop
    return h


def figure_bytes(*, sure: bool) -> npt.NDArray[np.int64]:
    """The bytes that are a figure or sign wherever they stand, or those that may begin one."""
    return np.flatnonzero(np.isin(_KINDS, [DIGIT, SIGN] if sure else [LEAD, ROMAN]))


@lean_kernel
def states_figures(data: Bytes, start: int, end: int, lex: Lexicon, limits: Trie) -> bool:
    """Whether ``data[start:end]`` holds anything of what :func:`figure_keys` is made of."""
    return bool(_figures(data, start, end, lex, limits) != _START)


@lean_kernel
def _figure_rows(data: Bytes, offsets: Offsets, lex: Lexicon, limits: Trie, keys: Keys) -> None:
    for row in range(len(keys)):
        keys[row] = _figures(data, offsets[row], offsets[row + 1], lex, limits)


def figure_keys(texts: pa.Array) -> Keys:
    """(rows,) keys that are equal where the same numbers stand in figures. Columns are UTF-8 without nulls."""
    data, offsets = flat(texts)
    keys = np.empty(len(offsets) - 1, np.int64)
    _figure_rows(data, offsets, lexicon(), limit_words(), keys)
    return keys


@lean_kernel
def _sentence_end(data: Bytes, i: int, end: int) -> int:
    """Behind the line break, or the full stop and space, that ends the sentence at ``i``."""
    while i < end:
        c = data[i]
        i += 1
        if c == 0x0A:
            return i
        if (c == 0x2E or c == 0x21 or c == 0x3F) and (i >= end or data[i] == 0x20 or data[i] == 0x0A):
            return i
    return end


@lean_kernel
def _add_quantities(h: int, found: Floats, n: int, lex: Lexicon) -> tuple[int, bool]:
    """``(key, whether one of them surely has a unit of _DOSES)`` with what was read in a sentence."""
    measured = n >= len(found) - 1
    for k in range(n):
        unit = int(found[k, UNIT])
        size = min(abs(found[k, VALUE]), _LARGEST)
        whole = int(size)
        h = mixed(h ^ whole)
        h = mixed(h ^ int((size - whole) * _MILLIONTH + 0.5) << 1 ^ int(found[k, VALUE] < 0))
        h = mixed(h ^ unit << 16 ^ int(found[k, PER]))
        if found[k, SURE] > 0 and int(lex.marks[unit]) & _DOSES:
            measured = True
    return h, measured


@kernel
def _statement_rows(
    data: Bytes, offsets: Offsets, lex: Lexicon, limits: Trie, found: Floats, scratch: Bytes, keys: Keys
) -> None:
    for row in range(len(keys)):
        i, end = offsets[row], offsets[row + 1]
        h = _figures(data, i, end, lex, limits)
        while i < end:
            stop = _sentence_end(data, i, end)
            h, measured = _add_quantities(h, found, read_korean(data, i, stop, lex, found), lex)
            h, measured_too = _add_quantities(h, found, read_english(data, i, stop, lex, found)[0], lex)
            if measured or measured_too:
                h = _add(h, scratch, 0, loosen_row(data, i, stop, scratch, 0))
            i = stop
        keys[row] = h


def statement_keys(texts: pa.Array) -> Keys:
    """(rows,) keys that are equal where every number, in figures or words, and every measured sentence is the same."""
    data, offsets = flat(texts)
    keys = np.empty(len(offsets) - 1, np.int64)
    found, scratch = np.zeros((MOST, 6)), np.empty(int(np.diff(offsets).max(initial=0)), np.uint8)
    _statement_rows(data, offsets, lexicon(), limit_words(), found, scratch, keys)
    return keys


def states_something(texts: pa.Array) -> npt.NDArray[np.bool_]:
    """(rows,) whether any number at all is read in a text, in figures or words."""
    stated: npt.NDArray[np.bool_] = statement_keys(texts) != _START
    return stated


@lean_kernel
def _measured(found: Floats, n: int, times: bool, lex: Lexicon) -> bool:
    for k in range(n):
        unit = int(found[k, UNIT])
        if found[k, SURE] > 0 and int(lex.marks[unit]):
            dose = int(lex.marks[unit]) & _DOSES and lex.dims[unit] != lex.dims[lex.named[MINUTE]]
            if times or dose:
                return True
    return n >= len(found) - 1


@lean_kernel
def states_measure(data: Bytes, i: int, end: int, times: bool, lex: Lexicon, found: Floats) -> bool:
    """Whether ``data[i:end]`` surely states a quantity in what doses are measured or counted in: 5 mg, 하루 세 번.

    With ``times`` any unit does that is no mere counter: 10세, 3개월. ``found``, (MOST, 6), is room to read in.
    """
    while i < end:
        stop = _sentence_end(data, i, end)
        if _measured(found, read_korean(data, i, stop, lex, found), times, lex):
            return True
        if _measured(found, read_english(data, i, stop, lex, found)[0], times, lex):
            return True
        i = stop
    return False
