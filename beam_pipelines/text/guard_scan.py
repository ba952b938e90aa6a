"""The compiled pass of the guard: which items may stand where in a text. It lets nothing go that a later step takes."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from beam_pipelines.text.columns import Bytes, Offsets, flat
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.guard_index import OPTION_SHARE, STEM_SHARE, Index, spread
from beam_pipelines.text.guard_units import CODE_BITS, GRAM, GRAM_MASK, Grams, Kinds, kinds, next_unit
from beam_pipelines.text.guard_weights import Weights

_LAST_AT, _NAMED_AT, _FOUND, _COUNT = range(4)
_ROW, _ITEM, _AT = range(3)
_ROOM = 1024
_ALMOST = 1e-6  # sums of weights in another order differ by less


@lean_kernel
def _first_of(grams: Grams, first: int, last: int, gram: int) -> int:
    """The first place in ``grams[first:last]``, which are in order, that is no smaller than ``gram``."""
    while first < last:
        middle = (first + last) // 2
        if grams[middle] < gram:
            first = middle + 1
        else:
            last = middle
    return first


@lean_kernel
def _says_enough(
    data: Bytes,
    at: int,
    end: int,
    table: Kinds,
    first: int,
    last: int,
    grams: Grams,
    line: Bytes,
    weights: Weights,
    least: int,
    marks: Bytes,
    shares: Weights,
) -> bool:
    """Whether ``data[at:end]`` has the share of the stem that a copy has, or that of ``least`` options.

    The grams of the item are ``[first, last)``; ``marks`` and ``shares`` are room for what was found of it.
    """
    for k in range(last - first):
        marks[k] = 0
    for k in range(len(shares)):
        shares[k] = 0.0
    while at < end and data[at] & 0xC0 == 0x80:  # the stretch may begin inside a character
        at += 1
    gram = 0
    count = 0
    while True:
        code, at = next_unit(data, at, end, table)
        if code == 0:
            break
        gram = (gram << CODE_BITS | code) & GRAM_MASK
        count += 1
        if count < GRAM:
            continue
        k = _first_of(grams, first, last, gram)
        while k < last and grams[k] == gram:
            if marks[k - first] == 0:
                marks[k - first] = 1
                shares[line[k]] += weights[k]
            k += 1
    options = 0
    for k in range(1, len(shares)):
        options += shares[k] >= OPTION_SHARE - _ALMOST
    return shares[0] >= STEM_SHARE - _ALMOST or options >= least


@lean_kernel
def _scan(
    data: Bytes,
    offsets: Offsets,
    table: Kinds,
    sieve: Bytes,
    keys: Grams,
    owners: npt.NDArray[np.int32],
    places: Bytes,
    items: npt.NDArray[np.int32],
    needed: Bytes,
    reach: Offsets,
    bounds: Offsets,
    grams: Grams,
    line: Bytes,
    weights: Weights,
    least: Bytes,
    seen: Offsets,
    marks: Bytes,
    shares: Weights,
    out: Offsets,
) -> int:
    """Write the candidates as (row, item, byte behind the anchor) as far as ``out`` takes them; returns how many.

    ``seen``, of shape (4, parts), keeps of each part where its last anchor stood, where a closer look was had, which
    anchors were found (a bit each) and how many. After a closer look there is none within a quarter of the reach.
    """
    found = 0
    last_slot = len(keys) - 1
    last_bit = 8 * len(sieve) - 1
    for row in range(len(offsets) - 1):
        start = offsets[row]
        end = offsets[row + 1]
        at = start
        gram = 0
        count = 0
        while True:
            code, at = next_unit(data, at, end, table)
            if code == 0:
                break
            gram = (gram << CODE_BITS | code) & GRAM_MASK
            count += 1
            bit = spread(gram)
            slot = bit & last_slot
            bit &= last_bit
            if not int(sieve[bit >> 3]) >> (bit & 7) & 1 or count < GRAM:
                continue
            while keys[slot] >= 0:
                if keys[slot] == gram:
                    part = owners[slot]
                    if seen[_LAST_AT, part] <= start or at - seen[_LAST_AT, part] > reach[part]:
                        seen[_FOUND, part] = 0
                        seen[_COUNT, part] = 0
                    seen[_LAST_AT, part] = at
                    anchor = 1 << int(places[slot])
                    if not seen[_FOUND, part] & anchor:
                        seen[_FOUND, part] |= anchor
                        seen[_COUNT, part] += 1
                    looked = seen[_NAMED_AT, part]
                    quiet = looked > start and 4 * (at - looked) <= reach[part]
                    if seen[_COUNT, part] >= needed[part] and not quiet:
                        seen[_NAMED_AT, part] = at
                        seen[_FOUND, part] = 0
                        seen[_COUNT, part] = 0
                        item = items[part]
                        begin, stop = max(start, at - reach[part]), min(end, at + reach[part])
                        if _says_enough(
                            data,
                            begin,
                            stop,
                            table,
                            bounds[item],
                            bounds[item + 1],
                            grams,
                            line,
                            weights,
                            int(least[item]),
                            marks,
                            shares,
                        ):
                            if found < out.shape[1]:
                                out[_ROW, found] = row
                                out[_ITEM, found] = item
                                out[_AT, found] = at
                            found += 1
                slot = slot + 1 & last_slot
    return found


def candidates(texts: pa.Array, index: Index) -> npt.NDArray[np.int64]:
    """Where an item may stand, (3, candidates): rows, items, and the bytes in the column's data behind them."""
    data, offsets = flat(texts)
    said = index.said
    room = _ROOM
    marks = np.empty(int(np.diff(said.bounds).max()), np.uint8)
    shares = np.empty(int(said.lines.max()), np.float64)
    while True:
        seen = np.full((4, len(index.anchors.items)), -1, np.int64)
        out = np.empty((3, room), np.int64)
        closer = (said.bounds, said.grams, said.line, said.weights, said.least, seen, marks, shares)
        found = _scan(data, offsets, kinds(), *index.anchors, *closer, out)
        if found <= room:
            return out[:, :found]
        room = found
