"""How far a run in this process has come: workers add, whoever watches reads."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm


class Meter:
    """Documents and input bytes done so far, added to by every worker thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.documents = self.bytes = 0

    def add(self, *, documents: int = 0, bytes_: int = 0) -> None:
        """Count work done."""
        with self._lock:
            self.documents += documents
            self.bytes += bytes_

    def reset(self) -> None:
        """Start from nothing."""
        with self._lock:
            self.documents = self.bytes = 0


METER = Meter()
"""The one of this process; runners that work elsewhere leave it at zero."""

ASK_EVERY = 10.0
"""Seconds between two looks at what workers elsewhere have finished: it may be a list of many files."""


@contextmanager
def shown(
    total_bytes: int, *, elsewhere: Callable[[], int] = lambda: 0, refresh: float = 0.2
) -> Iterator[Callable[[], float]]:
    """A bar with documents, MB/s and ETA while the block runs, on a terminal only; yields the seconds so far.

    ``elsewhere`` gives the input bytes done so far; it is asked now and then while no worker of this process says any.
    """
    METER.reset()
    begin = time.monotonic()
    stop = threading.Event()
    bar = tqdm(total=total_bytes, unit="B", unit_scale=True, disable=None, leave=False, desc="refining")

    def follow() -> None:
        asked = begin
        while not stop.wait(refresh):
            if METER.bytes:
                bar.update(METER.bytes - bar.n)
                bar.set_postfix(documents=f"{METER.documents:,}", refresh=False)
            elif time.monotonic() - asked >= ASK_EVERY:
                bar.update(elsewhere() - bar.n)
                asked = time.monotonic()

    watcher = threading.Thread(target=follow, daemon=True)
    if not bar.disable:
        watcher.start()
    try:
        yield lambda: time.monotonic() - begin
    finally:
        stop.set()
        if watcher.is_alive():
            watcher.join()
        bar.close()
