"""The compiled pass of the guard: which items may stand where in a text. It lets nothing go that a later step takes."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from beam_pipelines.text.columns import Bytes, Offsets, flat
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.guard_index import Anchors, Index, Said, spread
from beam_pipelines.text.guard_judge import Thresholds
from beam_pipelines.text.guard_look import Room, may_hold, room_for, stretch
from beam_pipelines.text.guard_units import CODE_BITS, GRAM, GRAM_MASK, Codes, Kinds, kinds, longest, read_units

_LAST_AT, _NAMED_AT, _FOUND, _COUNT = range(4)
_ROW, _ITEM, _AT = range(3)
_ROOM = 1024


@lean_kernel
def _calls(part: int, place: int, at: int, start: int, anchors: Anchors, seen: Offsets) -> bool:
    """Note an anchor of a part behind which ``at`` is; whether a closer look is called for.

    ``seen``, of shape (parts, 4), keeps of each part where its last anchor stood, where a closer look was had, which
    anchors were found (a bit each) and how many. After a closer look there is none within a quarter of the reach.
    """
    own = seen[part]
    reach = anchors.reach[part]
    if own[_LAST_AT] <= start or at - own[_LAST_AT] > reach:
        own[_FOUND] = 0
        own[_COUNT] = 0
    own[_LAST_AT] = at
    anchor = 1 << place
    if not own[_FOUND] & anchor:
        own[_FOUND] |= anchor
        own[_COUNT] += 1
    looked = own[_NAMED_AT]
    if own[_COUNT] < anchors.needed[part] or (looked > start and 4 * (at - looked) <= reach):
        return False
    own[_NAMED_AT] = at
    own[_FOUND] = 0
    own[_COUNT] = 0
    return True


@lean_kernel
def _scan(
    data: Bytes,
    offsets: Offsets,
    table: Kinds,
    anchors: Anchors,
    said: Said,
    thresholds: Thresholds,
    codes: Codes,
    ends: Offsets,
    seen: Offsets,
    room: Room,
    out: Offsets,
) -> int:
    """Write the candidates as (row, item, byte behind the anchor) as far as ``out`` takes them; returns how many.

    ``codes`` and ``ends`` are room for the units of a row.
    """
    found = 0
    last_slot = len(anchors.keys) - 1
    last_bit = 8 * len(anchors.sieve) - 1
    for row in range(len(offsets) - 1):
        start = offsets[row]
        end = offsets[row + 1]
        count = read_units(data, start, end, table, codes, ends)
        gram = 0
        for k in range(count):
            gram = (gram << CODE_BITS | int(codes[k])) & GRAM_MASK
            bit = spread(gram)
            slot = bit & last_slot
            bit &= last_bit
            if not int(anchors.sieve[bit >> 3]) >> (bit & 7) & 1 or k < GRAM - 1:
                continue
            at = int(ends[k])
            while anchors.keys[slot] >= 0:
                part = anchors.owners[slot]
                if anchors.keys[slot] == gram and _calls(part, int(anchors.places[slot]), at, start, anchors, seen):
                    item = anchors.items[part]
                    begin, stop = max(start, at - anchors.reach[part]), min(end, at + anchors.reach[part])
                    size = stretch(data, begin, stop, table, codes, ends, count, room.units)
                    if may_hold(size, item, said, room, thresholds):
                        if found < out.shape[1]:
                            out[_ROW, found] = row
                            out[_ITEM, found] = item
                            out[_AT, found] = at
                        found += 1
                slot = slot + 1 & last_slot
    return found


def candidates(texts: pa.Array, index: Index, thresholds: Thresholds) -> npt.NDArray[np.int64]:
    """Where an item may stand, (3, candidates): rows, items, and the bytes in the column's data behind them."""
    data, offsets = flat(texts)
    size = longest(offsets) + 1
    codes, ends = np.empty(size, np.uint16), np.empty(size, np.int64)
    look = room_for(index.said, int(index.anchors.reach.max(initial=0)))
    room = _ROOM
    while True:
        seen = np.full((len(index.anchors.items), 4), -1, np.int64)
        out = np.empty((3, room), np.int64)
        found = _scan(data, offsets, kinds(), index.anchors, index.said, thresholds, codes, ends, seen, look, out)
        if found <= room:
            return out[:, :found]
        room = found
