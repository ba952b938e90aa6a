"""A finished work item on disk: its lines, an index of them, its rejects, and last of all its record.

The record makes a part whole. A rerun finds it, checks the digest of the input range against it and does not do the
work again; that is all there is to resuming. Parts of other options or code lie in other folders (the plan's).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from beam_pipelines.reasons import Reason
from beam_pipelines.text.columns import Bytes, Offsets
from beam_pipelines.transforms import files
from beam_pipelines.transforms.inputs import Read, WorkItem
from beam_pipelines.transforms.steps import Recipe

Lines = npt.NDArray[np.uint32]
Lost = npt.NDArray[np.void]
"""Of dtype LOST."""

INDEX = np.dtype([("row", "<i8"), ("end", "<i8")])
"""One record a line: its row in the input file, and where it ends with its newline, the same in every view."""
LOST = np.dtype([("line", "<u4"), ("item", "<u4"), ("kept", "<u4"), ("likeness", "<f4")])
"""A lost line, and the one that it repeats: the index of its part, its line, and how alike they are."""
NOTHING_KEPT = (1 << 32) - 1
"""The ``item`` of a line that is lost without repeating another."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a work item came to. ``key`` names its files; ``reads`` are the input bytes it was made from.

    ``facts`` are the sums of the account of facts, by :data:`beam_pipelines.text.facts.REGIONS` and kind. ``losers``
    names, in order, the stages of deduplication that took lines from it.
    """

    key: str
    index: int
    source: str
    path: str
    reads: list[Read]
    rows: int = 0
    documents: int = 0
    bytes: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    facts: dict[str, int] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)
    losers: tuple[str, ...] = ()
    measured: dict[str, list[int]] = field(default_factory=dict)
    """By measure, the rows in each bin of its histogram."""
    repeated: dict[str, int] = field(default_factory=dict)
    """Of a part that was written once more without repeated lines: the documents that lost any, and the lines."""


class Place(NamedTuple):
    """What names the files of a part, and where its lines came from."""

    key: str
    source: str
    path: str


Places = Mapping[int, Place]
"""By the index of the part."""


def lines_path(folder: str, key: str, view: str) -> str:
    """Where a part's lines lie, as one of the outputs has them."""
    return files.join(folder, f"{key}.{view}.jsonl")


def rejects_path(folder: str, key: str, stage: str) -> str:
    """Where the rows lie that a part lost in a stage: ``refine``, or one of deduplication."""
    return files.join(folder, f"{key}.{stage}.rejects")


def losers_path(folder: str, key: str, stage: str) -> str:
    """Where the lines lie that a part lost in a stage of deduplication, of dtype LOST."""
    return files.join(folder, f"{key}.{stage}.losers.npy")


def marks_path(folder: str, key: str, mark: str) -> str:
    """Where one kind of fingerprints of a part's lines lies."""
    return files.join(folder, f"{key}.{mark}.marks.npy")


def index_path(folder: str, key: str) -> str:
    """Where the index of a part's lines lies."""
    return files.join(folder, f"{key}.index")


def read_index(folder: str, key: str) -> npt.NDArray[np.void]:
    """The index of a part, of dtype INDEX."""
    with files.open_read(index_path(folder, key)) as file:
        return np.frombuffer(file.read(), INDEX)


def starts_of(index: npt.NDArray[np.void]) -> npt.NDArray[np.int64]:
    """Where each line of a part begins."""
    return np.concatenate([[0], index["end"]])[:-1].astype(np.int64)


def read_few(folder: str, keys: Sequence[str], lines: Sequence[int]) -> npt.NDArray[np.void]:
    """``(n, 2)`` index records of single lines of parts, each with the one before it, which says where it begins."""
    paths = [index_path(folder, key) for key in keys]
    size = INDEX.itemsize
    ranges = [(max(0, line - 1) * size, (line + 1) * size) for line in lines]
    raw = files.read_ranges(paths, *zip(*ranges, strict=True)) if ranges else []
    return np.frombuffer(b"".join(data.rjust(2 * size, b"\0") for data in raw), INDEX).reshape(-1, 2)


def kept_lines(folder: str, key: str, lines: int, losers: Iterable[str]) -> npt.NDArray[np.int64]:
    """The numbers of the lines, of ``lines`` in all, that the named stages of deduplication left."""
    kept = np.ones(lines, np.bool_)
    for stage in losers:
        kept[read_array(losers_path(folder, key, stage))["line"]] = False
    return np.flatnonzero(kept)


def read_array(path: str) -> npt.NDArray[Any]:
    """A numpy array from a file."""
    with files.open_read(path) as file:
        return np.load(file, allow_pickle=False)


def write_array(path: str, array: npt.NDArray[Any]) -> None:
    """The inverse of :func:`read_array`."""
    with files.write_whole(path) as file:
        np.save(file, array)


def sum_measured(done: Iterable[Part], names: Iterable[str]) -> dict[str, dict[str, npt.NDArray[np.int64]]]:
    """By source, and by those of the names that were measured there, the rows in each bin of the histogram."""
    total: dict[str, dict[str, npt.NDArray[np.int64]]] = {}
    names = list(names)
    for part in done:
        for name in names:
            if name in part.measured:
                of_source, counts = total.setdefault(part.source, {}), np.array(part.measured[name], np.int64)
                of_source[name] = of_source[name] + counts if name in of_source else counts
    return total


