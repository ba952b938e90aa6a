"""A step's result: a folder that appears whole, with a record that says what it was made of."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from model_prep.models import PrepareError

KEY = "made_of"


def file_digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def code_digest() -> str:
    """16 hexadecimal digits over the code of this package."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def key_of(facts: Mapping[str, Any]) -> str:
    """What a result depends on, as one word: settings, inputs and code."""
    text = json.dumps({**facts, "code": code_digest()}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def read(record: Path) -> dict[str, Any]:
    """The record of a finished step, empty when there is none."""
    return dict(json.loads(record.read_text(encoding="utf-8"))) if record.is_file() else {}


def write(record: Path, facts: Mapping[str, Any]) -> None:
    """Write a record, readable by people."""
    record.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


@contextmanager
def whole_folder(target: Path, *, record: str) -> Iterator[Path]:
    """A folder to fill that takes the place of ``target`` only when the block ends well.

    Only an earlier result, which holds the file ``record``, is replaced. Raises PrepareError for any other folder that
    is not empty.
    """
    if target.exists() and not (target / record).is_file() and (target.is_file() or any(target.iterdir())):
        raise PrepareError(f"{target} holds something else (no {record}): choose another --output")
    half = target.with_name(f".{target.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    try:
        yield half
    except BaseException:
        shutil.rmtree(half)
        raise
    shutil.rmtree(target, ignore_errors=True)
    half.rename(target)
