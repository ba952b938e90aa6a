"""How far a download has come: a bar with bytes, speed and ETA on a terminal, a line a file elsewhere."""

import logging
import time
from collections.abc import Sequence
from typing import Any

from tqdm import tqdm

from data.disk import EXPANSION
from data.hub import RemoteFile
from data.journal import Journal

_LOG = logging.getLogger(__name__)


class Transfer:
    """The bytes of a source's files that have come in, against all that will.

    ``received`` bytes of the next file are here from an earlier run; they say nothing of the speed.
    """

    def __init__(
        self, name: str, files: Sequence[RemoteFile], state: Journal, *, limit: int | None, received: int = 0
    ) -> None:
        self._files, self._state, self._limit = files, state, limit
        self._name = name
        self._done = sum(file.size for file in files[: state.finished])
        self._bar = tqdm(
            desc=name,
            total=self._total(),
            initial=self._done + received,
            unit="B",
            unit_scale=True,
            disable=None,
            leave=False,
        )
        self._begin = time.monotonic()
        self._came = 0

    def __enter__(self) -> "Transfer":
        return self

    def __exit__(self, *error: Any) -> None:
        self._bar.close()

    def _total(self) -> int:
        """All files, or the share of them that fills what is wanted, guessed better with every file."""
        size = sum(file.size for file in self._files)
        if self._limit is None:
            return size
        landed = self._state.bytes
        return min(size, self._done * self._limit // landed if landed else self._limit // EXPANSION)

    def begin(self, number: int) -> None:
        """The next file."""
        self._bar.set_postfix_str(f"file {number + 1} of {len(self._files)}")

    def advance(self, count: int) -> None:
        """Bytes came in, or were lost."""
        self._came += count
        self._bar.update(count)

    def end(self, number: int) -> None:
        """A file is in parts."""
        self._done += self._files[number].size
        self._bar.total = max(self._total(), self._done)
        if self._bar.disable:
            speed = self._came / 1e6 / max(time.monotonic() - self._begin, 1e-9)
            place = f"file {number + 1} of {len(self._files)}"
            _LOG.info("%s: %s, %.1f MB so far, %.1f MB/s", self._name, place, self._done / 1e6, speed)
