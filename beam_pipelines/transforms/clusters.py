"""The table of documents that stand for others: which line of the output, how many it stands for, from which sources.

What was lost says in its part's files what it repeats, if anything. Put together, and followed where an exact duplicate
repeats a document that was itself lost as a near one, that is every cluster; some 20 bytes a lost document are in
memory. What repeats a document that was lost for good is in no cluster.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from beam_pipelines.transforms import parts
from beam_pipelines.transforms.parts import Part

Ids = npt.NDArray[np.int64]
_LINE_BITS = 32


class Shard(NamedTuple):
    """A file of the output and how many documents lie before its first."""

    name: str
    first: int


def _ids(items: npt.NDArray[np.uint32] | int, lines: npt.NDArray[np.uint32]) -> Ids:
    """One number for a line of a part; in keeper order."""
    return np.asarray(items, np.int64) << _LINE_BITS | lines


def _lost(folder: str, done: Sequence[Part]) -> tuple[Ids, Ids]:
    """Every lost line, in order, and the line that it repeats, which may be lost itself."""
    lost, kept = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for part in done:
        for stage in part.losers:
            records = parts.read_array(parts.losers_path(folder, part.key, stage))
            lost.append(_ids(part.index, records["line"]))
            kept.append(_ids(records["item"], records["kept"]))
    every, repeated = np.concatenate(lost), np.concatenate(kept)
    order = np.argsort(every)
    return every[order], repeated[order]


def members(folder: str, done: Sequence[Part]) -> tuple[Ids, Ids]:
    """Every lost line and the kept one it belongs to in the end, ordered by that one."""
    lost, kept = _lost(folder, done)
    while len(lost):
        place = np.minimum(np.searchsorted(lost, kept), len(lost) - 1)
        again = lost[place] == kept
        if not again.any():
            break
        kept[again] = kept[place[again]]
    order = np.lexsort((lost, kept))
    return lost[order], kept[order]


class Clusters(NamedTuple):
    """What the table is made from: all parts in order, and the files of the documents."""

    parts: list[Part]
    shards: list[Shard]

    def rows(self, folder: str) -> Iterator[bytes]:
        """One JSON line for each kept document that stands for others, in the order of the output."""
        done, shards = self
        lost, kept = members(folder, done)
        source_of = {part.index: part.source for part in done}
        starts = np.array([shard.first for shard in shards])
        before = 0
        for part in done:
            first, last = np.searchsorted(kept, _ids(part.index, np.array([0, (1 << _LINE_BITS) - 1])))
            if first < last:
                index = parts.read_index(folder, part.key)
                left = parts.kept_lines(folder, part.key, len(index), part.losers)
                roots, counts = np.unique(kept[first:last], return_counts=True)
                lines = roots & (1 << _LINE_BITS) - 1
                places = before + np.searchsorted(left, lines)
                end = first
                for line, place, count in zip(lines.tolist(), places.tolist(), counts.tolist(), strict=True):
                    start, end = end, end + count
                    holders = Counter(source_of[item] for item in (lost[start:end] >> _LINE_BITS).tolist())
                    holders[part.source] += 1
                    shard = shards[int(np.searchsorted(starts, place, "right")) - 1]
                    row = {
                        "output": shard.name,
                        "line": place - shard.first,
                        "size": count + 1,
                        "sources": {
                            source: holders[source] for source in dict.fromkeys(source_of.values()) if holders[source]
                        },
                        "source": part.source,
                        "file": part.path,
                        "row": int(index["row"][line]),
                    }
                    yield json.dumps(row, ensure_ascii=False).encode() + b"\n"
            before += part.documents
