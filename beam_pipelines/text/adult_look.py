"""Which texts hold a strong term of the adult lexicon at all, boundaries aside: few do, and only they are judged.

Four bytes behind a place, of two Hangul syllables all but the lead bytes, are hashed to 16 bits, a block of places at a
time and as vectors; a table says whether a term may begin so. The one place in fifty that passes is looked at closer.
"""

import functools
import itertools
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from beam_pipelines.text.adult_lexicon import entries, spelled
from beam_pipelines.text.columns import Bytes, Offsets, flat
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.trie import Trie, build, either_case, longest, may_start, starts

Shorts = npt.NDArray[np.uint16]

_BLOCK = 512
_WIDTH = 6  # bytes that a hash is made of, the first and the fourth of them not
_LEAST = 3  # bytes of a term, so that there is something to hash


class Strong(NamedTuple):
    """The strong terms as kernels read them.

    Shapes: trie as :func:`beam_pipelines.text.trie.build` gives it, starts as the marks of its ``starts``; hashes
    (65536,) uint8, 1 where a term may begin with that hash.
    """

    trie: Trie
    starts: Bytes
    hashes: Bytes


def hashes(terms: Iterable[str]) -> Bytes:
    """The table of hashes in :class:`Strong`. Raises ValueError for a term that is too short to be found by it."""
    table = np.zeros((256, 256), np.uint8)
    for term in terms:
        raw = term.encode()
        if len(raw) < _LEAST:
            raise ValueError(f"{term!r} is too short to be looked for")
        low, high = (
            [(a << 4 & 0xFF) ^ b for a, b in itertools.product(either_case(raw, at), either_case(raw, at + 1))]
            for at in (1, 4)
        )
        table[np.ix_(np.unique(high), np.unique(low))] = 1
    flat_table = table.ravel()
    flat_table.flags.writeable = False
    return flat_table


@functools.cache
def strong() -> Strong:
    """The strong terms of the lexicon, packed once per process."""
    terms = dict.fromkeys(term for entry in entries() if entry.kind == "strong" for term in spelled(entry.term))
    trie = build({term: rank for rank, term in enumerate(terms)})
    return Strong(trie, starts(terms, trie).marks, hashes(terms))


@lean_kernel
def _hash_block(data: Bytes, at: int, size: int, block: Shorts) -> None:
    """Hash the ``size`` places from ``at`` on."""
    first, second = data[at + 1 : at + 1 + size], data[at + 2 : at + 2 + size]
    fourth, fifth = data[at + 4 : at + 4 + size], data[at + 5 : at + 5 + size]
    for k in range(size):  # without a branch, so that it runs as vectors
        low = (np.uint16(first[k]) << np.uint16(4)) ^ np.uint16(second[k])
        high = (np.uint16(fourth[k]) << np.uint16(12)) ^ (np.uint16(fifth[k]) << np.uint16(8))
        block[k] = np.uint16((low & np.uint16(0xFF)) | high)


@lean_kernel
def _next_place(block: Shorts, k: int, hashed: Bytes) -> int:
    """The first place of a block from ``k`` on with the hash of a term, or the size of the block."""
    left = block[k:]
    for ahead in range(len(left)):
        if hashed[left[ahead]]:
            return k + ahead
    return len(block)


@lean_kernel
def _look_at(data: Bytes, offsets: Offsets, place: int, row: int, trie: Trie, found: Bytes) -> int:
    """Set ``found`` for the row of the place, which is ``row`` or a later one, if a term stands there; returns it."""
    while offsets[row + 1] <= place:
        row += 1
    if not found[row] and longest(data, place, offsets[row + 1], trie)[0] >= 0:
        found[row] = 1
    return row


@lean_kernel
def _look(data: Bytes, offsets: Offsets, trie: Trie, marks: Bytes, hashed: Bytes, block: Shorts, found: Bytes) -> None:
    """Set ``found`` for the rows that hold a term."""
    row = 0
    at, end = offsets[0], offsets[len(found)]
    last = min(end, len(data) - _WIDTH + 1)
    while at < last:
        size = min(len(block), last - at)
        _hash_block(data, at, size, block)
        k = _next_place(block[:size], 0, hashed)
        while k < size:
            if may_start(data, at + k, marks):
                row = _look_at(data, offsets, at + k, row, trie, found)
            k = _next_place(block[:size], k + 1, hashed)
        at += size
    for place in range(at, end):  # too few bytes are behind it for a hash
        row = _look_at(data, offsets, place, row, trie, found)


def hold_strong(texts: pa.Array) -> npt.NDArray[np.bool_]:
    """Per row, (rows,) bool, whether a strong term stands anywhere in it, inside other words too."""
    data, offsets = flat(texts)
    found = np.zeros(len(offsets) - 1, np.uint8)
    _look(data, offsets, *strong(), np.empty(_BLOCK, np.uint16), found)
    return found.astype(np.bool_)
