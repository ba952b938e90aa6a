"""From StarDict to the five files: every entry lands or is named, the bytes are the same, nothing is half written."""

import json
import logging
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beam_pipelines import launch, medical_dict
from beam_pipelines.dictionary_files import FILES, Entry, entries
from beam_pipelines.options import UsageError
from data import convert_stardict, validate_manual_data
from data.stardict import Field, StarDictError
from tests.data.stardict_files import Variant, plain, write

EN_KO = plain([("fever", "열"), ("hypertension", "고혈압")])
KO_EN = plain([("고혈압", "hypertension"), ("열", "fever")])
KO_KO = plain([("고혈압", "hypertension\n혈압이 높은 병. 수축기 혈압 > 140 mmHg"), ("열", "fever\n몸이 더운 것")])


def convert(out: Path, *arguments: object) -> None:
    convert_stardict.run([*map(str, arguments), "--out", str(out)])


def rows(path: Path) -> list[tuple[Any, ...]]:
    """What the refiner will read; fails on anything malformed."""
    found = list(entries(FILES[path.name], path.read_bytes()))
    assert all(isinstance(entry, Entry) for entry in found)
    return [entry[1:] for entry in found]


def made(out: Path) -> list[str]:
    return sorted(path.name for path in out.glob("*") if not path.name.startswith("_source."))


@pytest.mark.parametrize(
    ("pairs", "name", "file", "want"),
    [
        (EN_KO, "의학", "bilingual_medical_dict.json", {"fever": "열", "hypertension": "고혈압"}),
        (KO_EN, "의학", "bilingual_medical_dict_ko_en.json", {"고혈압": "hypertension", "열": "fever"}),
    ],
)
def test_the_file_is_chosen_by_the_languages(
    tmp_path: Path, pairs: Any, name: str, file: str, want: dict[str, str]
) -> None:
    convert(tmp_path / "out", write(tmp_path, pairs, name=name))
    assert made(tmp_path / "out") == [file]
    assert json.loads((tmp_path / "out" / file).read_bytes()) == want


@pytest.mark.parametrize(("name", "file"), [("의학 사전", "korean"), ("수의학 사전", "korean_animal")])
def test_explained_terms_are_json_lines(tmp_path: Path, name: str, file: str) -> None:
    convert(tmp_path / "out", write(tmp_path, KO_KO, name=name))
    lines = (tmp_path / "out" / f"{file}_medical_dict.jsonl").read_text(encoding="utf-8").split("\n")
    assert [json.loads(line) for line in lines[:-1]] == [
        {"term": "고혈압", "definition": "hypertension\n혈압이 높은 병. 수축기 혈압 > 140 mmHg"},
        {"term": "열", "definition": "fever\n몸이 더운 것"},
    ]


def test_the_category_is_the_name_of_the_dictionary(tmp_path: Path) -> None:
    heart = write(tmp_path, plain([("angina", "협심증")]), name="심장")
    skin = write(tmp_path, plain([("rash", "발진")]), name="피부")
    convert(tmp_path, heart, skin, "--kind", "bilingual_medical_dict_categorized")
    assert json.loads((tmp_path / "bilingual_medical_dict_categorized.json").read_bytes()) == {
        "심장": {"angina": "협심증"},
        "피부": {"rash": "발진"},
    }


def test_every_reading_is_kept_once_over_several_dictionaries(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = write(tmp_path, plain([("cold", "감기"), ("cold", "추위"), ("cold", "감기")]), name="가")
    second = write(tmp_path, plain([("cold", "감기"), ("cold", "냉")]), name="나", synonyms=[(b"common cold", 0)])
    with caplog.at_level(logging.INFO):
        convert(tmp_path / "out", first, second, "--rejects", tmp_path / "rejects")
    assert json.loads((tmp_path / "out/bilingual_medical_dict.json").read_bytes()) == {
        "cold": "감기; 추위; 냉",
        "common cold": "감기",
    }
    rejects = [
        json.loads(line) for line in (tmp_path / "rejects/bilingual_medical_dict.jsonl").read_text().split("\n")[:-1]
    ]
    assert [(Path(row["file"]).stem, row["row"], row["text"], row["reason"]) for row in rejects] == [
        ("가", 2, "cold", "duplicate"),
        ("나", 0, "cold", "duplicate"),
    ]
    table = caplog.messages[-1].split("\n")
    assert [line.split()[1:] for line in table[1:]] == [["3", "2", "1"], ["3", "2", "1"], ["6", "4", "2"]]


def test_the_refiner_reads_every_reading(tmp_path: Path) -> None:
    pairs = plain([("cold", "1. 감기\n2. 추위"), ("cold", "냉"), ("hypertension", "고혈압(高血壓)")])
    english = write(tmp_path, pairs, name="영한")
    korean = write(tmp_path, plain([("심근염", "myocarditis"), ("심근염", "carditis")]), name="한영")
    convert(tmp_path / "raw", english, korean, write(tmp_path, KO_KO, name="풀이"))
    medical_dict.run(["--input", str(tmp_path / "raw"), "--output", str(tmp_path / "dict.json")])
    found = {entry["term"]: entry["definition"] for entry in json.loads((tmp_path / "dict.json").read_bytes())}
    assert found == {
        "감기": "cold",
        "고혈압": "hypertension",
        "냉": "cold",
        "심근염": "myocarditis; carditis",
        "열": "fever",
        "추위": "cold",
    }


def test_each_kind_of_several_dictionaries_goes_to_its_file(tmp_path: Path) -> None:
    paths = [write(tmp_path, pairs, name=f"{place}") for place, pairs in enumerate([EN_KO, KO_EN, KO_KO])]
    convert(tmp_path / "out", *paths)
    assert made(tmp_path / "out") == [
        "bilingual_medical_dict.json",
        "bilingual_medical_dict_ko_en.json",
        "korean_medical_dict.jsonl",
    ]
    validate_manual_data.run(["--input", str(tmp_path / "out")])


def test_what_cannot_be_read_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bad = [
        (b"bytes", (Field("m", b"\xff"),)),
        (b"\xfe", (Field("m", "열".encode()),)),
        (b"sound", (Field("W", b"RIFF"),)),
        (b"", (Field("m", "열".encode()),)),
        (b"strange", (Field("q", b"?"),)),
        (b"blank", (Field("h", b"<p> </p>"),)),
    ]
    path = write(tmp_path, [*EN_KO, *bad], Variant())
    convert(tmp_path / "out", path, "--rejects", tmp_path / "rejects")
    rejects = (tmp_path / "rejects/bilingual_medical_dict.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    assert [(row["row"], row["reason"], row["why"]) for row in map(json.loads, rejects)] == [
        (2, "unreadable", "byte 0 is not utf-8"),
        (3, "unreadable", "byte 0 is not utf-8"),
        (4, "unreadable", "no text"),
        (5, "unreadable", "no headword"),
        (6, "unreadable", "type 'q' is not known"),
        (7, "unreadable", "no text"),
    ]
    assert rows(tmp_path / "out/bilingual_medical_dict.json") == [("열", "fever", ""), ("고혈압", "hypertension", "")]
    assert "entry 2, 'bytes': unreadable (byte 0 is not utf-8)" in caplog.text
    assert f"and 1 more; see {tmp_path / 'rejects'}" in caplog.text


def test_a_dictionary_without_korean_writes_nothing_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path, plain([("fever", "fièvre"), ("cold", "rhume")]))
    arguments = [str(path), "--out", str(tmp_path / "out")]
    assert launch.main(convert_stardict.run, arguments) == 1
    assert "not a Korean dictionary, nothing was written: of 2 entries 0 have Hangul" in caplog.text
    assert launch.main(convert_stardict.run, [*arguments, "--kind", "korean_medical_dict"]) == 1
    assert "no headword is Korean, as korean_medical_dict needs" in caplog.text
    assert not (tmp_path / "out").exists()


