"""Every kind of file that is downloaded, read; and what must not be read refused."""

import gzip
import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import lines, moses, tables
from data.errors import DownloadError
from data.registry import REGISTRY, Source
from data.save_to_disk import schema_of
from tests.data import upstream

QUESTIONS, PAIRS, PAGES = REGISTRY["kormedmcqa"], REGISTRY["tatoeba"], REGISTRY["wikipedia"]

WRITERS: dict[str, Any] = {
    ".parquet": upstream.parquet,
    ".jsonl": lambda rows: gzip.decompress(upstream.json_gz(rows)),
    ".json.gz": upstream.json_gz,
    ".csv": upstream.csv_file,
    ".zip": lambda rows: upstream.moses([(row["en"], row["ko"]) for row in rows]),
}


def read(folder: Path, name: str, body: bytes, source: Source) -> list[dict[str, Any]]:
    path = folder / "raw-00000"
    path.write_bytes(body)
    batches = list(tables.read(path, name, source))
    assert all(batch.schema.equals(schema_of(source.columns), check_metadata=True) for batch in batches)
    assert all(batch.num_rows == tables.BATCH_ROWS for batch in batches[:-1])
    return [row for batch in batches for row in batch.to_pylist()]


LETTERS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\n\r"), max_size=8)
NUMBERS = st.integers(-(2**63), 2**63 - 1)
ROWS = {
    name: st.fixed_dictionaries(
        {
            column: st.integers(1, 5) if column == "answer" else LETTERS if kind == "string" else NUMBERS
            for column, kind in QUESTIONS.columns.items()
        }
    )
    for name in (".parquet", ".jsonl", ".json.gz", ".csv")
} | {".zip": st.fixed_dictionaries({"en": LINES, "ko": LINES})}


@pytest.mark.parametrize("ending", WRITERS)
def test_every_value_comes_out_as_it_went_in(tmp_path_factory: pytest.TempPathFactory, ending: str) -> None:
    source = PAIRS if ending == ".zip" else QUESTIONS
    folder = tmp_path_factory.mktemp("tables")

    @settings(max_examples=40)
    @given(st.lists(ROWS[ending], min_size=1, max_size=5))
    def check(rows: list[dict[str, Any]]) -> None:
        assert read(folder, f"file{ending}", WRITERS[ending](rows), source) == rows

    check()


@pytest.mark.parametrize("ending", [".parquet", ".json.gz", ".csv"])
def test_batches_are_even_and_text_stays_text(tmp_path: Path, ending: str) -> None:
    texts = ["2019-08-25T12:12:05Z", "007", "NA", "", "true", "1e3"]
    rows = [{"id": str(n), "url": "u", "title": texts[n % 6], "text": texts[n % 5]} for n in range(2345)]
    assert read(tmp_path, f"file{ending}", WRITERS[ending](rows), PAGES) == rows


def test_columns_may_be_more_or_in_another_order_and_some_may_be_missing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    row = {"E": "마", "D": "라", "C": "다", "B": "나", "A": "가", "question": "무엇?", "answer": 2, "source": "?"}
    empty = dict.fromkeys(("subject", "year", "period", "q_number", "cot"))
    wanted = {**{name: value for name, value in row.items() if name != "source"}, **empty}
    for ending in (".parquet", ".json.gz", ".csv"):
        (got,) = read(tmp_path, f"file{ending}", WRITERS[ending]([row]), QUESTIONS)
        assert {**got, **empty} == wanted
        assert list(got) == list(QUESTIONS.columns)
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "kormedmcqa: upstream has no subject, year, period, q_number, cot; left empty",
        "kormedmcqa: source of upstream not kept",
    ]


def test_integers_may_be_text_but_text_is_never_a_number(tmp_path: Path) -> None:
    source = REGISTRY["namu_wiki"]
    row = {"namespace": 0, "title": "가", "text": "나", "contributors": "", "id": 7}
    assert read(tmp_path, "a.parquet", upstream.parquet([row]), source)[0]["namespace"] == "0"
    for body, name in ((upstream.parquet, "a.parquet"), (upstream.json_gz, "a.json.gz")):
        with pytest.raises(DownloadError, match=r"answer .*int64"):
            read(tmp_path, name, body([dict(upstream.question(1), answer="3")]), QUESTIONS)


def without(column: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in upstream.question(1).items() if name != column}]


