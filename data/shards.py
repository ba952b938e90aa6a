"""The two forms in which sources land, Arrow shards and JSON Lines: parts are written one by one, then put together."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

import pyarrow as pa
import xxhash

from data.journal import Part
from data.registry import Source
from data.save_to_disk import schema_of, shard_name, write_sidecars

PART_BYTES = 500 * 10**6
"""A part is closed when it has grown to this: the size of shard that ``save_to_disk`` aims at."""
SIDECARS = {"dataset_dict.json", "dataset_info.json", "state.json"}
_COPY_BYTES = 4 << 20


@dataclass(frozen=True, kw_only=True)
class Landed:
    """A finished file, its path below the source's folder."""

    path: str
    rows: int
    bytes: int
    hash: str


class HashedFile:
    """A file to write to that counts and hashes what goes through it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._state = xxhash.xxh3_128()
        self.bytes = 0
        self.closed = False

    def write(self, data: Any) -> int:
        """Write all of the data."""
        self._state.update(data)
        self.bytes += len(memoryview(data).cast("B"))
        return self._file.write(data)

    def flush(self) -> None:
        """What Arrow asks of a file; the file below is flushed when it is closed."""

    @property
    def hash(self) -> str:
        """The XXH3-128 of what was written so far."""
        return f"xxh3_128:{self._state.hexdigest()}"


class Writer(Protocol):
    """Takes batches for one part."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Add a batch."""


class _JsonLines:
    def __init__(self, file: HashedFile) -> None:
        self._file = file

    def write(self, batch: pa.RecordBatch) -> None:
        rows = batch.to_pylist()
        self._file.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())


@contextmanager
def _writer(source: Source, file: HashedFile) -> Iterator[Writer]:
    if source.form == "arrow":
        with pa.ipc.new_stream(file, schema_of(source.columns)) as stream:
            yield stream
    else:
        yield _JsonLines(file)


@contextmanager
def hashed(path: Path) -> Iterator[HashedFile]:
    """A file that is on the disk under its name when the block ends well, and not there otherwise."""
    half = path.with_name(f"{path.name}.tmp")
    try:
        with half.open("wb") as file:
            yield HashedFile(file)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except BaseException:
        half.unlink(missing_ok=True)
        raise


def write_part(path: Path, source: Source, batches: Iterator[pa.RecordBatch], *, room: int) -> tuple[int, int, str]:
    """Fill a part from ``batches`` until it has ``PART_BYTES`` or ``room`` bytes: ``(rows, bytes, hash)``.

    No rows: no batches were left, and there is no file.
    """
    first = next(batches, None)
    if first is None:
        return 0, 0, ""
    rows = 0
    with hashed(path) as file, _writer(source, file) as out:
        batch: pa.RecordBatch | None = first
        while batch is not None:
            out.write(batch)
            rows += batch.num_rows
            batch = next(batches, None) if file.bytes < min(PART_BYTES, room) else None
    return rows, file.bytes, file.hash


def assemble(work: Path, done: Path, source: Source, parts: Sequence[Part]) -> list[Landed]:
    """Put the parts in ``work`` together as outputs in ``done``; what a killed run has done of it stays done."""
    landed = []
    for output in source.outputs:
        own = [part for part in parts if part.output == output]
        make = _arrow_folder if source.form == "arrow" else _jsonl_file
        landed += make(work, done, output, own, source)
    return landed


def _arrow_folder(work: Path, done: Path, output: str, parts: Sequence[Part], source: Source) -> list[Landed]:
    folder = done / output
    folder.mkdir(parents=True, exist_ok=True)
    landed = []
    for number, part in enumerate(parts):
        shard = folder / shard_name(number, len(parts))
        if (work / part.name).exists():
            (work / part.name).replace(shard)
        landed.append(Landed(path=shard.relative_to(done).as_posix(), rows=part.rows, bytes=part.bytes, hash=part.hash))
    split = source.outputs[output][0]
    write_sidecars(folder, source.columns, shards=len(parts), split=split)
    if folder != done:
        (done / "dataset_dict.json").write_text(json.dumps({"splits": list(source.outputs)}), encoding="utf-8")
    return landed


def _jsonl_file(work: Path, done: Path, output: str, parts: Sequence[Part], source: Source) -> list[Landed]:
    done.mkdir(parents=True, exist_ok=True)
    with hashed(done / output) as out:
        for part in parts:
            with (work / part.name).open("rb") as file:
                while block := file.read(_COPY_BYTES):
                    out.write(block)
    return [Landed(path=output, rows=sum(part.rows for part in parts), bytes=out.bytes, hash=out.hash)]
