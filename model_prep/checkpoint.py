"""A model folder read without loading it: shapes from the headers of its safetensors files, and whether they are whole.

The format: 8 bytes with the header's length, the header in JSON (name -> dtype, shape, data_offsets), the data.
https://huggingface.co/docs/safetensors
"""

import hashlib
import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_prep.models import ARCHITECTURES, PrepareError

CONFIG, SHARDS = "config.json", "*.safetensors"
_LONGEST_HEADER = 100_000_000
_TAIL = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A weight of a checkpoint."""

    name: str
    size: tuple[int, ...]

    @property
    def values(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.size)


def _read_shard(path: Path) -> list[Shape]:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(8)
        length = struct.unpack("<Q", head)[0] if len(head) == 8 else 0
        if not 0 < length <= min(size, _LONGEST_HEADER):
            raise PrepareError(f"{path} is damaged: it does not begin like a safetensors file")
        try:
            header: dict[str, Any] = json.loads(file.read(length))
        except ValueError as error:
            raise PrepareError(f"{path} is damaged: {error}") from None
    header.pop("__metadata__", None)
    end = 8 + length + max((entry["data_offsets"][1] for entry in header.values()), default=0)
    if end != size:
        raise PrepareError(f"{path} is cut short: {size:,} bytes of {end:,}; download the base model again")
    return [Shape(name=name, size=tuple(entry["shape"])) for name, entry in header.items()]


def shapes(folder: Path) -> list[Shape]:
    """Every weight of a model. Raises PrepareError when a file is missing, damaged or cut short."""
    paths = sorted(folder.glob(SHARDS))
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        wanted = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        if missing := sorted(wanted - {path.name for path in paths}):
            raise PrepareError(f"{folder} lacks {', '.join(missing)}; download the base model again")
        paths = [folder / name for name in sorted(wanted)]
    if not paths:
        raise PrepareError(f"{folder} holds no weights ({SHARDS})")
    return [shape for path in paths for shape in _read_shard(path)]


def architecture(folder: Path) -> str:
    """The model's class as its config names it. Raises PrepareError for one that cannot be prepared."""
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    names = config.get("architectures") or ["none"]
    if names[0] not in ARCHITECTURES:
        raise PrepareError(f"{folder} is a {names[0]}; what can be prepared is {' and '.join(ARCHITECTURES)}")
    return str(names[0])


def mark(folder: Path) -> str:
    """A fingerprint that tells one base from another: its config, its shapes and the last bytes of each weight file."""
    digest = hashlib.sha256((folder / CONFIG).read_bytes())
    digest.update(repr(sorted((shape.name, shape.size) for shape in shapes(folder))).encode())
    for path in sorted(folder.glob(SHARDS)):
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL))
            digest.update(file.read())
    return digest.hexdigest()
