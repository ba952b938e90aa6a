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

from beam_pipelines.transforms import repeated, write
from beam_pipelines.transforms.refine import RefineItem
from beam_pipelines.transforms.rewrite import Rewriter
from tests.engines.cluster import Cluster, wait_until
from tests.engines.conftest import MARKS, Case
from tests.engines.workers import worker_pool

pytestmark = MARKS


class Spy:
    """Sees every call of a function by workers in this process, and does something before or after one of them."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        where: Any,
        name: str,
        *,
        at: int = 1,
        before: Callable[[], object] = lambda: None,
        after: Callable[[], object] = lambda: None,
    ) -> None:
        self.calls: list[tuple[Any, ...]] = []
        lock, real = threading.Lock(), getattr(where, name)

        def spy(*args: Any, **more: Any) -> Any:
            with lock:
                self.calls.append(args)
                here = len(self.calls) == at
            if here:
                before()
            result = real(*args, **more)
            if here:
                after()
            return result

        monkeypatch.setattr(where, name, spy)


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
    commits = Spy(monkeypatch, write, "commit", after=lose_connection)
    refined = Spy(monkeypatch, RefineItem, "_refine", at=12, before=lose_connection)
    documents.check_on(*flink, "--flink_master=[local]", retries)
    assert {Path(item.path).name for _, item, _ in refined.calls} == {f"{n:02}.arrow" for n in range(24)}
    assert 24 < len(refined.calls) <= 26  # what was finished before the failures was found and not done again
    assert len(commits.calls) == 2


def test_local_with_workers_that_fail_while_lines_are_counted_and_when_a_part_is_rewritten(
    repeated_lines: Case, flink: list[str], retries: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = Spy(monkeypatch, repeated, "find", after=lose_connection)
    rewrites = Spy(monkeypatch, Rewriter, "rewrite", at=4, after=lose_connection)
    repeated_lines.check_on(*flink, "--flink_master=[local]", retries)
    assert len(counts.calls) >= 2
    assert len(rewrites.calls) >= 7  # of 6 parts


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
    refined = Spy(monkeypatch, RefineItem, "_refine", at=12, before=lambda: cluster.kill_task_manager(victim))
    documents.check_on(*flink, f"--flink_master={cluster.address}")
    assert victim not in cluster.task_managers
    assert 24 <= len(refined.calls) <= 26
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
