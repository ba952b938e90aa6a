"""A standalone Flink cluster of one JobManager and some TaskManagers, all from the job-server jar."""

import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from tests.engines.machines import Machine

SLOTS = 2
_ENTRY = "org.apache.flink.runtime.{}"
_CONFIG = {
    "jobmanager.memory.process.size": "1g",
    "taskmanager.cpu.cores": 1,
    "taskmanager.numberOfTaskSlots": SLOTS,
    "taskmanager.memory.framework.heap.size": "128m",
    "taskmanager.memory.framework.off-heap.size": "128m",
    "taskmanager.memory.task.heap.size": "192m",
    "taskmanager.memory.task.off-heap.size": "64m",
    "taskmanager.memory.managed.size": "64m",
    "taskmanager.memory.network.min": "160m",
    "taskmanager.memory.network.max": "160m",
    "taskmanager.memory.jvm-metaspace.size": "128m",
    "taskmanager.memory.jvm-overhead.min": "64m",
    "taskmanager.memory.jvm-overhead.max": "64m",
    "cluster.evenly-spread-out-slots": "true",
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": 3,
    "restart-strategy.fixed-delay.delay": "1 s",
    "heartbeat.interval": 1000,
    "heartbeat.timeout": 5000,
}


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind(("localhost", 0))
        return int(one.getsockname()[1])


def wait_until(what: Callable[[], Any], *, seconds: float = 60) -> Any:
    """What the call returns once that is true. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not (found := what()):
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.1)
    return found


class Cluster:
    """Started by ``with``; ends every process that it started."""

    def __init__(
        self, jar: Path, folder: Path, *, host: str = "localhost", machines: Sequence[Machine] = (Machine(), Machine())
    ) -> None:
        """``host`` is the JobManager's; a TaskManager is started on each of the machines."""
        self.address = f"{host}:{free_port()}"
        self._jar, self._folder = jar, folder
        self._machines = machines
        self._processes: list[subprocess.Popen[bytes]] = []
        self._logs: list[IO[bytes]] = []
        self.task_managers: dict[str, subprocess.Popen[bytes]] = {}
        """The running ones, by the id they have in the REST API."""

    def __enter__(self) -> "Cluster":
        host, _, port = self.address.rpartition(":")
        config = _CONFIG | {"rest.address": host, "rest.port": port}
        config |= {"jobmanager.rpc.address": host, "jobmanager.rpc.port": free_port()}
        config |= {"io.tmp.dirs": str(self._folder / "io"), "blob.storage.directory": str(self._folder / "blobs")}
        (self._folder / "io").mkdir()
        (self._folder / "config.yaml").write_text("".join(f"{key}: {value}\n" for key, value in config.items()))
        with ExitStack() as stack:
            stack.push(self)  # ended where it does not come up, too
            self.start([_ENTRY.format("entrypoint.StandaloneSessionClusterEntrypoint")], heap="-Xmx384m")
            for machine in self._machines:
                self.start_task_manager(machine)
            wait_until(lambda: self._registered() == len(self._machines), seconds=120)
            stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        for log in self._logs:
            log.close()

    def start(self, entry: Sequence[str], *, heap: str, prefix: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """Start one of the cluster's programs; what it says lies in its log."""
        log = (self._folder / f"log-{len(self._processes)}.txt").open("wb")
        opens = ["--add-opens=java.base/java.lang=ALL-UNNAMED", "--add-opens=java.base/java.util=ALL-UNNAMED"]
        command = [*prefix, "java", heap, *opens, "-cp", str(self._jar), *entry, "--configDir", str(self._folder)]
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        self._processes.append(process)
        self._logs.append(log)
        return process

    def start_task_manager(self, machine: Machine = Machine()) -> str:  # noqa: B008
        """Start another TaskManager; its id."""
        name = f"tm-{len(self._processes)}"
        entry = [_ENTRY.format("taskexecutor.TaskManagerRunner")]
        entry += ["-D", f"taskmanager.resource-id={name}", "-D", f"taskmanager.host={machine.address}"]
        process = self.start(entry, heap="-Xmx384m", prefix=machine.prefix)
        self.task_managers[name] = process
        return name

    def kill_task_manager(self, name: str) -> None:
        """Kill -9."""
        process = self.task_managers.pop(name)
        process.kill()
        process.wait()

    def get(self, path: str) -> Any:
        """What the REST API says."""
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=10) as answer:
            return json.load(answer)

    def last_job(self) -> dict[str, Any]:
        """What the REST API says of the job that was started last."""
        return max(self.get("/jobs/overview")["jobs"], key=lambda job: job["start-time"])

    def vertices(self, name: str) -> list[dict[str, Any]]:
        """The stages of the last job whose names hold a word."""
        job = f"/jobs/{self.last_job()['jid']}"
        every = self.get(job)["vertices"]
        return [self.get(f"{job}/vertices/{vertex['id']}") for vertex in every if name in vertex["name"]]

    def _registered(self) -> int:
        try:
            return len(self.get("/taskmanagers")["taskmanagers"])
        except OSError:
            return -1
