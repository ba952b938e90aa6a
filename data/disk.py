"""Whether there is room for a download, asked before its first byte."""

import shutil

from data.errors import DownloadError
from data.journal import Journal
from data.registry import Source

EXPANSION = 4
"""Text as it lands against its compressed files, at most, where the registry does not say how large it gets."""


def space_needed(source: Source, state: Journal, *, limit: int | None) -> int:
    """The bytes still to be written at the worst moment: what is yet to land, and the largest file to convert."""
    files = state.listing.files
    landing = EXPANSION * sum(file.size for file in files)
    caps = [cap for cap in (source.about_bytes or None, limit) if cap is not None]
    landing = min([landing, *caps])
    return max(0, landing - state.bytes) + max((file.size for file in files[state.finished :]), default=0)


def check_space(source: Source, state: Journal, *, limit: int | None) -> None:
    """Raise DownloadError when the disk cannot hold what is to come."""
    needed = space_needed(source, state, limit=limit)
    free = shutil.disk_usage(state.folder).free
    if needed > free:
        raise DownloadError(
            f"not enough room: about {needed / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB are free where "
            f"{state.folder.parent} is; free some, choose another disk with --output, or take less with --max_gb"
        )
