"""The sample corpus: the committed files are what the script writes, and hold what it says they hold."""

import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from data.sample import content, make_sample

# Pages of these kinds are meant to be kept, so they must be long enough and Korean enough.
KEPT = {"article", "medical_keyword", "nfd", "broken"}
FILES = {
    "namu_wiki/train": ["data-00000-of-00002.arrow", "data-00001-of-00002.arrow"],
    "wikipedia-korean": ["data-00000-of-00001.arrow"],
    "c4_korean": ["data-00000-of-00001.arrow"],
}
DOCUMENTS = make_sample.documents()


def rows(folder: Path) -> list[dict[str, Any]]:
    return [
        row for path in sorted(folder.glob("*.arrow")) for row in pa.ipc.open_stream(str(path)).read_all().to_pylist()
    ]


def bare(text: str) -> str:
    """A rough cleaning, enough to compare what differs in links, bold and comments only."""
    text = re.sub(r"(?m)^##.*\n?", "", unicodedata.normalize("NFC", text))
    return re.sub(r"\[\[(?:[^\]|]+\|)?([^\]|]+)\]\]|'''|__", r"\1", text).strip()


def test_the_committed_files_are_what_the_script_makes_now(tmp_path: Path) -> None:
    # Compared as schema and batches: another release of Arrow may pad its messages otherwise.
    make_sample.write(tmp_path)
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    committed = sorted(p.relative_to(make_sample.OUTPUT) for p in make_sample.OUTPUT.rglob("*") if p.is_file())
    assert made == committed
    for path in made:
        if path.suffix == ".json":
            assert (tmp_path / path).read_bytes() == (make_sample.OUTPUT / path).read_bytes()
            continue
        new, old = (pa.ipc.open_stream(str(root / path)) for root in (tmp_path, make_sample.OUTPUT))
        assert new.schema.equals(old.schema, check_metadata=True)
        assert list(new) == list(old), path


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    make_sample.main(["--output", str(tmp_path / "a")])
    make_sample.main(["--output", str(tmp_path / "b")])
    first, second = ({p.name: p.read_bytes() for p in (tmp_path / d).rglob("*.arrow")} for d in "ab")
    assert first == second


@pytest.mark.parametrize("folder", FILES)
def test_shards_are_streams_of_several_batches(folder: str) -> None:
    paths = sorted((make_sample.OUTPUT / folder).glob("*.arrow"))
    assert [path.name for path in paths] == FILES[folder]
    for path in paths:
        assert len(list(pa.ipc.open_stream(str(path)))) > 2


def test_the_kinds_of_each_source() -> None:
    assert make_sample.expected() == {
        "namu_wiki": {
            "article": 128,
            "medical_keyword": 6,
            "nfd": 6,
            "broken": 14,
            "duplicate": 10,
            "duplicate_markup": 6,
            "duplicate_nfd": 4,
            "redirect": 30,
            "namespace": 20,
            "short": 10,
            "english": 6,
            "empty": 1,
        },
        "wikipedia-korean": {
            "article": 63,
            "nfd": 2,
            "duplicate": 3,
            "duplicate_markup": 4,
            "duplicate_nfd": 2,
            "short": 4,
            "english": 2,
        },
        "c4_korean": {
            "article": 69,
            "medical_keyword": 5,
            "duplicate": 7,
            "duplicate_markup": 2,
            "spam": 10,
            "short": 3,
            "english": 2,
            "empty": 1,
        },
    }
    assert {kind for counts in make_sample.expected().values() for kind in counts} == set(make_sample.KINDS)


def test_the_files_hold_the_documents_in_order() -> None:
    for folder in FILES:
        found = DOCUMENTS[folder.split("/")[0]]
        assert [row["text"] for row in rows(make_sample.OUTPUT / folder)] == [document.text for document in found]


