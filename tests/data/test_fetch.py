"""One file over a line on which everything goes wrong."""

import hashlib
import random
import time
from dataclasses import replace
from pathlib import Path

import pytest

from data import fetch
from data.errors import DownloadError
from data.hub import RemoteFile
from tests.data.hub_server import Fault, Hub

BODY = random.Random("body").randbytes(1_000_000)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


def url(hub: Hub) -> str:
    return f"{hub.storage_url}/plain/body"


@pytest.fixture
def file(hub: Hub) -> RemoteFile:
    """A megabyte that is its own commit's."""
    hub.plain["body"] = BODY
    digest = f"sha256:{hashlib.sha256(BODY).hexdigest()}"
    return RemoteFile(path="body", size=len(BODY), digest=digest, output=".")


@pytest.mark.parametrize(
    ("faults", "requests"),
    [
        ([], 1),
        ([Fault("/body", share=0.5)], 2),
        ([Fault("/body", share=0.3), Fault("/body", share=0.0, times=4), Fault("/body", share=0.5)], 7),
        ([Fault("/body", share=0.5), Fault("/body", no_range=True)], 2),
        ([Fault("/body", status=503, times=3)], 4),
        ([Fault("/body", spoil=True)], 2),
        ([Fault("/body", share=0.5, spoil=True)], 3),
    ],
    ids=["none", "cut", "cut again and again", "cut, then no ranges", "busy", "a wrong bit", "cut with a wrong bit"],
)
def test_the_file_arrives_whole(hub: Hub, file: RemoteFile, tmp_path: Path, faults: list[Fault], requests: int) -> None:
    hub.faults = faults
    heard: list[int] = []
    fetch.fetch(file, url(hub), tmp_path / "file", advance=heard.append)
    assert (tmp_path / "file").read_bytes() == BODY
    assert sum(heard) == len(BODY)
    assert len(hub.fetched()) == requests
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    fetch.fetch(file, url(hub), tmp_path / "file")
    assert len(hub.fetched()) == requests, "what is here is not fetched again"


def test_only_what_is_missing_is_asked_for(hub: Hub, file: RemoteFile, tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(BODY[:300_000])
    heard: list[int] = []
    fetch.fetch(file, url(hub), tmp_path / "file", advance=heard.append)
    assert (tmp_path / "file").read_bytes() == BODY
    assert hub.fetched() == ["storage GET /plain/body bytes=300000-"]
    assert sum(heard) == 700_000


def test_a_part_of_something_else_is_found_out(hub: Hub, file: RemoteFile, tmp_path: Path) -> None:
    (tmp_path / "file.part").write_bytes(bytes(300_000))
    heard: list[int] = []
    fetch.fetch(file, url(hub), tmp_path / "file", advance=heard.append)
    assert (tmp_path / "file").read_bytes() == BODY
    assert sum(heard) == len(BODY) - 300_000
    (tmp_path / "file").unlink()
    (tmp_path / "file.part").write_bytes(bytes(len(BODY) + 1))
    fetch.fetch(file, url(hub), tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == BODY


@pytest.mark.parametrize(
    ("faults", "change", "words", "kept"),
    [
        ([Fault("/body", share=0.3), Fault("/body", share=0.0, times=9)], {}, "cut again and again", 300_000),
        ([Fault("/body", spoil=True, times=2)], {}, "checksum is wrong twice over", 0),
        ([], {"size": len(BODY) - 9}, "longer than the 999,991 bytes it should have", None),
        ([], {"size": len(BODY) + 9}, "cut again and again", len(BODY)),
        ([], {"digest": "", "etag": '"an earlier one"'}, "has changed since this began", 0),
    ],
    ids=["ever cut", "ever wrong", "longer", "shorter", "another version"],
)
def test_what_is_not_the_file_never_gets_its_name(
    hub: Hub, file: RemoteFile, tmp_path: Path, faults: list[Fault], change: dict, words: str, kept: int | None
) -> None:
    hub.faults = faults
    with pytest.raises(DownloadError, match=words):
        fetch.fetch(replace(file, **change), url(hub), tmp_path / "file")
    assert not (tmp_path / "file").exists()
    if kept is not None:
        assert fetch.received(tmp_path / "file") == kept


def test_a_disk_that_is_full(hub: Hub, file: RemoteFile, tmp_path: Path) -> None:
    (tmp_path / "file.part").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        fetch.fetch(file, url(hub), tmp_path / "file")
    assert not (tmp_path / "file").exists()


def test_small_files_are_checked_by_the_hash_that_git_gives_them(hub: Hub, file: RemoteFile, tmp_path: Path) -> None:
    oid = hashlib.sha1(b"blob 1000000\0" + BODY).hexdigest()
    fetch.fetch(replace(file, digest=f"git-sha1:{oid}"), url(hub), tmp_path / "file")
    with pytest.raises(DownloadError, match="checksum"):
        fetch.fetch(replace(file, digest=f"git-sha1:{oid[::-1]}"), url(hub), tmp_path / "other")
