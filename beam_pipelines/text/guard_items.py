"""The questions of a benchmark, and how they travel to a worker."""

import json
import zlib
from collections.abc import Iterable
from typing import NamedTuple


class Item(NamedTuple):
    """A question of a benchmark, and the file and row (from 0) that it stands in."""

    file: str
    row: int
    stem: str
    options: tuple[str, ...] = ()


def pack(items: Iterable[Item]) -> bytes:
    """Items as bytes that can be sent to a worker; empty for no items."""
    lines = [json.dumps(item, ensure_ascii=False) for item in items]
    return zlib.compress("\n".join(lines).encode(), 9) if lines else b""


def unpack(packed: bytes) -> list[Item]:
    """The inverse of :func:`pack`."""
    rows = [json.loads(line) for line in zlib.decompress(packed).decode().split("\n")] if packed else []
    return [Item(file, row, stem, tuple(options)) for file, row, stem, options in rows]
