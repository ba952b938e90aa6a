"""The check of the five files: what is there, what is wrong and where; the exit code is for scripts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from beam_pipelines import launch
from beam_pipelines.dictionary_files import FILES
from data import validate_manual_data

GOOD = {
    "bilingual_medical_dict.json": '{"fever": "열", "cold": "감기", "cold": "추위"}',
    "bilingual_medical_dict_categorized.json": '{"심장": {"angina": "협심증"}}',
    "bilingual_medical_dict_ko_en.json": '{"열": "fever", "COPD": "chronic obstructive pulmonary disease"}',
    "korean_medical_dict.jsonl": '{"term": "열", "definition": "fever\\n몸이 더운 것"}\n',
    "korean_animal_medical_dict.jsonl": '{"term": "구제역", "definition": "foot-and-mouth disease"}\n',
}


def put(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def said(folder: Path, caplog: pytest.LogCaptureFixture) -> tuple[int, list[str]]:
    caplog.clear()
    caplog.set_level("INFO")
    try:
        code = launch.main(validate_manual_data.run, ["--input", str(folder)])
    except SystemExit as left:
        code = int(str(left.code))
    return code, [line for message in caplog.messages for line in message.split("\n")]


def test_all_five_are_counted_with_a_sample(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(tmp_path, GOOD)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    code, lines = said(tmp_path, caplog)
    assert code == 0
    states = [line.split()[:4] for line in lines if not line.startswith(" ")]
    assert states == [[name, "present", count, "entries"] for name, count in zip(FILES, "31211", strict=True)]
    assert "    열 = fever / 몸이 더운 것" in lines
    assert "    1 entries repeat a key; all of them are read" in lines
    assert "    1 entries without Korean; the refiner will drop them" in lines
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_some_missing_is_no_failure(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(tmp_path, {"korean_medical_dict.jsonl": GOOD["korean_medical_dict.jsonl"]})
    code, lines = said(tmp_path, caplog)
    assert code == 0
    assert sum("missing" in line for line in lines) == 4


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("bilingual_medical_dict.json", '{"fever": "열",\n "cold": 5}', "line 2, column 10: the Korean term is a JSON"),
        ("bilingual_medical_dict.json", '{"열": "fever"}', "the languages may be the wrong way round"),
        ("bilingual_medical_dict.json", "{}", "no entries"),
        ("korean_medical_dict.jsonl", "", "no entries"),
        ("korean_medical_dict.jsonl", '{"term": "열"}\n' * 9, "and 6 more like these"),
    ],
)
def test_malformed_is_said_with_its_place(
    name: str, text: str, complaint: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path, GOOD | {name: text})
    code, lines = said(tmp_path, caplog)
    assert code == 1
    assert any(complaint in line for line in lines)
    assert [line.split()[0] for line in lines if line.split()[1:2] == ["malformed"]] == [name]
    assert lines[-1] == f"error: {name} in {tmp_path} cannot be used as it is"


def test_none_at_all_points_to_the_manual(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        code, lines = said(folder, caplog)
        assert code == validate_manual_data.ALL_MISSING == 3
        assert "data/MANUAL_DATA.md" in lines[-1]


def test_a_wrong_name_is_noticed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(tmp_path, {**GOOD, "bilingual_medical_dict_categorised.json": "{}", "_source.x.json": "{}"})
    code, lines = said(tmp_path, caplog)
    assert code == 0
    assert lines[-1] == (
        "bilingual_medical_dict_categorised.json: not one of the five names; "
        "is it bilingual_medical_dict_categorized.json?"
    )


def test_exit_codes_of_the_program(tmp_path: Path) -> None:
    put(tmp_path, {"korean_medical_dict.jsonl": json.dumps({"term": "열", "definition": "fever"})})
    command = [sys.executable, "-m", "data.validate_manual_data"]
    codes = [
        subprocess.run([*command, *arguments], capture_output=True, check=False).returncode
        for arguments in (["--input", str(tmp_path)], ["--inputs", "x"], ["--input", str(tmp_path / "none")])
    ]
    assert codes == [0, 2, 3]
