"""What there is to fetch of a source, asked of its server once: the commit, and each file with its size and digest."""

import functools
import logging
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from data.errors import DownloadError
from data.registry import Source

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")
PATIENCE = (1, 2, 4)
"""Seconds before each further try of a request that the server could not serve."""
PATHS_A_REQUEST = 500


@dataclass(frozen=True, kw_only=True)
class RemoteFile:
    """A file to fetch. ``digest`` is ``sha256:...`` or ``git-sha1:...``, or "" where the server tells none.

    ``etag`` is set instead where the URL may change its content: what goes on a cut transfer must still have it.
    """

    path: str
    size: int
    digest: str = ""
    etag: str = ""
    output: str


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What a source was at one moment; ``id`` is the name it goes by now."""

    id: str
    commit: str
    files: tuple[RemoteFile, ...]


def listing(source: Source, *, commit: str | None = None) -> Listing:
    """Ask for a source's files, in the order they land, at a commit or else where its revision stands now.

    Raises DownloadError, or what the client libraries raise.
    """
    _calm()
    return _of_url(source) if source.url else _of_dataset(source, commit or source.revision)


def url_of(source: Source, listing: Listing, file: RemoteFile) -> str:
    """Where to get a file from now; a run that goes on may have been given another mirror than the one before."""
    return source.url or _resolve(listing.id, listing.commit, file.path)


def _resolve(id_: str, commit: str, path: str) -> str:
    from huggingface_hub import hf_hub_url

    return hf_hub_url(id_, path, repo_type="dataset", revision=commit)


def _calm() -> None:
    """One progress bar, ours; and each warning of the libraries once, on our log."""
    import datasets
    from huggingface_hub.utils import disable_progress_bars

    disable_progress_bars()
    datasets.disable_progress_bars()
    for name in ("huggingface_hub", "datasets"):
        logging.getLogger(name).handlers.clear()
    for name in ("httpx", "httpx2"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _patient(ask: Callable[[], _T]) -> _T:
    """The answer of a server that may be busy for a moment; network errors are raised at once."""
    from huggingface_hub.errors import HfHubHTTPError

    for seconds in PATIENCE:
        try:
            return ask()
        except HfHubHTTPError as error:
            if error.response.status_code < 500 and error.response.status_code != 429:
                raise
            _LOG.info("the server answered %d; trying again", error.response.status_code)
            time.sleep(seconds)
    return ask()


def _of_url(source: Source) -> Listing:
    from huggingface_hub import get_session
    from huggingface_hub.utils import hf_raise_for_status

    def head() -> Any:
        response = get_session().head(source.url, headers={"Accept-Encoding": "identity"}, timeout=60)
        hf_raise_for_status(response)
        return response

    headers = _patient(head).headers
    size, etag = headers.get("Content-Length", ""), headers.get("ETag") or headers.get("Last-Modified") or ""
    if not size.isdigit():
        raise DownloadError(f"{source.url} does not say how long it is; is this the file itself?")
    output = next(iter(source.outputs))
    file = RemoteFile(path=source.url.rpartition("/")[2], size=int(size), etag=etag, output=output)
    return Listing(id=source.id, commit=source.revision, files=(file,))


def _of_dataset(source: Source, revision: str) -> Listing:
    from huggingface_hub import HfApi, get_hf_file_metadata
    from huggingface_hub.errors import RemoteEntryNotFoundError

    api = HfApi()
    info = _patient(lambda: api.dataset_info(source.id, revision=revision, timeout=60))
    if info.id != source.id:
        _LOG.warning("%s is called %s now; its row in data/registry.py should say so", source.id, info.id)
    commit = info.sha or revision
    try:  # A gated dataset may be listed by anyone: only a file tells, and `datasets` hides what it was told.
        _patient(lambda: get_hf_file_metadata(_resolve(info.id, commit, "README.md")))
    except RemoteEntryNotFoundError:
        _LOG.debug("%s has no card", info.id)
    splits = _splits(source, info.id, commit)
    wanted = [(path, out) for out, names in source.outputs.items() for split in names for path in splits[split]]
    facts = _facts(api, info.id, commit, [path for path, _ in wanted])
    files = (
        RemoteFile(path=path, size=facts[path][0], digest=facts[path][1], output=output) for path, output in wanted
    )
    return Listing(id=info.id, commit=commit, files=tuple(files))


def _facts(api: "HfApi", id_: str, commit: str, paths: list[str]) -> dict[str, tuple[int, str]]:
    """``{path: (bytes, digest)}`` of files that are known to be there."""
    facts: dict[str, tuple[int, str]] = {}
    for start in range(0, len(paths), PATHS_A_REQUEST):
        some = paths[start : start + PATHS_A_REQUEST]
        ask = functools.partial(api.get_paths_info, id_, some, revision=commit, repo_type="dataset")
        for fact in _patient(ask):
            lfs, size = getattr(fact, "lfs", None), getattr(fact, "size", 0)
            facts[fact.path] = (size, f"sha256:{lfs.sha256}" if lfs else f"git-sha1:{getattr(fact, 'blob_id', '')}")
    return facts


def _splits(source: Source, id_: str, commit: str) -> dict[str, list[str]]:
    """``{split: paths}`` of a config, as the dataset's own card has it; raises DownloadError when it has it not."""
    import datasets

    try:
        with tempfile.TemporaryDirectory() as cache:  # an old copy must not stand in for an answer
            builder = datasets.load_dataset_builder(id_, source.config, revision=commit, cache_dir=cache)
    except RuntimeError as error:
        raise DownloadError(f"{id_} can only be read by running its own code, which is not done: {error}") from error
    except (ValueError, FileNotFoundError) as error:
        why = str(error).partition("\n")[0]
        raise DownloadError(f"{id_}, config {source.config}: {why}; has the dataset changed?") from error
    root = f"hf://datasets/{id_}@{commit}/"
    found = {str(split): [str(path) for path in paths] for split, paths in (builder.config.data_files or {}).items()}
    for split in (split for names in source.outputs.values() for split in names):
        if split not in found:
            has = ", ".join(found)
            raise DownloadError(f"{id_}, config {source.config}: no split {split}, only {has}; the dataset has changed")
    return {split: [path.removeprefix(root) for path in paths] for split, paths in found.items()}
