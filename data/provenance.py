"""``_source.json`` beside every downloaded source: what it is, where it came from, and how to know it again."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import Any

import xxhash

from beam_pipelines.sources import ORIGIN
from data import journal
from data.errors import DownloadError
from data.journal import Journal
from data.registry import Source
from data.shards import Landed


class State(Enum):
    """How much of a source lies in its folder."""

    DONE = "done"
    PARTIAL = "partial"
    MISSING = "missing"
    DAMAGED = "damaged"
    NOT_OURS = "there, but not by this downloader"


def record(source: Source, done: Journal, landed: Sequence[Landed], *, limit: int | None) -> dict[str, Any]:
    """What ``_source.json`` says. ``hash`` is the XXH3-128 of the files' digests, in order."""
    digests = b"".join(bytes.fromhex(file.hash.partition(":")[2]) for file in landed)
    complete = done.finished == len(done.listing.files)
    used = done.listing.files[: max((part.file for part in done.parts), default=-1) + 1]
    return {
        "source": source.name,
        **done.asked,
        "served_as": done.listing.id,
        "commit": done.listing.commit,
        "licence": source.licence,
        "licence_page": source.licence_page,
        "downloaded": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "limit_bytes": None if complete else limit,
        "rows": sum(file.rows for file in landed),
        "bytes": sum(file.bytes for file in landed),
        "hash": f"xxh3_128x{len(landed)}:{xxhash.xxh3_128_hexdigest(digests)}",
        "files": [asdict(file) for file in landed],
        "upstream": [{"path": file.path, "bytes": file.size, "digest": file.digest or file.etag} for file in used],
    }


def write(folder: Path, facts: dict[str, Any]) -> None:
    """Put the record beside its files."""
    (folder / ORIGIN).write_text(json.dumps(facts, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def read(folder: Path) -> dict[str, Any] | None:
    """The record in a folder, None where there is none."""
    path = folder / ORIGIN
    if not path.exists():
        return None
    try:
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DownloadError(f"{path} is no JSON ({error}); move its folder away to download it anew") from error
    return facts


def work_folder(target: Path) -> Path:
    """Where a source is put together before it gets its place: beside it, hidden."""
    return target.with_name(f".{target.name}.download")


def state(source: Source, target: Path, *, limit: int | None) -> State:
    """What lies there, told from the disk alone. Raises DownloadError when it is of another revision or config."""
    facts = read(target)
    if facts is not None:
        journal.check_same(facts, source, target)
        if any(not _as_recorded(target / file["path"], file["bytes"]) for file in facts["files"]):
            return State.DAMAGED
        held = facts["limit_bytes"]
        return State.DONE if held is None or (limit is not None and limit <= held) else State.PARTIAL
    if target.exists() and any(target.iterdir()):
        return State.NOT_OURS
    return State.PARTIAL if (work_folder(target) / journal.NAME).exists() else State.MISSING


def _as_recorded(path: Path, size: int) -> bool:
    return path.exists() and path.stat().st_size == size
