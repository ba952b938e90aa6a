"""Do an English and a Korean sentence state the same numbers? ``3 mg`` and ``삼 밀리그램`` do, ``3 g`` does not.

Both are read into quantities (see :mod:`~beam_pipelines.text.numbers_figures`). A quantity is answered by one of the
other side that is equal after conversion: 1,000 mg by 1 g, 90 minutes by 1시간 30분, 6 miles by 10 km, 1998 by 98년. A
bare number, or one with a counter, is answered whatever stands behind it. The sentences disagree where a quantity that
is sure finds no answer. So that a pair is dropped only for a reason, words that may mean something else answer but need
no answer, and neither do 0, and 1 without a unit of measure: they are the words of which translators are most free.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from beam_pipelines.text.columns import Bytes, Offsets, flat, from_strings
from beam_pipelines.text.compiled import kernel, lean_kernel
from beam_pipelines.text.numbers_english import read_english
from beam_pipelines.text.numbers_figures import ANSWERED, PARTS, PER, SURE, UNIT, VALUE, is_degree
from beam_pipelines.text.numbers_korean import read_korean
from beam_pipelines.text.numbers_lexicon import (
    CELSIUS,
    COUNT,
    DATE,
    DEGREE,
    ERA,
    FOREIGN,
    MEASURE,
    MONTH,
    Floats,
    Lexicon,
    lexicon,
    unit_names,
)

MOST = 512
"""Quantities of one side that are read. A pair with more is a table, and its numbers do not count as agreeing."""
_ROUNDING = 1e-13
_CONVERTED = 0.1  # what a translator may round when feet become metres
_DEGREES = 0.5


class Quantity(NamedTuple):
    """One thing that a text states, for people: ``sure`` is whether the other side has to state it too."""

    value: float
    unit: str
    sure: bool


@lean_kernel
def _near(a: float, b: float, share: float) -> bool:
    return abs(a - b) <= share * max(abs(a), abs(b))


@lean_kernel
def _equal(ours: Floats, i: int, theirs: Floats, j: int, lex: Lexicon) -> bool:
    """Whether two quantities say the same."""
    a, b = ours[i, VALUE], theirs[j, VALUE]
    unit, other = int(ours[i, UNIT]), int(theirs[j, UNIT])
    if a == b and unit == other and ours[i, PER] == theirs[j, PER]:
        return True
    dim, other_dim = int(lex.dims[unit]), int(lex.dims[other])
    vague = (unit == 0 and ours[i, SURE] == 0) or (other == 0 and theirs[j, SURE] == 0)
    if vague and (int(lex.marks[unit]) | int(lex.marks[other])) & MEASURE:
        return False  # the 3 of 삼촌 is no answer to 3 mg
    if unit and other and (unit == lex.named[MONTH]) != (other == lex.named[MONTH]):
        return False  # a march is no answer to 3번째; March 5 and 3/5 are the same
    degrees = is_degree(unit, lex) and is_degree(other, lex)
    if not degrees:  # the sign counts between temperatures only
        a, b = abs(a), abs(b)
    if _near(a, b, _ROUNDING) and (unit == other or dim == COUNT or other_dim == COUNT):
        per, other_per = int(lex.dims[int(ours[i, PER])]), int(lex.dims[int(theirs[j, PER])])
        return per in (other_per, COUNT) or other_per == COUNT
    low, high = min(a, b), max(a, b)
    if (int(lex.marks[unit]) | int(lex.marks[other])) & ERA and low < 100 and 1900 <= high < 2100 and high % 100 == low:
        return True
    if degrees and (unit != other or unit == lex.named[DEGREE]):
        return (unit != lex.named[CELSIUS] and abs((a - 32) / 1.8 - b) < _DEGREES) or (
            other != lex.named[CELSIUS] and abs((b - 32) / 1.8 - a) < _DEGREES
        )
    if dim != other_dim or dim == COUNT:
        return False
    freed = (int(lex.marks[unit]) ^ int(lex.marks[other])) & FOREIGN
    return _near(a * lex.sizes[unit], b * lex.sizes[other], _CONVERTED if freed else _ROUNDING)


@lean_kernel
def _answer(ours: Floats, n: int, theirs: Floats, m: int, lex: Lexicon) -> None:
    """Set ANSWERED of the quantities of both sides; that two of them say the same is so in either direction."""
    ours[:n, ANSWERED] = 0
    theirs[:m, ANSWERED] = 0
    for i in range(n):
        for j in range(m):
            if (ours[i, ANSWERED] == 0 or theirs[j, ANSWERED] == 0) and _equal(ours, i, theirs, j, lex):
                ours[i, ANSWERED] = theirs[j, ANSWERED] = 1
    _answer_by_parts(ours, n)
    _answer_by_parts(theirs, m)


@lean_kernel
def _answer_by_parts(found: Floats, n: int) -> None:
    """A quantity is answered as well where all of its parts are."""
    for i in range(n):
        parts = int(found[i, PARTS])
        if parts and found[i, ANSWERED] == 0:
            answered = True
            for k in range(i - parts, i):
                answered &= found[k, ANSWERED] > 0
            found[i, ANSWERED] = answered


@lean_kernel
def _misses(ours: Floats, n: int, dated: bool, lex: Lexicon) -> bool:
    """Whether something that we say for sure has no answer. ``dated``: a day of the week may stand for a date."""
    for i in range(n):
        if ours[i, SURE] <= 0 or ours[i, ANSWERED] > 0:
            continue
        value = ours[i, VALUE]
        marks = int(lex.marks[int(ours[i, UNIT])])
        if value == 0 or (value == 1 and not marks & MEASURE):
            continue
        if dated and marks & DATE and value <= 31:
            continue
        return True
    return False


@kernel
def _agree_rows(
    english: Bytes,
    en_offsets: Offsets,
    korean: Bytes,
    ko_offsets: Offsets,
    lex: Lexicon,
    en_found: Floats,
    ko_found: Floats,
    agree: npt.NDArray[np.bool_],
) -> None:
    for row in range(len(agree)):
        n, dated = read_english(english, en_offsets[row], en_offsets[row + 1], lex, en_found)
        m = read_korean(korean, ko_offsets[row], ko_offsets[row + 1], lex, ko_found)
        if n >= len(en_found) - 1 or m >= len(ko_found) - 1:
            agree[row] = False
            continue
        _answer(en_found, n, ko_found, m, lex)
        agree[row] = not _misses(en_found, n, False, lex) and not _misses(ko_found, m, dated, lex)


def agree(english: pa.Array, korean: pa.Array) -> npt.NDArray[np.bool_]:
    """Whether no number of a pair is surely missing on its other side, (rows,) bool. Columns without nulls, in NFC."""
    answer = np.empty(len(english), np.bool_)
    _agree_rows(*flat(english), *flat(korean), lexicon(), np.zeros((MOST, 6)), np.zeros((MOST, 6)), answer)
    return answer


def agree_text(english: str, korean: str) -> bool:
    """:func:`agree` of one pair."""
    return bool(agree(from_strings([english]), from_strings([korean]))[0])


def quantities(text: str, language: str) -> list[Quantity]:
    """What is read in one text; ``language`` is ``en`` or ``ko``."""
    data, offsets = flat(from_strings([text]))
    found = np.zeros((max(MOST, len(text) * 4), 6))
    if language == "en":
        n, _ = read_english(data, 0, int(offsets[1]), lexicon(), found)
    else:
        n = read_korean(data, 0, int(offsets[1]), lexicon(), found)
    names = unit_names()
    return [Quantity(float(f[VALUE]), names[int(f[UNIT])], bool(f[SURE] > 0)) for f in found[:n]]