def test_what_the_files_say_for_themselves() -> None:
    namu = rows(make_sample.OUTPUT / "namu_wiki/train")
    assert sum(row["namespace"] != "0" for row in namu) == 20
    assert sum(bool(re.match(r"#(redirect|넘겨주기) ", row["text"])) for row in namu) == 30
    assert sum(not unicodedata.is_normalized("NFC", row["text"]) for row in namu) == 6 + 4
    assert sum("야동" in row["text"] or "출장" in row["text"] for row in rows(make_sample.OUTPUT / "c4_korean")) == 10


def test_only_the_duplicates_are_duplicates() -> None:
    texts = [(d.kind, d.text) for found in DOCUMENTS.values() for d in found if d.text]
    bytes_seen = Counter(text for _, text in texts)
    assert sum(count - 1 for count in bytes_seen.values()) == sum(kind == "duplicate" for kind, _ in texts)
    cleaned_seen = Counter(bare(text) for _, text in texts)
    assert sum(n - 1 for n in cleaned_seen.values()) == sum(kind.startswith("duplicate") for kind, _ in texts)


def test_a_duplicate_comes_after_what_it_repeats() -> None:
    seen: set[str] = set()
    for found in DOCUMENTS.values():
        for document in found:
            if document.kind.startswith("duplicate"):
                assert bare(document.text) in seen, document.title
            seen.add(bare(document.text))


def test_what_is_to_be_kept_is_long_and_korean_enough_and_the_rest_is_not() -> None:
    for document in (d for found in DOCUMENTS.values() for d in found):
        text = re.sub(r"\[\[[^\]]*\]\]|\|\||[{}='\[\]]", "", unicodedata.normalize("NFC", document.text))
        korean = sum("가" <= c <= "힣" for c in text) / max(len(text), 1)
        if document.kind in KEPT:
            assert len(text) >= 110 and korean > 0.25, (document.title, len(text), korean)
        if document.kind == "english":
            assert len(text) >= 110 and korean < 0.02
        if document.kind == "short":
            assert len(text) < 90


def test_namumark_is_about_as_dense_as_real_articles() -> None:
    text = "\n".join(d.text for d in DOCUMENTS["namu_wiki"] if d.kind == "article")
    size = len(text.encode()) / 1024
    per_kilobyte = {mark: text.count(mark) / size for mark in ("[[", "||", "{{{")}
    emphasis = len(re.findall(r"'''|''|~~|__|--", text)) / size
    assert 5 < per_kilobyte["[["] < 9
    assert 4 < per_kilobyte["||"] < 9
    assert 0.5 < per_kilobyte["{{{"] < 2
    assert 3 < emphasis < 7


@pytest.mark.parametrize(
    "fact", ["체온 < 36.5 이고 맥박 > 100", "하루 2~3회", "120/80 mmHg", "120|80 mmHg", "{{{#red 주의}}}", "1/2작은술"]
)
def test_hard_spellings_are_there(fact: str) -> None:
    links = re.compile(r"\[\[(?:[^\]|]+\|)?([^\]|]+)\]\]|'''")
    assert any(fact in links.sub(r"\1", document.text) for document in DOCUMENTS["namu_wiki"])


@pytest.mark.parametrize(
    ("pattern", "value", "filled"),
    [
        ("{0}(은) 약이다", "와파린", "와파린은 약이다"),
        ("{0}(은) 약이다", "디곡신(digoxin)", "디곡신(digoxin)은 약이다"),
        ("{0}(을) 먹는다", "500 mg", "500 mg을 먹는다"),
        ("{0}(을) 붓는다", "물 1.5 L", "물 1.5 L를 붓는다"),
        ("{0}(으로) 간다", "서울", "서울로 간다"),
        ("{0}(와) 나", "물", "물과 나"),
        ("{0}(이라)고", "AST", "AST라고"),
    ],
)
def test_particles(pattern: str, value: str, filled: str) -> None:
    assert content.fill(pattern, [value]) == filled
