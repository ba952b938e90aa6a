"""Near-deduplication end to end: what goes, what never goes, who is named, and the same bytes every time."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from beam_pipelines import plain_text
from beam_pipelines.options import UsageError
from beam_pipelines.transforms import near, write
from tests import corpora
from tests.benchmarks.near import grams, numbers, planted
from tests.corpora import tree

PAGE = (
    "골다공증은 뼈가 약해져 쉽게 부러지는 병이다. 처음에는 아프지 않아 모르고 지내는 일이 많다. "
    "햇볕을 쬐며 걷는 것이 좋고 싱겁게 먹는 것도 도움이 된다. 뼈가 부러진 적이 있으면 검사를 받아 보는 편이 낫다. "
    "{drug} {dose} 먹고 물을 넉넉히 마신다. 약을 먹고 나서는 바로 눕지 않는다. 속이 쓰리면 의사에게 알린다. "
    "치과 치료를 앞두고 있으면 그것도 미리 말한다. "
)
TABLET = {"drug": "알렌드론산은 일주일에", "dose": "70 mg을"}
FIRST = PAGE.format(**TABLET)
OTHER = corpora.document(1)
LONGER = FIRST + "집 안의 문턱은 낮춘다."
EDITED = FIRST.replace("햇볕을 쬐며 걷는", "자주 걷는").replace("편이 낫다", "것이 낫다")
ANOTHER_DOSE = PAGE.format(drug="알렌드론산은 일주일에", dose="35 mg을")
ANOTHER_DRUG = PAGE.format(drug="리세드론산은 일주일에", dose="70 mg을")
IN_WORDS = PAGE.format(drug="알렌드론산은", dose="하루 한 번")
MORE_IN_WORDS = PAGE.format(drug="알렌드론산은", dose="하루 두 번")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Three sources; the documents of each in file order."""
    sources = {
        "namu_wiki": [FIRST, OTHER],
        "wikipedia-korean": [LONGER, ANOTHER_DOSE, IN_WORDS],
        "c4_korean": [FIRST, EDITED, LONGER, ANOTHER_DRUG, MORE_IN_WORDS, OTHER],
    }
    for folder, texts in sources.items():
        (tmp_path / "raw" / folder).mkdir(parents=True)
        corpora.FORMATS["jsonl"][1](tmp_path / "raw" / folder / "a.jsonl", [{"text": text.strip()} for text in texts])
    return tmp_path / "raw"


def run(raw: Path, out: Path, *more: str, dedupe: str = "near") -> dict[str, Any]:
    flags = ["--input", str(raw), "--output", f"{out}/train.jsonl", "--dedupe", dedupe, *more]
    plain_text.run(flags)
    manifest: dict[str, Any] = json.loads((out / "_manifest.json").read_text())
    return manifest


def texts_of(out: Path) -> list[str]:
    return [row["text"] for row in corpora.read_lines(out / "train.jsonl")]


KEPT = [FIRST, OTHER, ANOTHER_DOSE, IN_WORDS, ANOTHER_DRUG, MORE_IN_WORDS]


def test_edited_copies_go_and_another_dose_drug_or_frequency_stays(raw: Path, tmp_path: Path) -> None:
    manifest = run(raw, tmp_path / "out")
    assert texts_of(tmp_path / "out") == [text.strip() for text in KEPT]
    assert manifest["ledger"] == {
        "namu_wiki": {"in": 2, "out": 2, "dropped": {}},
        "wikipedia": {"in": 3, "out": 2, "dropped": {"near_duplicate": 1}},
        "c4": {"in": 6, "out": 2, "dropped": {"duplicate": 3, "near_duplicate": 1}},
    }
    assert run(raw, tmp_path / "exact", dedupe="exact")["ledger"]["c4"]["dropped"] == {"duplicate": 3}
    assert sorted(tree(tmp_path / "exact")) == ["README.md", "_manifest.json", "report.html", "train.jsonl"]


def test_rejects_name_the_document_that_is_kept_and_the_jaccard(raw: Path, tmp_path: Path) -> None:
    manifest = run(raw, tmp_path / "out", "--rejects", str(tmp_path / "rejects"))
    rows = [row for path in sorted((tmp_path / "rejects").iterdir()) for row in corpora.read_lines(path)]
    counts = Counter((row["source"], row["reason"]) for row in rows)
    assert counts == {
        (source, reason): count
        for source, entry in manifest["ledger"].items()
        for reason, count in entry["dropped"].items()
    }
    found = [row for row in rows if row["reason"] == "near_duplicate"]
    assert [(row["source"], row["row"], row["text"]) for row in found] == [
        ("c4", 1, EDITED.strip()),
        ("wikipedia", 0, LONGER.strip()),
    ]
    for row in found:
        assert row["kept"] == {"source": "namu_wiki", "file": f"{raw}/namu_wiki/a.jsonl", "row": 0}
        mine, theirs = grams(row["text"]), grams(FIRST)
        assert row["jaccard"] == round(len(mine & theirs) / len(mine | theirs), 4) >= 0.8


