"""Small corpora in every on-disk form, made by the tests that read them."""

import bz2
import gzip
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq

from beam_pipelines.transforms.spans import zstd

Rows = Sequence[Mapping[str, Any]]


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def table(rows: Rows) -> pa.Table:
    """The rows as a table of strings."""
    names = list(rows[0])
    return pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in names})


def arrow_stream(path: Path, rows: Rows, *, batch: int = 2) -> None:
    """What datasets.save_to_disk writes."""
    data = table(rows)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, data.schema) as writer:
        writer.write_table(data, max_chunksize=batch)


def arrow_file(path: Path, rows: Rows, *, batch: int = 2) -> None:
    """The Arrow file format, also called Feather 2."""
    data = table(rows)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, data.schema) as writer:
        writer.write_table(data, max_chunksize=batch)


def parquet(path: Path, rows: Rows, *, batch: int = 2) -> None:
    """A Parquet file of small row groups."""
    pq.write_table(table(rows), path, row_group_size=batch)


def _lines(rows: Rows) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def _packed(pack: Callable[[bytes], bytes]) -> Callable[..., None]:
    def write(path: Path, rows: Rows, *, batch: int = 2) -> None:
        path.write_bytes(pack(_lines(rows)))

    return write


def dump(rows: Rows) -> bytes:
    """A MediaWiki export; the rows need ``text`` and ``namespace``."""
    pages = "".join(
        f"<page><title>제목</title><ns>{row['namespace']}</ns><id>{n}</id>"
        f"<revision><id>1</id><text>{escape(row['text'])}</text></revision></page>"
        for n, row in enumerate(rows, 1)
    )
    return f'<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/">{pages}</mediawiki>'.encode()


FORMATS: dict[str, tuple[str, Callable[..., None]]] = {
    "arrow stream": ("data.arrow", arrow_stream),
    "arrow file": ("data.arrow", arrow_file),
    "parquet": ("data.parquet", parquet),
    "jsonl": ("data.jsonl", _packed(lambda data: data)),
    "jsonl.gz": ("data.jsonl.gz", _packed(gzip.compress)),
    "json.gz": ("data.json.gz", _packed(gzip.compress)),
    "jsonl.zst": ("data.jsonl.zst", _packed(zstd.compress)),
    "jsonl.bz2": ("data.jsonl.bz2", _packed(bz2.compress)),
}
"""Name -> (file name, writer)."""


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON Lines file."""
    with io.open(path, encoding="utf-8", newline="\n") as file:  # noqa: UP020 - newline matters
        return [json.loads(line) for line in file]


PROSE = (
    "고혈압은 수축기 혈압이 140 mmHg 이상이거나 이완기 혈압이 90 mmHg 이상인 상태를 말한다. 하루 {n}회 혈압을 잰다. "
)


def document(n: int, *, size: int = 140) -> str:
    """A Korean document of at least ``size`` characters that no other number gives."""
    sentence = PROSE.format(n=n)
    return (sentence * (size // len(sentence) + 1)).strip()
