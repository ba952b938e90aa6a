"""Files wherever fsspec reaches (a disk, ``gs://``, memory): matched, read by range, written whole or not at all."""

import fcntl
import glob
import itertools
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


def split_url(path: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """The file system and the path on it."""
    return fsspec.core.url_to_fs(path)


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
    fs, name = split_url(path)
    if isinstance(fs, LocalFileSystem):
        with open(name, "rb", buffering=0) as file:  # noqa: PTH123
            file.seek(start)
            return file.read(max(0, end - start))
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
    """A file open for reading bytes."""
    fs, name = split_url(path)
    with fs.open(name, "rb") as file:
        yield file


def size(path: str) -> int:
    """The bytes of a file."""
    fs, name = split_url(path)
    return int(fs.size(name))


def exists(path: str) -> bool:
    """Whether a file or folder is there."""
    fs, name = split_url(path)
    return bool(fs.exists(name))


def siblings(prefix: str) -> list[str]:
    """The files and folders whose path begins with ``prefix``."""
    fs, name = split_url(prefix)
    return [fs.unstrip_protocol(path) for path in fs.glob(glob.escape(name) + "*")]


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
    """Put a finished file in its place, over what may be there; atomic on a disk."""
    fs, name = split_url(source)
    _, place = split_url(target)
    if isinstance(fs, LocalFileSystem):
        os.replace(name, place)  # noqa: PTH105
    else:
        fs.mv(name, place)


class Locked(OSError):
    """Another process holds the lock."""


@contextmanager
def lock(path: str) -> Iterator[None]:
    """Hold a lock file while the block runs; a process that dies lets go of it. Raises Locked, and never waits.

    Only on a disk: object stores have no locks, and what is written there carries the plan in its name until the end.
    """
    fs, name = split_url(path)
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


def _takes(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def write_whole(path: str) -> Iterator[Any]:
    """A file open for writing that gets its name only when the block ends well; a failure leaves nothing behind."""
    half = join(parent(path), f".{path.rpartition('/')[2]}.{uuid.uuid4().hex[:8]}.tmp")
    fs, name = split_url(half)
    try:
        with fs.open(name, "wb") as file:
            yield file
        move(half, path)
    except BaseException:
        remove(half)
        raise
