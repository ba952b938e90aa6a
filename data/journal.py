"""What a download has done so far, kept beside its parts, so that a killed one goes on where it was.

``journal.json`` holds the listing it began with and the parts that are whole. It is written whole after each part, so
whatever it names is on the disk, and whatever it does not name is done again.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from beam_pipelines.transforms import files
from data.errors import DownloadError
from data.hub import Listing, RemoteFile
from data.registry import Source

NAME = "journal.json"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A whole piece of an output: ``rows`` rows of the upstream file with this number."""

    file: int
    name: str
    output: str
    rows: int
    bytes: int
    hash: str


def asked(source: Source) -> dict[str, Any]:
    """What decides which data a source is; a download of one thing is never gone on with as another."""
    return {"id": source.id, "config": source.config, "revision": source.revision}


@dataclass(kw_only=True)
class Journal:
    """The state of one download; ``finished`` upstream files have all their rows in parts."""

    folder: Path
    asked: dict[str, Any]
    listing: Listing
    finished: int = 0
    parts: list[Part] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        """What the parts hold together."""
        return sum(part.bytes for part in self.parts)

    def rows_of(self, file: int) -> int:
        """How many rows of an upstream file are in parts already."""
        return sum(part.rows for part in self.parts if part.file == file)

    def add(self, part: Part) -> None:
        """Note a part that is whole on the disk."""
        self.parts.append(part)
        self.save()

    def finish_file(self) -> None:
        """Note that the next upstream file has no more rows."""
        self.finished += 1
        self.save()

    def save(self) -> None:
        """Write it down."""
        kept = {name: value for name, value in asdict(self).items() if name != "folder"}
        with files.write_whole(str(self.folder / NAME)) as file:
            file.write(json.dumps(kept, ensure_ascii=False, indent=1).encode())


def load(folder: Path, source: Source) -> Journal | None:
    """The journal of a download that did not come to its end; raises DownloadError when it is of something else."""
    path = folder / NAME
    if not path.exists():
        return None
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        told = kept["listing"]
        remote = tuple(RemoteFile(**file) for file in told.pop("files"))
        parts = [Part(**part) for part in kept.pop("parts")]
        state = Journal(**{**kept, "folder": folder, "listing": Listing(**told, files=remote), "parts": parts})
    except (ValueError, KeyError, TypeError) as error:
        raise DownloadError(f"{path} is of another version or damaged; remove {folder} to begin anew") from error
    check_same(state.asked, source, folder)
    return state


def check_same(there: dict[str, Any], source: Source, folder: Path) -> None:
    """Raise DownloadError when what lies in a folder was asked for in other words than the source's row says now."""
    for name, wanted in asked(source).items():
        if there.get(name) != wanted:
            raise DownloadError(
                f"{folder} is of {name} {there.get(name)!r}, and asked for is {wanted!r}: move it away to have the "
                "other, or undo the change"
            )
