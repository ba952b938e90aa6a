"""Line-aligned and tab-separated pairs: rows stay together however a file is cut; what does not fit is named."""

import gzip
import itertools
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beam_pipelines.transforms import inputs
from beam_pipelines.transforms.formats import ending_of
from beam_pipelines.transforms.pair_formats import PAIR_FORMATS
from beam_pipelines.transforms.spans import Unreadable

COLUMNS = ("en", "ko")
PAIRS = [(f"Take {n} mg\u2028daily.", f"하루 {n} mg{'을' * n} 드세요.") for n in range(9)]


def read(folder: Path, *, item_bytes: int = 1) -> tuple[list[tuple[int, str | None, str | None]], list[Unreadable]]:
    """Every row of a folder in order, and what could not be read."""
    good: list[tuple[int, str | None, str | None]] = []
    bad: list[Unreadable] = []
    found = inputs.find([str(folder)], formats=PAIR_FORMATS, source_of=lambda _: "pairs")
    for item in inputs.plan(found, formats=PAIR_FORMATS, columns=COLUMNS, item_bytes=item_bytes):
        if item.span.damage:
            bad.append(Unreadable(item.span.first_row, item.span.damage, rows=max(1, item.span.rows)))
            continue
        for part in PAIR_FORMATS[item.format].read(item.path, item.span, COLUMNS):
            if isinstance(part, Unreadable):
                bad.append(part)
            else:
                good += zip(*(part.column(name).to_pylist() for name in ("row", *COLUMNS)), strict=True)
    return good, bad


def moses(folder: Path, english: bytes, korean: bytes, *, packed: bool = False) -> None:
    for language, data in (("en", english), ("ko", korean)):
        name = f"OPUS.en-ko.{language}" + (".gz" if packed else "")
        (folder / name).write_bytes(gzip.compress(data) if packed else data)


def lines(side: int, *, end: str = "\n") -> bytes:
    return "".join(pair[side] + end for pair in PAIRS).encode()


EXPECTED = [(n, en, ko) for n, (en, ko) in enumerate(PAIRS)]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("item_bytes", [1, 60, 1 << 20])
def test_aligned_files_cut_anywhere_give_every_pair_once(
    tmp_path: Path, packed: bool, end: str, item_bytes: int
) -> None:
    moses(tmp_path, b"\xef\xbb\xbf" + lines(0, end=end), b"\xef\xbb\xbf" + lines(1, end=end), packed=packed)
    assert read(tmp_path, item_bytes=item_bytes) == (EXPECTED, [])


def test_empty_lines_and_a_missing_last_newline_keep_the_rows_aligned(tmp_path: Path) -> None:
    moses(tmp_path, b"a\n\nc", "가\n\n다\n".encode())
    assert read(tmp_path) == ([(0, "a", "가"), (1, "", ""), (2, "c", "다")], [])


@pytest.mark.parametrize("packed", [False, True])
def test_files_of_different_length_are_not_guessed_at(tmp_path: Path, packed: bool) -> None:
    moses(tmp_path, b"a\nb\nc\n", "가\n나\n".encode(), packed=packed)
    good, (bad,) = read(tmp_path)
    assert good == []
    assert bad.rows == 3
    assert "2 lines, but 3 in OPUS.en-ko.en" in bad.why


@pytest.mark.parametrize(("name", "other"), [("a.en", "a.ko"), ("a.ko", "a.en")])
def test_half_a_pair_of_files_is_named(tmp_path: Path, name: str, other: str) -> None:
    (tmp_path / name).write_text("x\n")
    good, (bad,) = read(tmp_path)
    assert (good, bad.why) == ([], f"no {other} beside it")


def test_a_change_in_either_file_changes_what_was_read(tmp_path: Path) -> None:
    moses(tmp_path, lines(0), lines(1))
    found = inputs.find([str(tmp_path)], formats=PAIR_FORMATS, source_of=lambda _: "pairs")
    items = inputs.plan(found, formats=PAIR_FORMATS, columns=COLUMNS, item_bytes=100)
    assert len(items) > 2

    def digests() -> list[tuple[str, str]]:
        return [(r.path[-2:], r.digest) for item in items for r in inputs.reads_of(item, PAIR_FORMATS[item.format])]

    before = digests()
    assert len(before) == 2 * len(items)
    moses(tmp_path, lines(0).replace(b"Take 8", b"Take 9"), lines(1))
    changed = [old[0] for old, new in zip(before, digests(), strict=True) if old != new]
    assert changed == ["en"]


@pytest.mark.parametrize("name", ["kor.txt", "a.tsv", "a.tsv.gz"])
@pytest.mark.parametrize(
    "form",
    [
        "{en}\t{ko}",
        "{ko}\t{en}",
        "{en}\t{ko}\tCC-BY 2.0 tatoeba.org #1",
        "{n}\t{en}\t{n}\t{ko}",
        "{n}\t{ko}\t{n}\t{en}",
    ],
)
def test_tab_separated_pairs_in_either_order(tmp_path: Path, name: str, form: str) -> None:
    text = "".join(form.format(n=n, en=en, ko=ko) + "\n" for n, (en, ko) in enumerate(PAIRS)).encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    (tmp_path / "README.txt").write_text("about\tthese")
    assert read(tmp_path) == (EXPECTED, [])


def test_a_line_without_a_tab_costs_itself(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("Hi.\t안녕.\nno pair\n12\t34\nBye.\t잘 가.\n")
    good, bad = read(tmp_path)
    assert good == [(0, "Hi.", "안녕."), (3, "Bye.", "잘 가.")]
    assert [(part.row, part.raw) for part in bad] == [(1, "no pair"), (2, "12\t34")]


def test_pairs_inside_a_struct_are_found(tmp_path: Path) -> None:
    rows = [{"id": str(n), "translation": {"en": en, "ko": ko}} for n, (en, ko) in enumerate(PAIRS)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    assert read(tmp_path) == (EXPECTED, [])
    (tmp_path / "a.parquet").unlink()
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert read(tmp_path) == (EXPECTED, [])


@settings(max_examples=60)
@given(
    st.lists(st.tuples(*(st.text(st.characters(exclude_characters="\n\r\0\ufeff", codec="utf-8")),) * 2), min_size=1),
    st.integers(1, 90),
)
def test_any_aligned_lines(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]], item_bytes: int
) -> None:
    folder = tmp_path_factory.mktemp("moses")
    english, korean = ("".join(pair[side] + "\n" for pair in pairs).encode() for side in (0, 1))
    moses(folder, english, korean)
    assert read(folder, item_bytes=item_bytes) == ([(n, *pair) for n, pair in enumerate(pairs)], [])


def test_endings() -> None:
    endings = [".".join(parts) for parts in itertools.product(["a.en", "a.ko", "a.tsv"], ["gz", "zst", "bz2"])]
    assert [ending_of(name, PAIR_FORMATS) for name in endings] == [name[1:] for name in endings]
    assert ending_of("a.xml", PAIR_FORMATS) is None
