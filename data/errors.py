"""What can go wrong between here and a server, each as one line that says what to do about it."""

import errno
import os
import re
from collections.abc import Iterator
from typing import Any

from data.registry import Source

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


class DownloadError(RuntimeError):
    """A source that could not be had; the message is the one line to show."""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and those behind it, hidden ones too: the libraries hide what the server said."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop(0)
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            yield link
            waiting += [link.__cause__, link.__context__]


def hub_page(source: Source) -> str:
    """Where a person reads about a dataset and agrees to its terms."""
    from huggingface_hub import constants

    return f"{constants.ENDPOINT}/datasets/{source.id}" if not source.url else source.licence_page


def explain(error: BaseException, source: Source) -> str:
    """One line for any error of a download: what happened and what to do."""
    if isinstance(error, DownloadError):
        return str(error)
    for link in _chain(error):
        line = _of_disk(link) or _of_server(link, source) or _of_network(link)
        if line:
            return line
    first = str(error).strip().splitlines()
    return first[0] if first else type(error).__name__


def _of_disk(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "the disk is full; free some space and run the same command again, it goes on from here"
    if isinstance(error, PermissionError):
        return f"no permission to write {error.filename}"
    return ""


def _of_server(error: BaseException, source: Source) -> str:
    """What the hub, or whoever else was asked, answered."""
    from huggingface_hub import errors

    page, login = hub_page(source), "run `hf auth login`"
    if isinstance(error, errors.GatedRepoError):
        return (
            f"{source.id} is gated: agree to its terms at {page} (licence: {source.licence}, {source.licence_page}), "
            f"{login} with the same account, and run this again"
        )
    if isinstance(error, errors.RepositoryNotFoundError):
        return (
            f"there is no dataset {source.id}, or it is private: look at {page}; if it has been renamed, change its "
            f"row in data/registry.py, and if it is private, {login}"
        )
    if isinstance(error, errors.RevisionNotFoundError):
        asked = re.search(r"/(?:resolve|revision)/([^/]+)", str(error.response.url))
        return (
            f"{source.id} has no revision {asked[1] if asked else source.revision} any more: look at {page}, put one "
            "that is there into its row in data/registry.py, and move away what was made of the old one"
        )
    if isinstance(error, errors.HfHubHTTPError):
        return _of_status(error, source, login)
    return ""


def _of_status(error: Any, source: Source, login: str) -> str:
    status, url = error.response.status_code, str(error.response.url).partition("?")[0]
    if status == 401:
        return f"the server does not know your token: {login} again (HF_TOKEN, where it is set, goes first)"
    if status == 403:
        return f"access to {url} is refused: see {hub_page(source)} and its licence ({source.licence_page}), or {login}"
    if status == 404:
        return f"{url} is not there any more: the source has moved; look for it and change its row in data/registry.py"
    if status == 429:
        return f"the server has had too many requests; wait some minutes and run this again (more are allowed: {login})"
    if status >= 500:
        return f"the server has trouble of its own ({status} for {url}); run this again later, it goes on from here"
    return f"the server answered {status} for {url}"


def _of_network(error: BaseException) -> str:
    """Errors of the HTTP client, whose package has another name in each major version of the hub's library."""
    from huggingface_hub.errors import HTTPError, OfflineModeIsEnabled

    if isinstance(error, OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set, so nothing may be fetched; unset it"
    if not isinstance(error, HTTPError):
        return ""
    proxies = [name for name in PROXIES if os.environ.get(name) or os.environ.get(name.lower())]
    request = getattr(error, "_request", None)
    where = f" {request.url.host}" if request is not None else " the server"
    why = str(error) or type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in why:
        return f"the certificate of{where} is not trusted; behind a company proxy, set SSL_CERT_FILE to its authority"
    if proxies:
        return f"cannot reach{where} through the proxy in {', '.join(proxies)} ({why}); check it and run this again"
    return (
        f"cannot reach{where} ({why}): check the network; behind a proxy set HTTPS_PROXY, for a mirror HF_ENDPOINT; "
        "run this again, it goes on from here"
    )
