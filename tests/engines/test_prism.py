"""The real Prism gives what the DirectRunner gives, byte for byte."""

import json
from pathlib import Path

import pytest

from beam_pipelines import launch, plain_text
from tests import corpora
from tests.engines.conftest import LARGE, MARKS, Case

pytestmark = MARKS


def test_documents(documents: Case, prism: list[str]) -> None:
    rows = corpora.read_lines(documents.folder / "train.jsonl")
    assert len(rows) == 202
    assert sorted(len(row["text"].encode()) >= LARGE for row in rows)[-3:] == [False, True, True]
    documents.check_on(*prism)


def test_repeated_lines(repeated_lines: Case, prism: list[str]) -> None:
    assert len(corpora.read_lines(repeated_lines.folder / "train.jsonl")) == 120
    assert [row["dropped"] for row in corpora.read_lines(repeated_lines.folder / "_repeated_lines.jsonl")] == [48] * 3
    repeated_lines.check_on(*prism)


def test_pairs(pairs: Case, prism: list[str]) -> None:
    assert len(corpora.read_lines(pairs.folder / "en_to_ko.jsonl")) == 70
    pairs.check_on(*prism)


def test_near_duplicates(near: Case, prism: list[str]) -> None:
    ledger = json.loads(near.expected["_manifest.json"])["ledger"]
    assert all(source["dropped"]["near_duplicate"] >= 5 for name, source in ledger.items() if name != "namu_wiki")
    assert "_clusters.jsonl" in near.expected
    assert len(corpora.read_lines(near.folder / "_repeated_lines.jsonl")) == 3
    near.check_on(*prism)


def test_a_failure_in_a_worker_is_one_line_and_names_the_log(
    prism: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "c4").mkdir()
    (tmp_path / "c4/a.jsonl").write_text("[1]\n")
    flags = ["--input", str(tmp_path), "--output", str(tmp_path / "out/train.jsonl"), "--strict"]
    assert launch.main(plain_text.run, [*flags, *prism]) == 1
    *_, log, error = (record.getMessage() for record in caplog.records if record.name.startswith("beam_pipelines"))
    assert error == f"error: {tmp_path}/c4/a.jsonl row 0: a JSON list, not an object"
    path = Path(log.removeprefix("the log of PrismRunner: "))
    assert "Traceback" in path.read_text()
    path.unlink()
    assert "Traceback" not in capfd.readouterr().err
