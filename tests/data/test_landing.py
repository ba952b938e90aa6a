"""From files to a finished folder, whatever happens in between."""

import errno
import json
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import datasets
import pyarrow as pa
import pytest
from filelock import FileLock

from beam_pipelines.sources import source_of
from data import disk, landing, provenance, shards
from data.errors import DownloadError
from data.hub import Listing, RemoteFile
from data.journal import Journal, Part
from data.provenance import State
from data.registry import DEFAULT_ROOT, REGISTRY
from tests.data import upstream
from tests.data.conftest import Runner, tree
from tests.data.hub_server import Fault, Hub

NAMU, C4, PAIRS = REGISTRY["namu_wiki"], REGISTRY["c4"], REGISTRY["tatoeba"]
SMALL = 150_000
"""Bytes a part, so that a file is several."""


@pytest.mark.parametrize(("name", "files", "steps"), [("namu_wiki", 7, 20), ("tatoeba", 2, 15)])
def test_killed_at_any_step_the_next_run_brings_the_same_bytes(
    hub: Hub, run: Runner, tmp_path: Path, name: str, files: int, steps: int
) -> None:
    target, part_bytes = REGISTRY[name].folder, SMALL if name == "namu_wiki" else SMALL // 4
    hub.faults = [Fault("storage GET", status=404)]
    assert run("download_all", "--only", name).returncode == 1
    begun = shutil.copytree(run.raw, tmp_path / "begun")  # with a journal, so that no listing is asked for below
    assert run("download_all", "--only", name, part_bytes=part_bytes).returncode == 0
    whole = tree(run.raw)
    assert len(whole) == files
    for step in range(1, 99):
        folder = shutil.copytree(begun, tmp_path / f"killed-{step}")
        killed = run("download_all", "--only", name, raw=folder, kill_at=step, part_bytes=part_bytes)
        if killed.returncode == 0:
            break
        assert killed.returncode == -signal.SIGKILL
        assert not (folder / target).exists() or tree(folder / target) == tree(run.raw / target)
        again = run("download_all", "--only", name, raw=folder, part_bytes=part_bytes)
        assert again.returncode == 0, f"killed at step {step}: {again.stderr}"
        assert tree(folder) == whole, f"killed at step {step}"
        assert not list(folder.rglob(".*")), f"killed at step {step}"
    assert step > steps, killed.stderr


def test_finished_parts_are_not_made_again(hub: Hub, run: Runner, raw: Path) -> None:
    assert run("download_all", "--only", "namu_wiki", kill_at=12, part_bytes=SMALL).returncode == -signal.SIGKILL
    work = raw / "00_korean/.namu_wiki.download"
    parts = {path: path.stat().st_mtime_ns for path in work.glob("part-0000[01]")}
    assert len(parts) == 2
    asked = len(hub.requests)
    assert run("download_all", "--only", "namu_wiki", part_bytes=SMALL).returncode == 0
    assert hub.requests[asked:] == [], "the second file was here too, only not in parts"
    shards_ = sorted((raw / NAMU.folder).rglob("*.arrow"))
    assert [path.stat().st_mtime_ns for path in shards_[:2]] == [parts[path] for path in sorted(parts)]


def test_shards_close_at_a_size_and_load_as_one(hub: Hub, run: Runner, raw: Path) -> None:
    assert run("download_all", "--only", "namu_wiki", part_bytes=SMALL).returncode == 0
    folder = raw / NAMU.folder / "train"
    paths = sorted(folder.glob("*.arrow"))
    assert [path.name for path in paths] == [f"data-{n:05d}-of-{len(paths):05d}.arrow" for n in range(len(paths))]
    rows = []
    for path in paths:
        with pa.ipc.open_stream(str(path)) as stream:
            rows.append([batch.num_rows for batch in stream])
    assert rows == [[1000], [800], [500]]
    state = json.loads((folder / "state.json").read_text())
    assert [file["filename"] for file in state["_data_files"]] == [path.name for path in paths]
    loaded = datasets.load_from_disk(str(raw / NAMU.folder))["train"]
    assert [row["text"] for row in loaded] == [row["text"] for row in upstream.namu_rows()]
    assert loaded.features.to_dict()["text"] == {"dtype": "string", "_type": "Value"}


