"""A benchmark made ready to be looked for: what each item says, how rare that is, and a few anchors to find it by.

An anchor is a gram (see :mod:`~beam_pipelines.text.guard_units`) that few other items hold; each item has up to 16 in
its stem and 16 in its options, spread over them. Anchors lie in a hash table behind a bitmap, which together take a few
megabytes for some thousand items and turn away nearly every gram of ordinary text at one look-up.
"""

import functools
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from beam_pipelines.text.columns import Bytes, Offsets, from_strings
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.guard_items import Item, unpack
from beam_pipelines.text.guard_units import Codes, Grams, codes, grams, numbers, numbers_in, units
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
SIEVE_BITS = 1024
"""Of the sieve of an item: bits for some tens of grams."""


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
    """What items say, for the compiled look.

    Of item i are the grams ``[bounds[i], bounds[i + 1])``, in order: ``line`` is 0 for one of the stem, with its
    ``weights``, and n for one of option n, and ``sieves[i]`` has a bit for each of them. ``stems[i]`` is the weight of
    the whole stem, ``units[i]`` and ``option_units[i]`` are as in :class:`~beam_pipelines.text.guard_weights.Known`.
    Its options are ``[options[i], options[i + 1])``; of option k ``codes[starts[k] : starts[k + 1]]`` are the units,
    ``sizes[k]`` is how many grams it has and ``worths[k]`` its weight.
    """

    bounds: Offsets
    grams: Grams
    line: Bytes
    weights: Weights
    sieves: Bytes
    stems: Weights
    units: Offsets
    option_units: Offsets
    options: Offsets
    starts: Offsets
    codes: Codes
    sizes: Offsets
    worths: Weights


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
    every, line, weights = (np.concatenate(column) for column in zip(*map(_sorted_lines, known), strict=True))
    bounds = _bounds(sum(map(len, (item.stem, *item.option_grams))) for item in known)
    sieves = np.zeros((len(known), SIEVE_BITS // 8), np.uint8)
    for number, (start, end) in enumerate(itertools.pairwise(bounds.tolist())):
        for gram in every[start:end].tolist():
            bit = spread(gram) % SIEVE_BITS
            sieves[number, bit >> 3] |= 1 << (bit & 7)
    options = [option for item in known for option in item.options]
    table = Said(
        bounds=bounds,
        grams=every,
        line=line,
        weights=weights,
        sieves=sieves,
        stems=np.array([item.weights.sum() for item in known], np.float64),
        units=np.array([item.units for item in known], np.int64),
        option_units=np.array([item.option_units for item in known], np.int64),
        options=_bounds(len(item.options) for item in known),
        starts=_bounds(map(len, options)),
        codes=codes("".join(options)),
        sizes=np.array([len(own) for item in known for own in item.option_grams], np.int64),
        worths=np.concatenate([item.option_weights for item in known]),
    )
    _freeze(table)
    return table


def _bounds(sizes: Iterable[int]) -> Offsets:
    """Where each of some stretches of these sizes begins, and where the last one ends."""
    return np.cumsum([0, *sizes], dtype=np.int64)


def _sorted_lines(item: Known) -> tuple[Grams, Bytes, Weights]:
    """The grams of an item in order, and of each its line and, where that is the stem, its weight."""
    lines = [item.stem, *item.option_grams]
    every = np.concatenate(lines)
    numbered = np.repeat(np.arange(len(lines), dtype=np.uint8), [len(own) for own in lines])
    weights = np.concatenate([item.weights, np.zeros(len(every) - len(item.stem))])
    order = np.argsort(every, kind="stable")
    return every[order], numbered[order], weights[order]


def _freeze(arrays: Iterable[npt.NDArray[Any]]) -> None:
    for array in arrays:
        array.flags.writeable = False
