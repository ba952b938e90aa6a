"""What answers in the place of the Dataflow service: it takes a job and runs what was staged for it, on its own.

The worker is another process. It has the package that was staged and the libraries under it, but not this source tree.
"""

import http.server
import json
import os
import re
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from beam_pipelines.transforms import files

_WORKER = """
import sys
from pathlib import Path
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
import beam_pipelines
assert Path(beam_pipelines.__file__).is_relative_to(Path.cwd()), beam_pipelines.__file__
pipeline = beam_runner_api_pb2.Pipeline.FromString(Path("pipeline.pb").read_bytes())
for environment in pipeline.components.environments.values():
    environment.urn, environment.payload = "beam:env:embedded_python:v1", b""
    del environment.dependencies[:]
FnApiRunner().run_via_runner_api(pipeline, PipelineOptions(["--direct_num_workers=2"])).wait_until_finish()
"""

_BOTH: list[dict[str, str]] = [{}, {"tentative": "true"}]
"""How the service gives every counter: as it is for good, and as it was at last."""


class Service:
    """The jobs that came in, and how the last of them goes: it is run, or ``fails_with`` what its worker says."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.jobs: list[dict[str, Any]] = []
        self.state = "JOB_STATE_RUNNING"
        self.messages: list[dict[str, str]] = []
        self.fails_with: str | None = None

    def create(self, job: dict[str, Any]) -> dict[str, Any]:
        """Take a job, as it came, and start it."""
        self.jobs.append(job)
        self.state = "JOB_STATE_RUNNING"
        run = self._run if self.fails_with is None else self._fail
        threading.Thread(target=run, daemon=True).start()
        return self.show()

    def show(self) -> dict[str, Any]:
        """The job as the service describes it."""
        return {"id": "job-1", "projectId": "test-project", "location": "europe-west4", "currentState": self.state}

    @property
    def package(self) -> Path:
        """Where the package that was staged lies unpacked."""
        return self._folder / "worker"

    def staged(self) -> dict[str, bytes]:
        """What was staged for the last job, by name."""
        pool = self.jobs[-1]["environment"]["workerPools"][0]
        places = {package["name"]: package["location"] for package in pool.get("packages", [])}
        urls = {name: re.sub("^(https?://)?storage.googleapis.com/", files.BUCKET, url) for name, url in places.items()}
        return {name: files.read_range(url, 0, files.size(url)) for name, url in urls.items()}

    def pipeline(self) -> bytes:
        """The pipeline of the last job."""
        options = self.jobs[-1]["environment"]["sdkPipelineOptions"]["options"]
        return files.read_range(url := options["pipelineUrl"], 0, files.size(url))

    def _run(self) -> None:
        self.package.mkdir(exist_ok=True)
        archive = self._folder / "workflow.tar.gz"
        archive.write_bytes(self.staged()["workflow.tar.gz"])
        with tarfile.open(archive) as tar:
            (root,) = {member.name.partition("/")[0] for member in tar.getmembers()}
            tar.extractall(self.package, filter="data")
        (self.package / root / "pipeline.pb").write_bytes(self.pipeline())
        libraries = [path for path in sys.path if Path(path).name in {"site", "site-packages"}]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(libraries), "NUMBA_DISABLE_JIT": "1"}
        done = subprocess.run(
            [sys.executable, "-c", _WORKER],
            cwd=self.package / root,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        self._end(done.stderr if done.returncode else None)

    def _fail(self) -> None:
        time.sleep(1)
        self._end(self.fails_with)

    def _end(self, error: str | None) -> None:
        if error is not None:
            self.messages.append({"id": "1", "time": "2026-01-01T00:00:00Z", "messageText": error})
            self.messages[-1]["messageImportance"] = "JOB_MESSAGE_ERROR"
        self.state = "JOB_STATE_DONE" if error is None else "JOB_STATE_FAILED"


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, Service]]:
    """``(address, service)``."""
    service = Service(folder)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(service.create(body))

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            service.state = "JOB_STATE_CANCELLED"
            self._answer(service.show())

        def do_GET(self) -> None:
            last = self.path.partition("?")[0].rpartition("/")[2]
            counters = [{"name": {"origin": "user", "name": "documents", "context": c}, "scalar": 7} for c in _BOTH]
            answers = {"messages": {"jobMessages": service.messages}, "metrics": {"metrics": counters}}
            self._answer(answers.get(last, service.show()))

        def _answer(self, content: Any) -> None:
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("localhost", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}", service
        server.shutdown()
