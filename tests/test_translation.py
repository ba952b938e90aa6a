"""The translation refiner, end to end: both directions, every reason, and nothing lost without one."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beam_pipelines import translation
from tests import corpora

GOOD = [
    ("Take 3 mg twice a day.", "하루에 두 번 삼 밀리그램을 드세요."),
    ("The patient's blood pressure was 120/80 mmHg.", "환자의 혈압은 120/80 mmHg였다."),
    ("β-blockers slow the heart down.", "β-차단제는 심장 박동을 늦춘다."),
    ("He ordered coffee at the café.", "그는 카페에서 커피를 시켰다."),
]
BAD = {
    "pair_length": ("Hi.", "안녕."),
    "debris": ("<b>Take</b> this medicine now.", "<b>이 약을</b> 지금 드세요."),
    "untranslated": ("이 약을 지금 바로 드세요.", "이 약을 지금 바로 드세요."),
    "not_korean": ("Take this medicine now.", "Prenez ce médicament maintenant."),
    "not_english": ("この薬を今すぐ飲んでください。", "이 약을 지금 바로 드세요."),
    "length_ratio": ("Take it now.", "이 약은 " + "매우 조심해서 천천히 물과 함께 " * 6 + "드세요."),
    "numbers": ("Take 3 mg of this medicine.", "이 약을 3 g 드세요."),
}


def write(path: Path, pairs: list[tuple[Any, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps({"en": en, "ko": ko}, ensure_ascii=False) + "\n" for en, ko in pairs))


def run(raw: Path, out: Path, *more: str) -> dict[str, Any]:
    translation.run(["--input", str(raw), "--output", str(out), *more])
    manifest: dict[str, Any] = json.loads((out / "_manifest.json").read_text())
    return manifest


def refined(out: Path) -> list[tuple[str, str]]:
    """The pairs of both files, which must be the same with the source language first in each."""
    there, back = (corpora.read_lines(out / f"{name}.jsonl") for name in ("en_to_ko", "ko_to_en"))
    assert [list(row) for row in there] == [["en", "ko"]] * len(there)
    assert [list(row) for row in back] == [["ko", "en"]] * len(there)
    assert [(row["en"], row["ko"]) for row in there] == [(row["en"], row["ko"]) for row in back]
    return [(row["en"], row["ko"]) for row in there]


def test_good_pairs_stay_in_order_and_each_bad_one_has_its_reason(tmp_path: Path) -> None:
    raw, out = tmp_path / "raw", tmp_path / "out"
    write(raw / "a_source/train.jsonl", [*GOOD[:2], *BAD.values(), *GOOD[2:], ("no Korean", None), (5, "다섯입니다")])
    (raw / "a_source/_source.json").write_text('{"licence": "CC BY 2.0 FR"}')
    (raw / "b_source").mkdir()
    (raw / "b_source/OPUS.en-ko.en").write_text("She has a fever.\nTake 3 mg, twice a day!\n")
    (raw / "b_source/OPUS.en-ko.ko").write_text("그녀는 열이 난다.\n하루에 두 번, 삼 밀리그램을 드세요\n")
    manifest = run(raw, out, "--rejects", str(tmp_path / "rejects"))
    assert refined(out) == [*GOOD, ("She has a fever.", "그녀는 열이 난다.")]
    assert manifest["ledger"] == {
        "a_source": {"in": 13, "out": 4, "dropped": {"unreadable": 2, **dict.fromkeys(BAD, 1)}},
        "b_source": {"in": 2, "out": 1, "dropped": {"duplicate": 1}},
    }
    assert manifest["licences"]["a_source"] == "CC BY 2.0 FR"
    assert "not recorded" in manifest["licences"]["b_source"]
    rows = corpora.read_lines(tmp_path / "rejects/a_source.jsonl")
    shown = {row["reason"]: (row["en"], row["ko"]) for row in rows if row["reason"] != "unreadable"}
    assert shown.keys() == BAD.keys()
    assert shown["numbers"] == BAD["numbers"]
    (again,) = corpora.read_lines(tmp_path / "rejects/b_source.jsonl")
    assert (again["row"], again["reason"], again["ko"]) == (1, "duplicate", "하루에 두 번, 삼 밀리그램을 드세요")


def test_one_korean_for_many_english_is_kept_up_to_a_limit(tmp_path: Path) -> None:
    english = ["It is hot today.", "Today is hot.", "It's hot out today.", "Hot day today.", "What a hot day."]
    write(tmp_path / "raw/a.jsonl", [(text, f"오늘은 덥다{'.!'[n % 2]}") for n, text in enumerate(english)])
    manifest = run(tmp_path / "raw", tmp_path / "out")
    assert manifest["ledger"]["raw"] == {"in": 5, "out": 3, "dropped": {"repeated_korean": 2}}
    assert [en for en, _ in refined(tmp_path / "out")] == english[:3]
    assert run(tmp_path / "raw", tmp_path / "out", "--max_per_korean=1")["ledger"]["raw"]["out"] == 1
    assert run(tmp_path / "raw", tmp_path / "out", "--dedupe=off")["ledger"]["raw"]["out"] == 5


def test_duplicates_do_not_use_up_the_limit(tmp_path: Path) -> None:
    pairs = [
        ("It is hot today.", "오늘은 덥다."),
        ("it is hot today", "오늘은 덥다"),
        ("Today is hot.", "오늘은 덥다."),
    ]
    write(tmp_path / "raw/a.jsonl", pairs)
    manifest = run(tmp_path / "raw", tmp_path / "out", "--max_per_korean=2")
    assert manifest["ledger"]["raw"] == {"in": 3, "out": 2, "dropped": {"duplicate": 1}}


def test_a_dose_is_never_a_duplicate_of_another(tmp_path: Path) -> None:
    doses = ["5", "50", "0.5", "500", "1.5", "15"]
    write(tmp_path / "raw/a.jsonl", [(f"Take {dose} mg of it daily.", f"매일 {dose} mg을 드세요.") for dose in doses])
    run(tmp_path / "raw", tmp_path / "out")
    assert [en.split()[1] for en, _ in refined(tmp_path / "out")] == doses


@pytest.mark.parametrize("flags", [["1"], ["2"], ["2", "--direct_running_mode=multi_threading"]], ids=" ".join)
def test_workers_and_modes_give_the_same_bytes(tmp_path: Path, flags: list[str]) -> None:
    for part in range(4):
        write(
            tmp_path / f"raw/{part}/a.jsonl",
            [*GOOD, *[(f"Case {n} is closed.", f"사례 {n}은 끝났다.") for n in range(99)]],
        )
    trees = []
    for number, workers in enumerate((["1"], flags)):
        out = tmp_path / f"out{number}"
        run(tmp_path / "raw", out, "--direct_num_workers", *workers)
        trees.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert trees[0] == trees[1]


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.text(max_size=40), st.text(max_size=40)), max_size=8),
    st.binary(max_size=9),
    st.integers(0, 99),
)
def test_no_good_pair_is_lost_beside_any_other_line(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]], noise: bytes, at: int
) -> None:
    root = tmp_path_factory.mktemp("pairs")
    lines = [json.dumps({"en": en, "ko": ko}).encode() for en, ko in [*pairs, *GOOD]]
    lines.insert(at % (len(lines) + 1), noise)
    (root / "raw").mkdir()
    (root / "raw/a.jsonl").write_bytes(b"\n".join(lines))
    manifest = run(root / "raw", root / "out")  # the run itself fails when the ledger does not balance
    kept = refined(root / "out")
    assert set(GOOD) <= set(kept)
    assert manifest["ledger"]["raw"]["out"] == len(kept)
