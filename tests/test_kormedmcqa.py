"""The exam questions, end to end: order and counts kept, answers right, leaks named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from beam_pipelines import kormedmcqa
from beam_pipelines.records import LETTERS, Question, Rejected
from tests import corpora

OPTIONS = ["아스피린 100 ㎎", "와파린 5 mg", "수액 ↑", "수술", "경과 관찰"]


def question(n: int, **more: Any) -> dict[str, Any]:
    """A question as KorMedMCQA has it, of our own writing."""
    base = {"subject": "doctor", "year": 2024, "period": 1, "q_number": n, "cot": ""}
    options = dict(zip(LETTERS, OPTIONS, strict=True))
    return {**base, "question": f"{n}세 환자에게 가장 먼저 할 처치는?", **options, "answer": n % 5 + 1, **more}


def write(path: Path, rows: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n")


def run(raw: Path, out: Path, *more: str) -> dict[str, Any]:
    kormedmcqa.run(["--input", str(raw), "--output", str(out / "02_kor_med_test"), *more])
    manifest: dict[str, Any] = json.loads((out / "02_kor_med_test/_manifest.json").read_text())
    return manifest


def refined(out: Path, split: str) -> list[dict[str, Any]]:
    return corpora.read_lines(out / f"02_kor_med_test/{split}.jsonl")


def test_as_many_good_rows_come_out_as_went_in_in_their_order(tmp_path: Path) -> None:
    train, test = [question(n) for n in range(1890)], [question(n) for n in range(2000, 2604)]
    write(tmp_path / "raw/train.jsonl", train)
    write(tmp_path / "raw/test.jsonl", test)
    manifest = run(tmp_path / "raw", tmp_path)
    for split, rows in (("train", train), ("test", test)):
        assert manifest["ledger"][split] == {"in": len(rows), "out": len(rows), "dropped": {}}
        assert refined(tmp_path, split) == [
            {
                "question": row["question"],
                **dict(zip(LETTERS, OPTIONS, strict=True)),
                "answer": LETTERS[row["answer"] - 1],
            }
            for row in rows
        ]
    assert (manifest["train_rows_in_test"], manifest["equal_questions"]) == ([], [])
    assert json.loads((tmp_path / "02_char_dict.json").read_text()) == [
        {"term": "↑", "definition": "increased, elevated, rising", "count": 1890},
        {"term": "㎎", "definition": "milligram", "count": 1890},
    ]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"answer": 0}, "bad_answer"),
        ({"answer": 6}, "bad_answer"),
        ({"answer": "F"}, "bad_answer"),
        ({"answer": True}, "bad_answer"),
        ({"answer": 1.0}, "bad_answer"),
        ({"answer": None}, "bad_answer"),
        ({"answer": "AB"}, "bad_answer"),
        ({"answer": "12"}, "bad_answer"),
        ({"question": " \u200b\n"}, "incomplete"),
        ({"C": ""}, "incomplete"),
        ({"E": None}, "incomplete"),
        ({"B": "① 아스피린  100㎎", "A": "아스피린 100 ㎎"}, None),  # ① stands for its own place only
        ({"B": "아스피린  100㎎"}, "same_options"),
        ({"A": "① 수술"}, "same_options"),
        ({"question": 5}, "unreadable"),
    ],
)
def test_a_bad_row_is_dropped_with_its_reason_and_alone(
    tmp_path: Path, more: dict[str, Any], reason: str | None
) -> None:
    write(tmp_path / "raw/train.jsonl", [question(1), question(2, **more), question(3)])
    manifest = run(tmp_path / "raw", tmp_path, "--rejects", str(tmp_path / "rejects"))
    assert manifest["ledger"]["train"]["dropped"] == ({reason: 1} if reason else {})
    assert len(refined(tmp_path, "train")) == (2 if reason else 3)
    rows = corpora.read_lines(tmp_path / "rejects/train.jsonl")
    assert [(row["row"], row["reason"]) for row in rows] == ([(1, reason)] if reason else [])


@pytest.mark.parametrize("answer", [3, "3", "C", "c", " C "])
def test_every_form_of_an_answer(answer: Any) -> None:
    fields = {key: str(value) for key, value in question(1, answer=answer).items()}
    assert Question.parse(fields).to_json()["answer"] == "C"


def test_an_answer_follows_its_option_through_numbering() -> None:
    numbered = {
        letter: f"{place}) {text}" for place, (letter, text) in enumerate(zip(LETTERS, OPTIONS, strict=True), 1)
    }
    record = Question.parse({"question": "무엇인가?", **numbered, "answer": "2"})
    assert record.answer_text == "와파린 5 mg"
    with pytest.raises(Rejected, match="no option"):
        Question.parse({"question": "무엇인가?", **numbered, "D": "", "answer": "2"})


def test_leaks_are_named_loudly_and_dropped_unless_nothing_is_guarded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shuffled = dict(zip(LETTERS, reversed(OPTIONS), strict=True))
    again = question(3, **shuffled, question="3세  환자에게 가장 먼저 할 처치는", answer=5 - 3 % 5)
    write(tmp_path / "raw/train.jsonl", [question(1), question(2), question(3), question(2, answer=5, C="수액 ±")])
    write(tmp_path / "raw/test.jsonl", [again, question(9)])
    manifest = run(tmp_path / "raw", tmp_path, "--guard=off")
    assert [(leak["split"], leak["row"]) for leak in manifest["train_rows_in_test"]] == [("train", 2)]
    assert [group["same_answer"] for group in manifest["equal_questions"]] == [True]
    assert "1 questions for training stand in a test split too (kept" in caplog.text
    assert len(refined(tmp_path, "train")) == 4
    for more in (["--guard=off", "--drop_leaks"], []):
        manifest = run(tmp_path / "raw", tmp_path, *more)
        assert manifest["ledger"]["train"] == {"in": 4, "out": 3, "dropped": {"leak": 1}}
        assert manifest["ledger"]["test"] == {"in": 2, "out": 2, "dropped": {}}
        assert [row["question"][0] for row in refined(tmp_path, "train")] == ["1", "2", "2"]


def test_the_table_of_signs_holds_nothing_of_a_test_split_nor_of_what_was_dropped(tmp_path: Path) -> None:
    write(tmp_path / "raw/train.jsonl", [question(1, A="μ"), question(2, A="Ω", answer=9)])
    write(tmp_path / "raw/test.jsonl", [question(3, A="ψ")])
    run(tmp_path / "raw", tmp_path)
    assert {row["term"] for row in json.loads((tmp_path / "02_char_dict.json").read_text())} == {"↑", "μ"}


def as_parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    pq.write_table(pa.Table.from_pylist(rows), path)


@pytest.mark.parametrize(
    ("name", "save"),
    [("train-00000-of-00001.parquet", as_parquet), ("train.jsonl", write)],
)
def test_parquet_and_json_lines_give_the_same(
    tmp_path: Path, name: str, save: Callable[[Path, list[dict[str, Any]]], None]
) -> None:
    (tmp_path / "raw").mkdir()
    save(tmp_path / "raw" / name, [question(n) for n in range(7)])
    assert run(tmp_path / "raw", tmp_path)["ledger"] == {"train": {"in": 7, "out": 7, "dropped": {}}}
    assert [row["answer"] for row in refined(tmp_path, "train")] == ["A", "B", "C", "D", "E", "A", "B"]