def test_sources_lie_where_the_pipeline_looks_for_them() -> None:
    for source in REGISTRY.values():
        if source.form == "arrow":
            assert source_of(f"{DEFAULT_ROOT}/{source.folder}/train/a.arrow") == source.name


class Local(NamedTuple):
    """A source whose files lie on the test's server without an API before them."""

    hub: Hub
    root: Path

    @property
    def target(self) -> Path:
        return self.root / C4.folder

    def download(self, **more: Any) -> None:
        landing.download(C4, self.root, **more)


@pytest.fixture
def local(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Local:
    rows = upstream.c4_rows()
    for number in range(3):
        hub.plain[f"{number}.json.gz"] = upstream.json_gz(rows[number * 400 : number * 400 + 400])

    def listing(source: Any, *, commit: str | None = None) -> Listing:
        files = [
            RemoteFile(path=name, size=len(body), etag=hub.etag(body), output=".")
            for name, body in sorted(hub.plain.items())
            if name.endswith(".json.gz")
        ]
        return Listing(id=source.id, commit=commit or "first", files=tuple(files))

    monkeypatch.setattr("data.hub.listing", listing)
    monkeypatch.setattr("data.hub.url_of", lambda source, listing, file: f"{hub.storage_url}/plain/{file.path}")
    return Local(hub, tmp_path / "raw")


def loaded(folder: Path) -> list[dict[str, Any]]:
    return list(datasets.load_from_disk(str(folder)))


def test_a_disk_too_small_is_found_out_before_the_first_byte(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1000))
    with pytest.raises(DownloadError, match=r"not enough room: about 0\.0 GB are needed .*--output.*--max_gb"):
        local.download()
    assert local.hub.fetched() == []
    assert not local.target.exists()


def test_room_is_needed_for_what_is_yet_to_come() -> None:
    files = tuple(RemoteFile(path=str(n), size=size, output=".") for n, size in enumerate((100, 300, 200)))
    state = Journal(folder=Path(), asked={}, listing=Listing(id="", commit="", files=files))
    unknown = replace(C4, about_bytes=0, limit_bytes=None)
    assert disk.space_needed(unknown, state, limit=None) == 4 * 600 + 300
    assert disk.space_needed(replace(C4, about_bytes=1000), state, limit=None) == 1000 + 300
    assert disk.space_needed(unknown, state, limit=500) == 500 + 300
    state.finished = 2
    state.parts = [Part(file=0, name="", output=".", rows=1, bytes=400, hash="")]
    assert disk.space_needed(unknown, state, limit=500) == 100 + 200


def test_a_disk_that_fills_up_leaves_nothing_that_looks_whole(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    written = 0
    write = shards.HashedFile.write

    def short(file: shards.HashedFile, data: Any) -> int:
        nonlocal written
        written += len(memoryview(data).cast("B"))
        if written > 200_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data)

    with monkeypatch.context() as patch:
        patch.setattr(shards.HashedFile, "write", short)
        with pytest.raises(OSError, match="No space left"):
            local.download()
    assert not local.target.exists()
    work = provenance.work_folder(local.target)
    assert [path.name for path in work.glob("part-*")] == ["part-00000"]
    local.download()
    assert loaded(local.target) == upstream.c4_rows()
    assert len(local.hub.fetched()) == 3, "nothing was fetched twice"


def lose_shard(folder: Path) -> None:
    (folder / "data-00001-of-00003.arrow").unlink()


