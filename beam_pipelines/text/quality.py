"""How a document is made, as numbers: repetition, lines, words. They decide nothing until a user sets a cutoff.

The measures are those of Gopher (Rae et al. 2021, arXiv 2112.11446, appendix A) and FineWeb (Penedo et al. 2024, arXiv
2406.17557), counted over Korean words between spaces (eojeol). Thresholds published for English do not carry over;
look at the histograms of your own corpus before you set one.
"""

import functools
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from beam_pipelines.text.columns import Bytes, Offsets, flat, from_strings
from beam_pipelines.text.compiled import kernel, lean_kernel
from beam_pipelines.text.shingles import mixed

Scores = npt.NDArray[np.float64]


class Measure(NamedTuple):
    """What a column of scores means; ``top`` is where the last bin of its histogram begins to take all above."""

    top: float
    meaning: str


MEASURES = {
    "mean_word_chars": Measure(20, "characters of a word, on average"),
    "lines_per_word": Measure(1, "line breaks for each word"),
    "end_punctuation": Measure(1, "share of lines that end like a sentence, closing quotes and brackets aside"),
    "short_lines": Measure(1, "share of lines of at most 30 characters"),
    "repeated_lines": Measure(1, "share of lines that stand earlier in the document"),
    "repeated_line_chars": Measure(1, "share of characters in such lines"),
    "repeated_paragraphs": Measure(1, "share of paragraphs, parted by blank lines, that stand earlier"),
    "repeated_paragraph_chars": Measure(1, "share of characters in such paragraphs"),
    "repeated_5gram_chars": Measure(1, "share of characters in runs of 5 words that stand earlier"),
    "repeated_10gram_chars": Measure(1, "share of characters in runs of 10 words that stand earlier"),
    "stopwords": Measure(1, "share of words that are among the commonest of running text"),
}
"""By name, in the order of the columns of :func:`score`. Spaces are never counted among the characters of a share."""

BINS = 20
SHORT = 30

_STOPWORDS = (
    "이 그 저 것 수 및 등 더 또 또는 그리고 그러나 하지만 때 때문에 위해 대한 같은 있다 있는 있으며 없다 한다 하는 된다"
)
_STOPWORD_PLACES = 256
_SEED, _STEP, _HALF = 0x243F6A8885A3, 0x5BD1E995, (1 << 32) - 1
_SPACE, _LINE = 0x20, 0x0A
_whole: Any = np.int64
"""One type for all whole numbers: numba makes a float of what is unsigned here and signed there."""


def _codes(characters: str) -> tuple[int, ...]:
    """Characters as their UTF-8 bytes in one number, which is what the kernel reads."""
    return tuple(int.from_bytes(character.encode(), "big") for character in characters)


_ENDS = _codes(".!?…。！？")
_FIRST_HANGUL, _LAST_HANGUL = _codes("가힣")
_CLOSERS = _codes("\"')]”’」』》〉）")


@lean_kernel
def _code(data: Bytes, at: int) -> tuple[int, int]:
    """``(bytes in one number, width)`` of the character at ``at``."""
    code = _whole(data[at])
    if code < 0x80:
        return code, 1
    code = code << 8 | _whole(data[at + 1])
    if code < 0xE000:
        return code, 2
    code = code << 8 | _whole(data[at + 2])
    return (code, 3) if code < 0xF00000 else (code << 8 | _whole(data[at + 3]), 4)


@lean_kernel
def _with_character(key: int, code: int) -> int:
    """The key of a word and one character more: half the cost of :func:`mixed`, which comes once at its end."""
    return (key & _HALF) * _STEP ^ key >> 32 ^ code


def _word_key(word: str) -> int:
    key = _SEED
    for code in _codes(word):
        key = int(_with_character(key, code))
    return int(mixed(key))


@functools.cache
def _stopword_table() -> Offsets:
    """The keys of the stopwords by their lowest bits, each in the first free place; -1 in the others."""
    table = np.full(_STOPWORD_PLACES, -1, np.int64)
    for key in map(_word_key, _STOPWORDS.split()):
        place = key % _STOPWORD_PLACES
        while table[place] != -1:
            place = (place + 1) % _STOPWORD_PLACES
        table[place] = key
    table.flags.writeable = False
    return table


@lean_kernel
def _is_stopword(word: int, stopwords: Offsets) -> bool:
    place = word % _STOPWORD_PLACES
    while stopwords[place] != -1:
        if stopwords[place] == word:
            return True
        place = (place + 1) % _STOPWORD_PLACES
    return False


@lean_kernel
def _most_words(data: Bytes, offsets: Offsets) -> int:
    """The words of the row that has most of them."""
    most = 0
    for row in range(len(offsets) - 1):
        words = 0
        before = _SPACE
        for at in range(offsets[row], offsets[row + 1]):
            c = int(data[at])
            words += int(before <= _SPACE < c)
            before = c
        most = max(most, words)
    return most


@lean_kernel
def _join(keys: Offsets, others: Offsets, ahead: int, count: int) -> None:
    """Make of each of ``count`` keys one for it and for what stands so far ahead of it."""
    for k in range(count):
        keys[k] = mixed(keys[k] ^ others[k + ahead] >> 1)


