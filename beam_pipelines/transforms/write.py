"""From parts to the files a user sees: planned in order, written aside, and put in place together at the end.

What is in a file follows from the parts alone, so runners and worker counts cannot change it. Text is copied between
files and never travels as an element.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple

import apache_beam as beam
import numpy as np
import xxhash

from beam_pipelines.sources import SOURCES
from beam_pipelines.transforms import files, ledger, parts
from beam_pipelines.transforms.parts import Part

MANIFEST = "_manifest.json"


def work_folder(output: str, plan: str) -> str:
    """Where a run keeps its finished work items: beside the output, under the plan's name."""
    return files.join(files.parent(output), f".{files.name(output)}.work-{plan}")


class Piece(NamedTuple):
    """What an output takes from a part: documents ``[first, last)`` of those it keeps, or its rejects."""

    key: str
    first: int = 0
    last: int = 0


class Output(NamedTuple):
    """One file to write: its final path, the kind of its pieces, and the pieces in order."""

    path: str
    kind: str
    pieces: list[Piece]


class Written(NamedTuple):
    """A file that lies aside, finished, and waits for its place."""

    path: str
    aside: str
    kind: str
    lines: int
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where the results go. ``output`` is the path of the single file, or names folder and stem of the shards."""

    output: str
    num_shards: int = 0
    rejects: str | None = None

    def shard_paths(self) -> list[str]:
        """The paths of the output files: ``train.jsonl`` or ``train-00000-of-0000N.jsonl``."""
        if self.num_shards == 0:
            return [self.output]
        stem, dot, ending = self.output.rpartition(".")
        shards = range(self.num_shards)
        return [f"{stem}-{shard:05d}-of-{self.num_shards:05d}{dot}{ending}" for shard in shards]

    def aside(self, path: str, plan: str) -> str:
        """Where a file waits for its place: on the same disk, in a folder that goes when the run is whole."""
        if self.rejects is not None and files.parent(path) == self.rejects.rstrip("/"):
            return files.join(self.rejects, f".work-{plan}/{files.name(path)}")
        return files.join(work_folder(self.output, plan), f"outputs/{files.name(path)}")

    @property
    def manifest(self) -> str:
        """The path of the manifest, beside the output."""
        return files.join(files.parent(self.output), MANIFEST)


def _documents_of(done: list[Part], first: int, last: int) -> list[Piece]:
    """The pieces that hold documents ``[first, last)`` of all parts in a row."""
    pieces, at = [], 0
    for part in done:
        begin, end = max(first - at, 0), min(last - at, part.documents)
        if begin < end:
            pieces.append(Piece(part.key, begin, end))
        at += part.documents
    return pieces


def plan_outputs(every: Iterable[Part], target: Target) -> Iterator[Output]:
    """Shards of equal numbers of documents, in input order, and one file of rejects a source."""
    done = sorted(every, key=lambda part: part.index)
    total = sum(part.documents for part in done)
    paths = target.shard_paths()
    for place, path in enumerate(paths):
        first, last = (total * shard // len(paths) for shard in (place, place + 1))
        yield Output(path, "documents", _documents_of(done, first, last))
    if target.rejects is not None:
        for source in dict.fromkeys(part.source for part in done):
            pieces = [Piece(part.key) for part in done if part.source == source]
            yield Output(files.join(target.rejects, f"{source}.jsonl"), "rejects", pieces)


def _copy(source: IO[bytes], out: IO[bytes], start: int, end: int) -> tuple[int, int]:
    """Copy a byte range; ``(lines, bytes)``."""
    lines = 0
    source.seek(start)
    for at in range(start, end, files.COPY_BYTES):
        block = source.read(min(files.COPY_BYTES, end - at))
        lines += block.count(b"\n")
        out.write(block)
    return lines, end - start


def _copy_documents(folder: str, piece: Piece, out: IO[bytes]) -> Iterator[tuple[int, int]]:
    """Copy the kept lines of a part, run by run of lines that lie together."""
    index = parts.read_index(folder, piece.key)
    kept = np.ones(len(index), np.bool_)
    if files.exists(path := parts.losers_path(folder, piece.key)):
        kept[parts.read_array(path)] = False
    lines = np.flatnonzero(kept)[piece.first : piece.last]
    ends = np.cumsum(index["length"])
    breaks = np.flatnonzero(np.diff(lines) > 1)
    with files.open_read(parts.lines_path(folder, piece.key)) as source:
        for first, last in zip(lines[np.r_[0, breaks + 1]], lines[np.r_[breaks, len(lines) - 1]], strict=True):
            yield _copy(source, out, int(ends[first] - index["length"][first]), int(ends[last]))


def _copy_rejects(folder: str, piece: Piece, out: IO[bytes]) -> Iterator[tuple[int, int]]:
    for stage in ("refine", "dedupe"):
        path = parts.rejects_path(folder, piece.key, stage)
        if files.exists(path):
            with files.open_read(path) as source:
                yield _copy(source, out, 0, files.size(path))


_COPIERS: dict[str, Callable[[str, Piece, IO[bytes]], Iterator[tuple[int, int]]]] = {
    "documents": _copy_documents,
    "rejects": _copy_rejects,
}


@dataclass
class _WriteOutput(beam.DoFn):
    folder: str
    plan: str
    target: Target

    def process(self, output: Output) -> Iterator[Written]:
        aside = self.target.aside(output.path, self.plan)
        files.make_folder(files.parent(aside))
        lines = size = 0
        with files.write_whole(aside) as out:
            for piece in output.pieces:
                for more, count in _COPIERS[output.kind](self.folder, piece, out):
                    lines, size = lines + more, size + count
        yield Written(output.path, aside, output.kind, lines, size)


def _inputs(done: list[Part]) -> list[dict[str, Any]]:
    """Path, bytes and hash of every input; a file read in several spans has the hash of their digests in order."""
    spans: dict[str, list[Part]] = defaultdict(list)
    for part in done:
        spans[part.path].append(part)
    inputs = []
    for path, read in spans.items():
        digest, kind = read[0].digest, "xxh3_128"
        if len(read) > 1:
            digest = xxhash.xxh3_128_hexdigest(b"".join(bytes.fromhex(part.digest) for part in read))
            kind = f"xxh3_128x{len(read)}"
        inputs.append({"path": path, "bytes": sum(p.end - p.start for p in read), "hash": f"{kind}:{digest}"})
    return inputs


@dataclass
class _Commit(beam.DoFn):
    """Check the ledger, put every file in its place, and write the manifest last: it says that the run is whole."""

    plan: str
    target: Target
    facts: dict[str, Any] = field(default_factory=dict)

    def process(self, keyed: tuple[int, dict[str, Any]]) -> Iterator[dict[str, Any]]:
        done = sorted(keyed[1]["parts"], key=lambda part: part.index)
        written = sorted(keyed[1]["written"])
        outputs = [file for file in written if file.kind == "documents"]
        totals = ledger.build(done)
        ledger.check(totals, written=sum(file.lines for file in outputs))
        manifest = {
            "inputs": _inputs(done),
            **self.facts,
            "licences": {source: SOURCES[source].licence for source in totals},
            "ledger": totals,
            "outputs": [{"name": files.name(f.path), "documents": f.lines, "bytes": f.bytes} for f in outputs],
            "rejects": [{"path": f.path, "rows": f.lines, "bytes": f.bytes} for f in written if f.kind == "rejects"],
            "unreadable": [problem for part in done for problem in part.problems][: parts.MAX_PROBLEMS],
        }
        self._retire_old({files.name(file.path) for file in outputs})
        for file in written:
            if files.exists(file.aside):  # not there when a retry finds it moved already
                files.move(file.aside, file.path)
        with files.write_whole(self.target.manifest) as out:
            out.write((json.dumps(manifest, ensure_ascii=False, indent=2) + "\n").encode())
        self._sweep()
        yield manifest

    def _retire_old(self, new: set[str]) -> None:
        """Take back the last run's manifest, and those of its files that this run does not replace."""
        if not files.exists(self.target.manifest):
            return
        with files.open_read(self.target.manifest) as file:
            old = json.load(file)
        files.remove(self.target.manifest)
        stem, dot, ending = files.name(self.target.output).rpartition(".")
        ours = re.compile(rf"{re.escape(stem)}(-\d{{5}}-of-\d{{5}})?{re.escape(dot + ending)}")
        stale = {entry["name"] for entry in old.get("outputs", [])} - new
        for name in filter(ours.fullmatch, stale):  # what lies there under another name is none of our business
            files.remove(files.join(files.parent(self.target.manifest), name))

    def _sweep(self) -> None:
        """Remove the finished work items, this plan's and those of plans given up before."""
        for path in files.siblings(work_folder(self.target.output, "")):
            files.remove(path)
        if self.target.rejects is not None:
            files.remove(files.join(self.target.rejects, f".work-{self.plan}"))


@dataclass
class WriteOutputs(beam.PTransform):
    """PCollection[Part] -> PCollection of the one manifest; ``facts`` are what the manifest says besides the counts."""

    folder: str
    plan: str
    target: Target
    facts: dict[str, Any]

    def expand(self, items: beam.PCollection[Part]) -> beam.PCollection[dict[str, Any]]:
        """Plan -> write aside -> commit."""
        keyed = items | "Key" >> beam.Map(lambda part: (0, part))
        target = self.target
        written = (
            keyed
            | "AllParts" >> beam.GroupByKey()
            | "Plan" >> beam.FlatMap(lambda pair: plan_outputs(pair[1], target))
            | "Spread" >> beam.Reshuffle()
            | "WriteAside" >> beam.ParDo(_WriteOutput(self.folder, self.plan, target))
            | "KeyWritten" >> beam.Map(lambda file: (0, file))
        )
        return (
            {"parts": keyed, "written": written}
            | "AllWritten" >> beam.CoGroupByKey()
            | "Commit" >> beam.ParDo(_Commit(self.plan, target, self.facts))
        )
