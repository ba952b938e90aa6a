"""A real Flink gives what the DirectRunner gives, byte for byte, also when workers or TaskManagers die meanwhile."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from beam_pipelines.transforms import write
from beam_pipelines.transforms.commit import commit
from beam_pipelines.transforms.refine import RefineItem
from tests.engines.cluster import Cluster, wait_until
from tests.engines.conftest import MARKS, Case
from tests.engines.workers import worker_pool

pytestmark = MARKS


class Spy:
    """Sees every item that a worker in this process refines, and does something at one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, at: int, act: Callable[[], object]) -> None:
        self.refined: list[str] = []
        self._lock = threading.Lock()
        refine = RefineItem._refine

        def spy(step: RefineItem, item: Any, reads: Any) -> Any:
            with self._lock:
                self.refined.append(Path(item.path).name)
                here = len(self.refined) == at
            if here:
                act()
            return refine(step, item, reads)

        monkeypatch.setattr(RefineItem, "_refine", spy)


@pytest.fixture
def retries(tmp_path: Path) -> str:
    """The flag for a Flink in one process that does failed work again."""
    config = "restart-strategy.type: fixed-delay\nrestart-strategy.fixed-delay.attempts: 3\n"
    (tmp_path / "config.yaml").write_text(config)
    return f"--flink_conf_dir={tmp_path}"


def lose_connection() -> None:
    raise ConnectionResetError("the worker is gone")


def test_local_with_a_worker_that_fails_in_the_middle_and_after_the_end(
    documents: Case, flink: list[str], retries: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[Any] = []

    def fail_when_done(*args: Any, **more: Any) -> Any:
        commits.append(commit(*args, **more))
        if len(commits) == 1:
            lose_connection()
        return commits[-1]

    monkeypatch.setattr(write, "commit", fail_when_done)
    spy = Spy(monkeypatch, at=12, act=lose_connection)
    documents.check_on(*flink, "--flink_master=[local]", retries)
    assert set(spy.refined) == {f"{n:02}.arrow" for n in range(24)}
    assert 24 < len(spy.refined) <= 26  # what was finished before the failures was found and not done again
    assert len(commits) == 2


def test_local_pairs(pairs: Case, flink: list[str]) -> None:
    pairs.check_on(*flink, "--flink_master=[local]")


def test_local_near_duplicates(near: Case, flink: list[str]) -> None:
    near.check_on(*flink, "--flink_master=[local]")


def test_cluster_uses_both_task_managers(documents: Case, flink: list[str], cluster: Cluster) -> None:
    documents.check_on(*flink, f"--flink_master={cluster.address}")
    (refine,) = cluster.vertices("Refine,")
    assert {task["taskmanager-id"] for task in refine["subtasks"]} == set(cluster.task_managers)
    assert all(task["metrics"]["read-records"] > 0 for task in refine["subtasks"])


def test_a_task_manager_killed_in_the_middle(
    documents: Case, flink: list[str], cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = next(iter(cluster.task_managers))
    spy = Spy(monkeypatch, at=12, act=lambda: cluster.kill_task_manager(victim))
    documents.check_on(*flink, f"--flink_master={cluster.address}")
    assert victim not in cluster.task_managers
    assert 24 <= len(spy.refined) <= 26
    (refine,) = cluster.vertices("Refine,")
    assert {task["taskmanager-id"] for task in refine["subtasks"]} == set(cluster.task_managers)
    cluster.start_task_manager()


def test_a_worker_process_killed_in_the_middle(documents: Case, flink: list[str], retries: str, tmp_path: Path) -> None:
    with worker_pool(tmp_path / "log") as pool:
        command = documents.command(*flink, "--flink_master=[local]", retries, *pool.flags)
        with subprocess.Popen([sys.executable, "-m", "beam_pipelines.plain_text", *command]) as run:
            wait_until(documents.is_begun, seconds=300)
            (killed,) = pool.processes()
            os.kill(killed, signal.SIGKILL)
            assert run.wait(300) == 0
    documents.check()


def test_ctrl_c_cancels_the_job_on_the_cluster(documents: Case, flink: list[str], cluster: Cluster) -> None:
    command = documents.command(*flink, f"--flink_master={cluster.address}")
    run = subprocess.Popen(
        [sys.executable, "-m", "beam_pipelines.plain_text", *command],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_until(documents.is_begun, seconds=300)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: the job server hears of it too
    _, said = run.communicate(timeout=120)
    assert run.returncode == 130, said
    assert said.splitlines()[-1].startswith("stopped;")
    wait_until(lambda: cluster.last_job()["state"] == "CANCELED", seconds=120)
    documents.run(documents.flags)  # goes on from there, on the DirectRunner
    documents.check()
