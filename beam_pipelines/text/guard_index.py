"""A benchmark made ready to be looked for: what each item says, how rare that is, and a few anchors to find it by.

An anchor is a gram (see :mod:`~beam_pipelines.text.guard_units`) that few other items hold; each item has up to 16 in
its stem and 16 in its options, spread over them. Anchors lie in a hash table behind a bitmap, which together take a few
megabytes for some thousand items and turn away nearly every gram of ordinary text at one look-up.
"""

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from beam_pipelines.text.columns import Bytes, Offsets, from_strings
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.guard_items import Item, unpack
from beam_pipelines.text.guard_units import Grams, grams, numbers, numbers_in, units
from beam_pipelines.text.guard_weights import Known, Read, Sharing, Weights, half_rare, known_of

ANCHORS = 16
"""Anchors of a stem, and of a set of options."""
IDENTIFYING = 22
"""Units, numbers aside, that can make a set of options one of its own. Five of so many hold two grams at least."""
STEM_SHARE, OPTION_SHARE = 0.6, 0.7
"""The share of a stem, by weight, and of the grams of an option, that a copy has."""

_MOST_NUMBERS = 2
"""Units of an anchor that may be numbers."""
_LEAST_FOUND = 2
_SAMPLE_FOUND, _ALL_FOUND = 0.25, 0.5
"""The share of anchors that calls for a closer look, where they are a sample of the rare grams and where all."""
_EMPTY = -1


class Anchors(NamedTuple):
    """The table of anchors. An item has a part for its stem, its options, or both.

    ``keys[slot]`` is a gram, or -1, and anchor number ``places[slot]`` of the part ``owners[slot]``; ``sieve`` has a
    bit for every key. A part is of the item ``items[part]``, and calls for a closer look where ``needed[part]`` of its
    anchors are within ``reach[part]`` bytes.
    """

    sieve: Bytes
    keys: Grams
    owners: npt.NDArray[np.int32]
    places: Bytes
    items: npt.NDArray[np.int32]
    needed: Bytes
    reach: Offsets


class Said(NamedTuple):
    """What items say, for the closer look: of item i ``[bounds[i], bounds[i + 1])``, the grams in order.

    ``line`` is 0 for a gram of the stem and n for one of option n, and ``weights`` are shares of that line: with all
    its grams each line comes to 1. ``lines[i]`` is how many lines there are, and ``least[i]`` how many of the options
    that have grams a copy of nothing but options holds: more than there are, where such a copy would tell nothing.
    """

    bounds: Offsets
    grams: Grams
    line: Bytes
    weights: Weights
    lines: Bytes
    least: Bytes


class Index(NamedTuple):
    """All items, and the tables that kernels find them by."""

    known: list[Known]
    anchors: Anchors
    said: Said

    @property
    def bytes(self) -> int:
        """What a worker holds of the tables."""
        return sum(array.nbytes for array in (*self.anchors, *self.said))

    @property
    def unguarded(self) -> list[Item]:
        """Items that say too little to be found."""
        found = set(self.anchors.items.tolist())
        return [known.item for number, known in enumerate(self.known) if number not in found]


@lean_kernel
def spread(gram: int) -> int:
    """31 bits of a gram. No product here outgrows 63 bits, so the interpreter counts as the compiled code does."""
    return ((gram & 0x3FFFFFFF) * 0x5BD1E995 + (gram >> 30) * 0x27D4EB2F) >> 31 & 0x7FFFFFFF


@functools.lru_cache(maxsize=4)
def index_of(packed: bytes) -> Index:
    """The index of packed items, made once a process."""
    return build(unpack(packed))


def build(items: Sequence[Item]) -> Index:
    """The index of one or more items; of equal ones the first stands for all. Linear in their text."""
    rows = iter(units(from_strings(text for item in items for text in (item.stem, *item.options))))
    unique: dict[tuple[str, ...], Read] = {}
    for item in items:
        read = Read(item, next(rows), tuple(next(rows) for _ in item.options))
        stated = sorted(numbers(" ".join((item.stem, *item.options))))
        unique.setdefault((read.stem, *sorted(read.options), *stated), read)
    sharing = Sharing(every := list(unique.values()))
    known = [known_of(row, sharing) for row in every]
    parts = [part for number, row in enumerate(every) for part in _parts(number, row, known[number], sharing)]
    return Index(known, _anchors(known, parts), _said(known))


