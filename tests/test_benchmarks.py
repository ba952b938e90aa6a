"""The benchmark inputs are what they claim to be, and the loop they are compared with does its job."""

import json
import random
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from beam_pipelines.text.guard_items import pack
from data.sample import make_sample
from tests import guard_items
from tests.benchmarks import (
    adult,
    bare_loop,
    baseline_loop,
    dedupe_scale,
    fidelity,
    guard,
    linearity,
    make_corpus,
    near,
    near_scale,
    pairs,
    quality,
    rendered,
    repeated_lines,
)
from tests.oracle import uncompiled

FOLDERS = {"namu_wiki": "train", "wikipedia": "", "c4": ""}


def made(folder: Path, source: str) -> list[Path]:
    arguments = ["--bytes", "2e6", "--shard_bytes", "1e6", "--source", source, "--output", str(folder)]
    make_corpus.main(arguments)
    return sorted((folder / FOLDERS[source]).glob("*.arrow"))


@pytest.mark.parametrize("source", FOLDERS)
def test_a_corpus_has_the_size_asked_for_and_is_the_same_every_time(source: str, tmp_path: Path) -> None:
    first, second = (made(tmp_path / name, source) for name in "ab")
    assert [path.name for path in first] == ["data-00000-of-00002.arrow", "data-00001-of-00002.arrow"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    tables = [pa.ipc.open_stream(str(path)).read_all() for path in first]
    assert tables[0].schema.names == list(make_sample.COLUMNS[make_corpus.SOURCES[source]])
    size = sum(len(text.encode()) for table in tables for text in table["text"].to_pylist())
    assert 1.9e6 < size < 4e6  # a page of hundreds of kilobytes may end a shard


def test_a_corpus_is_about_as_dense_as_real_articles(tmp_path: Path) -> None:
    made(tmp_path, "namu_wiki")
    marks = make_corpus.density(make_corpus.read_texts(tmp_path))
    assert marks["links"] == pytest.approx(6.8, abs=1.5)
    assert marks["emphasis"] == pytest.approx(4.4, abs=1.5)
    assert marks["cells"] == pytest.approx(6.2, abs=2)
    assert 0.7 < marks["braces"] < 2


def test_the_loop_keeps_and_drops_what_the_sample_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "out.jsonl"
    baseline_loop.main(["--input", str(make_sample.OUTPUT), "--output", str(output)])
    result = json.loads(capsys.readouterr().out)
    kinds = [document.kind for found in make_sample.documents().values() for document in found]
    assert result["dropped"] == {
        "namespace": kinds.count("namespace"),
        "redirect": kinds.count("redirect"),
        "short": kinds.count("short") + kinds.count("empty"),
        "korean": kinds.count("english"),
        "adult": kinds.count("spam"),
        "duplicate": sum(kind.startswith("duplicate") for kind in kinds),
    }
    assert result["documents_in"] == len(kinds)
    assert len(output.read_text(encoding="utf-8").splitlines()) == result["documents_out"]


def test_the_measures_are_timed_against_plain_python(capsys: pytest.CaptureFixture[str]) -> None:
    assert quality.main(["--pages", "20", "--rounds", "1"]) == 0
    header, _, row = capsys.readouterr().out.strip().splitlines()
    assert header == "| texts | MB | measures MB/s | plain Python MB/s | ratio |"
    assert row.startswith("| pages | 0 | ") and row.endswith(" times |")


def test_the_loop_over_pairs_writes_lines_and_keys() -> None:
    rows = pairs.read(None, 400)
    assert len(set(rows)) == 400
    found = list(pairs.plain_loop(rows))
    assert 100 < len(found) < 300
    assert [list(json.loads(line)) for line in found[0][:2]] == [["en", "ko"], ["ko", "en"]]
    assert len({key for _, _, key, _ in found}) == len(found)


def test_prose_and_remnants_of_a_rendered_page() -> None:
    page = """<h2>1. 용법</h2><div>하루 <b>3회</b>, 500 mg<sup class="footnote">[1]</sup>
        <table><tr><td>표 7</td></tr></table><ul><li>식후</li></ul><span class="wiki-fn-content">주</span>.</div>"""
    prose = rendered.prose(page)
    assert prose.split() == ["1.", "용법", "하루", "3회,", "500", "mg", "식후", "."]
    same = rendered.shared(prose, "용법 하루 3회, [[500]] mg 식후 '''덤'''")
    assert (same.words, same.words_expected, same.words_found) == (6, 7, 7)
    assert (same.numbers, same.numbers_expected, same.remnants) == (2, 3, 4)
    assert rendered.total([same, same]).f1 == pytest.approx(12 / 14)


def test_the_table_of_wiki_cleaners(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("namumark/articles", "namumark/rendered", "kowiki"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "namumark/articles/가.namu").write_text("'''약'''은 [[용법|하루 3회]]")
    (tmp_path / "namumark/rendered/가.html").write_text("<div><b>약</b>은 <a>하루 3회</a></div>")
    (tmp_path / "namumark/cases.jsonl").write_text(json.dumps({"id": "a", "source": "~~5~~", "html": "<s>다섯</s>"}))
    (tmp_path / "kowiki/나.wikitext").write_text("'''약''' {{변환|500|mg}}[[분류:약]]")
    (tmp_path / "kowiki/나.expected.txt").write_text("약 500 mg")
    arguments = ["--corpus", str(tmp_path), "--seconds", "0", "--hostile_limit", "0", "--unequal"]
    assert fidelity.main(arguments) == 0
    lines = [line.split(" | ") for line in capsys.readouterr().out.splitlines()]
    kept = {(row[0], row[1]): row[2:7] for row in lines if len(row) > 6}
    for kind, equal in (("| .namu", "0 (0) of 1"), ("| .wikitext", "")):
        assert kept[kind, "ours"] == ["1.0000", "0.00", "1.000", "10 of 10", equal]
    assert kept["| .wikitext", "mwparserfromhell"][:4] == ["0.3333", "0.00", "0.000", "2 of 10"]
    assert lines[-1] == ["a: '~~5~~' is '다섯', not '5'"]


def test_the_confusion_table_of_the_adult_filter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "webtext").mkdir()
    news = json.dumps({"text": "성인 환자의 노출 시간"})
    for name in ("dps_0.jsonl", "dps_1.jsonl", "news_adult_words.jsonl"):
        (tmp_path / "webtext" / name).write_text(f"{news}\n")
    assert adult.main(["--corpus", str(tmp_path), "--dropped"]) == 0
    rows = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines()]
    table = {row[0]: row[1:] for row in rows}
    assert table["medicine, news, reference (held_out)"][:2] == ["110", "0 (0.0%)"]
    assert table["adult spam (held_out)"][:2] == ["126", "122 (96.8%)"]
    assert table["real news"] == ["2", "0 (0.0%)", "2 (100.0%)", "0 (0.0%)", "0 (0.0%)"]
    assert table["real news with such words"][:3] == ["1", "0 (0.0%)", "1 (100.0%)"]


