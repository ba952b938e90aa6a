"""What the model has answered so far, on disk before anyone relies on it.

A line is a JSON object of answers by key, those of one batch: appended by one write and synced. A process that is
killed loses at most the batch it was computing; half a line at the end is cut off when the journal is opened again.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class JournalError(ValueError):
    """A journal that cannot be used: a line that is not its last one is damaged."""


class Journal:
    """Answers by key; use :func:`opened` to get one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries: dict[str, dict[str, Any]] = {}
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self._read()

    def _read(self) -> None:
        whole = 0
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    if not line.endswith(b"\n"):
                        raise ValueError("no end of line")
                    self.entries |= json.loads(line)
                except ValueError as error:
                    if file.read(1):
                        raise JournalError(f"{self.path} line {number} is damaged: move the file away") from error
                    os.ftruncate(self._descriptor, whole)
                    return
                whole += len(line)

    def append(self, answers: Mapping[str, dict[str, Any]]) -> None:
        """Add the answers of a batch, all of them or none; they are on disk when this returns."""
        line = (json.dumps(answers, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
        while line:  # a signal may cut a write short
            line = line[os.write(self._descriptor, line) :]
        os.fsync(self._descriptor)
        self.entries.update(answers)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


@contextmanager
def opened(path: Path) -> Iterator[Journal]:
    """The journal at a path, which only one run at a time may hold. Raises JournalError, and files.Locked."""
    from beam_pipelines.transforms import files

    path.parent.mkdir(parents=True, exist_ok=True)
    with files.lock(str(path.with_suffix(".lock"))):
        journal = Journal(path)
        try:
            folder = os.open(path.parent, os.O_RDONLY)
            os.fsync(folder)  # the name of a new file is data of its folder
            os.close(folder)
            yield journal
        finally:
            journal.close()
