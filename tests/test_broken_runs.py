"""Runs that break off, whatever breaks them: what a user sees is the last whole result or the next, never a mixture."""

import errno
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from beam_pipelines import launch, plain_text
from beam_pipelines.transforms import files
from tests import corpora
from tests.benchmarks.kills import killed
from tests.corpora import tree

KOREAN = corpora.document


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Two files with a document in common, and one that is short."""
    (tmp_path / "raw/c4").mkdir(parents=True)
    for name, texts in {"a": [KOREAN(1), KOREAN(2), "짧은 글"], "b": [KOREAN(2), KOREAN(3)]}.items():
        corpora.FORMATS["jsonl"][1](tmp_path / f"raw/c4/{name}.jsonl", [{"text": text} for text in texts])
    return tmp_path / "raw"


def run(raw: Path, out: Path, *more: str) -> dict[str, bytes]:
    """What lies in the output folder after a run."""
    plain_text.run(["--input", str(raw), "--output", str(out / "train.jsonl"), "--direct_num_workers=1", *more])
    return tree(out)


def visible(out: Path) -> dict[str, bytes]:
    return {name: data for name, data in tree(out).items() if not name.startswith(".")}


@contextmanager
def full_at(write: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The disk is full at the end of the so-many-th file; yields the files that were begun."""
    begun: list[str] = []
    real = files.write_whole

    @contextmanager
    def write_whole(path: str, **more: str) -> Iterator[Any]:
        begun.append(path)
        place = len(begun)
        with real(path, **more) as file:
            yield file
            if place == write:
                raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(files, "write_whole", write_whole)
        yield begun


def replace_a_source(raw: Path) -> list[str]:
    corpora.FORMATS["jsonl"][1](raw / "c4/b.jsonl", [{"text": KOREAN(n)} for n in (1, 4, 5)])
    return []


CHANGES: dict[str, Callable[[Path], list[str]]] = {
    "another option": lambda _: ["--min_chars=1"],
    "more shards": lambda _: ["--num_shards=2"],
    "a source replaced": replace_a_source,
}


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_a_disk_that_is_full_at_any_file_leaves_one_result_or_the_other(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    out = tmp_path / "out"
    before = run(raw, out)
    shutil.copytree(out, tmp_path / "last")
    more = CHANGES[change](raw)
    with full_at(0, monkeypatch) as begun:
        after = run(raw, tmp_path / "fresh", *more)
    assert after != before
    assert len(begun) >= 10
    writes = range(1 + list(CHANGES).index(change), len(begun) + 1, len(CHANGES))  # all of them, taken together
    for write in writes:
        shutil.rmtree(out)
        shutil.copytree(tmp_path / "last", out)
        with full_at(write, monkeypatch), pytest.raises(Exception, match="No space left on device"):
            run(raw, out, *more)
        left = visible(out)
        if begun[write - 1].endswith("/report.html"):  # of the new run, and all that it tells of
            assert left == {name: data for name, data in after.items() if name != "report.html"}
        elif "_manifest.json" in left:
            assert left == before, begun[write - 1]
        else:  # the last files, which say what the others are, were still missing
            about = {"README.md", "_manifest.json", "report.html"}
            assert {name: data for name, data in left.items() if name not in about} == {
                name: data for name, data in after.items() if name not in about
            }
            assert files.name(begun[write - 1]) in about
        if write in writes[-2:]:
            assert run(raw, out, *more) == after


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 KB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root can mount a disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_real_disk_that_is_full_is_named_and_after_room_is_made_the_run_goes_on(
    raw: Path, tmp_path: Path, small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{"text": KOREAN(n, size=4000)} for n in range(100, 108)]
    corpora.FORMATS["jsonl"][1](raw / "c4/c.jsonl", rows)  # its lines and the output do not fit both
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(100_000))
    out = small_disk / "out"
    flags = ["--input", str(raw), "--output", f"{out}/train.jsonl", "--direct_num_workers=1", "--report=off"]
    assert launch.main(plain_text.run, flags) == 1
    error = caplog.records[-1].getMessage()
    assert error.startswith("error: No space left on device (make room and run the same command"), error
    assert f": {out}/.train.jsonl.work-" in error
    assert "\n" not in error
    assert visible(out) == {}
    ballast.unlink()
    assert run(raw, out, "--report=off") == run(raw, tmp_path / "fresh", "--report=off")


def test_a_run_that_broke_off_under_other_options_gives_nothing_to_the_next(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    with full_at(9, monkeypatch), pytest.raises(Exception, match="No space left on device"):
        run(raw, out, "--min_chars=1")
    assert visible(out) == {}
    assert [path.name for path in out.iterdir()] != []  # something is kept for that other run
    assert run(raw, out) == run(raw, tmp_path / "fresh")


def test_half_written_files_lie_only_where_they_are_swept_up(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[str] = []
    real = files.move

    def move(source: str, target: str) -> None:
        moved.append(files.parent(source))
        real(source, target)

    monkeypatch.setattr(files, "move", move)
    run(raw, tmp_path / "out")
    assert len(moved) >= 10
    assert all(f"{tmp_path}/out/.train.jsonl.work-" in folder for folder in moved)


@pytest.mark.slow
def test_killed_in_a_stage_it_goes_on_from_what_is_whole() -> None:
    (kill,) = killed("plain text, repeated lines, near, two workers", stages=["rewriting"])
    assert kill.whole


def test_no_report_stays_of_the_run_before(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert "report.html" in run(raw, out)
    assert "report.html" not in run(raw, out, "--report=off")
