"""A run on Flink before it starts: what is filled in, and one clear line for what is missing. No Flink is needed."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import SimpleQueue
from types import SimpleNamespace

import pytest

from beam_pipelines import engines, flink, launch, options, plain_text
from beam_pipelines.options import UsageError


class Rest(BaseHTTPRequestHandler):
    """The REST API of a cluster, as far as it is asked."""

    asked: list[tuple[str, str]]
    ANSWERS = {  # noqa: RUF012
        "/config": {"flink-version": "1.19.0"},
        "/jobs/overview": {"jobs": [{"jid": "a1", "name": "BeamApp-x"}, {"jid": "b2", "name": "BeamApp-y"}]},
    }

    def do_GET(self) -> None:
        self.asked.append((self.command, self.path))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(self.ANSWERS.get(self.path, {})).encode())

    do_PATCH = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def master() -> Iterator[str]:
    """The address of a cluster that says it is a Flink 1.19."""
    Rest.asked = []
    with HTTPServer(("localhost", 0), Rest) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"localhost:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def java(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flink.shutil, "which", lambda name: f"/usr/bin/{name}")


def added(*flags: str) -> list[str]:
    """The flags that are filled in."""
    parser = plain_text.flags()
    parsed, left = options.parse(parser, ["--runner", "FlinkRunner", *flags])
    engines.check_flags(parser, parsed, left)
    done = engines.completed(parsed, left)
    assert done[: len(left)] == left
    return done[len(left) :]


def test_a_local_flink_needs_nothing() -> None:
    assert added() == added("--flink_master=[local]", "--parallelism=2", "--object_reuse") == []


def test_a_cluster_on_this_machine_gets_its_version_and_workers_in_this_process(master: str, tmp_path: Path) -> None:
    assert added(f"--flink_master={master}") == ["--flink_version=1.19", "--environment_type=LOOPBACK"]
    jar = tmp_path / "job-server.jar"
    jar.touch()
    own = [f"--flink_master=http://{master}", f"--flink_job_server_jar={jar}"]
    assert added(*own) == ["--environment_type=LOOPBACK"]
    assert added(*own, "--environment_type=LOOPBACK", "--flink_version=1.19") == []


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--flink_job_server_jar=/nowhere.jar"], "/nowhere.jar: no such file"),
        (["--flink_master=localhost:1"], "localhost:1: no Flink cluster answers there .*refused"),
        (["--flink_master=MASTER", "--flink_version=1.20"], "1.20, but the cluster at localhost:[0-9]+ runs 1.19"),
        (["--flink_master=MASTER", "--number_of_execution_retries=2"], "restart-strategy.type"),
        (["--flink_conf_dirs=x"], "did you mean --flink_conf_dir"),
        (["--job_endpoint=flink.example:8099"], "--environment_type must say where"),
        (["--flink_master=MASTER", "--environment_type=EXTERNAL"], "--input is needed"),
        (["--flink_master=MASTER", "--environment_type=EXTERNAL", "--input=/raw"], "--output .*full path"),
        (["--environment_type=DOCKER", "--output=/a", "--input=/raw", "--input=b"], "--input b: .*full path"),
        (["--environment_type=DOCKER", "--output=gs://a", "--input=/r", "--rejects=c"], "--rejects c: .*full path"),
    ],
)
def test_what_cannot_work_is_one_clear_line(master: str, flags: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said) as error:
        added(*(flag.replace("MASTER", master) for flag in flags))
    assert "\n" not in str(error.value)


def test_workers_elsewhere_with_full_paths(master: str) -> None:
    place = ["--environment_type=EXTERNAL", "--environment_config=localhost:50000"]
    paths = ["--input=/shared/raw", "--output=gs://bucket/train.jsonl"]
    assert added(f"--flink_master={master}", *place, *paths) == ["--flink_version=1.19"]


def test_without_java(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(flink.shutil, "which", lambda _: None)
    assert launch.main(plain_text.run, ["--runner=FlinkRunner"]) == 2
    assert "no java on the PATH" in caplog.records[-1].getMessage()


def test_flags_of_flink_are_unknown_to_other_runners() -> None:
    parser = plain_text.flags()
    parsed, left = options.parse(parser, ["--object_reuse"])
    with pytest.raises(UsageError, match="unknown argument --object_reuse"):
        engines.check_flags(parser, parsed, left)


def test_a_job_is_cancelled_on_its_cluster_and_no_other(master: str) -> None:
    from apache_beam.options.pipeline_options import PipelineOptions

    flink.cancel("BeamApp-y_1234", PipelineOptions([f"--flink_master={master}"]))
    assert Rest.asked == [("GET", "/jobs/overview"), ("PATCH", "/jobs/b2?mode=cancel")]


def test_no_task_manager_ends_a_worker_of_another_that_has_the_same_number() -> None:
    from apache_beam.portability.api import beam_fn_api_pb2
    from apache_beam.runners.worker.worker_pool_main import BeamFnExternalWorkerPoolServicer

    pool, stop = BeamFnExternalWorkerPoolServicer(), beam_fn_api_pb2.StopWorkerRequest(worker_id="1-1")
    with engines.engine("FlinkRunner"):
        worker = pool._worker_threads["1-1"] = SimpleNamespace(_responses=SimpleQueue())
        pool.StopWorker(stop, None)
        assert worker._responses.empty()
    pool.StopWorker(stop, None)
    assert not worker._responses.empty()
