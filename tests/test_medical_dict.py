"""The dictionary refiner, end to end: terms, conflicts, ledger, and nothing lost without a reason."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beam_pipelines import launch, medical_dict
from beam_pipelines.dictionary_files import FILES
from tests import corpora

ENGLISH_KOREAN = {
    "hypertension": "고혈압",
    "high blood pressure": "고혈압",
    "Hypertensions": "고혈압",
    "myocarditis": "심근염; 심장근육염",
    "gastritis": unicodedata.normalize("NFD", "위염"),
    "no korean": "kein",
}
CATEGORISED = {"심장": {"hypertension": "고혈압"}, "위": {"gastric inflammation": "위염", "stomach cancer": "위암"}}
KOREAN_ENGLISH = {"위암": "Stomach cancers", "당뇨병": "diabetes mellitus", "1. 빈혈": "高血壓, anemia"}
TERMS = [
    {"term": "당뇨병", "definition": "Diabetes insipidus\n소변이 많다"},
    {"term": "부정맥", "definition": "부정맥(arrhythmia)은 맥박이 고르지 않은 상태이다."},
    {"term": "검사", "definition": "MRI를 쓰는 검사"},
]


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Four of the five dictionaries, 6 + 3 + 3 + 4 entries."""
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "bilingual_medical_dict.json").write_text(json.dumps(ENGLISH_KOREAN))
    (folder / "bilingual_medical_dict_categorized.json").write_text(json.dumps(CATEGORISED))
    (folder / "bilingual_medical_dict_ko_en.json").write_text(json.dumps(KOREAN_ENGLISH))
    lines = [json.dumps(row, ensure_ascii=False) for row in TERMS]
    (folder / "korean_medical_dict.jsonl").write_text("\n".join([lines[0], "{broken", *lines[1:]]) + "\n")
    return folder


def run(raw: Path, out: Path, *more: str) -> dict[str, Any]:
    medical_dict.run(["--input", str(raw), "--output", str(out / "01_medical_dict.json"), *more])
    manifest: dict[str, Any] = json.loads((out / "_manifest.json").read_text())
    return manifest


