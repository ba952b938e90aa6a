"""A pool of Python workers, as it runs beside every TaskManager of a real cluster."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.engines.cluster import free_port
from tests.engines.machines import Machine


class Pool(NamedTuple):
    """A running one. Two TaskManagers must not share one: both number their workers from 1."""

    pid: int
    port: int

    @property
    def flags(self) -> list[str]:
        """How a job is sent to it."""
        return ["--environment_type=EXTERNAL", f"--environment_config=localhost:{self.port}"]

    def processes(self) -> list[int]:
        """The process ids of its workers."""
        threads = Path(f"/proc/{self.pid}/task").glob("*/children")
        return [int(pid) for thread in threads for pid in thread.read_text().split()]


@contextmanager
def worker_pool(log: Path, machine: Machine | None = None, *, port: int | None = None) -> Iterator[Pool]:
    """Start one, and end it with the block."""
    port = port or free_port()
    command = [sys.executable, "-m", "apache_beam.runners.worker.worker_pool_main", f"--service_port={port}"]
    # The pool starts its workers as ``python``.
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    prefix = machine.prefix if machine else ()
    with log.open("wb") as out, subprocess.Popen([*prefix, *command], stdout=out, stderr=out, env=env) as pool:
        try:
            yield Pool(pool.pid, port)
        finally:
            pool.terminate()
