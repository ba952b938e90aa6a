"""What a tokenizer learns from: every refined form, each text once, no test split, held out by content."""

import gzip
import json
import random
from pathlib import Path

import pytest

from beam_pipelines.text.guard_items import pack
from beam_pipelines.transforms.inputs import InputError
from model_prep import training_text
from model_prep.training_text import ENGLISH, GENERAL, MEDICAL
from tests import guard_items
from tests.model_prep.conftest import write_lines

TEXTS = [f"{n}번째 문장은 이렇게 끝난다." for n in range(400)]


def everything(path: Path, held_out: float) -> tuple[list[str], dict[str, list[str]]]:
    (source,) = training_text.find([str(path)])[0]
    learnt: list[str] = []
    held: dict[str, list[str]] = {}
    for batch in training_text.read(source, held_out=held_out):
        learnt += [text for column in batch.learnt for text in column.to_pylist()]
        for domain, rows in batch.held_out.items():
            held.setdefault(domain, []).extend(rows)
    return learnt, held


def test_a_refined_folder_gives_each_text_once_and_no_test_split(refined: Path) -> None:
    found, tests = training_text.find([str(refined)])
    assert [Path(source.path).relative_to(refined).as_posix() for source in found] == [
        "00_plain_text/train.jsonl",
        "01_english_korean/en_to_ko.jsonl",
        "01_medical_dict.json",
        "02_kor_med_test/train.jsonl",
    ]
    assert [(source.kind.domain, source.kind.is_dictionary) for source in found] == [
        (GENERAL, False),
        (GENERAL, False),
        (MEDICAL, True),
        (MEDICAL, False),
    ]
    assert tests == [f"{refined}/02_kor_med_test/test.jsonl"]


@pytest.mark.parametrize("name", ["test.jsonl", "dev.jsonl", "my_test.jsonl", "test-00000-of-00001.parquet"])
def test_a_test_split_that_is_named_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text('{"text": "비밀"}\n', encoding="utf-8")
    with pytest.raises(InputError, match="is a test split"):
        training_text.find([str(path)])
    with pytest.raises(InputError, match="nothing but test splits"):
        training_text.find([str(tmp_path)])


def test_a_test_split_behind_a_link_is_refused(tmp_path: Path) -> None:
    write_lines(tmp_path / "elsewhere/test.jsonl", [{"text": "비밀"}])
    link = tmp_path / "in/more.jsonl"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "elsewhere/test.jsonl")
    with pytest.raises(InputError, match="is a test split"):
        training_text.find([str(link)])


def test_names_that_only_look_like_a_test_are_read(tmp_path: Path) -> None:
    write_lines(tmp_path / "latest.jsonl", [{"text": "가"}])
    assert len(training_text.find([str(tmp_path)])[0]) == 1


def test_rows_are_held_out_by_their_text_alone(tmp_path: Path) -> None:
    one = write_lines(tmp_path / "a.jsonl", [{"text": text} for text in TEXTS])
    other = write_lines(tmp_path / "b.jsonl", [{"text": text} for text in reversed(TEXTS + TEXTS[:100])])
    learnt, held = everything(one, 0.2)
    again, held_again = everything(other, 0.2)
    assert set(held) == {GENERAL}
    assert set(held[GENERAL]) == set(held_again[GENERAL])
    assert set(learnt) == set(again) == set(TEXTS) - set(held[GENERAL])
    assert 40 < len(held[GENERAL]) < 130
    assert everything(one, 0)[0] == TEXTS


def test_pairs_hold_out_both_languages_together(tmp_path: Path) -> None:
    pairs = [{"en": f"sentence {n}", "ko": text} for n, text in enumerate(TEXTS)]
    learnt, held = everything(write_lines(tmp_path / "en_to_ko.jsonl", pairs), 0.5)
    assert held[ENGLISH] == [pair["en"] for pair in pairs if pair["ko"] in held[GENERAL]]
    assert not any(text.startswith("sentence") for text in learnt)


def test_packed_files_are_read_and_damaged_ones_named(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"text": text}) + "\n" for text in TEXTS).encode()
    packed = tmp_path / "a.jsonl.gz"
    packed.write_bytes(gzip.compress(lines))
    assert everything(packed, 0)[0] == TEXTS
    packed.write_bytes(gzip.compress(lines)[:-400])
    with pytest.raises(InputError, match=r"a\.jsonl\.gz, row \d+: damaged compressed data"):
        everything(packed, 0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"text": "가"}\n{"text": broken\n', "row 1: "),
        ('{"body": "가"}\n', "no record of a known form"),
        ('[{"term": "가", "definition": "a"}, {"word": "나"}]', "no record of a known form"),
        ('[{"term": "가"', "no record of a known form"),
        ("", "no record of a known form"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        everything(path, 0)
    assert str(path) in str(caught.value)


def test_a_row_that_holds_a_benchmark_item_is_neither_learnt_nor_measured_on(tmp_path: Path) -> None:
    items = guard_items.items("held_out")
    copy = guard_items.COPIES["all three"]
    dirty = [copy(item, random.Random(item.row)) for item in items[:40]]
    rows = [{"text": text} for pair in zip(TEXTS, dirty, strict=False) for text in pair]
    (source,) = training_text.find([str(write_lines(tmp_path / "a.jsonl", rows))])[0]
    batches = list(training_text.read(source, held_out=0.3, packed=pack(items)))
    seen = [text for batch in batches for text in (*batch.learnt[0].to_pylist(), *batch.held_out.get(GENERAL, []))]
    assert sorted(seen) == sorted(TEXTS[:40])
    assert sum(batch.benchmark for batch in batches) == 40
    letters = dict(zip("ABCDE", items[0].options, strict=True))
    questions = [{"question": items[0].stem, **letters}, {"question": "다른 줄기의 물음이다. 무엇일까?", **letters}]
    (source,) = training_text.find([str(write_lines(tmp_path / "q/train.jsonl", questions))])[0]
    (batch,) = training_text.read(source, held_out=0, packed=pack(items))
    assert (batch.learnt[0].to_pylist(), batch.benchmark) == (["다른 줄기의 물음이다. 무엇일까?"], 1)
