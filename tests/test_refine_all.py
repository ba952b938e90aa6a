"""All refiners in one go: what is done, what is left alone, and how a failure shows."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import datasets
import pytest

from beam_pipelines import launch, refine_all
from beam_pipelines.options import UsageError
from beam_pipelines.refine_all import STEPS, StepsFailed
from tests import corpora
from tests.test_kormedmcqa import question, write


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A small tree in the form of data/01_raw."""
    root = tmp_path / "01_raw"
    (root / "00_korean/c4_korean").mkdir(parents=True)
    documents = [{"text": corpora.document(n)} for n in range(5)]
    corpora.FORMATS["jsonl"][1](root / "00_korean/c4_korean/a.jsonl", documents)
    (root / "01_medical_dict").mkdir()
    (root / "01_medical_dict/bilingual_medical_dict.json").write_text('{"hypertension": "고혈압"}')
    write(root / "02_kor_med_test/train.jsonl", [question(n) for n in range(3)])
    write(root / "02_kor_med_test/test.jsonl", [question(n) for n in range(10, 12)])
    pairs: list[Any] = [{"en": f"Take {n} tablets a day.", "ko": f"하루에 {n}알을 드세요."} for n in range(2, 6)]
    write(root / "03_korean_english/opus_tatoeba_ko_en/train.jsonl", pairs)
    return root


def run(raw: Path, *more: str) -> dict[str, tuple[str, int, int]]:
    """``(state, in, out)`` of every step."""
    argv = ["--input", str(raw), "--output", str(raw.parent / "02_refined"), *more]
    return {outcome.step: (outcome.state, outcome.rows_in, outcome.rows_out) for outcome in refine_all.run(argv)}


ROWS = {"mcq": (5, 5), "dict": (1, 1), "translation": (4, 4), "plain-text": (5, 5)}
FILES = [
    "00_plain_text/train.jsonl",
    "01_english_korean/en_to_ko.jsonl",
    "01_english_korean/ko_to_en.jsonl",
    "01_medical_dict.json",
    "02_char_dict.json",
    "02_kor_med_test/test.jsonl",
    "02_kor_med_test/train.jsonl",
]


def test_the_whole_refined_tree_and_a_second_run_that_does_nothing(raw: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    out = raw.parent / "02_refined"
    assert run(raw) == {step: ("done", *counts) for step, counts in ROWS.items()}
    for name in FILES:
        assert (out / name).stat().st_size > 0
    written = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    caplog.clear()
    assert run(raw) == {step: ("up to date", *counts) for step, counts in ROWS.items()}
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == written
    table = caplog.records[-1].getMessage().splitlines()
    assert table[0].split() == ["step", "state", "in", "out", "seconds", "output"]
    assert [line.split()[0] for line in table[1:]] == list(STEPS)
    assert run(raw, "--force") == {step: ("done", *counts) for step, counts in ROWS.items()}


def test_every_output_loads_with_datasets(raw: Path) -> None:
    run(raw)
    for name in FILES:
        path = raw.parent / "02_refined" / name
        loaded = datasets.load_dataset("json", data_files=str(path), split="train", cache_dir=str(raw.parent / "cache"))
        expected = corpora.read_lines(path) if path.suffix == ".jsonl" else json.loads(path.read_text())
        assert loaded.to_list() == expected != []


def test_a_step_is_done_again_when_its_input_its_options_or_its_output_changed(raw: Path) -> None:
    run(raw)
    (raw / "01_medical_dict/bilingual_medical_dict.json").write_text('{"hypertension": "고혈압", "liver": "간"}')
    (raw.parent / "02_refined/01_english_korean/ko_to_en.jsonl").unlink()
    again = run(raw)
    assert {step for step, outcome in again.items() if outcome[0] == "done"} == {"dict", "translation"}
    assert again["dict"] == ("done", 2, 2)
    extra = raw / "00_korean/c4_korean/b.jsonl"
    corpora.FORMATS["jsonl"][1](extra, [{"text": corpora.document(9)}])
    again = run(raw, "--strict")
    assert again["plain-text"] == ("done", 6, 6)
    assert {outcome[0] for outcome in again.values()} == {"done"}


def test_only_and_skip(raw: Path) -> None:
    assert list(run(raw, "--only", "dict", "--only=mcq")) == ["mcq", "dict"]
    assert list(run(raw, "--skip-plain-text", "--skip-mcq", "--skip_translation")) == ["dict"]
    assert not (raw.parent / "02_refined/00_plain_text").exists()


def test_a_failed_step_stops_no_other_and_shows_in_the_exit_code(raw: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    (raw / "01_medical_dict/bilingual_medical_dict.json").unlink()
    with pytest.raises(StepsFailed, match="1 of 4 steps failed: dict"):
        run(raw)
    assert "dict: --input" in caplog.text
    assert "data/MANUAL_DATA.md" in caplog.text
    flags = ["--input", str(raw), "--output", str(raw.parent / "02_refined")]
    assert launch.main(refine_all.run, flags) == 1
    assert (raw.parent / "02_refined/00_plain_text/train.jsonl").exists()
    states = [line.split()[1:3] for line in caplog.records[-2].getMessage().splitlines()[1:]]
    assert [state[0] for state in states] == ["up", "failed", "up", "up"]


def test_rejects_lie_in_a_folder_a_step(raw: Path, tmp_path: Path) -> None:
    run(raw, "--rejects", str(tmp_path / "rejects"))
    assert sorted(path.name for path in (tmp_path / "rejects").iterdir()) == sorted(s.module for s in STEPS.values())
    assert {outcome[0] for outcome in run(raw, "--rejects", str(tmp_path / "rejects")).values()} == {"up to date"}
    assert {outcome[0] for outcome in run(raw).values()} == {"done"}  # rejects of a run that asks for none are not its


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--only=everything"], "invalid choice"),
        (["--skip_all"], "unknown argument --skip_all"),
        (["--input=a", "--input=b"], "one folder"),
    ],
)
def test_a_wrong_command_line_is_refused(flags: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        refine_all.run(flags)


@pytest.mark.parametrize("module", ["refine_all", *(step.module for step in STEPS.values())])
def test_help_imports_neither_beam_nor_a_compiler(module: str) -> None:
    code = (
        f"import sys; from beam_pipelines import {module} as entry; entry.flags().print_help();"
        "assert not {'apache_beam', 'numba', 'pyarrow', 'numpy'} & set(sys.modules), 'heavy'"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert {"--input", "--output", "--rejects", "--runner"} <= set(shown.replace(",", " ").split())
