"""Lines that stand in very many documents: the keys by which they are counted, and texts without those that are.

A line is what stands between two line breaks, to the byte. It counts if it has LEAST characters, as a heading or an
entry of a list may well stand in many documents, and if it holds no figure, sign or numeral as
:mod:`~beam_pipelines.text.numbers_stated` reads them. So no fact of the account of facts goes with one. What was
counted stays all the same

- where any number at all is read in its words, a half or one tablet,
- where it speaks of giving medicine (DOSING),
- where it stands beside a line that surely states a dose, with others like it between or not, or one with an age or a
  time and no blank line between: it may say whom that is for (소아에게는 다음과 같이 쓴다).

So a dose, a limit or a lab value stays as it was written, however many documents state it.
"""

from collections import Counter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import regex

from beam_pipelines.text.columns import Bytes, Offsets, flat, from_strings, to_column
from beam_pipelines.text.compiled import kernel, lean_kernel
from beam_pipelines.text.numbers_lexicon import Lexicon, lexicon
from beam_pipelines.text.numbers_stated import (
    figure_bytes,
    limit_words,
    states_figures,
    states_measure,
    states_something,
)
from beam_pipelines.text.shingles import mixed
from beam_pipelines.text.tidy import tidy
from beam_pipelines.text.trie import Trie

Keys = npt.NDArray[np.int64]

LEAST = 12
"""Characters of a line that counts."""
DOSING = regex.compile("투여|투약|복용|용량|용법|처방|주사|금기|격일|매일|매주|식전|식후|취침")
"""Words of which a line that has one stays."""
KEY_BITS = 63
NO_KEY = -1

_SEED = 0x452821E638D01377
_STRIDE = 7  # bytes that are mixed into a key at a time: with an eighth it would not stay positive
_LINE = 0x0A
_MAYBE, _SURE = 2, 4


class Lines(NamedTuple):
    """All lines of a column, shape (lines,) each: the row, the bounds in its data, and the key or NO_KEY."""

    rows: Offsets
    starts: Offsets
    ends: Offsets
    keys: Keys


class Line(NamedTuple):
    """A line that was dropped: its key, its text, and how many times."""

    key: int
    text: str
    times: int


class Dropped(NamedTuple):
    """What repeated lines leave of a column: the rows that lost any, what is left of these, tidy, and what went."""

    rows: Offsets
    texts: pa.LargeStringArray
    lines: list[Line]


@lean_kernel
def _key(data: Bytes, start: int, end: int) -> int:
    """The key of a line: 63 bits, equal for equal bytes."""
    key = mixed(_SEED ^ (end - start))
    while start < end:
        word = 0
        for k in range(start, min(start + _STRIDE, end)):
            word = word << 8 | int(data[k])
        key = mixed(key ^ word)
        start += _STRIDE
    return int(key)


def _byte_classes() -> Bytes:
    """Per byte: 1 where a character begins; of the others' bits _SURE or _MAYBE a figure, sign or numeral."""
    classes = np.where((np.arange(256) & 0xC0) == 0x80, 0, 1).astype(np.uint8)
    classes[figure_bytes(sure=False)] |= _MAYBE
    classes[figure_bytes(sure=True)] |= _SURE
    classes.flags.writeable = False
    return classes


_CLASSES = _byte_classes()


@lean_kernel
def _counts(data: Bytes, start: int, end: int, lex: Lexicon, limits: Trie) -> bool:
    """Whether a line is long enough and holds no figure."""
    chars = seen = 0
    for k in range(start, end):
        kind = int(_CLASSES[data[k]])
        chars += kind & 1
        seen |= kind
    if chars < LEAST or seen & _SURE:
        return False
    return not seen & _MAYBE or not states_figures(data, start, end, lex, limits)


@lean_kernel
def _read_lines(
    data: Bytes,
    offsets: Offsets,
    lex: Lexicon,
    limits: Trie,
    rows: Offsets,
    starts: Offsets,
    ends: Offsets,
    keys: Keys,
) -> None:
    line = 0
    for row in range(len(offsets) - 1):
        start, stop = offsets[row], offsets[row + 1]
        while start <= stop:
            end = start
            while end < stop and data[end] != _LINE:
                end += 1
            rows[line], starts[line], ends[line] = row, start, end
            keys[line] = _key(data, start, end) if _counts(data, start, end, lex, limits) else NO_KEY
            line += 1
            start = end + 1