def test_what_is_there_is_not_written_over_without_force(tmp_path: Path) -> None:
    path = write(tmp_path, EN_KO)
    target = tmp_path / "bilingual_medical_dict.json"
    target.write_text("mine")
    with pytest.raises(UsageError, match="is there already; --force writes over it"):
        convert(tmp_path, path)
    assert target.read_text() == "mine"
    convert(tmp_path, path, "--force")
    assert len(rows(target)) == 2


def test_rejects_cannot_land_on_the_dictionaries(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a folder of its own"):
        convert(tmp_path / "out", write(tmp_path, KO_KO), "--rejects", tmp_path / "x" / ".." / "out")
    assert not (tmp_path / "out").exists()


def test_one_bad_dictionary_of_several_leaves_nothing_half_done(tmp_path: Path) -> None:
    good, bad = write(tmp_path, EN_KO, name="가"), write(tmp_path, EN_KO, name="나", wordcount=7)
    with pytest.raises(StarDictError, match="wordcount is 7"):
        convert(tmp_path / "out", good, bad)
    assert not (tmp_path / "out").exists()


def test_the_origin_is_kept_beside_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, EN_KO, name="의학", author="누구", description="CC BY 4.0")
    convert(tmp_path / "out", path)
    origin = json.loads((tmp_path / "out/_source.bilingual_medical_dict.json").read_bytes())
    (source,) = origin["made_from"]
    assert (origin["readings"], source["bookname"], source["in"], source["out"]) == (2, "의학", 2, 2)
    assert source["about"] == {"author": "누구", "description": "CC BY 4.0"}
    assert sorted(source["files"]) == ["의학.dict", "의학.idx", "의학.ifo"]


TEXT = st.text("가나고혈압ab 5<>mg\n한", min_size=1, max_size=12)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8),
    st.sampled_from(sorted(convert_stardict.KINDS)),
    st.sampled_from([Variant(types="m"), Variant("3.0.0", 64, ".idx.gz", ".dict.dz")]),
)
def test_every_entry_lands_or_is_counted(pairs: list[tuple[str, str]], kind: str, variant: Variant) -> None:
    pairs = [("고혈압", "가 high"), *pairs]  # Korean enough for every kind
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        path = write(root, plain(pairs), variant, name="책")
        for out in ("a", "b"):
            convert(root / out, path, "--kind", kind, "--rejects", root / "rejects")
        target = root / "a" / convert_stardict.KINDS[kind].name
        assert target.read_bytes() == (root / "b" / target.name).read_bytes()
        rejects = (root / "rejects" / f"{kind}.jsonl").read_bytes().split(b"\n")[:-1]
        found = rows(target)
    wanted = {(head.strip(), text.strip()) for head, text in pairs if head.strip() and text.strip()}
    assert len(rejects) == len(pairs) - len(wanted)
    english_first = kind in {"bilingual_medical_dict", "bilingual_medical_dict_categorized"}
    got = [(english, korean) if english_first else (korean, english) for korean, english, _ in found]
    if target.suffix == ".jsonl":
        assert sorted(got) == sorted(wanted)
    else:
        assert set(dict(got)) == {head for head, _ in wanted}
        for head, text in wanted:
            value, parts = dict(got)[head], [line.strip() for line in text.split("\n") if line.strip()]
            if english_first:
                assert all(f"; {part}; " in f"; {value}; " for part in parts)
            else:
                assert f"\n{text}\n" in f"\n{value}\n"
