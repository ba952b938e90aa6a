"""Every format, cut at every size: the same rows with the same numbers, and damage that costs only what it hit."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beam_pipelines.transforms import arrow_stream
from beam_pipelines.transforms.formats import FORMATS, ending_of
from beam_pipelines.transforms.spans import Span, Unreadable
from tests import corpora

COLUMNS = ("text", "namespace")
ROWS = [{"text": f"문서 {n}\n둘째 줄\u2028{'가' * n}", "namespace": "0", "title": f"제목 {n}"} for n in range(7)]


def read(path: Path, spans: list[Span]) -> tuple[list[tuple[int, str | None]], list[Unreadable]]:
    good: list[tuple[int, str | None]] = []
    bad: list[Unreadable] = []
    form = FORMATS[ending_of(str(path)) or ""]
    for span in spans:
        for part in form.read(str(path), span, COLUMNS):
            if isinstance(part, Unreadable):
                bad.append(part)
            else:
                good += zip(part.column("row").to_pylist(), part.column("text").to_pylist(), strict=True)
    return good, bad


def split(path: Path, target: int) -> list[Span]:
    form = FORMATS[ending_of(str(path)) or ""]
    return list(form.split(str(path), path.stat().st_size, target))


@pytest.mark.parametrize("name", corpora.FORMATS)
@pytest.mark.parametrize("target", [1, 300, 1 << 20])
def test_spans_tile_the_file_and_give_every_row_once(tmp_path: Path, name: str, target: int) -> None:
    file_name, write = corpora.FORMATS[name]
    path = tmp_path / file_name
    write(path, ROWS)
    spans = split(path, target)
    assert [span.start for span in spans[1:]] == [span.end for span in spans[:-1]]
    assert (spans[0].start, spans[-1].end) == (0, path.stat().st_size)
    assert read(path, spans) == ([(n, row["text"]) for n, row in enumerate(ROWS)], [])
    if target == 1 and name not in {"jsonl.gz", "json.gz", "jsonl.zst", "jsonl.bz2"}:
        assert len(spans) > 1


@pytest.mark.parametrize("name", ["arrow stream", "arrow file"])
def test_a_shard_cut_anywhere_yields_every_whole_batch_before_the_cut(tmp_path: Path, name: str) -> None:
    file_name, write = corpora.FORMATS[name]
    path = tmp_path / file_name
    write(path, ROWS)
    whole = path.read_bytes()
    layout = arrow_stream.walk(lambda start, end: whole[start:end], len(whole))
    for cut in range(layout.schema[1], layout.end):
        path.write_bytes(whole[:cut])
        spans = split(path, 1)
        before = sum(batch.rows for batch in layout.batches if batch.end <= cut)
        good, bad = read(path, [span for span in spans if not span.damage])
        assert ([row for row, _ in good], bad) == (list(range(before)), [])
        at_a_seam = cut in {layout.schema[1], *(batch.end for batch in layout.batches)}
        assert bool(spans[-1].damage) != at_a_seam


def test_what_is_no_arrow_stream_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "data.arrow"
    for content in (b"x", b"not an arrow file at all", b"\xff\xff\xff\xff\xff\xff\xff\x7f" * 4, bytes(64)):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="Arrow"):
            split(path, 1)


def test_a_batch_of_no_rows_is_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "data.arrow"
    data = corpora.table(ROWS)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, data.schema) as writer:
        writer.write_table(data.slice(0, 3))
        writer.write_batch(pa.RecordBatch.from_pylist([], schema=data.schema))
        writer.write_table(data.slice(3))
    assert read(path, split(path, 1)) == ([(n, row["text"]) for n, row in enumerate(ROWS)], [])


@pytest.mark.parametrize(
    ("column", "why"),
    [
        ({"body": pa.array(["가", "나"])}, "no column 'text'; it has body"),
        ({"text": pa.array([1, 2])}, "column 'text' holds int64, not strings"),
    ],
)
def test_a_table_without_text_names_its_columns_and_counts_its_rows(
    tmp_path: Path, column: dict[str, pa.Array], why: str
) -> None:
    path = tmp_path / "data.parquet"
    pa.parquet.write_table(pa.table(column), path)
    assert read(path, split(path, 1)) == ([], [Unreadable(0, why, rows=2)])


def test_dictionary_and_view_columns_are_read_as_strings(tmp_path: Path) -> None:
    path = tmp_path / "data.arrow"
    data = pa.table({"text": pa.array(["가", "나", "가", None]).dictionary_encode()})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, data.schema) as writer:
        writer.write_table(data, max_chunksize=2)
    assert read(path, split(path, 1))[0] == [(0, "가"), (1, "나"), (2, "가"), (3, None)]


def test_offsets_that_lie_never_reach_a_kernel(tmp_path: Path) -> None:
    path = tmp_path / "data.arrow"
    offsets = pa.py_buffer(b"".join(n.to_bytes(4, "little") for n in (0, 9, 3, 9)))
    lying = pa.StringArray.from_buffers(3, offsets, pa.py_buffer(b"123456789"))
    batch = pa.RecordBatch.from_arrays([lying], ["text"])
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    good, (bad,) = read(path, split(path, 1))
    assert good == []
    assert (bad.row, bad.rows) == (0, 3)
    assert "offsets" in bad.why


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'["a"]', "a JSON list, not an object"),
        (b"null", "a JSON NoneType, not an object"),
        (b'{"body": "a"}', "no field 'text'; it has body"),
        (b'{"text": 3}', "field 'text' holds int, not a string"),
        (b'{"text": null}', "field 'text' holds NoneType, not a string"),
        (b'{"text": "a', "Unterminated string"),
        (b'{"text": "\xff"}', "utf-8"),
        (b'{"text": "\\ud800"}', "surrogates not allowed"),
        (b"[" * 100_000, "recursion"),
    ],
)
def test_a_bad_line_costs_itself_alone(tmp_path: Path, line: bytes, why: str) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"text": "first"}\r\n\n' + line + b'\n{"text": "last"}')
    good, (bad,) = read(path, split(path, 1))
    assert good == [(0, "first"), (3, "last")]
    assert bad.row == 2
    assert why in bad.why
    assert bad.raw == line.decode(errors="replace")


@pytest.mark.parametrize("name", ["jsonl.gz", "jsonl.zst", "jsonl.bz2"])
def test_a_cut_archive_yields_the_lines_before_the_cut(tmp_path: Path, name: str) -> None:
    file_name, write = corpora.FORMATS[name]
    path = tmp_path / file_name
    rows = [{"text": corpora.document(n, size=4000 + n)} for n in range(400)]
    write(path, rows)
    path.write_bytes(path.read_bytes()[:-20])
    good, bad = read(path, split(path, 1))
    assert good == [(n, rows[n]["text"]) for n in range(len(good))]
    assert [part.row for part in bad] == [len(good)]
    assert "damaged compressed data" in bad[0].why


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=20), st.integers(1, 200))
def test_json_lines_of_any_text_split_anywhere(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], target: int
) -> None:
    path = tmp_path_factory.mktemp("lines") / "data.jsonl"
    texts = [text.encode(errors="replace").decode() for text in texts]
    path.write_text("".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts), newline="\n")
    assert read(path, split(path, target)) == (list(enumerate(texts)), [])


def test_format_by_ending() -> None:
    assert ending_of("gs://bucket/a.b/c.JSONL.GZ") == ".jsonl.gz"
    assert ending_of("x/state.json") == ".json"
    assert ending_of("x/readme.md") is None
