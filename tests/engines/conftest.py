"""What the tests on real engines share: the engines, a cluster, and corpora with what the DirectRunner makes of it."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from beam_pipelines import plain_text, translation
from beam_pipelines.transforms import files, parts
from tests import corpora
from tests.benchmarks.near import planted
from tests.corpora import tree
from tests.engines import fetch
from tests.engines.cluster import Cluster

SOURCES = ("namu_wiki", "wikipedia-korean", "c4_korean")
LARGE = 8 << 20
NOTICE = "이 글은 누구나 고칠 수 있는 모두의 글입니다."
MARKS = [
    pytest.mark.engines,
    # Beam leaves the pipe of a job server that it started to the garbage collector.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"),
    # Workers in this process die with the engine's connections, in threads of Beam's.
    pytest.mark.filterwarnings("ignore:Exception in thread:pytest.PytestUnhandledThreadExceptionWarning"),
]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A refiner with its input, where its output goes, and every file that the DirectRunner leaves there."""

    run: Callable[[list[str]], Any]
    flags: list[str]
    folder: Path
    expected: dict[str, bytes]

    def command(self, *engine: str) -> list[str]:
        """The command line on an engine. What was there before is taken away."""
        shutil.rmtree(self.folder, ignore_errors=True)
        return [*self.flags, *engine]

    def is_begun(self) -> bool:
        """Whether a work item is finished."""
        return any(map(parts.count_finished, files.siblings(f"{self.folder}/.train.jsonl.work-")))

    def check(self) -> None:
        """Assert that the same files lie there, byte for byte, and nothing besides."""
        found = tree(self.folder)
        assert sorted(found) == sorted(self.expected)
        for name, data in self.expected.items():
            assert found[name] == data, f"{name} differs"

    def check_on(self, *engine: str) -> None:
        """Run on an engine, and :meth:`check`."""
        self.run(self.command(*engine))
        self.check()


def _case(run: Callable[[list[str]], Any], raw: Path, folder: Path, output: str, *more: str) -> Case:
    flags = ["--input", str(raw), "--output", str(folder / output), "--rejects", str(folder / "rejects"), *more]
    run(flags)
    return Case(run=run, flags=flags, folder=folder, expected=tree(folder))


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Plain text: 24 files, each of 30 documents that are kept once, two of 8 MB, and one that is too short."""
    root = tmp_path_factory.mktemp("documents")
    for number in range(24):
        folder = root / "raw" / SOURCES[number % 3]
        folder.mkdir(parents=True, exist_ok=True)
        texts = [corpora.document((number * 20 + n) % 200, size=4000) for n in range(30)]
        texts += ["짧은 글", corpora.document(1000 + number, size=LARGE)] if number < 2 else ["짧은 글"]
        rows = [{"namespace": "0", "text": text} for text in texts]
        corpora.arrow_stream(folder / f"{number:02}.arrow", rows, batch=8)
    return _case(plain_text.run, root / "raw", root / "out", "train.jsonl")


@pytest.fixture(scope="session")
def repeated_lines(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Plain text whose documents share a line, in 6 files; without it two of each file are too short, and two equal."""
    root = tmp_path_factory.mktemp("repeated_lines")
    for number in range(6):
        folder = root / "raw" / SOURCES[number % 3]
        folder.mkdir(parents=True, exist_ok=True)
        pages = [f"안내\n\n{corpora.document(number * 20 + n)}" for n in range(20)]
        texts = [*(f"{NOTICE}\n\n{page}" for page in pages), pages[0], f"{NOTICE}\n{NOTICE}\n\n{pages[1]}"]
        texts += [f"{NOTICE}\n\n{place}에 적은 설명이다. {'짧은 글이다. ' * 9}{number}" for place in ("앞", "뒤")]
        corpora.arrow_stream(folder / f"{number}.arrow", [{"namespace": "0", "text": text} for text in texts], batch=8)
    return _case(plain_text.run, root / "raw", root / "out", "train.jsonl", "--repeated_lines=30")


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Translation: 6 files of pairs, with repetitions in other files and one whose numbers disagree in each."""
    root = tmp_path_factory.mktemp("pairs")
    for number in range(6):
        folder = root / "raw" / f"source_{number % 2}"
        folder.mkdir(parents=True, exist_ok=True)
        doses = range(number * 10, number * 10 + 20)
        rows = [{"en": f"Take {n} mg once a day.", "ko": f"하루에 한 번 {n} mg을 드세요."} for n in doses]
        rows += [{"en": "Take 3 mg of this medicine.", "ko": "이 약을 3 g 드세요."}]
        (folder / f"{number}.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return _case(translation.run, root / "raw", root / "out", "")


@pytest.fixture(scope="session")
def near(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Plain text without near-duplicates: 6 files, with edited copies in other files and sources, and other doses.

    Most of each source also share a line, and lose it before nearly equal ones are looked for.
    """
    root = tmp_path_factory.mktemp("near")
    pages = [f"안내\n\n{page.text}" for page in planted(40, seed=5)]
    texts = [f"{NOTICE}\n\n{page}" if number % 9 else page for number, page in enumerate(pages)]
    for number in range(6):
        folder = root / "raw" / SOURCES[number % 3]
        folder.mkdir(parents=True, exist_ok=True)
        corpora.FORMATS["jsonl"][1](folder / f"{number}.jsonl", [{"text": text} for text in texts[number::6]])
    return _case(plain_text.run, root / "raw", root / "out", "train.jsonl", "--repeated_lines=30", "--dedupe=near")


@pytest.fixture(scope="session")
def prism() -> list[str]:
    """The flags for the real Prism."""
    return ["--runner", "PrismRunner", "--prism_location", str(fetch.prism())]


@pytest.fixture(scope="session")
def flink() -> list[str]:
    """The flags for Flink in a process beside this one, with workers in this one."""
    jar = fetch.flink_job_server()
    return ["--runner", "FlinkRunner", f"--flink_job_server_jar={jar}", "--parallelism=2"]


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A JobManager, two TaskManagers of two slots each, and a job server."""
    with Cluster(fetch.flink_job_server(), tmp_path_factory.mktemp("cluster")) as started:
        yield started