def test_one_text_is_cut_into_pages_of_every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linearity, "LEAST_BYTES", 2_000)
    text = "".join(f"{n}번째 줄\n" for n in range(40))
    for size in (50, 500, 5_000):
        pages = linearity.cut(text, size)
        assert all(size <= len(page.encode()) < size + 20 and page.endswith("줄\n") for page in pages[:-1])
        assert 2_000 <= sum(len(page.encode()) for page in pages) < 5_600
        assert "".join(pages).startswith(text)


def test_copies_of_benchmark_items_and_the_usual_loop_over_them() -> None:
    items = guard_items.items("held_out")
    packed, loop = pack(items), guard.loop_of(items)
    found = {
        kind: guard.recall(items, packed, kind, size=300, hosts=2, loop=loop) for kind in ("verbatim", "options only")
    }
    assert [float(row[3]) >= 0.98 for row in found.values()] == [True, True]
    assert float(found["options only"][4]) < 0.5 < float(found["verbatim"][4])
    rng = random.Random(0)
    clean = [guard_items.looks_like_a_question(rng) for _ in range(50)]
    assert guard.false_positives("clean", clean, packed, loop)[:3] == ["clean", "50", "0"]


def test_the_loop_over_lines_takes_out_what_ours_does_but_for_what_stands_beside_a_measure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    texts = repeated_lines.pages(50)
    counts = repeated_lines.mark_loop(texts)
    assert [counts[notice] > 20 for notice in repeated_lines.NOTICES] == [True, True]
    assert not any(notice in text for text in repeated_lines.drop_loop(texts, set(counts)) for notice in counts)
    assert repeated_lines.main(["--pages=50", "--rounds=1"]) == 0
    told = capsys.readouterr().out
    went, there = (int(number) for number in (told.split()[0], told.split()[2]))
    assert 0 < went <= there


def test_planted_copies_are_found_and_none_with_another_dose() -> None:
    result = near.quality(near.planted(25, seed=3))
    assert result["precision"] == 1
    assert result["recall where the same is stated"] >= 0.95
    assert result["dropped"] > 20 < result["another dose"]
    assert result["another dose, merged"] == 0 < result["another dose, merged by datasketch"]


def test_the_stages_of_near_deduplication_shuffle_few_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made(tmp_path / "corpus", "c4")
    capsys.readouterr()
    near_scale.main(["--input", str(tmp_path / "corpus"), "--output", str(tmp_path / "out")])
    result = json.loads(capsys.readouterr().out)
    assert 0 < result["near_duplicates"] <= result["planted"] <= result["documents"]
    assert result["bytes_per_document_in_all"] < 200


def test_deduplication_alone_finds_what_was_planted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dedupe_scale.main(["--documents", "2500", "--of_item", "1000", "--work", str(tmp_path / "work")])
    result = json.loads(capsys.readouterr().out)
    assert result["lost"] == result["planted"] == 150


def test_our_kernels_in_a_bare_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made(tmp_path / "corpus", "namu_wiki")
    capsys.readouterr()
    output = tmp_path / "bare/train.jsonl"
    monkeypatch.setattr(sys, "argv", ["bare_loop", "--input", str(tmp_path / "corpus"), "--output", str(output)])
    bare_loop.main()
    result = json.loads(capsys.readouterr().out)
    assert result["documents_out"] == len(output.read_text().splitlines()) > 100
    assert result["shuffled_bytes_per_document"] < 20


@pytest.mark.parametrize("side", ["with", "without"])
def test_the_price_of_the_account_of_facts(side: str, tmp_path: Path) -> None:
    (tmp_path / "가.namu").write_text("|| 5 || 하루 [[용법|3회]]")
    (tmp_path / "나.wikitext").write_text("{{변환|500|mg}}<ref>7</ref>")
    code = f"""
from tests.benchmarks import facts, linearity
linearity.LEAST_BYTES = 100
facts.main(["--corpus={tmp_path}", "--rounds=1", "--side={side}"])
"""
    figures = json.loads(uncompiled(code))
    assert set(figures) == {"c4", "namu_wiki", "mediawiki"}
    assert all(took > 0 for took in figures.values())
