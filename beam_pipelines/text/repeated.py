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

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import regex

from beam_pipelines.text.columns import Bytes, Offsets, flat, from_strings, to_column
from beam_pipelines.text.compiled import kernel, lean_kernel
from beam_pipelines.text.numbers_lexicon import Floats, Lexicon, lexicon
from beam_pipelines.text.numbers_stated import (
    MOST,
    figure_bytes,
    limit_words,
    states_figures,
    states_measure,
    states_something,
)
from beam_pipelines.text.shingles import mixed
from beam_pipelines.text.tidy import tidy_span
from beam_pipelines.text.trie import Trie

Keys = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LEAST = 12
"""Characters of a line that counts."""
DOSING = regex.compile("투여|투약|복용|용량|용법|처방|주사|금기|격일|매일|매주|식전|식후|취침")
"""Words of which a line that has one stays."""
KEY_BITS = 63
NO_KEY = -1

_SEED = 0x452821E638D01377
_STRIDE = 7  # bytes that are mixed into a key at a time: with an eighth it would not stay positive
_LINE = 0x0A
_MAYBE, _SURE, _BREAK = 2, 4, 8


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
    while end - start >= _STRIDE:
        word = 0
        for k in range(_STRIDE):  # as often each time: then it is no loop any more
            word = word << 8 | int(data[start + k])
        key = mixed(key ^ word)
        start += _STRIDE
    if start == end:
        return int(key)
    word = 0
    for k in range(start, end):
        word = word << 8 | int(data[k])
    return int(mixed(key ^ word))


def _byte_classes() -> Bytes:
    """Per byte: 1 where a character begins; _SURE or _MAYBE a figure, sign or numeral; _BREAK of a line."""
    classes = np.where((np.arange(256) & 0xC0) == 0x80, 0, 1).astype(np.uint8)
    classes[figure_bytes(sure=False)] |= _MAYBE
    classes[figure_bytes(sure=True)] |= _SURE
    classes[_LINE] = _BREAK
    classes.flags.writeable = False
    return classes


_CLASSES = _byte_classes()


@lean_kernel
def _read_line(data: Bytes, start: int, stop: int, lex: Lexicon, limits: Trie) -> tuple[int, bool]:
    """``(end, whether it counts)`` of the line at ``start``: one that is long enough and holds no figure."""
    chars = seen = 0
    end = start
    while end < stop:
        kind = int(_CLASSES[data[end]])
        if kind == _BREAK:
            break
        chars += kind & 1
        seen |= kind
        end += 1
    if chars < LEAST or seen & _SURE:
        return end, False
    return end, not seen & _MAYBE or not states_figures(data, start, end, lex, limits)


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
            end, counts = _read_line(data, start, stop, lex, limits)
            rows[line], starts[line], ends[line] = row, start, end
            keys[line] = _key(data, start, end) if counts else NO_KEY
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


def _shown(data: Bytes, lines: Lines, chosen: Offsets) -> list[str]:
    """Some of the lines as strings."""
    bounds = zip(lines.starts[chosen].tolist(), lines.ends[chosen].tolist(), strict=True)
    return [data[start:end].tobytes().decode() for start, end in bounds]


@kernel
def _stay_beside_measures(data: Bytes, lines: Lines, gone: Flags, lex: Lexicon, found: Floats) -> None:
    """Let lines stay whose run, blank lines aside, has a dose in the line before it or behind it.

    Where no blank line is between, an age, a date or a length of time does as well.
    """
    before = -1  # the last line that is not blank and not in a run
    line = 0
    while line < len(gone):
        if not gone[line]:
            if lines.ends[line] > lines.starts[line]:
                before = line
            line += 1
            continue
        first = last = line
        row = lines.rows[line]
        while line < len(gone) and lines.rows[line] == row and (gone[line] or lines.starts[line] == lines.ends[line]):
            if gone[line]:
                last = line
            line += 1
        stays = False
        if before >= 0 and lines.rows[before] == row:
            stays = states_measure(data, lines.starts[before], lines.ends[before], before == first - 1, lex, found)
        if not stays and line < len(gone) and lines.rows[line] == row:
            stays = states_measure(data, lines.starts[line], lines.ends[line], line == last + 1, lex, found)
        if stays:
            for k in range(first, last + 1):
                gone[k] = False


@kernel
def _rest(data: Bytes, offsets: Offsets, lines: Lines, gone: Offsets, out: Bytes, out_offsets: Offsets) -> None:
    """Write the rows that lose some of the lines, (gone,) in order, without these and tidy, and where each ends."""
    at = row_count = k = 0
    out_offsets[0] = 0
    while k < len(gone):
        row = lines.rows[gone[k]]
        start, end, begin = offsets[row], offsets[row + 1], at
        while k < len(gone) and lines.rows[gone[k]] == row:
            size = lines.starts[gone[k]] - start
            out[at : at + size] = data[start : start + size]
            at += size
            start = lines.ends[gone[k]] + 1  # behind the line break, or the end of the row
            k += 1
        size = max(end - start, 0)
        out[at : at + size] = data[start : start + size]
        at = tidy_span(out, begin, at + size)
        row_count += 1
        out_offsets[row_count] = at


def _may_go(lines: list[str]) -> Flags:
    """(lines,) whether one states no number and speaks of no giving of medicine."""
    speaks = np.array([DOSING.search(line) is not None for line in lines], np.bool_)
    return ~states_something(from_strings(lines)) & ~speaks


def drop(texts: pa.Array, repeated: Keys) -> Dropped:
    """Take out the lines whose keys are among ``repeated``, but those that may not go."""
    data, offsets = flat(texts)
    found = _lines(data, offsets)
    counting = np.flatnonzero(found.keys != NO_KEY)
    among = counting[np.isin(found.keys[counting], repeated)]
    keys, first, number = np.unique(found.keys[among], return_index=True, return_inverse=True)
    shown = _shown(data, found, among[first])
    gone = np.zeros(len(found.keys), np.bool_)
    gone[among] = _may_go(shown)[number]
    _stay_beside_measures(data, found, gone, lexicon(), np.zeros((MOST, 6)))
    times = np.bincount(number[gone[among]], minlength=len(keys)).tolist()
    rows = np.unique(found.rows[gone])
    out, bounds = np.empty(int(np.diff(offsets)[rows].sum()), np.uint8), np.zeros(len(rows) + 1, np.int64)
    _rest(data, offsets, found, np.flatnonzero(gone), out, bounds)
    lines = [Line(*line) for line in zip(keys.tolist(), shown, times, strict=True) if line[2]]
    return Dropped(rows, to_column(out[: bounds[-1]], bounds), lines)