def cut_shard(folder: Path) -> None:
    path = folder / "data-00001-of-00003.arrow"
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("harm", [lose_shard, cut_shard])
def test_a_damaged_folder_is_fetched_anew(
    local: Local, harm: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    local.download()
    harm(local.target)
    assert provenance.state(C4, local.target, limit=C4.limit_bytes) is State.DAMAGED
    local.download()
    assert "is not what it was when it was finished" in caplog.text
    assert loaded(local.target) == upstream.c4_rows()


def test_a_folder_of_ones_own_is_left_alone(local: Local, caplog: pytest.LogCaptureFixture) -> None:
    local.target.mkdir(parents=True)
    (local.target / "mine.arrow").write_bytes(b"mine")
    local.download()
    assert "files that are not from here; left as they are" in caplog.text
    assert tree(local.target) == {"mine.arrow": b"mine"}
    assert local.hub.requests == []


def test_a_file_of_ones_own_beside_ours_is_never_lost(local: Local) -> None:
    local.download()
    (local.target / "notes.txt").write_text("mine")
    lose_shard(local.target)
    asked = len(local.hub.requests)
    with pytest.raises(DownloadError, match=r"notes\.txt is not from here and would be lost"):
        local.download()
    assert (local.target / "notes.txt").read_text() == "mine"
    assert len(local.hub.requests) == asked, "told before anything is fetched for nothing"


def test_what_was_downloaded_is_held_to_what_it_was(local: Local) -> None:
    local.download(max_bytes=100_000)
    local.hub.plain["0.json.gz"] = upstream.json_gz(upstream.c4_rows()[5:])
    before = tree(local.target)
    with pytest.raises(DownloadError, match=r"0\.json\.gz of allenai/c4 is not what it was when 00_korean/c4_korean"):
        local.download()
    assert tree(local.target) == before


@pytest.mark.parametrize("change", [{"revision": "other"}, {"config": "ja"}, {"id": "some/one"}])
@pytest.mark.parametrize("finished", [True, False])
def test_another_dataset_is_not_taken_for_this_one(local: Local, change: dict[str, str], finished: bool) -> None:
    local.hub.faults = [] if finished else [Fault("/plain/1", status=404)]
    if finished:
        local.download()
    else:
        with pytest.raises(OSError, match="404"):
            local.download()
    ((name, wanted),) = change.items()
    with pytest.raises(DownloadError, match=f"is of {name} .* and asked for is '{wanted}': move it away"):
        landing.download(replace(C4, **change), local.root)  # type: ignore[arg-type]


def test_two_at_once_do_not_mix(local: Local) -> None:
    work = provenance.work_folder(local.target)
    work.mkdir(parents=True)
    with FileLock(work / "lock"), pytest.raises(DownloadError, match="downloaded by another process"):
        local.download()
    local.download()
    assert loaded(local.target) == upstream.c4_rows()


def test_the_limit_is_kept_to_the_batch(local: Local) -> None:
    local.download(max_bytes=1)
    facts = provenance.read(local.target)
    assert facts is not None
    assert (facts["rows"], facts["limit_bytes"], len(facts["upstream"])) == (400, 1, 1)
    assert len(local.hub.fetched()) == 1
    assert provenance.state(C4, local.target, limit=1) is State.DONE
    assert provenance.state(C4, local.target, limit=2) is State.PARTIAL


@pytest.mark.parametrize("text", ["{", "{}", '{"asked": {}, "listing": {"files": [{"name": 1}]}, "parts": []}'])
def test_a_journal_of_another_version_is_told(local: Local, text: str) -> None:
    work = provenance.work_folder(local.target)
    work.mkdir(parents=True)
    (work / "journal.json").write_text(text)
    with pytest.raises(DownloadError, match=r"of another version or damaged; remove .*c4_korean\.download to begin"):
        local.download()


def test_an_empty_upstream_is_an_error(local: Local) -> None:
    for number in range(3):
        local.hub.plain[f"{number}.json.gz"] = upstream.json_gz([])
    with pytest.raises(DownloadError, match="no rows for"):
        landing.download(replace(C4, limit_bytes=None), local.root)
    assert not local.target.exists()
    local.hub.plain.clear()
    shutil.rmtree(provenance.work_folder(local.target))
    with pytest.raises(DownloadError, match="lists no files"):
        local.download()
