"""A hub with every source on it, and the downloads run against it as a user runs them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.data import hub_server, upstream
from tests.data.hub_server import Hub

ROOT = Path(__file__).parents[2]
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


def environment(hub: Hub, home: Path) -> dict[str, str]:
    """What a download needs to know to find the test's hub, and nothing of the machine's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_") and name not in PROXIES}
    # xet is another protocol than HTTP; downloads do not use it, the listing's small files need not either.
    return {**kept, "HF_ENDPOINT": hub.url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1", "NO_PROXY": "127.0.0.1"}


def arguments(hub: Hub, raw: Path, entry: str, *flags: str) -> list[str]:
    """The flags of an entry; what is not on the hub is had from the test's server too."""
    opus = ["--opus_url", f"{hub.storage_url}/plain/en-ko.txt.zip"]
    return ["--output", str(raw), *(opus if entry in {"download_all", "download_translation"} else []), *flags]


def command(hub: Hub, raw: Path, entry: str, *flags: str) -> list[str]:
    """The whole command line of an entry."""
    return [sys.executable, "-m", f"data.{entry}", *arguments(hub, raw, entry, *flags)]


@dataclass
class Done:
    """How a run ended and what it said."""

    returncode: int
    stderr: str

    def said(self, source: str) -> list[str]:
        """The lines about one source."""
        return [line for line in self.stderr.splitlines() if line.startswith(f"{source}: ")]


@dataclass
class Runner:
    """Runs an entry in a fork; see tests/data/forked.py."""

    hub: Hub
    raw: Path
    process: "subprocess.Popen[str]"

    def __call__(
        self, entry: str, *flags: str, raw: Path | None = None, kill_at: int = 0, part_bytes: int = 0, **env: str
    ) -> Done:
        stderr = self.raw.with_name("stderr")
        request = {
            "entry": entry,
            "flags": arguments(self.hub, raw or self.raw, entry, *flags),
            "stderr": str(stderr),
            "environment": env,
            "kill_at": kill_at,
            "part_bytes": part_bytes,
        }
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        return Done(code, stderr.read_text())


@pytest.fixture(scope="session")
def server() -> Iterator[Hub]:
    with hub_server.serving() as hub:
        yield hub


@pytest.fixture(scope="session")
def forks(server: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.data.forked"],
        env=environment(server, tmp_path_factory.mktemp("home")),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()


@pytest.fixture
def hub(server: Hub) -> Hub:
    """The server as if it had just been started, with all sources."""
    server.reset()
    upstream.fill(server)
    return server


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Where downloads land."""
    return tmp_path / "raw"


@pytest.fixture
def run(hub: Hub, raw: Path, forks: "subprocess.Popen[str]") -> Runner:
    return Runner(hub, raw, forks)


@pytest.fixture(scope="session")
def whole(server: Hub, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All sources, downloaded without a hitch by a process of its own."""
    folder = tmp_path_factory.mktemp("whole")
    server.reset()
    upstream.fill(server)
    env = environment(server, folder / "home")
    subprocess.run(command(server, folder / "raw", "download_all"), env=env, cwd=ROOT, check=True, capture_output=True)
    return folder / "raw"


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but for the date in ``_source.json``."""
    return {
        str(path.relative_to(folder)): b"".join(
            line for line in path.read_bytes().splitlines(keepends=True) if b'"downloaded"' not in line
        )
        for path in folder.rglob("*")
        if path.is_file()
    }