def test_clusters_say_how_many_documents_a_line_stands_for_and_from_where(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    manifest = run(raw, out, "--num_shards=4")
    rows = corpora.read_lines(out / "_clusters.jsonl")
    assert [(row["size"], row["sources"]) for row in rows] == [
        (5, {"namu_wiki": 1, "wikipedia": 1, "c4": 3}),  # two of c4 repeat word for word, one of them a near one
        (2, {"namu_wiki": 1, "c4": 1}),
    ]
    for row, text, number in zip(rows, [FIRST, OTHER], range(2), strict=True):
        assert corpora.read_lines(out / row["output"])[row["line"]]["text"] == text.strip()
        assert (row["source"], row["file"], row["row"]) == ("namu_wiki", f"{raw}/namu_wiki/a.jsonl", number)
    assert {"name": "_clusters.jsonl", "documents": 2, "bytes": (out / "_clusters.jsonl").stat().st_size} in manifest[
        "outputs"
    ]
    total = sum(entry["out"] + sum(entry["dropped"].values()) for entry in manifest["ledger"].values())
    kept = sum(entry["out"] for entry in manifest["ledger"].values())
    assert kept + sum(row["size"] - 1 for row in rows) == total
    run(raw, out, dedupe="exact")
    assert sorted(tree(out)) == ["README.md", "_manifest.json", "report.html", "train.jsonl"]  # no old table


def big(raw: Path) -> None:
    """More files, with planted copies in all of them."""
    pages = planted(40, seed=5)
    for source, start in (("namu_wiki", 0), ("wikipedia-korean", 1), ("c4_korean", 2)):
        for part in range(2):
            rows = [{"text": page.text} for page in pages[start + 3 * part :: 6]]
            corpora.FORMATS["jsonl"][1](raw / source / f"more-{part}.jsonl", rows)


def test_any_number_of_workers_gives_the_same_bytes_and_nothing_wrong_goes(raw: Path, tmp_path: Path) -> None:
    big(raw)
    out, trees = tmp_path / "out", []
    for workers in ("1", "2"):
        run(raw, out, "--direct_num_workers", workers, "--rejects", f"{out}/rejects")
        trees.append(tree(out))
    assert trees[0] == trees[1]
    rows = [row for path in (out / "rejects").iterdir() for row in corpora.read_lines(path)]
    text_of = {
        (source.name.replace("_korean", "").replace("-korean", ""), str(path), number): row["text"]
        for source in raw.iterdir()
        for path in source.iterdir()
        for number, row in enumerate(corpora.read_lines(path))
    }
    found = [row for row in rows if row["reason"] == "near_duplicate"]
    assert len(found) > 30
    lost = {(row["file"], row["row"]) for row in rows}
    for row in found:
        kept = row["kept"]
        assert (kept["file"], kept["row"]) not in lost
        other = text_of[kept["source"], kept["file"], kept["row"]]
        assert numbers(row["text"]) == numbers(other)
        assert len(grams(row["text"]) & grams(other)) >= 0.8 * len(grams(row["text"]) | grams(other))


@pytest.mark.parametrize("broken", [(near, "judge"), (near, "settle"), (write, "plan_outputs")], ids=str)
def test_stopped_in_the_middle_and_run_again_gives_the_same_bytes(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: tuple[Any, str]
) -> None:
    run(raw, tmp_path / "whole")
    with monkeypatch.context() as patched:
        patched.setattr(*broken, lambda *_: 1 / 0)
        with pytest.raises(Exception, match="division"):
            run(raw, tmp_path / "out")
    run(raw, tmp_path / "out")
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")


def test_short_documents_are_never_near_duplicates(tmp_path: Path) -> None:
    short = [
        "열이 난다.",
        "열이 안 난다.",
        "기침이 난다.",
        "기침이 안 난다.",
        "약을 먹는다.",
        "약을 안 먹는다.",
        "약을 먹는다.",
    ]
    corpora.FORMATS["jsonl"][1](tmp_path / "a.jsonl", [{"text": text} for text in short])
    manifest = run(tmp_path / "a.jsonl", tmp_path / "out", "--source=wikipedia", "--min_chars=0")
    assert manifest["ledger"]["wikipedia"] == {"in": 7, "out": 6, "dropped": {"duplicate": 1}}
    assert texts_of(tmp_path / "out") == short[:6]


def test_a_higher_threshold_keeps_more_and_one_is_but_for_spaces_and_punctuation(raw: Path, tmp_path: Path) -> None:
    respaced = FIRST.replace("뼈가 약해져", "뼈가  약해져,").strip()
    corpora.FORMATS["jsonl"][1](raw / "c4_korean/b.jsonl", [{"text": respaced}])
    ledger = run(raw, tmp_path / "out", "--near_jaccard=1")["ledger"]
    assert [entry["dropped"].get("near_duplicate", 0) for entry in ledger.values()] == [0, 0, 1]


@pytest.mark.parametrize("value", ["0.5", "1.5"])
def test_a_threshold_that_the_bands_cannot_find_is_refused(raw: Path, tmp_path: Path, value: str) -> None:
    with pytest.raises(UsageError, match="near_jaccard"):
        run(raw, tmp_path / "out", f"--near_jaccard={value}")
