"""From a row of the registry to a finished folder: fetch a file, turn it into parts, throw it away, take the next.

All of it happens in a hidden folder beside the target, which the target is renamed from at the end: what has its name
is whole. Memory holds some batches, the disk the parts and one upstream file.
"""

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from beam_pipelines.sources import ORIGIN
from data import fetch, hub, journal, provenance, shards, tables
from data.disk import check_space
from data.errors import DownloadError
from data.journal import Journal, Part
from data.progress import Transfer
from data.provenance import State
from data.registry import Source

_LOG = logging.getLogger(__name__)


def limit_of(source: Source, max_bytes: int | None) -> int | None:
    """The lower of what the row and the user want at most; what is small or tested on comes whole or not at all."""
    if source.form != "arrow":
        return None
    return min((limit for limit in (source.limit_bytes, max_bytes) if limit is not None), default=None)


def download(source: Source, root: Path, *, max_bytes: int | None = None) -> None:
    """Bring a source to its folder below ``root``, or leave it there if it is. Raises DownloadError and what the client
    libraries raise; then the folder is as it was, and what came so far is kept for the next run.
    """
    target, limit = root / source.folder, limit_of(source, max_bytes)
    found = provenance.state(source, target, limit=limit)
    if found is State.DONE:
        _LOG.info("%s: in %s already, nothing to do", source.name, target)
        shutil.rmtree(provenance.work_folder(target), ignore_errors=True)  # of a run killed in its last moment
        return
    if found is State.NOT_OURS:
        _LOG.warning("%s: %s holds files that are not from here; left as they are", source.name, target)
        return
    if found is State.DAMAGED:
        _LOG.warning("%s: %s is not what it was when it was finished; fetching it anew", source.name, target)
    _check_nothing_is_lost(target)
    work = provenance.work_folder(target)
    work.mkdir(parents=True, exist_ok=True)
    with _alone(work, source):
        state = journal.load(work, source) or _begin(work, source, provenance.read(target))
        _sweep(work, state)
        check_space(source, state, limit=limit)
        _fill(work, source, state, limit)
        _check_rows(source, state, limit)
        done = work / "done"
        landed = shards.assemble(work, done, source, state.parts)
        provenance.write(done, provenance.record(source, state, landed, limit=limit))
        if provenance.state(source, done, limit=limit) is not State.DONE:
            shutil.rmtree(work)
            raise DownloadError(f"{work} had lost some of its parts; it is removed, so run this again")
        _put(done, target)
        shutil.rmtree(work)
    facts = provenance.read(target) or {}
    size = facts["bytes"] / 1e6
    _LOG.info("%s: %d rows, %.1f MB in %s; %s", source.name, facts["rows"], size, target, source.licence)


@contextmanager
def _alone(work: Path, source: Source) -> Iterator[None]:
    """Keep a second process from the same folder; a killed one holds no lock."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(work / "lock", timeout=0):
            yield
    except Timeout:
        raise DownloadError(f"{source.name} is being downloaded by another process; wait for it") from None


def _begin(work: Path, source: Source, held: dict[str, Any] | None) -> Journal:
    """A new journal; what was downloaded before is held to the commit and the files it was made of."""
    _LOG.info("%s: asking what there is of %s", source.name, source.id)
    listing = hub.listing(source, commit=held["commit"] if held else None)
    if not listing.files:
        raise DownloadError(f"{source.id} lists no files; has the dataset changed?")
    now = {file.path: file.digest or file.etag for file in listing.files}
    for file in held["upstream"] if held else []:
        if now.get(file["path"]) != file["digest"]:
            raise DownloadError(
                f"{file['path']} of {source.id} is not what it was when {source.folder} was made; move that away to "
                "have the new one"
            )
    state = Journal(folder=work, asked=journal.asked(source), listing=listing)
    state.save()
    return state


def _raw(work: Path, number: int) -> Path:
    """Where an upstream file lies while it is turned into parts; upstream's own names stay out of paths."""
    return work / f"raw-{number:05d}"


