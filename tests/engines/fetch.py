"""The real engines for the tests marked ``engines``, built from package registries; nothing of them is committed.

``python -m tests.engines.fetch`` fills the folder that the environment variable ``MEDGEMMA_TEST_ENGINES`` names
(``.bench/engines`` by default) with Beam's Prism (Go; 66 MB) and a job server for Flink 1.19 (Java 11 or 17 and
Maven; 157 MB, from 150 MB of jars), which is also a whole Flink cluster.
"""

import hashlib
import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock

_LOG = logging.getLogger("fetch")
VARIABLE = "MEDGEMMA_TEST_ENGINES"
HERE = Path(__file__).parent

PRISM_PACKAGE = "github.com/apache/beam/sdks/v2/go/cmd/prism"
FLINK_POM = HERE / "flink_job_server.xml"
SECONDS = 1200
"""What a build may take; on an idle machine with a near registry it is one or two minutes."""


def cache() -> Path:
    """Where the files are kept."""
    return Path(os.environ.get(VARIABLE, HERE.parents[1] / ".bench" / "engines"))


def _build(command: Sequence[str | Path], made: Path, target: Path, *, env: Mapping[str, str] | None = None) -> Path:
    """Run a command that makes a file, once, whoever else asks; a half-made one never has the target's name."""
    if shutil.which(command[0]) is None:
        raise SystemExit(f"{target.name} is built with {command[0]}, which is not on the PATH")
    _LOG.info("building %s: a few minutes, once", target)
    done = subprocess.run(
        command, env={**os.environ, **(env or {})}, timeout=SECONDS, check=False, capture_output=True, text=True
    )
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        raise SystemExit(f"{target.name} could not be built; is the package registry within reach?\n{said}")
    shutil.move(made, target)
    return target


def prism() -> Path:
    """The Prism of the Beam version that is installed, built with Go when it is not there."""
    beam = version("apache-beam")
    target = cache() / f"prism-{beam}"
    with _only_one(target):
        if target.is_file():
            return target
        with tempfile.TemporaryDirectory(dir=cache()) as temp:
            command = ["go", "install", f"{PRISM_PACKAGE}@v{beam}"]
            return _build(command, Path(temp) / "prism", target, env={"GOBIN": temp, "GOFLAGS": "-ldflags=-s"})


def flink_job_server() -> Path:
    """Beam's job server for Flink 1.19 in one jar, built with Maven when it is not there."""
    target = cache() / f"flink-job-server-1.19-{hashlib.sha256(FLINK_POM.read_bytes()).hexdigest()[:8]}.jar"
    with _only_one(target):
        if target.is_file():
            return target
        with tempfile.TemporaryDirectory(dir=cache()) as temp:
            command = ["mvn", "-q", "-B", "-f", str(FLINK_POM), "package", f"-Dout={temp}"]
            return _build(command, Path(temp) / "flink-job-server-1.19.jar", target)


def _only_one(target: Path) -> FileLock:
    """Held while a file is looked for and made: tests may ask for it from several processes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(f"{target}.lock")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    _LOG.info("%s\n%s", prism(), flink_job_server())
