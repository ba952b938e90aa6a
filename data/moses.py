"""OPUS's moses zips: one text file a language, line n of one the translation of line n of the other.

Nothing is unpacked to the disk, and an archive that could do harm if it were is refused as a whole.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import zip_longest
from pathlib import Path, PurePosixPath
from typing import Any

from data.errors import DownloadError
from data.lines import lines

MAX_UNPACKED = 4 << 30
MAX_RATIO = 200
"""Text packs to a fifth or so; a member that claims far more than its packed size can hold is not text."""


def rows(path: Path, name: str, languages: list[str]) -> Iterator[dict[str, str]]:
    """``{language: text}`` of every line. Raises DownloadError for an archive to distrust or members of unequal length.

    zipfile reads no more of a member than its header claims, and BadZipFile tells if that was not all.
    """
    import fsspec

    archive = fsspec.filesystem("zip", fo=str(path), skip_instance_cache=True)
    with ExitStack() as stack:
        stack.callback(archive.close)
        members = _members(archive.zip.infolist(), name, languages)
        files = [stack.enter_context(archive.open(member)) for member in members]
        sides = [lines(file, f"{name}, {member}") for file, member in zip(files, members, strict=True)]
        for number, texts in enumerate(zip_longest(*sides), 1):
            if None in texts:
                short = members[texts.index(None)]
                raise DownloadError(
                    f"{name}: {short} ends at line {number - 1}, the other goes on: they do not pair up"
                )
            yield {language: text.decode() for language, text in zip(languages, texts, strict=True)}


def _members(infos: list[Any], name: str, languages: list[str]) -> list[str]:
    """The member of each language, out of an archive in which all is as it should be."""
    for info in infos:
        place = PurePosixPath(info.filename.replace("\\", "/"))
        if place.is_absolute() or ".." in place.parts or ":" in "".join(place.parts[:1]):
            raise DownloadError(f"{name}: refused, for it would write outside of its folder: {info.filename!r}")
        if info.flag_bits & 1:
            raise DownloadError(f"{name}: {info.filename} is encrypted")
        if info.file_size > MAX_RATIO * max(info.compress_size, 1000):
            raise DownloadError(f"{name}: refused, {info.filename} claims {info.file_size:,} bytes: not a text")
    if sum(info.file_size for info in infos) > MAX_UNPACKED:
        raise DownloadError(f"{name}: refused, it would unpack to more than {MAX_UNPACKED >> 30} GiB")
    found = []
    for language in languages:
        named = [info.filename for info in infos if info.filename.endswith(f".{language}")]
        if len(named) != 1:
            has = ", ".join(info.filename for info in infos)
            raise DownloadError(f"{name}: one file named *.{language} was expected, but it holds {has}")
        found.append(named[0])
    return found
