"""The compiled look of the guard: may a stretch of text hold an item? It lets nothing go that the judge would take.

What it asks is what :func:`~beam_pipelines.text.guard_judge.judge` asks, of the same stretch, but for the numbers of
the stem, which units do not tell exactly; sums of weights that are all but enough go on to the judge, who adds them up.
"""

from typing import NamedTuple

import numpy as np

from beam_pipelines.text.columns import Bytes, Offsets
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.guard_index import IDENTIFYING, OPTION_SHARE, SIEVE_BITS, STEM_SHARE, Said, spread
from beam_pipelines.text.guard_judge import Thresholds
from beam_pipelines.text.guard_units import CODE_BITS, GRAM, GRAM_MASK, Codes, Grams, Kinds, next_unit

_ALMOST = 1e-6  # sums of weights in another order differ by less
_AHEAD = 8  # bytes behind a number that may tell where it ends, and some more
_FAR = 1 << 40
_MOST_OPTIONS = 60  # a bit each


class Room(NamedTuple):
    """What a look writes to: the units of the stretch, which options begin at each, which grams of the item were found.

    ``counts[n]`` is how many grams of line n were found, ``nearest[n]`` where option n begins next.
    """

    units: Codes
    begins: Offsets
    marks: Bytes
    counts: Offsets
    nearest: Offsets


def room_for(said: Said, reach: int) -> Room:
    """Room for the items, of which a copy takes so many bytes at most on either side."""
    size = 2 * reach + 1
    lines = int(np.diff(said.options).max()) + 1
    return Room(
        units=np.empty(size, np.uint16),
        begins=np.empty(size, np.int64),
        marks=np.empty(int(np.diff(said.bounds).max()), np.uint8),
        counts=np.empty(lines, np.int64),
        nearest=np.empty(lines, np.int64),
    )


@lean_kernel
def first_of(sorted_: Grams, first: int, last: int, value: int) -> int:
    """The first place in ``sorted_[first:last]`` that is no smaller than ``value``."""
    while first < last:
        middle = (first + last) // 2
        if sorted_[middle] < value:
            first = middle + 1
        else:
            last = middle
    return first


@lean_kernel
def stretch(data: Bytes, at: int, stop: int, table: Kinds, codes: Codes, ends: Offsets, count: int, out: Codes) -> int:
    """Write the units of ``data[at:stop]``, a part of a row whose ``count`` units were read; returns how many.

    The first and the last may be a part of a word or of a number only, and are read again.
    """
    while at < stop and data[at] & 0xC0 == 0x80:
        at += 1
    while at < stop < len(data) and data[stop] & 0xC0 == 0x80:
        stop -= 1
    size = 0
    code, at = next_unit(data, at, stop, table)
    if code:
        out[0] = code
        size = 1
    first = first_of(ends, 0, count, at + 1)
    last = first_of(ends, first, count, stop - _AHEAD)
    for k in range(first, last):
        out[size] = codes[k]
        size += 1
    if last > first:
        at = int(ends[last - 1])
    while True:
        code, at = next_unit(data, at, stop, table)
        if code == 0:
            return size
        out[size] = code
        size += 1


@lean_kernel
def _find_grams(size: int, item: int, said: Said, room: Room) -> float:
    """Mark the grams of the item among the ``size`` units and count them by line; returns the stem's weight of them."""
    first, last = said.bounds[item], said.bounds[item + 1]
    for k in range(last - first):
        room.marks[k] = 0
    for k in range(said.options[item + 1] - said.options[item] + 1):
        room.counts[k] = 0
    sieve = said.sieves[item]
    stem = 0.0
    gram = 0
    for k in range(size):
        gram = (gram << CODE_BITS | int(room.units[k])) & GRAM_MASK
        bit = spread(gram) & SIEVE_BITS - 1
        if not int(sieve[bit >> 3]) >> (bit & 7) & 1 or k < GRAM - 1:
            continue
        place = first_of(said.grams, first, last, gram)
        while place < last and said.grams[place] == gram:
            if room.marks[place - first] == 0:
                room.marks[place - first] = 1
                room.counts[said.line[place]] += 1
                stem += said.weights[place]
            place += 1
    return stem


@lean_kernel
def _least_gram(line: int, item: int, said: Said, room: Room) -> int:
    """The least gram of a line that was found."""
    first = said.bounds[item]
    place = first
    while said.line[place] != line or room.marks[place - first] == 0:
        place += 1
    return int(said.grams[place])


@lean_kernel
def _place_option(size: int, number: int, item: int, said: Said, room: Room) -> bool:
    """Set a bit in ``begins`` wherever an option begins; whether it does at all. A long one may differ a little."""
    option = said.options[item] + number
    first, last = said.starts[option], said.starts[option + 1]
    found = int(room.counts[number + 1])
    long = last - first
    placed = False
    if long and found == said.sizes[option]:
        for k in range(size - long + 1):
            same = 0
            while same < long and room.units[k + same] == said.codes[first + same]:
                same += 1
            if same == long:
                room.begins[k] |= 1 << number
                placed = True
    if placed or long < 2 * GRAM or found < OPTION_SHARE * said.sizes[option]:
        return placed
    wanted = _least_gram(number + 1, item, said, room)
    gram = 0
    for k in range(size):
        gram = (gram << CODE_BITS | int(room.units[k])) & GRAM_MASK
        if gram == wanted and k >= GRAM - 1:
            room.begins[k - GRAM + 1] |= 1 << number
            return True
    return False


@lean_kernel
def _together(size: int, item: int, least: int, said: Said, room: Room, t: Thresholds) -> tuple[int, float]:
    """``(options, their weight)`` of the weightiest set that stands as close together as a list would."""
    first, last = said.options[item], said.options[item + 1]
    for k in range(size):
        room.begins[k] = 0
    missing = 0
    for number in range(last - first):
        room.nearest[number] = _FAR
        if not _place_option(size, number, item, said, room):
            missing += 1
            if last - first - missing < least:
                return 0, 0.0
    span = said.starts[last] - said.starts[first] + t.between_options * (last - first)
    most, best = 0, 0.0
    for k in range(size - 1, -1, -1):
        if room.begins[k] == 0:
            continue
        options, weight = 0, 0.0
        for number in range(last - first):
            if int(room.begins[k]) >> number & 1:
                room.nearest[number] = k
            if room.nearest[number] - k <= span:
                options += 1
                weight += said.worths[first + number]
        if options > most or (options == most and weight > best):
            most, best = options, weight
    return most, best


@lean_kernel
def may_hold(size: int, item: int, said: Said, room: Room, t: Thresholds) -> bool:
    """Whether the ``size`` units of the room may hold the item."""
    stem = _find_grams(size, item, said, room) + _ALMOST
    every = said.options[item + 1] - said.options[item]
    whole = said.stems[item]
    has_stem = whole > 0 and stem >= STEM_SHARE * whole
    identifying = said.option_units[item] >= IDENTIFYING
    if (has_stem and stem >= t.stem_information) or every > _MOST_OPTIONS:
        return True
    if not (has_stem or identifying):
        return False
    least = t.least_options if has_stem else max(t.least_options, every - 1)
    chosen, weight = _together(size, item, least, said, room, t)
    weight += _ALMOST
    if chosen < t.least_options:
        return False
    complete = chosen == every
    if has_stem and (stem + weight >= t.stem_information or (complete and said.units[item] >= t.least_units)):
        return True
    whole_set = complete and identifying and weight >= t.whole_set_information
    return whole_set or (chosen >= every - 1 and weight >= t.option_information)
