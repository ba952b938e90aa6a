"""The end of a run: the ledger is checked, every file put in its place, and the manifest written last.

Files are written aside, on the same disk, and moved together; the manifest says that the run is whole.
"""

import errno
import json
import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import xxhash

from beam_pipelines.transforms import card, files, ledger
from beam_pipelines.transforms.card import Card
from beam_pipelines.transforms.inputs import Read
from beam_pipelines.transforms.ledger import Ledger

_LOG = logging.getLogger(__name__)

MANIFEST, REPORT = "_manifest.json", "report.html"
CLUSTERS, REPEATED_LINES = TABLES = "_clusters.jsonl", "_repeated_lines.jsonl"
"""What lies beside the outputs where it is wanted: documents that stand for others, and lines that were dropped."""
REJECTS, EXTRA = "rejects", "extra"
MAX_PROBLEMS = 100


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where the results of a plan go: the path of the single file of each view, which also names its shards.

    The manifest lies beside the first of them, and the tables that are wanted. A path is of use as it
    stands on any worker that reaches it.
    """

    outputs: Mapping[str, str]
    plan: str
    num_shards: int = 0
    rejects: str | None = None
    tables: tuple[str, ...] = ()
    """Those of TABLES that are wanted."""
    card: Card | None = None
    """Of outputs that are a dataset of their own."""

    @property
    def folder(self) -> str:
        """The folder of the first output and the manifest."""
        return files.parent(next(iter(self.outputs.values())))

    @property
    def manifest(self) -> str:
        """The path of the manifest."""
        return files.join(self.folder, MANIFEST)

    def table(self, name: str) -> str:
        """The path of one of TABLES; wanted or not."""
        return files.join(self.folder, name)

    @property
    def work(self) -> str:
        """Where a run keeps what is finished, under the plan's name."""
        return self._hidden(f"work-{self.plan}")

    @property
    def lock(self) -> str:
        """The path of the lock that keeps a second run away from these outputs."""
        return self._hidden("lock")

    def _hidden(self, ending: str) -> str:
        return files.join(self.folder, f".{files.name(next(iter(self.outputs.values())))}.{ending}")

    def paths(self, view: str) -> list[str]:
        """The files of a view: ``train.jsonl`` or ``train-00000-of-0000N.jsonl``."""
        path = self.outputs[view]
        if self.num_shards == 0:
            return [path]
        stem, dot, ending = path.rpartition(".")
        shards = range(self.num_shards)
        return [f"{stem}-{shard:05d}-of-{self.num_shards:05d}{dot}{ending}" for shard in shards]

    def pattern(self, view: str) -> str:
        """The files of a view as one name in the folder, with ``*`` for the number of a shard."""
        first = files.name(self.paths(view)[0])
        return first.replace("-00000-of-", "-*-of-") if self.num_shards else first

    def aside(self, path: str) -> str:
        """Where a file waits for its place: on the same disk, in a folder that goes when the run is whole."""
        if self.rejects is not None and files.parent(path) == self.rejects.rstrip("/"):
            return files.join(self.rejects, f".work-{self.plan}/{files.name(path)}")
        return files.join(self.work, f"outputs/{files.name(path)}")

    def retire(self, new: set[str]) -> None:
        """Take back the last run's manifest and report, and those of its files that this run does not replace."""
        if not files.exists(self.manifest):
            return
        with files.open_read(self.manifest) as file:
            old = json.load(file)
        files.remove(files.join(self.folder, REPORT))
        files.remove(self.manifest)
        stale = {entry["name"] for entry in old.get("outputs", [])} - new
        for name in stale.intersection(TABLES):
            files.remove(self.table(name))
        for path in self.outputs.values():
            stem, dot, ending = files.name(path).rpartition(".")
            ours = re.compile(rf"{re.escape(stem)}(-\d{{5}}-of-\d{{5}})?{re.escape(dot + ending)}")
            for name in filter(ours.fullmatch, stale):  # what lies there under another name is none of our business
                files.remove(files.join(files.parent(path), name))

    def sweep(self) -> None:
        """Remove what finished work left, this plan's and that of plans given up before.

        Never inside the job: an engine that lost a worker may want to do any of its stages once more.
        """
        for path in files.siblings(self._hidden("work-")):
            files.remove(path)
        if self.rejects is not None:
            files.remove(files.join(self.rejects, f".work-{self.plan}"))


