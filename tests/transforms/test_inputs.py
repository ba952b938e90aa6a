"""What the user points at is found, told apart by source, put in order, and counted off."""

from pathlib import Path

import pytest

from beam_pipelines.sources import PRIORITY, source_of
from beam_pipelines.transforms import inputs
from beam_pipelines.transforms.formats import FORMATS
from tests import corpora

ROWS = [{"text": corpora.document(n)} for n in range(10)]
COLUMNS = ("text",)


def find(patterns: list[str], *, source: str = "") -> list[inputs.InputFile]:
    return inputs.find(
        patterns, formats=FORMATS, source_of=(lambda _: source) if source else source_of, priority=PRIORITY
    )


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    for folder in ("c4_korean", "namu_wiki/train", "wikipedia-korean"):
        place = tmp_path / folder
        place.mkdir(parents=True)
        corpora.arrow_stream(place / "data-00000-of-00002.arrow", ROWS)
        corpora.arrow_stream(place / "data-00001-of-00002.arrow", ROWS)
        (place / "dataset_info.json").write_text("{}")
        (place / "cache-0123.arrow").write_bytes(b"not data")
        (place / ".hidden.jsonl").write_text("{}")
        (place / "_source.json").write_text("{}")
    hidden = tmp_path / "namu_wiki" / ".train.work-1"
    hidden.mkdir()
    (hidden / "left.jsonl").write_text("{}")
    return tmp_path


def test_a_folder_gives_its_data_files_by_source_priority_and_path(raw: Path) -> None:
    found = find([str(raw)])
    assert [(file.source, Path(file.path).name[:10]) for file in found] == [
        (source, name) for source in ("namu_wiki", "wikipedia", "c4") for name in ("data-00000", "data-00001")
    ]
    assert all(file.size == Path(file.path).stat().st_size for file in found)


def test_globs_files_and_repeated_inputs_count_once(raw: Path) -> None:
    one = f"{raw}/namu_wiki/train/data-00000-of-00002.arrow"
    assert [file.path for file in find([one])] == [one]
    assert len(find([f"{raw}/*/data-0000?-of-*.arrow"])) == 4
    assert len(find([str(raw), one, f"{raw}/**/*.arrow"])) == 6


def test_a_relative_path_stays_relative(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(raw)
    assert find(["c4_korean"])[0].path == "c4_korean/data-00000-of-00002.arrow"


def test_a_named_source_overrides_the_folder(raw: Path) -> None:
    assert {file.source for file in find([f"{raw}/c4_korean"], source="wikipedia")} == {"wikipedia"}


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("missing", "nothing there"),
        ("missing/*.jsonl", "nothing there"),
        ("empty", "nothing there"),
        ("notes", "no file among 1 there has a known format"),
        ("anywhere", "no folder in its path names a source; say which with --source"),
    ],
)
def test_an_input_that_gives_nothing_is_an_error_that_names_it(tmp_path: Path, pattern: str, why: str) -> None:
    for folder, file in [("empty", ""), ("notes", "readme.md"), ("anywhere", "a.jsonl")]:
        (tmp_path / folder).mkdir()
        if file:
            (tmp_path / folder / file).write_text("{}")
    with pytest.raises(inputs.InputError) as error:
        find([f"{tmp_path}/{pattern}"])
    assert pattern in str(error.value)
    assert why in str(error.value)


@pytest.mark.parametrize("name", corpora.FORMATS)
@pytest.mark.parametrize("limit", [1, 3, 4, 10, 14, 99])
def test_max_samples_takes_the_first_documents_of_a_source(tmp_path: Path, name: str, limit: int) -> None:
    file_name, write = corpora.FORMATS[name]
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        write(tmp_path / place / file_name, ROWS)
    items = inputs.plan(
        find([str(tmp_path)], source="c4"), formats=FORMATS, columns=COLUMNS, max_samples=limit, item_bytes=1
    )
    files = [inputs.InputFile(source="c4", path=i.path, size=0, format=i.format) for i in items]
    rows = [inputs._count_rows(f, i.span, FORMATS[i.format], COLUMNS) for f, i in zip(files, items, strict=True)]
    taken = [min(n, i.max_rows) if i.max_rows >= 0 else n for n, i in zip(rows, items, strict=True)]
    assert sum(taken) == min(limit, 20)
    assert [item.index for item in items] == list(range(len(items)))
    assert all(n == m for n, m in zip(taken[:-1], rows[:-1], strict=True))


def test_a_damaged_file_becomes_an_item_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.arrow").write_bytes(b"garbage")
    (tmp_path / "b.jsonl").write_bytes(b"")
    (tmp_path / "c.parquet").write_bytes(b"PAR1garbagePAR1")
    items = inputs.plan(find([str(tmp_path)], source="c4"), formats=FORMATS, columns=COLUMNS)
    assert [bool(item.span.damage) for item in items] == [True, True, True]
    assert "empty" in items[1].span.damage