class _Part(NamedTuple):
    """The anchors of a part of an item, and how many of them call for a closer look."""

    grams: list[int]
    needed: int


def _rarest(part: Grams, sharing: Sharing) -> _Part:
    """The rarest gram of each of 16 equal stretches, as far as it is rare at all."""
    count = sharing.grams(part)
    rare = count <= half_rare(sharing.items)
    fit = np.flatnonzero(rare & (numbers_in(part) <= _MOST_NUMBERS))
    stretches = np.array_split(fit, min(ANCHORS, len(fit))) if len(fit) else []
    found = list(dict.fromkeys(int(part[stretch[np.argmin(count[stretch])]]) for stretch in stretches))
    share = _ALL_FOUND if len(fit) <= ANCHORS else _SAMPLE_FOUND
    return _Part(found, max(_LEAST_FOUND, int(share * len(found))))


def _parts(number: int, row: Read, known: Known, sharing: Sharing) -> Iterator[tuple[int, _Part]]:
    """The parts by which an item is found. Options that do not tell it alone are for want of a stem that does."""
    stem = _rarest(grams(row.stem), sharing)
    if len(stem.grams) >= _LEAST_FOUND:
        yield number, stem
    if len(stem.grams) < _LEAST_FOUND or known.option_units >= IDENTIFYING:
        options = _rarest(np.concatenate([np.zeros(0, np.int64), *map(grams, row.options)]), sharing)
        if len(options.grams) >= _LEAST_FOUND:
            yield number, options


def _anchors(known: list[Known], parts: Sequence[tuple[int, _Part]]) -> Anchors:
    rows = [(gram, owner, place) for owner, (_, part) in enumerate(parts) for place, gram in enumerate(part.grams)]
    size = 1 << max(6, (2 * len(rows)).bit_length())
    sieve = np.zeros(2 * size, np.uint8)  # 16 bits a slot: at most one in 32 is set
    keys, owners, places = np.full(size, _EMPTY, np.int64), np.zeros(size, np.int32), np.zeros(size, np.uint8)
    for gram, owner, place in rows:
        bit = spread(gram)
        slot = bit & size - 1
        bit &= 16 * size - 1
        sieve[bit >> 3] |= 1 << (bit & 7)
        while keys[slot] != _EMPTY:
            slot = slot + 1 & size - 1
        keys[slot], owners[slot], places[slot] = gram, owner, place
    table = Anchors(
        sieve=sieve,
        keys=keys,
        owners=owners,
        places=places,
        items=np.array([item for item, _ in parts], np.int32),
        needed=np.array([part.needed for _, part in parts], np.uint8),
        reach=np.array([known[item].reach for item, _ in parts], np.int64),
    )
    _freeze(table)
    return table


def _said(known: Sequence[Known]) -> Said:
    rows = [_sorted_lines(item) for item in known]
    every, line, weights = (np.concatenate(column) for column in zip(*rows, strict=True))
    with_grams = [sum(len(own) > 0 for own in item.option_grams) for item in known]
    least = [
        max(count - 1, 0) if item.option_units >= IDENTIFYING else count + 1
        for item, count in zip(known, with_grams, strict=True)
    ]
    table = Said(
        bounds=np.cumsum([0, *(len(row[0]) for row in rows)], dtype=np.int64),
        grams=every,
        line=line,
        weights=weights,
        lines=np.array([1 + len(item.options) for item in known], np.uint8),
        least=np.array(least, np.uint8),
    )
    _freeze(table)
    return table


def _sorted_lines(item: Known) -> tuple[Grams, Bytes, Weights]:
    """The grams of an item in order, and of each its line and its share of that."""
    lines = [item.stem, *item.option_grams]
    shares = [
        item.weights / max(item.weights.sum(), 1e-9),
        *(np.full(len(own), 1 / max(len(own), 1)) for own in lines[1:]),
    ]
    numbered = np.repeat(np.arange(len(lines), dtype=np.uint8), [len(own) for own in lines])
    every = np.concatenate(lines)
    order = np.argsort(every, kind="stable")
    return every[order], numbered[order], np.concatenate(shares)[order]


def _freeze(arrays: Iterable[npt.NDArray[Any]]) -> None:
    for array in arrays:
        array.flags.writeable = False
