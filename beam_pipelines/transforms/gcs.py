"""Google Cloud Storage through gcsfs, set up for many writers: nothing is cached, errors are one line each.

What an object store does itself is done there: objects are joined without their bytes passing through here, and a lock
is an object that only one can make. Source: the JSON API's compose, rewrite, and ``ifGenerationMatch``.
"""

import errno
import os
import re
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any

import aiohttp
from fsspec.asyn import sync_wrapper
from gcsfs.core import GCSFileSystem
from gcsfs.retry import HttpError
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError

MOST_SOURCES = 32
"""Objects that one request can join."""
THREADS = 16
WRITE_BYTES = 16 << 20
LEASE_SECONDS, RENEW_SECONDS = 180.0, 30.0
_LOGIN = "run gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS"


class GoogleStorage(GCSFileSystem):
    """What gcsfs does, with errors that name the place, and PermissionError where Google says no."""

    async def _call(self, method: str, path: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return await super()._call(method, path, *args, **kwargs)
        except (OSError, HttpError, GoogleAuthError) as error:
            where = "gs://" + ("/".join(map(str, args[:2])) or _bucket_in(path))
            said = (str(error).strip().splitlines() or [type(error).__name__])[-1]
            if isinstance(error, FileNotFoundError):
                raise FileNotFoundError(errno.ENOENT, "Not found", where) from None
            if str(error).startswith("Forbidden"):
                raise PermissionError(errno.EACCES, f"Permission denied: {said}", where) from None
            if isinstance(error, GoogleAuthError) or getattr(error, "code", None) == 401:
                raise PermissionError(errno.EACCES, f"{said}; {_LOGIN}", where) from None
            raise

    call = sync_wrapper(_call)


def _bucket_in(address: str) -> str:
    return "".join(re.findall(r"/b/([^/?]+)", f"/{address}")[:1])


def file_system() -> GoogleStorage:
    """The one of this process. Raises PermissionError where there are no credentials."""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=60)
    token = "anon" if os.environ.get("STORAGE_EMULATOR_HOST") else "google_default"
    try:
        return GoogleStorage(token=token, use_listings_cache=False, requests_timeout=timeout)
    except DefaultCredentialsError:
        raise PermissionError(errno.EACCES, f"no Google credentials; {_LOGIN}") from None


@contextmanager
def write_whole(fs: GoogleStorage, name: str) -> Iterator[IO[bytes]]:
    """An object open for writing; it is there when its upload ends, and on a failure the upload is called off."""
    file = fs.open(name, "wb", block_size=WRITE_BYTES)
    try:
        yield file
    except BaseException:
        file.discard()
        file.closed = True  # or the garbage collector would end the upload after all
        raise
    file.close()


def compose(fs: GoogleStorage, sources: Sequence[str], target: str) -> None:
    """Join objects of one bucket, in order. Objects made on the way have names that begin with the target's."""
    level = list(sources)
    if not level:
        fs.pipe_file(target, b"")
        return
    for depth in range(64):
        groups = [level[at : at + MOST_SOURCES] for at in range(0, len(level), MOST_SOURCES)]
        level = [f"{target}.{depth}.{place}" for place in range(len(groups))] if len(groups) > 1 else [target]
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(fs.merge, level, groups))
        if level == [target]:
            return


def bucket(fs: GoogleStorage, name: str) -> str:
    """The bucket of a path."""
    first: str = fs.split_path(name)[0]
    return first


class Lease:
    """A lock: an object that its holder makes, writes anew again and again, and takes away.

    One that was not written for LEASE_SECONDS belongs to a process that died; then the next may have it.
    """

    def __init__(self, fs: GoogleStorage, name: str) -> None:
        self._fs, self._name, self._mark = fs, name, uuid.uuid4().hex.encode()
        self._given_back = threading.Event()

    def take(self) -> bool:
        """Whether the lock is ours now."""
        if self._make():
            threading.Thread(target=self._renew, daemon=True).start()
            return True
        return False

    def _make(self) -> bool:
        for _ in range(2):
            try:
                self._fs.pipe_file(self._name, self._mark, mode="create")
                return True
            except FileExistsError:
                pass
            try:
                held = self._fs.info(self._name)
                written = datetime.fromisoformat(held["updated"].replace("Z", "+00:00")).timestamp()
                if time.time() - written < LEASE_SECONDS:
                    return False
                bucket, key, _ = self._fs.split_path(self._name)
                self._fs.call("DELETE", "b/{}/o/{}", bucket, key, ifGenerationMatch=held["generation"])
            except (FileNotFoundError, FileExistsError):
                pass  # given back, or taken over by another, in between
        return False

    def _ours(self) -> bool:
        try:
            return bool(self._fs.cat_file(self._name) == self._mark)
        except FileNotFoundError:
            return False

    def _renew(self) -> None:
        while not self._given_back.wait(RENEW_SECONDS) and self._ours():
            self._fs.pipe_file(self._name, self._mark)

    def give_back(self) -> None:
        """Let go of the lock."""
        self._given_back.set()
        if self._ours():
            self._fs.rm_file(self._name)