@lean_kernel
def _repeated(keys: Offsets, chars: Offsets, count: int, run: int, table: Offsets) -> tuple[int, int]:
    """``(runs that stand earlier, characters in them)``; a character counts once.

    Of ``count`` units are the ``chars``; ``keys`` are those of the runs of ``run`` units that begin at each.
    """
    mask = 4
    while mask < 2 * count:
        mask *= 2
    for place in range(mask):
        table[place] = -1
    mask -= 1
    times = covered = until = 0
    for first in range(count - run + 1):
        key = keys[first]
        place = key & mask
        while table[place] != -1 and table[place] != key:
            place = (place + 1) & mask
        if table[place] == key:
            times += 1
            for k in range(max(first, until), first + run):
                covered += chars[k]
            until = first + run
        table[place] = key
    return times, covered


@lean_kernel
def _score_row(
    data: Bytes,
    start: int,
    end: int,
    stopwords: Offsets,
    units: Offsets,
    sizes: Offsets,
    counts: Offsets,
    totals: Offsets,
) -> None:
    """Keys and characters of the words, lines and paragraphs (rows of ``units``); how many of each in ``counts``.

    ``totals``: line breaks, lines that end like a sentence, short lines, stopwords, characters.
    """
    counts[:] = 0
    totals[:] = 0
    word, line, paragraph = _whole(_SEED), _whole(_SEED), _whole(_SEED)
    word_chars = line_chars = paragraph_chars = line_words = 0
    last = _whole(0)
    at = start
    while at <= end:
        code, width = _whole(_LINE), 1  # as if a line break stood behind the text
        if at < end:
            code, width = _code(data, at)
        if code > _SPACE:
            word = _with_character(word, code)
            word_chars += 1
            if _FIRST_HANGUL <= code <= _LAST_HANGUL or code not in _CLOSERS:  # most are Hangul: no need to look
                last = code
            at += width
            continue
        if word_chars:
            word = mixed(word)
            units[0, counts[0]], sizes[0, counts[0]] = word, word_chars
            counts[0] += 1
            totals[3] += int(_is_stopword(word, stopwords))
            line = mixed(line ^ word)
            line_chars += word_chars
            line_words += 1
            word, word_chars = _whole(_SEED), 0
        if code == _LINE:
            totals[0] += int(at < end)
            if line_chars:
                units[1, counts[1]], sizes[1, counts[1]] = line, line_chars
                counts[1] += 1
                totals[1] += int(last in _ENDS)
                totals[2] += int(line_chars + line_words - 1 <= SHORT)
                totals[4] += line_chars
                paragraph = mixed(paragraph ^ line)
                paragraph_chars += line_chars
            if paragraph_chars and (line_chars == 0 or at == end):
                units[2, counts[2]], sizes[2, counts[2]] = paragraph, paragraph_chars
                counts[2] += 1
                paragraph, paragraph_chars = _whole(_SEED), 0
            line, line_chars, line_words, last = _whole(_SEED), 0, 0, _whole(0)
        at += width


@kernel
def _score_rows(data: Bytes, offsets: Offsets, most: int, stopwords: Offsets, out: Scores) -> None:
    units, sizes = np.empty((3, most + 1), np.int64), np.empty((3, most + 1), np.int64)
    runs = np.empty(most + 1, np.int64)
    table = np.empty(4 * most + 8, np.int64)
    counts, totals = np.zeros(3, np.int64), np.zeros(5, np.int64)
    for row in range(len(out)):
        _score_row(data, offsets[row], offsets[row + 1], stopwords, units, sizes, counts, totals)
        words, lines, paragraphs = max(counts[0], 1), max(counts[1], 1), max(counts[2], 1)
        chars = max(totals[4], 1)
        out[row, 0], out[row, 1] = totals[4] / words, totals[0] / words
        out[row, 2], out[row, 3], out[row, 10] = totals[1] / lines, totals[2] / lines, totals[3] / words
        times, covered = _repeated(units[1], sizes[1], counts[1], 1, table)
        out[row, 4], out[row, 5] = times / lines, covered / chars
        times, covered = _repeated(units[2], sizes[2], counts[2], 1, table)
        out[row, 6], out[row, 7] = times / paragraphs, covered / chars
        count = counts[0]
        for k in range(count):
            runs[k] = units[0, k]
        _join(runs, runs, 1, count - 1)  # runs of 2 words
        _join(runs, runs, 2, count - 3)  # of 4
        _join(runs, units[0], 4, count - 4)  # of 5
        out[row, 8] = _repeated(runs, sizes[0], count, 5, table)[1] / chars
        _join(runs, runs, 5, count - 9)  # of 10
        out[row, 9] = _repeated(runs, sizes[0], count, 10, table)[1] / chars


def score(texts: pa.Array) -> Scores:
    """Shape (rows, measures): every measure of every row, 0 where there is nothing to measure."""
    data, offsets = flat(texts)
    out = np.empty((len(offsets) - 1, len(MEASURES)), np.float64)
    _score_rows(data, offsets, _most_words(data, offsets), _stopword_table(), out)
    return out


def score_text(text: str) -> dict[str, float]:
    """:func:`score` of one string, by name."""
    return dict(zip(MEASURES, score(from_strings([text]))[0].tolist(), strict=True))


def histogram(name: str, values: Scores) -> npt.NDArray[np.int64]:
    """Shape (BINS,): how many values are in each of the equal bins from 0 to the ``top`` of a measure."""
    places = np.minimum(values * BINS / MEASURES[name].top, BINS - 1).astype(np.int64)
    return np.bincount(places, minlength=BINS)
