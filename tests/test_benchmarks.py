"""The benchmark inputs are what they claim to be, and the loop they are compared with does its job."""

import json
from pathlib import Path

import pyarrow as pa
import pytest

from data.sample import make_sample
from tests.benchmarks import baseline_loop, make_corpus, near, near_scale, pairs

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


def test_the_loop_over_pairs_writes_lines_and_keys() -> None:
    rows = pairs.read(None, 400)
    assert len(set(rows)) == 400
    found = list(pairs.plain_loop(rows))
    assert 100 < len(found) < 300
    assert [list(json.loads(line)) for line in found[0][:2]] == [["en", "ko"], ["ko", "en"]]
    assert len({key for _, _, key, _ in found}) == len(found)


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