@pytest.mark.parametrize("ending", [".parquet", ".json.gz", ".csv"])
def test_a_changed_schema_names_the_column(tmp_path: Path, ending: str) -> None:
    with pytest.raises(DownloadError, match=r"no column E; it has .*question, A, B, C, D, answer"):
        read(tmp_path, f"file{ending}", WRITERS[ending](without("E")), QUESTIONS)
    for answer in (0, 6):
        with pytest.raises(DownloadError, match=f"row 1: answer is {answer}, not 1 to 5"):
            read(
                tmp_path,
                f"f{ending}",
                WRITERS[ending]([upstream.question(1), {**upstream.question(2), "answer": answer}]),
                QUESTIONS,
            )


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("a.parquet", upstream.parquet(upstream.wikipedia_rows()[:9])[:-9], "a.parquet: damaged"),
        ("a.parquet", b"", "a.parquet: damaged"),
        ("a.json.gz", upstream.json_gz(upstream.wikipedia_rows()[:9])[:-9], "a.json.gz: damaged"),
        ("a.json.gz", b"<html>", "a.json.gz: damaged"),
        ("a.jsonl", b'{"id": "1", "url": "", "title": "", "text": ""}\n{"id"', "a.jsonl: line 2: "),
        ("a.jsonl", b"[1]\n", "a.jsonl: line 1: not a JSON object"),
        ("a.jsonl", b'{"id": "1", "url": "", "title": "", "text": 5}\n', "rows 1 to 1: column text is not all string"),
        ("a.csv", b"id,url,title,text\n1,2,3\n", "a.csv: damaged"),
        ("a.csv", b"\xff,url\n", "a.csv: damaged"),
        ("a.csv", b"", "no column id, url, title, text"),
        ("a.bin", b"?", "no known kind of file"),
    ],
)
def test_damaged_files_are_named(tmp_path: Path, name: str, body: bytes, words: str) -> None:
    with pytest.raises(DownloadError, match=words):
        read(tmp_path, name, body, PAGES)


def archive(members: dict[str, str], *, packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packed) as out:
        for name, text in members.items():
            out.writestr(name, text)
    return file.getvalue()


def claiming(body: bytes, size: int) -> bytes:
    """The archive, its first member said to have another size; in both of its headers."""
    central = body.index(b"PK\x01\x02")
    claimed = struct.pack("<I", size)
    return body[:22] + claimed + body[26 : central + 24] + claimed + body[central + 28 :]


GOOD = {"a.en": "one\ntwo\n", "a.ko": "하나\n둘\n"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (archive({**GOOD, "../../etc/passwd": "x"}), "refused, for it would write outside of its folder: '../../etc"),
        (archive({**GOOD, "/etc/passwd": "x"}), "outside"),
        (archive({**GOOD, "..\\evil": "x"}), "outside"),
        (archive({**GOOD, "C:\\evil": "x"}), "outside"),
        (archive({"a.en": "a" * 5_000_000, "a.ko": "b"}), "claims 5,000,000 bytes"),
        (claiming(archive(GOOD), 2**31), "claims 2,147,483,648 bytes"),
        (claiming(archive(GOOD, packed=zipfile.ZIP_STORED), 4), "damaged"),
        (claiming(archive(GOOD), 4), "damaged"),
        (archive({"a.en": "one\n"}), r"one file named \*.ko was expected, but it holds a.en"),
        (archive({**GOOD, "b.ko": "?"}), r"one file named \*.ko was expected"),
        (archive({"a.en": "one\ntwo\n", "a.ko": "하나\n"}), "a.ko ends at line 1, the other goes on"),
        (archive({"a.en": "one\n", "a.ko": "하나\n둘\n"}), "a.en ends at line 1"),
        (archive(GOOD)[:-30], "damaged"),
        (b"<html>moved</html>", "damaged"),
    ],
)
def test_archives_to_distrust(tmp_path: Path, body: bytes, words: str) -> None:
    with pytest.raises(DownloadError, match=words):
        read(tmp_path, "en-ko.txt.zip", body, PAIRS)
    assert [path.name for path in tmp_path.rglob("*")] == ["raw-00000"], "nothing is unpacked"


def test_sizes_have_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moses, "MAX_UNPACKED", 20)
    with pytest.raises(DownloadError, match="unpack to more than"):
        read(tmp_path, "a.zip", archive(GOOD | {"README": "x" * 20}), PAIRS)
    monkeypatch.setattr(lines, "MAX_LINE_BYTES", 1 << 20)
    bomb = gzip.compress(b'{"id": "' + b" " * (8 << 20))
    with pytest.raises(DownloadError, match="line 1 is longer than 1 MiB"):
        read(tmp_path, "a.json.gz", bomb, PAGES)


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    body = bytearray(archive(GOOD))
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        body[body.index(header) + flags] |= 1
    with pytest.raises(DownloadError, match=r"a\.en is encrypted"):
        read(tmp_path, "a.zip", bytes(body), PAIRS)


def test_readers_hold_a_batch_not_a_file(tmp_path: Path) -> None:
    rows = [{"id": str(n), "url": "u", "title": "t", "text": json.dumps(n) * 2000} for n in range(8000)]
    path = tmp_path / "raw"
    path.write_bytes(upstream.parquet(rows, group=1000))
    del rows
    before, most = pa.total_allocated_bytes(), 0
    for _ in tables.read(path, "a.parquet", PAGES):
        most = max(most, pa.total_allocated_bytes() - before)
    assert most < 40e6, "of 62 MB of text"