def without_lines(part: Part, index: npt.NDArray[np.void], lines: Lines, *, stage: str, reason: Reason) -> Part:
    """The part as it counts once these lines are dropped in a stage of deduplication."""
    return replace(
        part,
        documents=part.documents - len(lines),
        bytes=part.bytes - int((index["end"] - starts_of(index))[lines].sum()),
        dropped={**part.dropped, reason.value: part.dropped.get(reason.value, 0) + len(lines)},
        losers=(*part.losers, stage),
    )


def key_of(item: WorkItem) -> str:
    """A name for the item's files that does not depend on which other inputs there are."""
    identity = [item.source, item.path, item.format, list(item.span), item.max_rows]
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:24]


def finished(folder: str, item: WorkItem, reads: list[Read], recipe: Recipe, *, rejects: bool) -> Part | None:
    """The part of an item that was done before from the same bytes; None when it must be done.

    Its files must all be there: the run before may have been killed while it swept up, or kept no rejects.
    """
    key = key_of(item)
    record_path = files.join(folder, f"{key}.json")
    needed = [record_path, index_path(folder, key)]
    needed += [lines_path(folder, key, view) for view in recipe.views]
    needed += [marks_path(folder, key, mark) for mark in recipe.marks]
    if rejects:
        needed.append(rejects_path(folder, key, "refine"))
    if not all(files.exists(path) for path in needed):
        return None
    with files.open_read(record_path) as file:
        record = json.load(file)
    record |= {"index": item.index, "reads": [Read(*read) for read in record["reads"]], "losers": ()}
    return Part(**record) if record["reads"] == reads else None


def count_finished(folder: str) -> int:
    """How many parts in a folder are whole."""
    return len(files.match(files.join(folder, "*.json")))


class PartWriter:
    """Collects a part: see :func:`write_part`."""

    def __init__(self, recipe: Recipe, lines: list[IO[bytes]], rejects: IO[bytes] | None) -> None:
        self._lines, self._rejects = lines, rejects
        self._index: list[npt.NDArray[np.void]] = [np.zeros(0, INDEX)]
        self._marks = {mark: [np.zeros(0, dtype)] for mark, dtype in recipe.marks.items()}
        self.rows = self.documents = self.bytes = 0
        self.dropped: Counter[str] = Counter()
        self.facts: Counter[str] = Counter()
        self.problems: list[dict[str, Any]] = []
        self.measured: dict[str, npt.NDArray[np.int64]] = {}
        self.part: Part | None = None
        """The part, once it is finished."""

    def add(
        self, rows: npt.NDArray[np.int64], lengths: Offsets, lines: list[Bytes], marks: list[npt.NDArray[Any]]
    ) -> None:
        """Append encoded rows: their numbers, their lines in every view and the length of each, their fingerprints."""
        index = np.empty(len(rows), INDEX)
        index["row"], index["end"] = rows, self.bytes + np.cumsum(lengths)
        for out, data in zip(self._lines, lines, strict=True):
            out.write(data.data)
        for every, more in zip(self._marks.values(), marks, strict=True):
            every.append(more)
        self._index.append(index)
        self.documents += len(index)
        self.bytes += len(lines[0])

    def count(self, histograms: Mapping[str, npt.NDArray[np.int64]]) -> None:
        """Add what was measured of some rows."""
        for name, counts in histograms.items():
            self.measured[name] = self.measured.get(name, 0) + counts

    def reject(self, line: bytes) -> None:
        """Append a line of the rejects, when they are wanted; counting is the caller's."""
        if self._rejects is not None:
            self._rejects.write(line)

    @property
    def wants_rejects(self) -> bool:
        """Whether :meth:`reject` does anything."""
        return self._rejects is not None

    def save(self, folder: str, key: str) -> None:
        """Write the index and the fingerprints."""
        with files.write_whole(index_path(folder, key)) as file:
            file.write(np.concatenate(self._index).tobytes())
        for mark, every in self._marks.items():
            write_array(marks_path(folder, key, mark), np.concatenate(every))


@contextmanager
def write_part(
    folder: str, item: WorkItem, reads: list[Read], recipe: Recipe, *, rejects: bool
) -> Iterator[PartWriter]:
    """Write a part; when the block ends well its record is in place and the writer has the ``part``."""
    key = key_of(item)
    with ExitStack() as stack:
        lines = [stack.enter_context(files.write_whole(lines_path(folder, key, view))) for view in recipe.views]
        out = stack.enter_context(files.write_whole(rejects_path(folder, key, "refine"))) if rejects else None
        writer = PartWriter(recipe, lines, out)
        yield writer
        writer.save(folder, key)
    part = Part(
        key=key,
        index=item.index,
        source=item.source,
        path=item.path,
        reads=reads,
        rows=writer.rows,
        documents=writer.documents,
        bytes=writer.bytes,
        dropped=dict(sorted(writer.dropped.items())),
        facts=dict(sorted(writer.facts.items())),
        problems=writer.problems,
        measured={name: counts.tolist() for name, counts in writer.measured.items()},
    )
    with files.write_whole(files.join(folder, f"{key}.json")) as file:
        file.write(json.dumps(asdict(part)).encode())
    writer.part = part
