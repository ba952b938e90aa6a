"""Files wherever fsspec reaches (a disk, ``gs://``, memory): matched, read by range, written whole or not at all."""

import errno
import fcntl
import glob
import itertools
import logging
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

COPY_BYTES = 4 << 20
BUCKET = "gs://"
_FULL = {errno.ENOSPC, errno.EDQUOT}


def split_url(path: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """The file system and the path on it."""
    if path.startswith(BUCKET):
        fs = _google().file_system()
        return fs, fs._strip_protocol(path)
    return fsspec.core.url_to_fs(path)


def _google() -> Any:
    """The module for gs://, whose libraries most users do not need."""
    logging.getLogger("gcsfs").setLevel(logging.CRITICAL)  # it logs what it imports, and every error that it raises
    try:
        from beam_pipelines.transforms import gcs
    except ImportError as error:
        raise ImportError(f"{BUCKET} needs Google's client libraries: pip install -e '.[gcp]' ({error})") from None
    return gcs


def _is_google(fs: fsspec.AbstractFileSystem) -> bool:
    return "gs" in fs.protocol


def parent(path: str) -> str:
    """The folder a path lies in, with its scheme."""
    head, slash, _ = path.rpartition("/")
    return head if slash else "."


def name(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


def join(folder: str, name: str) -> str:
    """``folder/name``."""
    return f"{folder.rstrip('/')}/{name}"


def match(pattern: str) -> list[tuple[str, int]]:
    """``(path, bytes)`` of every file that a file name, a folder (searched through) or a glob stands for, sorted.

    Paths keep the form the user gave: relative stays relative, and a scheme stays in front.
    """
    fs, path = split_url(pattern)
    local = isinstance(fs, LocalFileSystem)
    if local:
        path = pattern.removeprefix("file://")
    elif _is_google(fs):
        # Says who may not look and which bucket is not there; the rest would take either for an empty folder.
        fs.call("GET", "b/{}/o", path.partition("/")[0], maxResults=1)
    if fs.isdir(path):
        found = fs.find(path, detail=True)
        names = {name: info["size"] for name, info in found.items()}
        if local:  # fsspec answers with absolute paths
            root = fs._strip_protocol(path)
            names = {path.rstrip("/") + name[len(root) :]: size for name, size in names.items()}
    elif fs.isfile(path):
        names = {path: fs.size(path)}
    elif local:
        names = {name: fs.size(name) for name in glob.glob(path, recursive=True) if fs.isfile(name)}  # noqa: PTH207
    else:
        names = {name: info["size"] for name, info in fs.glob(path, detail=True).items() if info["type"] == "file"}
    return sorted((name if local else fs.unstrip_protocol(name), int(size)) for name, size in names.items())


def read_range(path: str, start: int, end: int) -> bytes:
    """The bytes ``[start, end)`` of a file; fewer when the file is shorter."""
    if end <= start:
        return b""
    fs, name = split_url(path)
    if isinstance(fs, LocalFileSystem):
        with open(name, "rb", buffering=0) as file:  # noqa: PTH123
            file.seek(start)
            return file.read(end - start)
    return fs.cat_file(name, start=start, end=end)


def read_ranges(paths: Sequence[str], starts: Sequence[int], ends: Sequence[int]) -> list[bytes]:
    """:func:`read_range` of many, all on one file system: from an object store many at a time.

    On a disk, ranges of one file in a row cost one opening of it.
    """
    fs = split_url(paths[0])[0] if paths else None
    if fs is not None and not isinstance(fs, LocalFileSystem):
        names = [split_url(path)[1] for path in paths]
        return list(fs.cat_ranges(names, starts, ends, on_error="raise"))
    ranges = []
    for path, group in itertools.groupby(zip(paths, starts, ends, strict=True), lambda each: each[0]):
        with open(split_url(path)[1], "rb", buffering=0) as file:  # noqa: PTH123
            for _, start, end in group:
                file.seek(start)
                ranges.append(file.read(max(0, end - start)))
    return ranges


@contextmanager
def open_read(path: str) -> Iterator[IO[bytes]]:
    """A file open for reading bytes, from an object store in blocks of COPY_BYTES and never more than one ahead."""
    fs, name = split_url(path)
    with fs.open(name, "rb", cache_type="readahead", block_size=COPY_BYTES) as file:
        yield file


def size(path: str) -> int:
    """The bytes of a file."""
    fs, name = split_url(path)
    return int(fs.size(name))


def exists(path: str) -> bool:
    """Whether a file or folder is there. An object store that cannot say so raises: it is no answer to be built on."""
    fs, name = split_url(path)
    if not _is_google(fs):
        return bool(fs.exists(name))
    try:
        fs.info(name)
    except FileNotFoundError:
        return False
    return True


def siblings(prefix: str) -> list[str]:
    """The files and folders whose path begins with ``prefix``."""
    fs, name = split_url(prefix)
    try:
        beside = fs.ls(name.rpartition("/")[0], detail=False)
    except FileNotFoundError:
        return []
    return [fs.unstrip_protocol(path) for path in sorted(beside) if path.startswith(name)]


def make_folder(path: str) -> None:
    """Make a folder and those above it; object stores need none."""
    fs, name = split_url(path)
    fs.makedirs(name, exist_ok=True)


def remove(path: str) -> None:
    """Remove a file or a whole folder; nothing to remove is fine."""
    fs, name = split_url(path)
    if isinstance(fs, LocalFileSystem) and fs.isdir(name):
        shutil.rmtree(name)
    elif fs.exists(name):
        fs.rm(name, recursive=True)


def move(source: str, target: str) -> None:
    """Put a finished file in its place, over what may be there; atomic on a disk and inside a bucket."""
    fs, name = split_url(source)
    _, place = split_url(target)
    if isinstance(fs, LocalFileSystem):
        os.replace(name, place)  # noqa: PTH105
    elif _is_google(fs):
        fs.mv_file(name, place)
    else:
        fs.mv(name, place)


class Locked(OSError):
    """Another process holds the lock."""


@contextmanager
def lock(path: str) -> Iterator[None]:
    """Hold a lock file while the block runs; a process that dies lets go of it. Raises Locked, and never waits.

    On a disk at once, on gs:// when its lease runs out. Elsewhere there is no lock, and what is written carries the
    plan in its name until the end.
    """
    fs, name = split_url(path)
    if _is_google(fs):
        with _leased(fs, name, path):
            yield
        return
    if not isinstance(fs, LocalFileSystem):
        yield
        return
    file = Path(name)
    with file.open("ab") as held:
        # The one that held it before may have taken the file away since it was opened.
        if not _takes(held) or not file.exists() or not os.path.samestat(file.stat(), os.fstat(held.fileno())):
            raise Locked(f"another run is writing here: {path} is locked")
        try:
            yield
        finally:
            file.unlink()


@contextmanager
def _leased(fs: fsspec.AbstractFileSystem, name: str, path: str) -> Iterator[None]:
    gcs = _google()
    lease = gcs.Lease(fs, name)
    if not lease.take():
        lets_go = f"a run that was killed lets go {gcs.LEASE_SECONDS:.0f} s after"
        raise Locked(f"another run is writing here: {path} is locked ({lets_go})")
    try:
        yield
    finally:
        lease.give_back()


def _takes(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def can_join(source: str, target: str) -> bool:
    """Whether files beside ``source`` can become one at ``target`` where they lie, without being read."""
    (fs, name), (other, place) = split_url(source), split_url(target)
    return _is_google(fs) and _is_google(other) and _google().bucket(fs, name) == _google().bucket(fs, place)


def join_whole(paths: Sequence[str], target: str) -> None:
    """Join files one after the other; see :func:`can_join`."""
    fs, place = split_url(target)
    _google().compose(fs, [fs._strip_protocol(path) for path in paths], place)


@contextmanager
def write_whole(path: str, *, aside: str | None = None) -> Iterator[Any]:
    """A file open for writing that gets its name only when the block ends well; a failure leaves nothing behind.

    A process that is killed leaves a hidden file: beside it, or in the folder ``aside`` on the same file system. Of a
    full disk the error says which, and what to do: the system does not name it when it is a write that fails.
    """
    fs, name = split_url(path)
    if _is_google(fs):
        with _google().write_whole(fs, name) as file:
            yield file
        return
    half = join(aside or parent(path), f".{path.rpartition('/')[2]}.{uuid.uuid4().hex[:8]}.tmp")
    fs, name = split_url(half)
    try:
        with fs.open(name, "wb") as file:
            yield file
        move(half, path)
    except BaseException as error:
        remove(half)
        if isinstance(error, OSError) and error.errno in _FULL:
            todo = "make room and run the same command, which goes on from what is finished"
            raise OSError(error.errno, f"{os.strerror(error.errno)} ({todo})", parent(path)) from error
        raise
