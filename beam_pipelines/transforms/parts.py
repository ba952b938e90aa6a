"""A finished work item on disk: its lines, an index of them, its rejects, and last of all its record.

The record makes a part whole. A rerun finds it, checks the digest of the input range against it and does not do the
work again; that is all there is to resuming. Parts of other options or code lie in other folders (the plan's).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from beam_pipelines.reasons import Reason
from beam_pipelines.text.columns import Bytes
from beam_pipelines.transforms import files
from beam_pipelines.transforms.inputs import WorkItem

INDEX = np.dtype([("high", ">u8"), ("low", ">u8"), ("row", "<i8"), ("length", "<i8")])
"""One record a line: XXH3-128 of its text, its row in the input file, its bytes with the newline."""

MAX_PROBLEMS = 100


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a work item came to. ``key`` names its files; ``digest`` is that of the input bytes ``[start, end)``."""

    key: str
    index: int
    source: str
    path: str
    start: int
    end: int
    digest: str
    rows: int = 0
    documents: int = 0
    bytes: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)


def lines_path(folder: str, key: str) -> str:
    """Where a part's documents lie."""
    return files.join(folder, f"{key}.jsonl")


def rejects_path(folder: str, key: str, stage: str) -> str:
    """Where the rows lie that a part lost in a stage, ``refine`` or ``dedupe``."""
    return files.join(folder, f"{key}.{stage}.rejects")


def losers_path(folder: str, key: str) -> str:
    """Where the numbers of a part's duplicate lines lie; no file means none."""
    return files.join(folder, f"{key}.losers.npy")


def index_path(folder: str, key: str) -> str:
    """Where the index of a part's lines lies."""
    return files.join(folder, f"{key}.npy")


def read_index(folder: str, key: str) -> npt.NDArray[np.void]:
    """The index of a part, of dtype INDEX."""
    return read_array(index_path(folder, key))


def read_array(path: str) -> npt.NDArray[Any]:
    """A numpy array from a file."""
    with files.open_read(path) as file:
        return np.load(file, allow_pickle=False)


def without_lines(part: Part, index: npt.NDArray[np.void], lines: npt.NDArray[np.uint32]) -> Part:
    """The part as it counts once these lines are dropped as duplicates."""
    return replace(
        part,
        documents=part.documents - len(lines),
        bytes=part.bytes - int(index["length"][lines].sum()),
        dropped={**part.dropped, Reason.DUPLICATE.value: len(lines)},
    )


def write_duplicates(folder: str, part: Part, index: npt.NDArray[np.void], lines: npt.NDArray[np.uint32]) -> None:
    """Write the reject rows of duplicate lines, taken from the part's own lines."""
    ends = np.cumsum(index["length"])
    with (
        files.open_read(lines_path(folder, part.key)) as source,
        files.write_whole(rejects_path(folder, part.key, "dedupe")) as out,
    ):
        for line in lines:
            source.seek(int(ends[line] - index["length"][line]))
            text = json.loads(source.read(int(index["length"][line])))["text"]
            out.write(reject_line(part.source, part.path, int(index["row"][line]), Reason.DUPLICATE, text))


def reject_line(source: str, path: str, row: int, reason: Reason, text: str) -> bytes:
    """A line of the rejects."""
    record = {"source": source, "file": path, "row": row, "reason": reason.value, "text": text}
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


def key_of(item: WorkItem) -> str:
    """A name for the item's files that does not depend on which other inputs there are."""
    identity = [item.source, item.path, item.format, list(item.span), item.max_rows]
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:24]


def finished(folder: str, item: WorkItem, digest: str, *, rejects: bool) -> Part | None:
    """The part of an item that was done before from the same bytes; None when it must be done.

    Its files must all be there: the run before may have been killed while it swept up, or kept no rejects.
    """
    key = key_of(item)
    needed = [files.join(folder, f"{key}.json"), lines_path(folder, key), index_path(folder, key)]
    if rejects:
        needed.append(rejects_path(folder, key, "refine"))
    if not all(files.exists(path) for path in needed):
        return None
    with files.open_read(needed[0]) as file:
        record = json.load(file)
    return Part(**{**record, "index": item.index}) if record["digest"] == digest else None


class PartWriter:
    """Collects a part: see :func:`write_part`."""

    def __init__(self, lines: IO[bytes], rejects: IO[bytes] | None) -> None:
        self._lines, self._rejects = lines, rejects
        self._index: list[npt.NDArray[np.void]] = []
        self.rows = self.bytes = 0
        self.dropped: Counter[str] = Counter()
        self.problems: list[dict[str, Any]] = []

    def add(self, lines: Bytes, index: npt.NDArray[np.void]) -> None:
        """Append encoded documents with their index records."""
        self._lines.write(lines.data)
        self._index.append(index)
        self.bytes += len(lines)

    def reject(self, line: bytes) -> None:
        """Append a line of the rejects, when they are wanted; counting is the caller's."""
        if self._rejects is not None:
            self._rejects.write(line)

    @property
    def wants_rejects(self) -> bool:
        """Whether :meth:`reject` does anything."""
        return self._rejects is not None

    @property
    def index(self) -> npt.NDArray[np.void]:
        """All index records so far."""
        return np.concatenate(self._index) if self._index else np.zeros(0, INDEX)


@contextmanager
def write_part(folder: str, item: WorkItem, digest: str, *, rejects: bool) -> Iterator[tuple[PartWriter, list[Part]]]:
    """Write a part; when the block ends well its record is in place and the list holds the Part."""
    key = key_of(item)
    done: list[Part] = []
    with ExitStack() as stack:
        lines = stack.enter_context(files.write_whole(lines_path(folder, key)))
        out = stack.enter_context(files.write_whole(rejects_path(folder, key, "refine"))) if rejects else None
        writer = PartWriter(lines, out)
        yield writer, done
        index = writer.index
        with files.write_whole(index_path(folder, key)) as file:
            np.save(file, index)
    part = Part(
        key=key,
        index=item.index,
        source=item.source,
        path=item.path,
        start=item.span.start,
        end=item.span.end,
        digest=digest,
        rows=writer.rows,
        documents=len(index),
        bytes=writer.bytes,
        dropped=dict(sorted(writer.dropped.items())),
        problems=writer.problems[:MAX_PROBLEMS],
    )
    with files.write_whole(files.join(folder, f"{key}.json")) as file:
        file.write(json.dumps(asdict(part)).encode())
    done.append(part)
