"""Measures and cutoffs, end to end: off by default, histograms by source, and a reason that names the measure."""

import json
from pathlib import Path
from typing import Any

import pytest

from beam_pipelines import plain_text
from beam_pipelines.options import UsageError
from beam_pipelines.text.quality import BINS, MEASURES, score_text
from tests import corpora

LINES = "\n".join(f"혈압을 재는 법 {n}번: 앉아서 오 분을 쉬고 팔을 심장 높이에 둔다. 그 뒤에 잰다." for n in range(4))
LIST = "\n".join(f"약국 {n}호점 전화" for n in range(30))
TEXTS = {"wikipedia-korean": [LINES, "짧다."], "c4_korean": [LIST, corpora.document(2), LINES.replace("혈압", "맥박")]}


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    for folder, texts in TEXTS.items():
        for number, text in enumerate(texts):
            path = tmp_path / "raw" / folder / f"{number}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            corpora.FORMATS["jsonl"][1](path, [{"text": text}])
    return tmp_path / "raw"


def run(raw: Path, out: Path, *more: str) -> dict[str, Any]:
    plain_text.run(["--input", str(raw), "--output", f"{out}/train.jsonl", *more])
    manifest: dict[str, Any] = json.loads((out / "_manifest.json").read_text())
    return manifest


def test_off_by_default_and_measuring_alone_changes_no_document(raw: Path, tmp_path: Path) -> None:
    plain = run(raw, tmp_path / "plain")
    manifest = run(raw, tmp_path / "out", "--measures=on")
    assert "measures" not in plain
    assert plain["ledger"] == manifest["ledger"]
    assert (tmp_path / "plain/train.jsonl").read_bytes() == (tmp_path / "out/train.jsonl").read_bytes()
    assert {source: list(of) for source, of in manifest["measures"].items()} == {
        source: list(MEASURES) for source in ("wikipedia", "c4")
    }
    for source, count in (("wikipedia", 1), ("c4", 3)):  # what was too short is not measured
        assert {sum(entry["counts"]) for entry in manifest["measures"][source].values()} == {count}
    ends = manifest["measures"]["c4"]["end_punctuation"]
    assert ends == {"bin": 1 / BINS, "counts": [1] + [0] * (BINS - 2) + [2]}


def test_a_cutoff_drops_with_the_measure_named_and_counts_before_it(raw: Path, tmp_path: Path) -> None:
    value = score_text(LIST)["end_punctuation"]
    flags = ["--drop_below=end_punctuation=0.12", "--drop-above=short_lines=0.9", "--rejects", f"{tmp_path}/rejects"]
    manifest = run(raw, tmp_path / "out", *flags)
    assert manifest["ledger"]["c4"] == {"in": 3, "out": 2, "dropped": {"quality": 1}}
    assert manifest["options"]["drop_below"] == ["end_punctuation=0.12"]
    (row,) = corpora.read_lines(tmp_path / "rejects/c4.jsonl")
    assert (row["reason"], row["text"]) == ("quality", LIST)
    assert row["quality"] == {"measure": "end_punctuation", "value": value, "cutoff": 0.12}
    assert sum(manifest["measures"]["c4"]["short_lines"]["counts"]) == 3
    assert LIST not in [row["text"] for row in corpora.read_lines(tmp_path / "out/train.jsonl")]
    exact = run(raw, tmp_path / "equal", f"--drop_below=end_punctuation={value}")
    assert exact["ledger"]["c4"]["dropped"] == {}  # one that is equal to the cutoff stays


def test_any_number_of_workers_gives_the_same_bytes(raw: Path, tmp_path: Path) -> None:
    trees = []
    for workers in "12":
        flags = ["--drop_above=repeated_5gram_chars=0.5", "--measures=on", "--direct_num_workers", workers]
        run(raw, tmp_path / workers, *flags)
        trees.append({path.name: path.read_bytes() for path in (tmp_path / workers).iterdir()})
    assert trees[0] == trees[1]


@pytest.mark.parametrize("value", ["short=1", "short_lines", "short_lines=many", "short_lines=nan"])
def test_a_cutoff_that_means_nothing_is_refused(raw: Path, tmp_path: Path, value: str) -> None:
    with pytest.raises(UsageError, match="--drop_above"):
        run(raw, tmp_path / "out", "--drop_above", value)
