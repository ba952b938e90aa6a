"""Repeated lines end to end: what goes, what never goes, what falls out with it, and the same bytes every time."""

import json
from pathlib import Path
from typing import Any

import pytest

from beam_pipelines import plain_text
from beam_pipelines.options import UsageError
from beam_pipelines.transforms import repeated, rewrite, write
from tests import corpora
from tests.corpora import tree
from tests.test_near_duplicates import texts_of
from tests.test_report import data_of

MOST = 5
NOTICE = "이 글은 누구나 고칠 수 있는 모두의 글입니다."
SHARE = "도움이 되었다면 이웃에게도 알려 주시기 바랍니다."
DOSE = "성인은 한 번에 500 mg을 하루 세 번 먹는다."
HALF = "신장이 약해진 환자는 절반으로 줄인다."
NEVER = "천식이 있는 환자에게는 투여하지 않는다."
IN_WORDS = "성인은 한 알을 하루 두 번 물과 함께 삼킨다."
CAUTION = "소아에게는 다음과 같이 적게 쓴다."
HEADING = "함께 볼 글"


def page(n: int, *lines: str, size: int = 140) -> str:
    """An article that no other number gives, with lines before it."""
    return "\n\n".join([*lines, HEADING, corpora.document(n, size=size)])


def pages() -> dict[str, list[str]]:
    """The notice is in more than MOST documents of namu_wiki and in MOST of c4; doses are in all of them."""
    doses = "\n".join(["1. 개요", DOSE, IN_WORDS, HALF, "1. 주의", NEVER])
    namu = [page(n, NOTICE, doses, f"{CAUTION}\n{n} mg/kg") for n in range(MOST + 1)]
    web = [page(100 + n, NOTICE, doses) for n in range(MOST)] + [page(100 + MOST, doses)]
    return {"namu_wiki": namu, "c4_korean": web}


def write_raw(folder: Path, texts: dict[str, list[str]], *, files: int = 2) -> Path:
    """The documents of each source, dealt out to files."""
    for source, every in texts.items():
        (folder / source).mkdir(parents=True, exist_ok=True)
        for number in range(files):
            if rows := [{"text": text} for text in every[number::files]]:
                corpora.FORMATS["jsonl"][1](folder / source / f"{number}.jsonl", rows)
    return folder


def run(raw: Path, out: Path, *more: str, most: int = MOST) -> dict[str, Any]:
    flags = ["--input", str(raw), "--output", f"{out}/train.jsonl", f"--repeated_lines={most}"]
    plain_text.run([*flags, "--min_chars=50", *more])
    manifest: dict[str, Any] = json.loads((out / "_manifest.json").read_text())
    return manifest


def test_a_line_goes_from_all_documents_of_a_source_in_which_more_than_n_have_it(tmp_path: Path) -> None:
    texts = pages()
    manifest = run(write_raw(tmp_path / "raw", texts, files=3), tmp_path / "out")
    namu = [text.replace(f"{NOTICE}\n\n", "") for text in texts["namu_wiki"]]
    dealt = [text for every in (namu, texts["c4_korean"]) for number in range(3) for text in every[number::3]]
    assert texts_of(tmp_path / "out") == dealt
    assert manifest["repeated_lines"] == {"namu_wiki": {"documents": MOST + 1, "lines": MOST + 1}}
    assert corpora.read_lines(tmp_path / "out/_repeated_lines.jsonl") == [
        {"source": "namu_wiki", "line": NOTICE, "documents": MOST + 1, "dropped": MOST + 1}
    ]
    shown = data_of(tmp_path / "out/report.html")
    assert shown["lines"] == corpora.read_lines(tmp_path / "out/_repeated_lines.jsonl")
    assert (shown["repeated_lines"], shown["options"]["repeated_lines"]) == (manifest["repeated_lines"], MOST)
    listed = {"name": "_repeated_lines.jsonl", "documents": 1}
    assert {key: manifest["outputs"][-2][key] for key in listed} == listed
    for entry in manifest["ledger"].values():
        assert entry == {"in": MOST + 1, "out": MOST + 1, "dropped": {}}


def test_doses_and_what_stands_beside_them_stay_however_many_documents_have_them(tmp_path: Path) -> None:
    texts = pages()
    run(write_raw(tmp_path / "raw", texts), tmp_path / "out", most=1)
    found = texts_of(tmp_path / "out")
    assert not any(NOTICE in text for text in found)
    for line in (DOSE, IN_WORDS, HALF, NEVER, HEADING):
        assert sum(line in text.split("\n") for text in found) == 2 * MOST + 2
    assert sum(CAUTION in text for text in found) == MOST + 1


def test_a_caution_goes_where_no_measure_is_beside_it_and_the_listing_says_how_often(tmp_path: Path) -> None:
    texts = [page(n, f"{CAUTION}\n{n + 1} mg/kg") for n in range(MOST)] + [page(n, CAUTION) for n in range(50, 52)]
    run(write_raw(tmp_path / "raw", {"c4_korean": texts}), tmp_path / "out")
    assert sum(CAUTION in text for text in texts_of(tmp_path / "out")) == MOST
    assert corpora.read_lines(tmp_path / "out/_repeated_lines.jsonl") == [
        {"source": "c4", "line": CAUTION, "documents": MOST + 2, "dropped": 2}
    ]


