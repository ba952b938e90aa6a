"""Two machines that share an object store and no disk: Flink's job ends with the same bytes when one is cut off."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.engines import fetch
from tests.engines import gcs as google
from tests.engines.cluster import Cluster, wait_until
from tests.engines.conftest import MARKS, Case
from tests.engines.machines import can_be_made, machines
from tests.engines.workers import worker_pool

pytestmark = [
    *MARKS,
    pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning"),  # which gcsfs does
    pytest.mark.skipif(not can_be_made(), reason="network namespaces take root and iproute2"),
]


def test_a_machine_cut_off_while_parts_are_written_without_repeated_lines(
    near: Case, flink: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with machines(2) as (host, (lost, stays)), google.emulator(host) as address, ExitStack() as stack:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
        stored = google.Stored(near, "machines")
        for machine in (lost, stays):
            pool = stack.enter_context(worker_pool(tmp_path / f"log-{machine.address}", machine, port=50000))
        cluster = Cluster(fetch.flink_job_server(), tmp_path, host=host, machines=[lost, stays])
        stack.enter_context(cluster)
        flags = [*stored.flags, *flink, f"--flink_master={cluster.address}", *pool.flags]
        with subprocess.Popen([sys.executable, "-m", "beam_pipelines.plain_text", *flags]) as run:
            wait_until(stored.is_rewritten, seconds=300)
            lost.cut_off()
            assert run.wait(300) == 0
        stored.check()
        (refine,) = cluster.vertices("Refine,")
        assert {task["taskmanager-id"] for task in refine["subtasks"]} == {list(cluster.task_managers)[1]}