def _sweep(work: Path, state: Journal) -> None:
    """Remove what a killed run left half done, but for the file it was fetching."""
    kept = {part.name for part in state.parts} | {journal.NAME, "lock"}
    kept |= {_raw(work, state.finished).name, f"{_raw(work, state.finished).name}.part"}
    for path in work.iterdir():
        if path.name not in kept and path.is_file():
            path.unlink()


def _fill(work: Path, source: Source, state: Journal, limit: int | None) -> None:
    """Fetch and convert what is not in parts yet, until all is or the limit is reached."""
    remotes = state.listing.files
    here = fetch.received(_raw(work, state.finished))
    with Transfer(source.name, remotes, state, limit=limit, received=here) as transfer:
        for number in range(state.finished, len(remotes)):
            if limit is not None and state.bytes >= limit:
                return
            raw = _raw(work, number)
            transfer.begin(number)
            url = hub.url_of(source, state.listing, remotes[number])
            fetch.fetch(remotes[number], url, raw, advance=transfer.advance)
            if _convert(work, source, state, number, limit):
                state.finish_file()
            raw.unlink()
            transfer.end(number)


def _convert(work: Path, source: Source, state: Journal, number: int, limit: int | None) -> bool:
    """Turn a fetched file into parts, from the first row that is in none; whether it was read to its end."""
    remote = state.listing.files[number]
    batches = _after(tables.read(_raw(work, number), remote.path, source), state.rows_of(number))
    while limit is None or state.bytes < limit:
        name = f"part-{len(state.parts):05d}"
        room = shards.PART_BYTES if limit is None else limit - state.bytes
        rows, size, digest = shards.write_part(work / name, source, batches, room=room)
        if not rows:
            return True
        state.add(Part(file=number, name=name, output=remote.output, rows=rows, bytes=size, hash=digest))
    return next(batches, None) is None


def _after(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """The batches behind the first ``rows`` rows; parts end where batches do."""
    skipped = 0
    while skipped < rows:
        batch = next(batches, None)
        if batch is None:
            break
        skipped += batch.num_rows
    if skipped != rows:
        raise DownloadError("the parts that are here do not fit their file; remove them and run this again")
    return batches


def _check_rows(source: Source, state: Journal, limit: int | None) -> None:
    """Raise DownloadError when an output has no rows, or not as many as the registry knows of."""
    for output in source.outputs:
        rows = sum(part.rows for part in state.parts if part.output == output)
        expected = source.rows.get(output)
        if rows == 0 and limit is None:
            raise DownloadError(f"{source.id}: no rows for {output}; has the dataset changed?")
        if expected is not None and rows != expected and state.finished == len(state.listing.files):
            raise DownloadError(
                f"{source.id} at {state.listing.commit}: {rows:,} rows for {output}, not {expected:,}; the dataset has "
                f"changed, and results on it would not compare: pin an earlier revision in data/registry.py, or take "
                f"the new count there. Nothing was put in place; {state.folder} can be removed"
            )


def _check_nothing_is_lost(target: Path) -> None:
    """Raise DownloadError when an earlier download that is to be replaced has had other files put beside it."""
    facts = provenance.read(target)
    if facts is None:
        return
    ours = {file["path"] for file in facts["files"]} | {ORIGIN}
    for path in target.rglob("*"):
        known = path.name in shards.SIDECARS or path.relative_to(target).as_posix() in ours
        if path.is_file() and not known:
            raise DownloadError(f"{path} is not from here and would be lost; move it away and run this again")


def _put(done: Path, target: Path) -> None:
    """Give the finished folder its name, in place of an earlier download of the same source."""
    os.sync()  # what has its name must be on the disk
    if provenance.read(target) is not None:
        target.replace(done.with_name("old"))
    done.replace(target)
