"""One remote file onto the disk: cut transfers go on where they stopped, and only what is right gets its name.

``hf_hub_download`` throws a half file away when its process ends, so a kill would cost up to a whole file. The request
itself, with its waiting and retrying, is the hub client's own.
"""

import hashlib
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from data.errors import DownloadError
from data.hub import RemoteFile

_LOG = logging.getLogger(__name__)
RETRIES = 5
"""Cuts in a row without a single byte between them."""
_READ_BYTES = 1 << 20


def fetch(remote: RemoteFile, url: str, target: Path, *, advance: Callable[[int], Any] = lambda count: None) -> None:
    """Bring a file to ``target``; what a killed run has of it is used. ``advance`` hears of bytes, negative if lost.

    Raises DownloadError when the file is not what the listing says, or what the hub's client raises.
    """
    if target.exists() and target.stat().st_size == remote.size:
        return
    part = target.with_name(f"{target.name}.part")
    for last in (False, True):
        _transfer(remote, url, part, advance)
        if not remote.digest or _digest(part, remote.digest) == remote.digest:
            part.replace(target)
            return
        advance(-part.stat().st_size)
        part.unlink()
        if not last:
            _LOG.warning("%s: the checksum is wrong; fetching it once more", remote.path)
    raise DownloadError(f"{remote.path}: the checksum is wrong twice over; is there a proxy that changes files?")


def received(target: Path) -> int:
    """The bytes of a file that are here, whole or not."""
    found = [path for path in (target, target.with_name(f"{target.name}.part")) if path.exists()]
    return found[0].stat().st_size if found else 0


def _digest(path: Path, like: str) -> str:
    """The file's digest, of the kind that ``like`` is: SHA-256, or the hash git gives the blob."""
    kind = like.partition(":")[0]
    state = hashlib.sha256()
    if kind == "git-sha1":
        state = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            state.update(block)
    return f"{kind}:{state.hexdigest()}"


def _transfer(remote: RemoteFile, url: str, part: Path, advance: Callable[[int], Any]) -> None:
    """Bring ``part`` to its full size, over as many connections as it takes."""
    empty_handed = 0
    while True:
        have = part.stat().st_size if part.exists() else 0
        if have == remote.size and part.exists():
            return
        if have > remote.size:
            part.unlink()
            have = 0
        cut = _stream(remote, url, part, have, advance)
        if not cut:
            continue
        empty_handed = 0 if part.stat().st_size > have else empty_handed + 1
        if empty_handed > RETRIES:
            raise DownloadError(f"{remote.path}: cut again and again ({cut}); run this again, it goes on from here")
        _LOG.info("%s: cut at %.1f MB (%s); going on", remote.path, part.stat().st_size / 1e6, cut)
        time.sleep(min(2**empty_handed - 1, 8))


def _stream(remote: RemoteFile, url: str, part: Path, have: int, advance: Callable[[int], Any]) -> str:
    """Add to ``part`` what one connection brings, from byte ``have`` on; says what cut it, "" when it came to its end.

    The token goes to the hub only: the client drops it when it is redirected to another host.
    """
    from huggingface_hub import constants
    from huggingface_hub.errors import HTTPError
    from huggingface_hub.utils import build_hf_headers, hf_raise_for_status, http_stream_backoff

    headers = build_hf_headers() if url.startswith(f"{constants.ENDPOINT}/") else {}
    headers["Accept-Encoding"] = "identity"
    if have:
        headers["Range"] = f"bytes={have}-"
    timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT
    with http_stream_backoff("GET", url, headers=headers, timeout=timeout) as response:
        hf_raise_for_status(response)
        if remote.etag and (response.headers.get("ETag") or response.headers.get("Last-Modified")) != remote.etag:
            raise DownloadError(f"{url} has changed since this began; remove {part.parent} to begin anew")
        goes_on = response.status_code == 206
        if have and not goes_on:
            advance(-have)
            have = 0
        with part.open("ab" if goes_on else "wb") as file:
            try:
                for chunk in response.iter_bytes():
                    have += len(chunk)
                    if have > remote.size:
                        raise DownloadError(f"{remote.path}: longer than the {remote.size:,} bytes it should have")
                    file.write(chunk)
                    file.flush()  # a killed run keeps it
                    advance(len(chunk))
            except HTTPError as error:
                return str(error) or type(error).__name__
    return "" if have == remote.size else "the connection closed early"
