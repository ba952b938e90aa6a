"""Near-deduplication: a document goes where it was compared with one that stays and is nearly the same.

1. Bands: the keys of a document's bands are shuffled, 8 bytes each. A key stands for five MinHash values and for all
   figures of the document, so what differs in a number agrees in no band.
2. Pairs: documents that agree in a band are candidates, each with the first FIRST of the band. A template that 100,000
   pages share thus costs 100,000 times FIRST comparisons at most in each band, not their square.
3. Verified: the lines of a pair are read from their parts. It holds if the Jaccard of their shingles is at least
   ``likeness`` and both state the same (see :mod:`~beam_pipelines.text.numbers_stated`).
4. Settled, in (source priority, file, row) order: a document is lost if it was verified with an earlier one that is not
   lost itself; of several that is the first. Nothing is dropped because of a chain.

A pair is judged by its two texts alone and all pairs of a document are settled together, so workers and retries cannot
change what comes out. Memory is bounded by a bucket of keys and by RUN_BYTES of text.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import numpy as np
import numpy.typing as npt
import orjson

from beam_pipelines.reasons import Reason
from beam_pipelines.text.columns import from_strings
from beam_pipelines.text.numbers_stated import statement_keys
from beam_pipelines.text.shingles import BANDS, NO_BAND, jaccard, shingle_sets
from beam_pipelines.transforms import files, parts
from beam_pipelines.transforms.dedupe import MAX_BUCKETS, MarkLosers, blobs_by, item_head, read_blobs
from beam_pipelines.transforms.parts import LOST, Lost, Part, Place, Places

FIRST = 4
"""Of the documents that agree in a band, those that every later one is compared with."""
RUN_BYTES = 4 << 20
"""Text that is compared at a time; a single pair may be larger."""

_KEY = np.dtype([("key", "<u4"), ("line", "<u4")])
PAIR = np.dtype([("item", "<u4"), ("line", "<u4"), ("kept_item", "<u4"), ("kept", "<u4")])
"""Two documents, the later one first."""
VERIFIED = np.dtype([*PAIR.descr, ("likeness", "<f4")])
_DOCUMENT = np.dtype([("item", "<u4"), ("line", "<u4")])
_KEY_BITS = 63

Pairs = npt.NDArray[np.void]


def band_blobs(
    keys: npt.NDArray[np.int64], item: int, buckets: int, lines: npt.NDArray[np.int64]
) -> Iterator[tuple[int, bytes]]:
    """``(bucket, blob)`` of the bands, (all lines, BANDS), of ``lines``: the item's number, then one _KEY a band.

    The first bits of a key are the bucket's number, the next 32 stand in the record.
    """
    chosen = keys[lines]
    has = chosen[:, 0] != NO_BAND
    flat = chosen[has].ravel()
    bits = (buckets - 1).bit_length()
    records = np.empty(len(flat), _KEY)
    records["key"] = flat >> _KEY_BITS - bits - 32 & 0xFFFFFFFF
    records["line"] = np.repeat(lines[has], BANDS)
    return blobs_by(flat >> _KEY_BITS - bits, records, item_head(item))


def pairs(blobs_of_bucket: Iterable[bytes], buckets: int) -> Iterator[tuple[int, bytes]]:
    """``(bucket, PAIR records)`` of all candidates in one bucket of keys, whatever order the blobs come in."""
    item, every = read_blobs(blobs_of_bucket, _KEY)
    order = np.lexsort((every["line"], item, every["key"]))
    every, item = every[order], item[order]
    place = np.arange(len(every))
    first = np.maximum.accumulate(np.where(np.diff(every["key"], prepend=every["key"][:1]) != 0, place, 0))
    found = []
    for rank in range(FIRST):
        later = np.flatnonzero(place - first > rank)
        earlier = first[later] + rank
        pair = np.empty(len(later), PAIR)
        pair["item"], pair["line"] = item[later], every["line"][later]
        pair["kept_item"], pair["kept"] = item[earlier], every["line"][earlier]
        found.append(pair)
    unique = np.unique(np.concatenate(found))
    unique = unique[(unique["item"] != unique["kept_item"]) | (unique["line"] != unique["kept"])]
    return blobs_by((unique["item"].astype(np.int64) * 7919 + unique["kept_item"]) % buckets, unique)


def _documents(pairs: Pairs) -> tuple[npt.NDArray[np.void], npt.NDArray[np.int64]]:
    """Every document of the pairs, once and in order, and (pairs, 2) places in them, the later document first."""
    both = np.empty((len(pairs), 2), _DOCUMENT)
    both["item"][:, 0], both["line"][:, 0] = pairs["item"], pairs["line"]
    both["item"][:, 1], both["line"][:, 1] = pairs["kept_item"], pairs["kept"]
    every, places = np.unique(both.ravel(), return_inverse=True)
    return every, places.reshape(-1, 2)


def _runs(sides: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> Iterator[slice]:
    """Slices of the pairs whose documents have RUN_BYTES together, or of one pair."""
    start, held, total = 0, set[int](), 0
    for number, pair in enumerate(sides.tolist()):
        more = {place for place in pair if place not in held}
        size = sum(int(sizes[place]) for place in more)
        if number > start and total + size > RUN_BYTES:
            yield slice(start, number)
            start, held, total = number, set(), 0
            more, size = set(pair), sum(int(sizes[place]) for place in pair)
        held |= more
        total += size
    yield slice(start, len(sides))


def judge(texts: Sequence[str], sides: npt.NDArray[np.int64], likeness: float) -> tuple[Any, Any]:
    """``(likeness, key)`` of each pair of texts: 0 where it does not hold; the key is one of what both state."""
    sets = shingle_sets(from_strings(texts))
    found = np.array([jaccard(sets[one], sets[other]) for one, other in sides.tolist()])
    keys = np.zeros(len(texts), np.int64)
    alike = np.unique(sides[found >= likeness])
    keys[alike] = statement_keys(from_strings(texts[place] for place in alike.tolist()))
    stated = keys[sides]
    holds = (found >= likeness) & (stated[:, 0] == stated[:, 1])
    return np.where(holds, found, 0), stated[:, 0]


def settle(verified: Pairs) -> Iterator[tuple[int, bytes]]:
    """``(item, its lost lines as LOST)`` of all verified pairs of some documents, whatever order they come in."""
    lost: dict[tuple[int, int], tuple[int, int, float]] = {}
    for item, line, kept_item, kept, likeness in np.sort(verified, order=PAIR.names).tolist():
        if (item, line) not in lost and (kept_item, kept) not in lost:
            lost[item, line] = kept_item, kept, likeness
    records = np.array([(line, *kept) for (_, line), kept in lost.items()], LOST)
    return blobs_by(np.array([item for item, _ in lost], np.int64), records)


@dataclass
class _Bands(beam.DoFn):
    folder: str
    mark: str
    buckets: int

    def process(self, part: Part) -> Iterator[tuple[int, bytes]]:
        keys = parts.read_array(parts.marks_path(self.folder, part.key, self.mark))
        lines = parts.kept_lines(self.folder, part.key, len(keys), part.losers)
        yield from band_blobs(keys, part.index, self.buckets, lines)


@dataclass
class _Verify(beam.DoFn):
    """The candidates of a bucket -> those that hold, keyed so that all pairs of a document come together."""

    folder: str
    view: str
    column: str
    likeness: float
    buckets: int

    def process(self, keyed: tuple[int, Iterable[bytes]], places: Places) -> Iterator[tuple[int, bytes]]:
        pairs = np.unique(np.concatenate([np.frombuffer(blob, PAIR) for blob in keyed[1]]))
        documents, sides = _documents(pairs)
        keys = [places[item].key for item in documents["item"].tolist()]
        ends = parts.read_few(self.folder, keys, documents["line"].tolist())["end"]
        for run in _runs(sides, ends[:, 1] - ends[:, 0]):
            needed, here = np.unique(sides[run], return_inverse=True)
            texts = self._texts([keys[place] for place in needed.tolist()], ends[needed])
            found, stated = judge(texts, here.reshape(-1, 2), self.likeness)
            holds = np.flatnonzero(found)
            verified = np.empty(len(holds), VERIFIED)
            for name in PAIR.names or ():
                verified[name] = pairs[run][name][holds]
            verified["likeness"] = found[holds]
            yield from blobs_by(stated[holds] % self.buckets, verified)

    def _texts(self, keys: list[str], ends: npt.NDArray[np.int64]) -> list[str]:
        paths = [parts.lines_path(self.folder, key, self.view) for key in keys]
        lines = files.read_ranges(paths, ends[:, 0].tolist(), ends[:, 1].tolist())
        return [orjson.loads(line)[self.column] for line in lines]


@dataclass
class _MarkNear(MarkLosers):
    """The rejects name what was kept."""

    def tell(self, lost: Lost, places: Places) -> list[Mapping[str, Any]]:
        """Source, file and row of the kept document, and the Jaccard."""
        kept = [places[item] for item in lost["item"].tolist()]
        rows = parts.read_few(self.folder, [place.key for place in kept], lost["kept"].tolist())["row"][:, 1]
        return [
            {"kept": {"source": place.source, "file": place.path, "row": row}, "jaccard": round(float(likeness), 4)}
            for place, row, likeness in zip(kept, rows.tolist(), lost["likeness"], strict=True)
        ]


@dataclass(kw_only=True)
class NearDedupe(beam.PTransform):
    """PCollection[Part] -> PCollection[Part] with lines marked and counted as dropped.

    ``mark`` names the band keys of the lines, ``stage`` the files of what is lost. ``view`` and ``column`` are where a
    line's text is found.
    """

    folder: str
    mark: str
    stage: str
    view: str
    column: str
    likeness: float
    buckets: int
    reason: Reason = Reason.NEAR_DUPLICATE
    rejects: bool = False

    def expand(self, items: beam.PCollection[Part]) -> beam.PCollection[Part]:
        """Bands -> pairs by bucket -> verified -> settled -> losers by part."""
        buckets = self.buckets
        wide = min(MAX_BUCKETS, buckets * 4)  # a document has more in bands than in one fingerprint
        places = beam.pvalue.AsDict(
            items | "Places" >> beam.Map(lambda part: (part.index, Place(part.key, part.source, part.path)))
        )
        verify = _Verify(self.folder, self.view, self.column, self.likeness, buckets)
        lost = (
            items
            | "Bands" >> beam.ParDo(_Bands(self.folder, self.mark, wide))
            | "ByBand" >> beam.GroupByKey()
            | "Pairs" >> beam.FlatMap(lambda keyed: pairs(keyed[1], buckets))
            | "ByPair" >> beam.GroupByKey()
            | "Verify" >> beam.ParDo(verify, places)
            | "ByStatement" >> beam.GroupByKey()
            | "Settle" >> beam.FlatMap(lambda keyed: settle(np.frombuffer(b"".join(keyed[1]), VERIFIED)))
        )
        keyed = items | "ByItem" >> beam.Map(lambda part: (part.index, part))
        mark = _MarkNear(self.folder, self.stage, self.reason, self.view, self.rejects)
        return {"part": keyed, "losers": lost} | "Join" >> beam.CoGroupByKey() | "Mark" >> beam.ParDo(mark, places)
