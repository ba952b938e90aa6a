"""Runs on gs://: the same files as on a disk, and no more requests than needed. The object store is an emulator."""

import http.server
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from beam_pipelines import plain_text
from beam_pipelines.transforms import files, gcs, inputs, write
from beam_pipelines.transforms.formats import FORMATS
from beam_pipelines.transforms.refine import RefineItem
from tests import corpora
from tests.engines import gcs as google
from tests.engines.conftest import Case

pytestmark = [
    pytest.mark.engines,
    pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning"),  # which gcsfs does
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with google.emulator() as address:
        yield address


@pytest.fixture
def requests(address: str, monkeypatch: pytest.MonkeyPatch) -> list[google.Request]:
    """Every request to the object store, from an empty list on."""
    noted: list[google.Request] = []
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
    monkeypatch.setattr(gcs.GoogleStorage, "_request", google.noted(noted))
    return noted


@pytest.fixture
def refined(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files of the work items that are done, from an empty list on."""
    done: list[str] = []
    real = RefineItem._refine

    def spy(self: RefineItem, item: Any, reads: Any) -> Any:
        done.append(files.name(item.path))
        return real(self, item, reads)

    monkeypatch.setattr(RefineItem, "_refine", spy)
    return done


@pytest.mark.parametrize(("name", "items"), [("documents", 24), ("repeated_lines", 6), ("near", 6)])
def test_a_run_that_was_broken_off_goes_on_and_leaves_the_files_of_a_disk(
    name: str,
    items: int,
    request: pytest.FixtureRequest,
    requests: list[google.Request],
    refined: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case: Case = request.getfixturevalue(name)
    refined.clear()  # what was done on a disk
    stored = google.Stored(case, name)
    with monkeypatch.context() as broken:
        broken.setattr(write, "plan_outputs", lambda *_: 1 / 0)
        with pytest.raises(Exception, match="division"):
            case.run(stored.flags)
    assert len(refined) >= items
    refined.clear()
    lost = next(path for path in google.tree(stored.out) if re.search(r"/[0-9a-f]+\.text\.marks\.npy$", path))
    files.remove(f"{stored.out}/{lost}")
    case.run(stored.flags)
    stored.check()
    assert len(refined) == 1


def test_pairs_on_gs_are_those_on_a_disk(pairs: Case, requests: list[google.Request]) -> None:
    stored = google.Stored(pairs, "pairs")
    pairs.run(stored.flags)
    stored.check()


def refine(raw: str, out: str, *more: str) -> dict[str, Any]:
    """The manifest of a run without rejects."""
    plain_text.run(["--input", raw, "--output", f"{out}/train.jsonl", "--source=c4", *more])
    with files.open_read(f"{out}/_manifest.json") as file:
        manifest: dict[str, Any] = json.load(file)
    return manifest


@pytest.mark.parametrize("shards", ["0", "3"])
def test_parts_are_joined_where_they_lie_and_only_those_that_lost_lines_are_read(
    tmp_path: Path, requests: list[google.Request], shards: str
) -> None:
    raw, stored = tmp_path / "raw", f"{google.BUCKET}/joined-{shards}"
    raw.mkdir()
    for number in range(40):
        corpora.FORMATS["jsonl"][1](
            raw / f"{number:02}.jsonl", [{"text": corpora.document(number * 3 + n)} for n in range(3)]
        )
    corpora.FORMATS["jsonl"][1](raw / "40.jsonl", [{"text": corpora.document(n)} for n in (7, 1000)])
    google.upload(raw, f"{stored}/raw")
    expected = refine(str(raw), str(tmp_path / "out"), f"--num_shards={shards}")
    requests.clear()
    found = refine(f"{stored}/raw", f"{stored}/out", f"--num_shards={shards}")
    assert found["ledger"] == expected["ledger"] == {"c4": {"in": 122, "out": 121, "dropped": {"duplicate": 1}}}
    for entry in expected["outputs"]:
        path = f"{stored}/out/{entry['name']}"
        assert files.read_range(path, 0, files.size(path)) == (tmp_path / "out" / entry["name"]).read_bytes()
    read = [request for request in requests if ".documents.jsonl?alt=media" in request.path]
    cut = {"0": 1, "3": 3}[shards]  # of the part that lost a line; of two that a shard ends in, both halves
    assert len(read) >= cut
    assert len({request.path for request in read}) <= cut
    joined = [request for request in requests if request.path.endswith("/compose")]
    assert len(joined) == {"0": 3, "3": 3}[shards]  # 41 parts: 32, the other 9, and both together


def test_a_big_arrow_file_is_split_by_its_headers_and_an_item_reads_its_own_bytes(
    tmp_path: Path, requests: list[google.Request]
) -> None:
    (tmp_path / "c4").mkdir()
    rows = [{"text": corpora.document(n, size=100_000)} for n in range(120)]
    corpora.arrow_stream(tmp_path / "c4/a.arrow", rows, batch=5)
    size = (tmp_path / "c4/a.arrow").stat().st_size
    google.upload(tmp_path, f"{google.BUCKET}/split")
    requests.clear()
    found = inputs.find([f"{google.BUCKET}/split"], formats=FORMATS, source_of=lambda _: "c4")
    items = inputs.plan(found, formats=FORMATS, columns=("text",), item_bytes=4 << 20)
    assert len(items) >= 5
    assert sum(item.span.end - item.span.start for item in items) == size
    assert sum(request.answered for request in requests) < 25 * 5000 < size / 100
    for item in items:
        requests.clear()
        batches = list(FORMATS[item.format].read(item.path, item.span, ("text",)))
        assert sum(batch.num_rows for batch in batches) == item.span.rows
        assert sum(request.answered for request in requests) <= item.span.end - item.span.start + 1000


def test_a_lock_on_gs_keeps_others_out_until_its_holder_is_gone(
    requests: list[google.Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{google.BUCKET}/lock/.train.jsonl.lock"
    with (
        files.lock(path),
        pytest.raises(files.Locked, match="another run is writing here: gs://corpus/lock/"),
        files.lock(path),
    ):
        pass
    assert not files.exists(path)
    monkeypatch.setattr(gcs, "RENEW_SECONDS", 0.05)
    monkeypatch.setattr(gcs, "LEASE_SECONDS", 0.5)
    with files.lock(path):
        time.sleep(1)  # twice as long as an unattended lock would hold
        with pytest.raises(files.Locked), files.lock(path):
            pass
    fs, name = files.split_url(path)
    fs.pipe_file(name, b"of a run that was killed")
    with pytest.raises(files.Locked), files.lock(path):
        pass
    time.sleep(0.6)
    with files.lock(path):
        assert fs.cat_file(name) != b"of a run that was killed"
    assert not files.exists(path)


def test_a_failed_write_leaves_no_object(requests: list[google.Request]) -> None:
    path = f"{google.BUCKET}/half/file"
    for size in (10, gcs.WRITE_BYTES * 2):
        with pytest.raises(ZeroDivisionError), files.write_whole(path) as file:
            file.write(bytes(size))
            raise ZeroDivisionError
        assert not files.exists(path)
    with files.write_whole(path) as file:
        file.write(bytes(gcs.WRITE_BYTES * 2 + 5))
    assert files.size(path) == gcs.WRITE_BYTES * 2 + 5


class Refusing(http.server.BaseHTTPRequestHandler):
    """Answers as Google does to those who may not, or who are nobody."""

    status = 403
    messages: ClassVar = {
        401: "Anonymous caller does not have storage.objects.list access to the Google Cloud Storage bucket.",
        403: "me@example.com does not have storage.objects.list access to the Google Cloud Storage bucket.",
    }

    def _refuse(self) -> None:
        body = json.dumps({"error": {"code": self.status, "message": self.messages[self.status]}}).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = _refuse

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Refusing]]:
    with http.server.ThreadingHTTPServer(("localhost", 0), Refusing) as server:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://localhost:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Refusing
        server.shutdown()


def told(*flags: str) -> str:
    """The last line of a run that fails; it is the only one, and comes soon."""
    begin = time.monotonic()
    command = [sys.executable, "-m", "beam_pipelines.plain_text", *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1
    assert time.monotonic() - begin < 60
    (line,) = [line for line in done.stderr.splitlines() if "compiling" not in line]
    return line


@pytest.mark.parametrize("status", [401, 403])
def test_who_may_not_is_told_so_in_one_line(
    refusing: type[Refusing], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusing, "status", status)
    line = told("--input=gs://closed/raw", "--source=c4", "--output=gs://closed/out/train.jsonl")
    assert refusing.messages[status].partition(".")[0] in line
    assert line.startswith("error: ")
    assert ": gs://closed" in line
    assert ("gcloud auth" in line) == (status == 401)


def test_a_bucket_that_is_not_there_is_told_in_one_line(requests: list[google.Request], tmp_path: Path) -> None:
    (tmp_path / "c4").mkdir()
    corpora.FORMATS["jsonl"][1](tmp_path / "c4/a.jsonl", [{"text": corpora.document(1)}])
    assert told("--input=gs://none/raw", "--output=gs://none/out/train.jsonl") == "error: Not found: gs://none"
    line = told(f"--input={tmp_path}/c4", "--output=gs://none/out/train.jsonl")
    assert line == "error: Not found: gs://none"


def test_without_credentials_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("GOOGLE_", "CLOUDSDK_", "STORAGE_EMULATOR"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GCE_METADATA_TIMEOUT", "1")
    line = told("--input=gs://corpus/raw", "--output=gs://corpus/out/train.jsonl")
    assert line == f"error: no Google credentials; {gcs._LOGIN}"
