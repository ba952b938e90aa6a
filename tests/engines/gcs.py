"""Google Cloud Storage on a loopback port: fake-gcs-server, and what this process asks of it noted down."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from beam_pipelines.transforms import files, gcs
from tests.engines import fetch
from tests.engines.cluster import free_port, wait_until
from tests.engines.conftest import Case

PACKAGE = "github.com/fsouza/fake-gcs-server"
VERSION = "v1.54.0"
BUCKET = "gs://corpus"


def server() -> Path:
    """The emulator's program, built with Go when it is not there."""
    target = fetch.cache() / f"fake-gcs-server-{VERSION}"
    with fetch._only_one(target):
        if target.is_file():
            return target
        with tempfile.TemporaryDirectory(dir=fetch.cache()) as temp:
            command = ["go", "install", f"{PACKAGE}@{VERSION}"]
            made = Path(temp) / "fake-gcs-server"
            return fetch._build(command, made, target, env={"GOBIN": temp, "GOFLAGS": "-ldflags=-s"})


class Request(NamedTuple):
    """A request that was answered: its method, the end of its address, and the bytes that came back."""

    method: str
    path: str
    answered: int


@contextmanager
def emulator(host: str = "localhost") -> Iterator[str]:
    """Its address, with an empty bucket in it; it ends with the block."""
    address = f"http://{host}:{(port := free_port())}"
    command = [server(), "-backend=memory", "-scheme=http", f"-host={host}", f"-port={port}", "-log-level=error"]
    command += [f"-external-url={address}", f"-public-host={host}:{port}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: _answers(address))
            yield address
        finally:
            process.kill()


def _answers(address: str) -> bool:
    import urllib.request

    try:
        make = urllib.request.Request(f"{address}/storage/v1/b?project=p", data=b'{"name": "corpus"}')
        with urllib.request.urlopen(make, timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def noted(requests: list[Request]) -> Any:
    """A method to put in the place of ``GoogleStorage._request``, which notes what goes out."""
    real = gcs.GoogleStorage._request

    async def request(self: Any, method: str, path: str, *args: Any, **more: Any) -> Any:
        answer = await real(self, method, path, *args, **more)
        requests.append(Request(method, self._format_path(path, args).partition("/v1/")[2], len(answer[3])))
        return answer

    return request


def upload(folder: Path, place: str) -> None:
    """Copy every file below a folder."""
    fs, name = files.split_url(place)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            fs.pipe_file(f"{name}/{path.relative_to(folder)}", path.read_bytes())


def tree(place: str) -> dict[str, bytes]:
    """Every object below a folder, by its name there."""
    fs, name = files.split_url(place)
    return {path[len(name) + 1 :]: fs.cat_file(path) for path in fs.find(name)}


def place_of(folder: Path, name: str) -> str:
    """A folder on gs:// whose path is as long as that of a folder here: rows that are rejected name their file."""
    return f"{BUCKET}/{name}".ljust(len(str(folder)), "x")


class Stored:
    """A case of the engines with its input and output on gs://."""

    def __init__(self, case: Case, name: str) -> None:
        self._here = Path(case.flags[1])
        self.raw = place_of(self._here, f"{name}-raw")
        self.out = place_of(case.folder, f"{name}-out")
        self._folder, self._expected = case.folder, case.expected
        upload(self._here, self.raw)
        self.flags = [self._moved(flag) for flag in case.flags]

    def _moved(self, text: str) -> str:
        return text.replace(str(self._here), self.raw).replace(str(self._folder), self.out)

    def is_rewritten(self) -> bool:
        """Whether a part is there without its repeated lines."""
        fs, folder = files.split_url(self.out)
        fs.invalidate_cache()
        return any(name.endswith("-lines.repeated.jsonl") for name in fs.find(folder))

    def check(self) -> None:
        """Assert that the objects are the files of the run on a disk, but for where they lie."""
        found = tree(self.out)
        assert sorted(found) == sorted(self._expected)
        for name, data in self._expected.items():
            assert found[name].decode() == self._moved(data.decode()), f"{name} differs"