def test_documents_that_are_too_short_without_it_fall_out_with_a_reason_and_copies_count_once(tmp_path: Path) -> None:
    often = [page(0, SHARE)] * (2 * MOST)  # one document, not ten
    stubs = [f"{NOTICE}\n\n대상{chr(0xAC00 + n)} 문서이다. 짧은 설명이 뒤에 조금 붙는다." for n in range(MOST)]
    twins = [page(7), page(7, NOTICE), page(7, NOTICE, NOTICE)]
    raw = write_raw(tmp_path / "raw", {"c4_korean": [*often, *stubs, *stubs[:2], *twins]})
    manifest = run(raw, tmp_path / "out", "--rejects", str(tmp_path / "rejects"), "--dedupe=near")
    assert texts_of(tmp_path / "out") == [page(0, SHARE), page(7)]
    entry = manifest["ledger"]["c4"]
    assert entry == {
        "in": 3 * MOST + MOST + 2 - MOST + 3,
        "out": 2,
        "dropped": {"too_short": MOST, "duplicate": 2 * MOST - 1 + 2 + 2},
    }
    assert manifest["repeated_lines"] == {"c4": {"documents": MOST + 2, "lines": MOST + 3}}
    rows = corpora.read_lines(tmp_path / "rejects/c4.jsonl")
    assert len(rows) == entry["in"] - entry["out"]
    short = sorted(row["text"] for row in rows if row["reason"] == "too_short")
    assert short == sorted(text.split("\n")[-1] for text in stubs)
    # Two stubs had copies; what they stood for is gone with them.
    clusters = corpora.read_lines(tmp_path / "out/_clusters.jsonl")
    assert [(row["line"], row["size"]) for row in clusters] == [(0, 2 * MOST), (1, 3)]


def test_other_decisions_are_taken_again(tmp_path: Path) -> None:
    english = [f"{NOTICE * 2}\n\n{'English only, nothing else at all. ' * 4}{chr(65 + n)}" for n in range(MOST + 1)]
    raw = write_raw(tmp_path / "raw", {"c4_korean": english})
    assert run(raw, tmp_path / "kept", most=0)["ledger"]["c4"]["out"] == MOST + 1
    dropped = run(raw, tmp_path / "out")["ledger"]["c4"]
    assert dropped == {"in": MOST + 1, "out": 0, "dropped": {"low_korean": MOST + 1}}


def test_shards_near_duplicates_and_any_number_of_workers(tmp_path: Path) -> None:
    raw = write_raw(tmp_path / "raw", pages(), files=3)
    trees = []
    for name, workers in (("one", "1"), ("two", "2")):
        run(raw, tmp_path / name, "--direct_num_workers", workers, "--dedupe=near", "--num_shards=2")
        trees.append(tree(tmp_path / name))
    assert trees[0] == trees[1]
    assert {"_clusters.jsonl", "_repeated_lines.jsonl", "train-00001-of-00002.jsonl"} < set(trees[0])


@pytest.mark.parametrize("broken", [(repeated, "find"), (rewrite, "read_lines"), (write, "plan_outputs")], ids=str)
def test_stopped_in_the_middle_and_run_again_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: tuple[Any, str]
) -> None:
    raw = write_raw(tmp_path / "raw", pages())
    run(raw, tmp_path / "whole")
    with monkeypatch.context() as patched:
        patched.setattr(*broken, lambda *_: 1 / 0)
        with pytest.raises(Exception, match="division"):
            run(raw, tmp_path / "out")
    run(raw, tmp_path / "out")
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")


def test_a_run_without_it_leaves_no_table_of_a_run_before_and_another_threshold_is_other_work(tmp_path: Path) -> None:
    raw = write_raw(tmp_path / "raw", pages())
    run(raw, tmp_path / "out")
    more = run(raw, tmp_path / "out", most=MOST - 1)
    assert list(more["repeated_lines"]) == ["namu_wiki", "c4"]
    left = "".join(texts_of(tmp_path / "out"))
    none = run(raw, tmp_path / "out", most=0)
    assert "repeated_lines" not in none
    assert sorted(tree(tmp_path / "out")) == ["README.md", "_manifest.json", "report.html", "train.jsonl"]
    assert sum(NOTICE in text for text in texts_of(tmp_path / "out")) == 2 * MOST + 1
    assert none["facts"] == more["facts"]
    before = "".join(texts_of(tmp_path / "out"))
    digits = sum(account["out"]["digits"] for account in more["facts"].values())
    assert [sum(map(str.isdigit, text)) for text in (left, before)] == [digits, digits]


def test_a_run_that_is_up_to_date_is_not_done_again_unless_its_table_is_gone(tmp_path: Path) -> None:
    raw = write_raw(tmp_path / "raw", pages())
    run(raw, tmp_path / "out")
    before = tree(tmp_path / "out")
    flags = [
        "--input",
        str(raw),
        "--output",
        f"{tmp_path}/out/train.jsonl",
        f"--repeated_lines={MOST}",
        "--min_chars=50",
    ]
    assert plain_text.REFINER.refine(flags, skip_current=True).result is None
    (tmp_path / "out/_repeated_lines.jsonl").unlink()
    assert plain_text.REFINER.refine(flags, skip_current=True).result is not None
    assert tree(tmp_path / "out") == before


def test_nothing_repeated_gives_an_empty_table_and_the_same_documents(tmp_path: Path) -> None:
    raw = write_raw(tmp_path / "raw", pages())
    manifest = run(raw, tmp_path / "out", most=1000)
    assert "repeated_lines" not in manifest
    assert (tmp_path / "out/_repeated_lines.jsonl").read_bytes() == b""
    run(raw, tmp_path / "without", most=0)
    assert tree(tmp_path / "out")["train.jsonl"] == tree(tmp_path / "without")["train.jsonl"]


def test_it_is_refused_where_copies_would_count(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--dedupe"):
        run(write_raw(tmp_path / "raw", pages()), tmp_path / "out", "--dedupe=off")
