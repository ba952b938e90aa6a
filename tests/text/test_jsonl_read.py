import json
from collections.abc import Sequence

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beam_pipelines.text.jsonl_read import BLANK, DOUBTFUL, READ, read_lines
from tests.oracle import uncompiled

COLUMNS = ("text", "id")


def rows(block: bytes, columns: Sequence[str] = COLUMNS) -> list[tuple[int, list[str | None]]]:
    """Of each line its kind and its values."""
    found = read_lines(block, columns)
    for column in found.columns:
        column.validate(full=True)
    assert len(found.starts) == len(found.kinds) + 1
    return [(int(kind), [column[k].as_py() for column in found.columns]) for k, kind in enumerate(found.kinds)]


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ('{"text": "혈압 120/80 mmHg", "id": "a"}', ["혈압 120/80 mmHg", "a"]),
        ('{"id":"a","text":""}', ["", "a"]),
        ('  {  "text"  :  "x"  ,  "id"  :  "y"  }  \r', ["x", "y"]),
        ('{"text": "x"}', ["x", None]),
        ('{"text": "x", "id": null}', ["x", None]),
        (r'{"text": "\"\\\/\n\r\t\b\f\u00b5g \uD55C \ud83d\ude00"}', ['"\\/\n\r\t\b\fµg 한 😀', None]),
        ('{"text": "x", "n": -0.5e+10, "m": 0, "t": true, "f": false, "z": null, "s": "}{\\"\\u0000"}', ["x", None]),
        ('{"text": "a \u2028 b\x7f"}', ["a \u2028 b\x7f", None]),
    ],
)
def test_lines_that_are_read(line: str, values: list[str | None]) -> None:
    assert rows(line.encode()) == [(READ, values)]
    record = json.loads(line)
    assert [record.get(name) for name in COLUMNS] == values


@pytest.mark.parametrize(
    "line",
    [
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"id": "a"}',
        b'{"text": 5}',
        b'{"text": null}',
        b'{"text": "x", "id": 5}',
        b'{"text": ["x"]}',
        b'{"text": "x", "more": {"a": 1}}',
        b'{"text": "x", "text": "y"}',
        b'{"te\\u0078t": "x"}',
        b'{"text": "x"',
        b'{"text": "x',
        b'{"text": "x\\',
        b'{"text": "x\\q"}',
        b'{"text": "\\ud800"}',
        b'{"text": "\\ud800\\u0041"}',
        b'{"text": "\\udc00"}',
        b'{"text": "\\u00g0"}',
        b'{"text": "\\u00"}',
        b'{"text": "a\tb"}',
        b'{"text": "x",}',
        b'{"text": "x" "id": "y"}',
        b'{"text": "x"} {"text": "y"}',
        b'{"text": "x"},',
        b'{"text": "x", "n": 01}',
        b'{"text": "x", "n": 1.}',
        b'{"text": "x", "n": 1e}',
        b'{"text": "x", "n": -}',
        b'{"text": "x", "n": NaN}',
        b'{"text": "x", "n": nul}',
        b'{"text": "x", "n": tru',
        b'{"text": "x", "n" 1}',
        b'{"text": "x", n: 1}',
        b"{",
    ],
)
def test_lines_left_to_a_parser_that_knows_everything(line: bytes) -> None:
    good = b'{"text": "good", "id": "1"}'
    assert rows(good + b"\n" + line + b"\n" + good) == [
        (READ, ["good", "1"]),
        (DOUBTFUL, [None, None]),
        (READ, ["good", "1"]),
    ]


def test_every_way_to_cut_a_line_short_is_doubtful() -> None:
    line = '{"text": "약 \\u00b5 \\ud83d\\ude00 \\n", "n": -1.5e+3, "t": true, "id": "끝"}'.encode()
    for size in range(1, len(line)):
        assert rows(line[:size])[0][0] == DOUBTFUL


def test_a_block_that_is_no_utf8_is_doubtful_and_lines_are_counted() -> None:
    assert [kind for kind, _ in rows(b'{"text": "\xff"}\n\n{"text": "x"}\n')] == [DOUBTFUL] * 3
    assert rows(b"") == []
    assert rows(b"\n \n") == [(BLANK, [None, None])] * 2
    assert rows(b'\n{"text": "x"}\n \t\r\n') == [(BLANK, [None, None]), (READ, ["x", None]), (BLANK, [None, None])]


def test_one_column_is_enough_and_its_name_may_begin_like_another() -> None:
    assert rows(b'{"texts": "a", "tex": "b", "text": "c"}', ("text",)) == [(READ, ["c"])]
    assert rows('{"본문": "가"}'.encode(), ("본문",)) == [(READ, ["가"])]


SCALARS = st.one_of(st.text(max_size=20), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.none())
RECORDS = st.dictionaries(
    st.one_of(st.sampled_from(COLUMNS), st.text(max_size=5)),
    st.one_of(SCALARS, st.booleans(), st.lists(SCALARS, max_size=2)),
    max_size=4,
)


@settings(deadline=None)
@given(st.lists(st.tuples(RECORDS, st.booleans()), max_size=5))
def test_what_is_read_is_what_json_holds(records: list[tuple[dict, bool]]) -> None:
    lines = [json.dumps(record, ensure_ascii=ascii_only).encode() for record, ascii_only in records]
    for (record, _), (kind, values) in zip(records, rows(b"\n".join(lines)), strict=True):
        flat = all(not isinstance(value, list) for value in record.values())
        plain = isinstance(record.get("text"), str) and isinstance(record.get("id", ""), str | None)
        escaped = any("\\" in json.dumps(key, ensure_ascii=False) for key in record)
        if kind == READ:
            assert values == [record.get(name) for name in COLUMNS]
        else:
            assert not (flat and plain and not escaped) or any("\\" in json.dumps(key) for key in record)


PIECES = [
    '"',
    "{",
    "}",
    ":",
    ",",
    " ",
    "\\",
    "text",
    '"text"',
    '"x"',
    "1",
    "0",
    ".",
    "e",
    "null",
    "\n",
    "u00e9",
    "한",
    "[",
]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join).map(str.encode))
def test_nothing_is_read_that_is_not_json(line: bytes) -> None:
    for part, (kind, values) in zip(line.split(b"\n"), rows(line), strict=False):
        if kind == READ:
            record = orjson.loads(part)
            assert values == [record.get(name) for name in COLUMNS]


def _digest() -> str:
    rng = np.random.default_rng(5)
    lines = ["".join(rng.choice(PIECES, rng.integers(12))) for _ in range(200)]
    return repr(rows("\n".join([*lines, '{"text": "\\ud83d\\ude00\\n", "n": -1.5e3, "id": "x"}']).encode()))


def test_uncompiled_agrees() -> None:
    code = "from tests.text.test_jsonl_read import _digest; print(_digest())"
    assert uncompiled(code).strip() == _digest()
