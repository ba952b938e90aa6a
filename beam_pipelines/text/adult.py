"""Pornographic and soliciting web text, told apart from medicine, news and scholarship.

A list of bad substrings drops 육상자위대, 인성교육 and every text on adult (성인) hypertension. Here a document is
judged by all it says. :func:`measure` counts terms of ``adult_lexicon.tsv`` in one pass; :func:`is_adult` weighs the
counts and is where all thresholds stand. Swearing is not counted.

The leftmost term wins, then the longest whose boundaries hold; the search goes on after its end, so that a shield
(자위대) hides a term inside it (자위). Texts are expected in NFC (see :mod:`~beam_pipelines.text.tidy`).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from beam_pipelines.text.adult_lexicon import CLASSES, ENDS, entries, lexicon
from beam_pipelines.text.adult_look import hold_strong
from beam_pipelines.text.columns import Bytes, Offsets, flat, from_strings
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.trie import Trie, candidate, step
from beam_pipelines.text.words import begins_word, ends_noun, ends_word

Counts = npt.NDArray[np.int32]

_STRONG, _DISTINCT = CLASSES.index("strong"), len(CLASSES)
_ANY, _PARTICLE = ENDS.index("any"), ENDS.index("particle")


class Hit(NamedTuple):
    """``text[begin:end]`` is the lexicon's ``term``, of class ``kind``."""

    term: str
    kind: str
    begin: int
    end: int


@dataclass(frozen=True, eq=False)
class AdultEvidence:
    """What each row says, (rows,) int32 each: hits by class, and how many different strong terms there are."""

    strong: Counts
    weak: Counts
    advert: Counts
    medical: Counts
    report: Counts
    shield: Counts
    distinct: Counts


@dataclass(frozen=True)
class Thresholds:
    """How evidence is weighed. All conditions of :func:`is_adult` must hold before a text is dropped."""

    strong_points: int = 3
    weak_points: int = 1
    medical_points: int = 3
    report_points: int = 2
    least_strong: int = 1
    least_score: int = 4
    bare_per_thousand: float = 80.0
    per_advert_term: float = 15.0
    least_per_thousand: float = 20.0


DEFAULTS = Thresholds()


@lean_kernel
def _longest(
    data: Bytes, at: int, start: int, end: int, node: int, k: int, trie: Trie, rules: Bytes, josa: Trie
) -> tuple[int, int]:
    """``(entry, stop)`` of the longest term at ``at`` whose boundaries hold, or (-1, at); ``node`` is at ``k``."""
    found = -1
    stop = at
    while node >= 0:
        entry = int(trie[node + 2])
        if entry >= 0 and (int(rules[entry, 1]) == _ANY or begins_word(data, at, start)):
            ending = int(rules[entry, 2])
            if (
                ending == _ANY
                or (ending == _PARTICLE and ends_noun(data, k, end, josa))
                or (ending > _PARTICLE and ends_word(data, k, end))
            ):
                found = entry
                stop = k
        if k >= end:
            break
        node = step(trie, node, int(data[k]))
        k += 1
    return found, stop


@lean_kernel
def _next_hit(
    data: Bytes, at: int, start: int, end: int, trie: Trie, marks: Bytes, jumps: Offsets, rules: Bytes, josa: Trie
) -> tuple[int, int, int]:
    """``(entry, begin, stop)`` of the next term of ``data[start:end]`` at or after ``at``, or (-1, end, end)."""
    while at < end:
        at, node, k = candidate(data, at, end, marks, jumps)
        if at >= end:
            break
        entry, stop = _longest(data, at, start, end, node, k, trie, rules, josa)
        if entry >= 0:
            return entry, at, stop
        at += 1
    return -1, end, end