class Written(NamedTuple):
    """A file that lies aside, finished, and waits for its place. ``kind`` is its view, REJECTS or EXTRA."""

    path: str
    aside: str
    kind: str
    lines: int
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Account:
    """What a run has to say of its input: what it read, the ledger, and the rows that could not be read."""

    reads: list[Read]
    ledger: Ledger
    problems: list[dict[str, Any]] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)
    """What else a reader of the manifest must know."""


def inputs_of(reads: Iterable[Read]) -> list[dict[str, Any]]:
    """Path, bytes and hash of every input; a file read in several spans has the hash of their digests in order."""
    spans: dict[str, list[Read]] = defaultdict(list)
    for read in reads:
        spans[read.path].append(read)
    inputs = []
    for path, read_of in spans.items():
        digest, kind = read_of[0].digest, "xxh3_128"
        if len(read_of) > 1:
            digest = xxhash.xxh3_128_hexdigest(b"".join(bytes.fromhex(read.digest) for read in read_of))
            kind = f"xxh3_128x{len(read_of)}"
        inputs.append({"path": path, "bytes": sum(r.end - r.start for r in read_of), "hash": f"{kind}:{digest}"})
    return inputs


def _waits(file: Written) -> bool:
    """Whether a file still waits for its place: a retry finds it moved already. Raises when it is in neither."""
    if files.exists(file.aside):
        return True
    if files.exists(file.path) and files.size(file.path) == file.bytes:
        return False
    raise FileNotFoundError(errno.ENOENT, "another run took away the finished work", file.aside)


def commit(
    target: Target,
    account: Account,
    written: Iterable[Written],
    *,
    facts: Mapping[str, Any],
    licences: Mapping[str, str],
) -> dict[str, Any]:
    """Finish a run and return its manifest. Raises LedgerError, with nothing put in place, when rows are missing."""
    every = sorted(written)
    lines: dict[str, int] = defaultdict(int)
    for file in every:
        lines[file.kind] += file.lines
    for kind, count in lines.items():
        if kind not in {REJECTS, EXTRA}:
            ledger.check(account.ledger, written=count)
    outputs = [file for file in every if file.kind != REJECTS]
    manifest = {
        "inputs": inputs_of(account.reads),
        **facts,
        "licences": {source: licences[source] for source in account.ledger},
        "ledger": account.ledger,
        "outputs": [{"name": files.name(f.path), "documents": f.lines, "bytes": f.bytes} for f in outputs],
        "rejects": [{"path": f.path, "rows": f.lines, "bytes": f.bytes} for f in every if f.kind == REJECTS],
        "unreadable": account.problems[:MAX_PROBLEMS],
        **account.notes,
    }
    waiting = [file for file in every if _waits(file)]
    target.retire({files.name(file.path) for file in outputs})
    for file in waiting:
        files.move(file.aside, file.path)
    files.make_folder(target.work)  # which is swept, whatever a run that is killed leaves half-written there
    if target.card is not None:
        views = {view: target.pattern(view) for view in target.outputs}
        if not card.place(target.card, target.folder, manifest, views, aside=target.work):
            _LOG.warning("%s is not ours and stays as it is", files.join(target.folder, card.CARD))
    with files.write_whole(target.manifest, aside=target.work) as out:
        out.write((json.dumps(manifest, ensure_ascii=False, indent=2) + "\n").encode())
    return manifest