def _lines(data: Bytes, offsets: Offsets) -> Lines:
    count = len(offsets) - 1 + int(np.count_nonzero(data[offsets[0] : offsets[-1]] == _LINE))
    found = Lines(*(np.empty(count, np.int64) for _ in Lines._fields))
    _read_lines(data, offsets, lexicon(), limit_words(), *found)
    return found


def line_keys(texts: pa.Array) -> tuple[Keys, npt.NDArray[np.uint32]]:
    """``(keys, counts)``: the keys of the lines that count, in order of rows and once a row; (rows,) how many it has.

    Columns are UTF-8 without nulls.
    """
    found = _lines(*flat(texts))
    counting = found.keys != NO_KEY
    rows, keys = found.rows[counting], found.keys[counting]
    order = np.lexsort((keys, rows))
    rows, keys = rows[order], keys[order]
    first = np.ones(len(keys), np.bool_)
    first[1:] = (np.diff(rows) != 0) | (np.diff(keys) != 0)
    return keys[first], np.bincount(rows[first], minlength=len(texts)).astype(np.uint32)


@kernel
def _join(data: Bytes, starts: Offsets, ends: Offsets, rows: Offsets, out: Bytes, offsets: Offsets) -> None:
    """Write lines, each with a line break behind it, and where each row ends; a row without lines is left out."""
    at = 0
    for line in range(len(rows)):
        for k in range(starts[line], ends[line]):
            out[at] = data[k]
            at += 1
        out[at] = _LINE
        at += 1
        offsets[rows[line] + 1] = at


def _shown(data: Bytes, lines: Lines, chosen: Offsets) -> list[str]:
    """Some of the lines as strings."""
    bounds = zip(lines.starts[chosen].tolist(), lines.ends[chosen].tolist(), strict=True)
    return [data[start:end].tobytes().decode() for start, end in bounds]


def _beside_measures(data: Bytes, lines: Lines, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Those of the chosen lines whose run, blank lines aside, has a dose in the line before it or behind it.

    Where no blank line is between, an age, a date or a length of time does as well.
    """
    solid = np.flatnonzero(lines.ends > lines.starts)
    rows, picked = np.concatenate([[-1], lines.rows[solid], [-1]]), np.concatenate([[False], chosen[solid], [False]])
    joined = picked[1:] & picked[:-1] & (rows[1:] == rows[:-1])
    run = np.cumsum(picked[1:] & ~joined)[picked[1:]]  # from 1 on, of each chosen line
    places = np.flatnonzero(picked)
    first = places[np.searchsorted(run, np.arange(1, run.max(initial=0) + 1))]
    last = places[np.searchsorted(run, np.arange(1, run.max(initial=0) + 1), "right") - 1]
    measured = np.zeros(len(first), np.bool_)
    for edge, beside in ((first, first - 1), (last, last + 1)):
        inside = np.flatnonzero(rows[beside] == rows[edge])
        line, other = solid[edge[inside] - 1], solid[beside[inside] - 1]
        shown = from_strings(_shown(data, lines, other))
        close = (abs(line - other) == 1) & states_measure(shown, times=True)
        measured[inside] |= close | states_measure(shown, times=False)
    found = np.zeros(len(chosen), np.bool_)
    found[solid[places - 1]] = measured[run - 1]
    return found


def drop(texts: pa.Array, repeated: Keys) -> Dropped:
    """Take out the lines whose keys are among ``repeated``, but those that may not go."""
    data, offsets = flat(texts)
    found = _lines(data, offsets)
    keys, first = np.unique(found.keys, return_index=True)
    among = np.isin(keys, repeated) & (keys != NO_KEY)
    keys, shown = keys[among], _shown(data, found, first[among])
    speaks = np.array([DOSING.search(line) is not None for line in shown], np.bool_)
    free = ~states_something(from_strings(shown)) & ~speaks
    gone = np.isin(found.keys, keys[free])
    gone &= ~_beside_measures(data, found, gone)
    times = Counter(found.keys[gone].tolist())
    rows = np.unique(found.rows[gone])
    left = np.flatnonzero(np.isin(found.rows, rows) & ~gone)
    starts, ends = found.starts[left], found.ends[left]
    out, bounds = np.empty(int((ends - starts + 1).sum()), np.uint8), np.zeros(len(rows) + 1, np.int64)
    _join(data, starts, ends, np.searchsorted(rows, found.rows[left]), out, bounds)
    rest = tidy(to_column(out, np.maximum.accumulate(bounds)))
    lines = [Line(key, text, times[key]) for key, text in zip(keys.tolist(), shown, strict=True) if times[key]]
    return Dropped(rows, rest, lines)