@lean_kernel
def _measure_rows(
    data: Bytes,
    offsets: Offsets,
    trie: Trie,
    marks: Bytes,
    jumps: Offsets,
    rules: Bytes,
    josa: Trie,
    seen: Counts,
    counts: Counts,
) -> None:
    for row in range(len(offsets) - 1):
        start = offsets[row]
        end = offsets[row + 1]
        at = start
        while at < end:
            entry, _, at = _next_hit(data, at, start, end, trie, marks, jumps, rules, josa)
            if entry < 0:
                break
            kind = int(rules[entry, 0])
            counts[kind, row] += 1
            if kind == _STRONG and seen[entry] != row:
                seen[entry] = row
                counts[_DISTINCT, row] += 1


def measure(texts: pa.Array) -> AdultEvidence:
    """Count the lexicon's terms in every row of a string column without nulls (ValueError). One linear pass."""
    data, offsets = flat(texts)
    lex = lexicon()
    counts = np.zeros((len(CLASSES) + 1, len(offsets) - 1), np.int32)
    _measure_rows(data, offsets, *lex, np.full(len(lex.rules), -1, np.int32), counts)
    return AdultEvidence(*counts)


def score(evidence: AdultEvidence, *, thresholds: Thresholds = DEFAULTS) -> npt.NDArray[np.int64]:
    """Points per row, (rows,) int64: strong and weak terms count for, medical and report terms against."""
    t = thresholds
    points = t.strong_points * evidence.strong.astype(np.int64) + t.weak_points * evidence.weak
    return points - t.medical_points * evidence.medical - t.report_points * evidence.report


def is_adult(
    evidence: AdultEvidence, *, chars: npt.ArrayLike, thresholds: Thresholds = DEFAULTS
) -> npt.NDArray[np.bool_]:
    """Which rows are pornographic or soliciting, (rows,) bool, given the characters of each row.

    A row is, when it has enough different strong terms, enough points, and enough points per 1,000 characters. How
    many that is depends on how much it sounds like an advert: a bare list of terms must be denser than any prose,
    because a dictionary or an advice centre names the same things but offers none; each offer lowers the bar, down
    to ``least_per_thousand``, below which a long article with a paragraph on the subject stays.
    """
    points = score(evidence, thresholds=thresholds)
    t = thresholds
    bar = np.maximum(t.bare_per_thousand - t.per_advert_term * evidence.advert, t.least_per_thousand)
    dense = points * 1000 >= bar * np.asarray(chars)
    return (evidence.distinct >= t.least_strong) & (points >= t.least_score) & dense


def find_adult(
    texts: pa.Array, *, chars: npt.NDArray[np.int64], thresholds: Thresholds = DEFAULTS
) -> npt.NDArray[np.bool_]:
    """:func:`is_adult` of every row, (rows,) bool; only rows that hold a strong term anywhere are measured."""
    if thresholds.least_strong < 1:
        return is_adult(measure(texts), chars=chars, thresholds=thresholds)
    found = hold_strong(texts)
    rows = np.flatnonzero(found)
    if len(rows):
        found[rows] = is_adult(measure(texts.take(pa.array(rows))), chars=chars[rows], thresholds=thresholds)
    return found


def is_adult_text(text: str, *, thresholds: Thresholds = DEFAULTS) -> bool:
    """:func:`measure` and :func:`is_adult` of one string."""
    return bool(is_adult(measure(from_strings([text])), chars=[len(text)], thresholds=thresholds)[0])


def hits(text: str) -> list[Hit]:
    """What :func:`measure` counts in one string, in order, for people. Shields are left out."""
    data, offsets = flat(from_strings([text]))
    end = int(offsets[-1])
    lex = lexicon()
    raw = text.encode()
    found: list[Hit] = []
    at = chars = 0
    while True:
        entry, begin, stop = _next_hit(data, at, 0, end, *lex)
        if entry < 0:
            return found
        chars += len(raw[at:begin].decode())
        size = len(raw[begin:stop].decode())
        term = entries()[entry]
        if term.kind != "shield":
            found.append(Hit(term.term, term.kind, chars, chars + size))
        chars += size
        at = stop
