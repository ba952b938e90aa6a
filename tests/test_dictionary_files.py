"""The five dictionary files: every entry or a complaint with its place, whatever the bytes are."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_pipelines.dictionary_files import FILES, DictionaryFile, Entry, Malformed, Shape, entries
from beam_pipelines.placed_json import Places, Reader

BY_SHAPE = {file.shape: file for file in FILES.values()}
EN_KO, CATEGORISED, KO_EN, TERMS = (BY_SHAPE[shape] for shape in Shape)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text.strip())
WORDS = (
    st.sampled_from(["고혈압", "당뇨병", "fever", "< 5 mg", "두통\n頭痛, headache", '쌍"따옴표', "\\", "a\r\nb"]) | TEXT
)
SPACE = st.text(" \t\r\n", max_size=3)


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n"))


def found(file: DictionaryFile, text: str) -> list[Entry | Malformed]:
    return list(entries(file, text.encode()))


def test_the_table_names_the_five_files() -> None:
    assert {file.source: file.shape for file in FILES.values()} == {
        "bilingual_medical_dict": Shape.ENGLISH_KOREAN,
        "bilingual_medical_dict_categorized": Shape.CATEGORISED,
        "bilingual_medical_dict_ko_en": Shape.KOREAN_ENGLISH,
        "korean_medical_dict": Shape.TERMS,
        "korean_animal_medical_dict": Shape.TERMS,
    }
    assert all(name == file.name and file.about and file.licence for name, file in FILES.items())


@pytest.mark.parametrize(
    ("file", "text", "want"),
    [
        (EN_KO, '{"Hypertension": "고혈압", "Fever": "열"}', [(0, "고혈압", "Hypertension"), (1, "열", "Fever")]),
        (KO_EN, '{"고혈압": "hypertension"}', [(0, "고혈압", "hypertension")]),
        (
            CATEGORISED,
            '{"심장": {"Angina": "협심증"}, "빈칸": {}, "": {"Rash": "발진", "Itch": "가려움"}}',
            [(0, "협심증", "Angina", "심장"), (1, "발진", "Rash", ""), (2, "가려움", "Itch", "")],
        ),
        (
            TERMS,
            '{"term": "고혈압", "definition": "高血壓\\nhypertension", "id": 3}\r\n\r\n'
            '{"definition": "fever", "term": "열"}',
            [(0, "고혈압", "高血壓\nhypertension"), (2, "열", "fever")],
        ),
    ],
    ids=lambda value: value.source if isinstance(value, DictionaryFile) else "",
)
def test_each_shape_gives_korean_term_and_definition(file: DictionaryFile, text: str, want: list[Any]) -> None:
    assert found(file, text) == [Entry(*fields) for fields in want]
    assert list(entries(file, b"\xef\xbb\xbf" + text.encode())) == found(file, text)
    assert found(file, unicodedata.normalize("NFD", text)) == found(file, text)
    assert found(file, text.replace(" ", "\r\n") if file is not TERMS else text) == found(file, text)


@pytest.mark.parametrize(
    ("file", "text", "want"),
    [
        (EN_KO, '{"a": "가",\n "b": 5}', [Malformed(1, 2, 7, "the Korean term is a JSON number, not a string")]),
        (EN_KO, '{"a": ["가"]}', [Malformed(0, 1, 7, "the Korean term is a JSON list, not a string")]),
        (EN_KO, '{" ": "가"}', [Malformed(0, 1, 2, "the definition is empty")]),
        (EN_KO, '{"a": "\\ud800"}', [
            Malformed(0, 1, 7, "the Korean term holds a lone surrogate, which is no character")
        ]),
        (EN_KO, '{"a": "가",\n "b": "나"', [Malformed(2, 2, 10, "JSON: expecting ','")]),
        (EN_KO, '{"a": "가",}', [Malformed(1, 1, 11, "JSON: Expecting value")]),
        (EN_KO, '{"a": "가"}\n{"b": "나"}', [Malformed(1, 2, 1, "JSON: more data after the end")]),
        (EN_KO, '["a"]', [Malformed(0, 1, 1, "JSON: expecting '{'")]),
        (EN_KO, "", [Malformed(0, 1, 1, "JSON: expecting '{'")]),
        (EN_KO, '{5: "가"}', [Malformed(0, 1, 2, "JSON: expecting a name in double quotes")]),
        (CATEGORISED, '{"심장": "협심증", "b": {"c": 1}}', [
            Malformed(0, 1, 8, "category '심장' holds no {english: korean}"),
            Malformed(1, 1, 26, "the Korean term is a JSON number, not a string"),
        ]),
        (CATEGORISED, '{"\\udc00": {"c": "다"}}', [
            Malformed(0, 1, 13, "the category holds a lone surrogate, which is no character")
        ]),
        (KO_EN, '{"가": null}', [Malformed(0, 1, 7, "the definition is a JSON null, not a string")]),
        (TERMS, '{"term": "가"}\n[1]\n\n{"term": "나", "definition": ""}', [
            Malformed(0, 1, 1, "no field 'definition'; it has term"),
            Malformed(1, 2, 1, "JSON: expecting '{'"),
            Malformed(3, 4, 29, "the definition is empty"),
        ]),
        (TERMS, '{"term": "가", "term": "나", "definition": "x"}', [Malformed(0, 1, 15, "field 'term' stands twice")]),
        (TERMS, '{"term": "가", "definition": "x"} y', [Malformed(0, 1, 34, "JSON: more data after the end")]),
    ],
)  # fmt: skip
def test_what_is_wrong_has_a_line_and_a_column(file: DictionaryFile, text: str, want: list[Malformed]) -> None:
    assert [row for row in found(file, text) if isinstance(row, Malformed)] == want


def test_good_entries_around_a_bad_one_are_kept() -> None:
    assert [row.row for row in found(EN_KO, '{"a": "가", "b": 5, "c": "다"}') if isinstance(row, Entry)] == [0, 2]
    lines = '{"term": "가", "definition": "a"}\nbroken\n{"term": "다", "definition": "c"}'
    assert [row.row for row in found(TERMS, lines) if isinstance(row, Entry)] == [0, 2]


def test_another_encoding_is_said_and_where() -> None:
    text = '{"a": "가",\n "나": "b"}'
    why = "is not UTF-8; save the file as UTF-8"
    assert list(entries(EN_KO, text.encode("cp949"))) == [Malformed(0, 1, 8, f"byte 0xb0 {why}")]
    assert list(entries(EN_KO, text.encode("utf-16"))) == [Malformed(0, 1, 1, f"byte 0xff {why}")]
    line = '{"term": "가", "definition": "a"}\n'.encode()
    broken = list(entries(TERMS, line + '{"term": "나"'.encode("cp949") + b"\n" + line))
    assert broken == [Entry(0, "가", "a"), Malformed(1, 2, 11, f"byte 0xb3 {why}"), Entry(2, "가", "a")]


def test_nesting_and_numbers_beyond_python_are_complaints() -> None:
    deep = '{"a": "가", "b": ' + "[" * 200_000 + "}"
    assert isinstance(found(EN_KO, deep)[1], Malformed)
    long = '{"a": "가", "b": ' + "9" * 5_000 + "}"
    assert [row[:3] for row in found(EN_KO, long)[1:]] == [(1, 1, 17)]


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=6), st.data())
def test_every_pair_is_given_once_and_in_order(rows: list[tuple[str, str, str]], data: st.DataObject) -> None:
    """Any spacing, escapes, a repeated key, a byte order mark: the entries are what was written."""

    def spelt(text: str) -> str:
        return data.draw(SPACE) + json.dumps(text, ensure_ascii=data.draw(st.booleans())) + data.draw(SPACE)

    def thing(pairs: list[tuple[str, str]]) -> str:
        return "{" + ",".join(f"{spelt(key)}:{value}" for key, value in pairs) + data.draw(SPACE) + "}"

    mark = data.draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    pairs = thing([(key, spelt(value)) for key, value, _ in rows])
    fields = [(number, nfc(key), nfc(value)) for number, (key, value, _) in enumerate(rows)]
    assert list(entries(KO_EN, mark + pairs.encode())) == [Entry(*row) for row in fields]
    assert list(entries(EN_KO, mark + pairs.encode())) == [Entry(row, ko, en) for row, en, ko in fields]
    nested = thing([(group, thing([(key, spelt(value))])) for key, value, group in rows])
    wanted = [Entry(row, ko, en, nfc(rows[row][2])) for row, en, ko in fields]
    assert list(entries(CATEGORISED, mark + nested.encode())) == wanted
    lines = "\n".join(json.dumps({"term": key, "definition": value}) for key, value, _ in rows)
    assert list(entries(TERMS, mark + lines.encode())) == [Entry(*row) for row in fields]


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=6), st.data())
def test_one_bad_value_costs_that_entry_and_is_found_where_it_stands(
    rows: list[tuple[str, str]], data: st.DataObject
) -> None:
    bad = data.draw(st.integers(0, len(rows) - 1))
    junk = data.draw(st.sampled_from(["17", "null", '["x"]', '{"y": "z"}', '" "', '"\\ud801"']))
    pieces = [f"{json.dumps(key)}:{junk if n == bad else json.dumps(value)}" for n, (key, value) in enumerate(rows)]
    text = "{" + ",\n".join(pieces) + "}"
    given_rows = found(KO_EN, text)
    assert [row.row for row in given_rows] == list(range(len(rows)))
    (wrong,) = (row for row in given_rows if isinstance(row, Malformed))
    assert wrong.row == bad
    assert text.split("\n")[wrong.line - 1][wrong.column - 1 :].startswith(junk)


@given(st.binary() | st.text('{}[]":, \\\n가a1').map(str.encode))
def test_no_bytes_raise(data: bytes) -> None:
    for file in FILES.values():
        rows = [row.row for row in entries(file, data)]
        assert rows == sorted(set(rows))


@given(st.text('{}[]":, \n\\ab1', max_size=40) | st.dictionaries(WORDS, WORDS).map(json.dumps), st.data())
def test_the_reader_takes_what_json_takes(text: str, data: st.DataObject) -> None:
    if text and data.draw(st.booleans()):
        cut = data.draw(st.integers(0, len(text) - 1))
        text = text[:cut] + text[cut + 1 :]
    try:
        want = json.loads(text, object_pairs_hook=tuple)
    except json.JSONDecodeError:
        want = None
    reader = Reader(text)
    try:
        got = tuple((name.value, reader.value().value) for name in reader.names())
        reader.end()
    except json.JSONDecodeError:
        got = None
    if isinstance(want, tuple) and not any(isinstance(value, tuple) for _, value in want):
        assert got == want
    elif want is None or not text.strip().startswith("{"):
        assert got is None


@given(st.text("ab\n"), st.lists(st.integers(0, 20)))
def test_places_are_lines_and_columns(text: str, asked: list[int]) -> None:
    places = Places(text)
    for at in sorted(place for place in asked if place <= len(text)):
        before = text[:at]
        assert places.find(at) == (before.count("\n") + 1, len(before.split("\n")[-1]) + 1)
