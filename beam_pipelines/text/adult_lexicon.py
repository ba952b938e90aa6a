"""``adult_lexicon.tsv``: the words that the adult filter looks for, each with its source and the reason it is there.

Each row has a class:

``strong``   hardly used outside pornographic or soliciting text (야동, 조건만남)
``weak``     common there, but also elsewhere (섹스, 누드)
``advert``   offers, or calls on the reader; on any kind of advert
``medical``  speaks for medicine
``report``   speaks for news, law, scholarship or biology
``shield``   counts for nothing, and hides a term inside it (자위대)

and says whether it must begin a word or may stand inside a compound (``start``: word, any), and whether a word
must end after it, a particle may follow, or anything (``end``: word, particle, any). A space in a term stands for
a space or none.

Rows with the source LDNOOBW are in the Korean part of the "List of Dirty, Naughty, Obscene, and Otherwise Bad Words"
(github.com/LDNOOBW, CC BY 4.0). Most of that list is left out: swearing, and words of two meanings (유모, 고자, 변태).
"""

import csv
import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np

from beam_pipelines.text.columns import Bytes, Offsets
from beam_pipelines.text.trie import Trie, build, starts
from beam_pipelines.text.words import particles

FILE = Path(__file__).with_name("adult_lexicon.tsv")
HEADER = ("term", "class", "start", "end", "source", "reason")
CLASSES = ("strong", "weak", "advert", "medical", "report", "shield")
STARTS = ("any", "word")
ENDS = ("any", "particle", "word")


class Entry(NamedTuple):
    """One row of the lexicon file."""

    term: str
    kind: str
    start: str
    end: str
    source: str
    reason: str


class Lexicon(NamedTuple):
    """The lexicon as kernels read it. ``rules`` is (entries, 3) uint8: class, start and end by their index above."""

    trie: Trie
    marks: Bytes
    jumps: Offsets
    rules: Bytes
    particles: Trie


@functools.cache
def entries() -> tuple[Entry, ...]:
    """The rows of the lexicon file. Raises ValueError, with the line, for one that cannot be used."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    if tuple(rows[0]) != HEADER:
        raise ValueError(f"{FILE.name}:1: not the header that this version reads")
    found = []
    for line, row in enumerate(rows[1:], 2):
        if len(row) != len(Entry._fields) or not all(row):
            raise ValueError(f"{FILE.name}:{line}: needs six fields, none empty")
        entry = Entry(*row)
        if entry.kind not in CLASSES or entry.start not in STARTS or entry.end not in ENDS:
            raise ValueError(f"{FILE.name}:{line}: unknown class, start or end")
        found.append(entry)
    return tuple(found)


def spelled(term: str) -> list[str]:
    """The term with each of its spaces kept or left out."""
    first, *others = term.split(" ")
    found = [first]
    for part in others:
        found = [before + gap + part for before in found for gap in (" ", "")]
    return found


@functools.cache
def lexicon() -> Lexicon:
    """The lexicon, packed once per process."""
    spellings: dict[str, int] = {}
    for rank, entry in enumerate(entries()):
        for term in spelled(entry.term):
            if term in spellings:
                raise ValueError(f"{FILE.name}: {term!r} is listed twice")
            spellings[term] = rank
    rules = np.array([(CLASSES.index(e.kind), STARTS.index(e.start), ENDS.index(e.end)) for e in entries()], np.uint8)
    rules.flags.writeable = False
    trie = build(spellings)
    return Lexicon(trie, *starts(spellings, trie), rules, particles())