def test_terms_conflicts_and_ledger(raw: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    out = tmp_path / "out"
    manifest = run(raw, out)
    assert json.loads((out / "01_medical_dict.json").read_text()) == [
        {"term": "고혈압", "definition": "hypertension; high blood pressure"},
        {"term": "당뇨병", "definition": "diabetes mellitus"},
        {"term": "부정맥", "definition": "arrhythmia"},
        {"term": "빈혈", "definition": "anemia"},
        {"term": "심근염", "definition": "myocarditis"},
        {"term": "심장근육염", "definition": "myocarditis"},
        {"term": "위암", "definition": "stomach cancer"},
        {"term": "위염", "definition": "gastritis"},
    ]
    assert json.loads((out / "01_medical_dict_conflicts.json").read_text()) == [
        {
            "term": "당뇨병",
            "definition": "diabetes mellitus",
            "source": "bilingual_medical_dict_ko_en",
            "readings": [
                {"source": "bilingual_medical_dict_ko_en", "definition": "diabetes mellitus"},
                {"source": "korean_medical_dict", "definition": "Diabetes insipidus"},
            ],
        },
        {
            "term": "위염",
            "definition": "gastritis",
            "source": "bilingual_medical_dict",
            "readings": [
                {"source": "bilingual_medical_dict", "definition": "gastritis"},
                {"source": "bilingual_medical_dict_categorized", "definition": "gastric inflammation"},
            ],
        },
    ]
    # An entry that names two terms counts as two readings.
    assert manifest["ledger"] == {
        "bilingual_medical_dict": {"in": 7, "out": 4, "dropped": {"no_korean": 1, "merged": 2}},
        "bilingual_medical_dict_categorized": {"in": 3, "out": 1, "dropped": {"merged": 2}},
        "bilingual_medical_dict_ko_en": {"in": 3, "out": 2, "dropped": {"merged": 1}},
        "korean_medical_dict": {"in": 4, "out": 1, "dropped": {"unreadable": 1, "no_english": 1, "merged": 1}},
    }
    assert manifest["conflicts"] == 2
    assert [(entry["row"], entry["why"][:15]) for entry in manifest["unreadable"]] == [(1, "line 2 column 2")]
    assert [entry["name"] for entry in manifest["outputs"]] == [
        "01_medical_dict.json",
        "01_medical_dict_conflicts.json",
    ]
    warnings = [record.getMessage() for record in caplog.records if record.name == "beam_pipelines.medical_dict"]
    assert warnings == ["no korean_animal_medical_dict.jsonl: the dictionary is made without it"]


def test_rejects_show_every_entry_that_is_not_in_the_output(raw: Path, tmp_path: Path) -> None:
    manifest = run(raw, tmp_path / "out", "--rejects", str(tmp_path / "rejects"))
    for source, entry in manifest["ledger"].items():
        rows = corpora.read_lines(tmp_path / "rejects" / f"{source}.jsonl")
        assert len(rows) == sum(entry["dropped"].values())
    (lost,) = [row for row in rows if row["reason"] == "no_english"]
    assert (lost["term"], lost["definition"], lost["row"]) == ("검사", "MRI를 쓰는 검사", 3)


def test_all_dictionaries_missing_is_an_error_that_says_where_to_get_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    flags = ["--input", str(tmp_path / "raw"), "--output", str(tmp_path / "out" / "01_medical_dict.json")]
    assert launch.main(medical_dict.run, flags) == 1
    assert "data/MANUAL_DATA.md" in caplog.records[-1].getMessage()
    assert not (tmp_path / "out").exists()


def test_strict_stops_at_the_broken_line(raw: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    flags = ["--input", str(raw), "--output", str(tmp_path / "out" / "01_medical_dict.json"), "--strict"]
    assert launch.main(medical_dict.run, flags) == 1
    assert "korean_medical_dict.jsonl row 1: line 2 column 2" in caplog.records[-1].getMessage()


def test_workers_and_modes_give_the_same_bytes(raw: Path, tmp_path: Path) -> None:
    trees = []
    for number, flags in enumerate([["1"], ["2"], ["2", "--direct_running_mode=multi_threading"]]):
        out = tmp_path / str(number)
        run(raw, out, "--direct_num_workers", *flags)
        trees.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert trees[1:] == trees[:1] * 2


KOREAN_TERMS = st.text("고혈압당뇨염 ;,(1A", max_size=6)
DEFINITIONS = st.text("hypertnsio 고혈압\n;,(1", max_size=12)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(KOREAN_TERMS, DEFINITIONS), max_size=12), st.binary(max_size=8), st.integers(0, 200))
def test_no_good_entry_is_lost_under_corruption(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], noise: bytes, at: int
) -> None:
    root = tmp_path_factory.mktemp("dict")
    lines = [json.dumps({"term": term, "definition": definition}).encode() for term, definition in rows]
    data = b"\n".join([json.dumps({"term": "간", "definition": "liver"}).encode(), *lines])
    cut = min(at, len(data))
    folder = root / "raw"
    folder.mkdir()
    (folder / "korean_medical_dict.jsonl").write_bytes(data[:cut] + noise.replace(b"\n", b"") + data[cut:])
    good = {"term": "간염", "definition": "hepatitis"}
    (folder / "korean_animal_medical_dict.jsonl").write_text(json.dumps(good) + "\n")
    manifest = run(folder, root / "out")  # the run itself fails when the ledger does not balance
    terms = json.loads((root / "out/01_medical_dict.json").read_text())
    assert good in terms
    assert len(terms) == sum(entry["out"] for entry in manifest["ledger"].values())
    assert set(manifest["licences"]) == {FILES[f"{source}.jsonl"].source for source in manifest["ledger"]}
