"""No output of a refiner holds a benchmark item: end to end, with the ledger and the matched item in the rejects."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from beam_pipelines import kormedmcqa, launch, medical_dict, plain_text, refine_all, translation
from beam_pipelines.options import UsageError
from beam_pipelines.records import LETTERS
from beam_pipelines.text.guard_items import Item
from beam_pipelines.text.guard_units import numbers
from beam_pipelines.transforms import benchmark
from beam_pipelines.transforms.inputs import InputError
from tests import corpora, guard_items

ITEMS = guard_items.items("held_out")
RNG = random.Random(0)
PAGES = [guard_items.page(random.Random(n), size=400) for n in range(6)]
CASE = next(item for item in ITEMS if "진단" in item.stem and len(item.stem) > 120)


def question(item: Item) -> dict[str, str]:
    return {"question": item.stem, **dict(zip(LETTERS, item.options, strict=True)), "answer": "A"}


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def items(tmp_path: Path) -> Path:
    return write(tmp_path / "bench/test.jsonl", [question(item) for item in ITEMS])


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """Six clean pages and four that hold an item."""
    copies = [guard_items.COPIES[kind] for kind in ("verbatim", "re-spaced", "all three", "stem and answer")]
    dirty = [guard_items.planted(copy(CASE, RNG), page, RNG) for copy, page in zip(copies, PAGES, strict=False)]
    texts = [text for pair in zip(PAGES, [*dirty, "", ""], strict=True) for text in pair if text]
    return write(tmp_path / "raw/c4_korean/a.jsonl", [{"text": text} for text in texts]).parent


def manifest(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "_manifest.json").read_text())
    return found


def refine(web: Path, out: Path, *more: str) -> dict[str, Any]:
    plain_text.run(["--input", str(web), "--output", str(out / "train.jsonl"), *more])
    return manifest(out)


def test_pages_that_hold_an_item_are_dropped_with_the_item_in_the_rejects(
    web: Path, items: Path, tmp_path: Path
) -> None:
    done = refine(web, tmp_path / "out", f"--guard_file={items}", "--rejects", str(tmp_path / "rejects"))
    assert done["ledger"]["c4"] == {"in": 10, "out": 6, "dropped": {"benchmark": 4}}
    assert [fact["items"] for fact in done["options"]["guard"]] == [len(ITEMS)]
    rows = corpora.read_lines(tmp_path / "rejects/c4.jsonl")
    assert [row["reason"] for row in rows] == ["benchmark"] * 4
    for row in rows:
        assert (row["benchmark"]["file"], row["benchmark"]["row"]) == (str(items), CASE.row)
        assert row["benchmark"]["share"] >= 0.6
        assert row["text"]
    assert refine(web, tmp_path / "off", "--guard=off")["ledger"]["c4"]["out"] == 10


def test_the_refined_test_split_beside_the_output_is_guarded_without_a_word(
    web: Path, items: Path, tmp_path: Path
) -> None:
    root = tmp_path / "02_refined"
    assert refine(web, root / "00_plain_text")["options"]["guard"] == []
    refined = write(root / benchmark.REFINED, [question(item) for item in ITEMS])
    done = refine(web, root / "00_plain_text")
    assert done["ledger"]["c4"]["out"] == 6
    assert [fact["file"] for fact in done["options"]["guard"]] == [str(refined)]
    both = refine(web, root / "00_plain_text", f"--guard_file={items}")
    assert [fact["file"] for fact in both["options"]["guard"]] == [str(items), str(refined)]


def test_any_number_of_workers_gives_the_same_bytes(web: Path, items: Path, tmp_path: Path) -> None:
    write(web / "b.jsonl", [{"text": guard_items.planted(guard_items.listed(CASE.options, RNG), PAGES[0], RNG)}])
    trees = []
    for workers in "12":
        folder = tmp_path / workers
        flags = [f"--guard_file={items}", "--direct_num_workers", workers, "--rejects", str(folder / "rejects")]
        refine(web, folder / "out", *flags)
        trees.append({p.name: p.read_bytes().replace(str(folder).encode(), b"") for p in folder.rglob("*.json*")})
    assert trees[0] == trees[1]
    assert set(trees[0]) == {"_manifest.json", "train.jsonl", "c4.jsonl"}


def test_another_benchmark_is_other_work(
    web: Path, items: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from beam_pipelines.transforms import write as writing
    from beam_pipelines.transforms.refine import RefineItem

    refined: list[str] = []
    real = RefineItem._refine

    def spy(self: RefineItem, item: Any, reads: Any) -> Any:
        refined.append(item.path)
        return real(self, item, reads)

    monkeypatch.setattr(RefineItem, "_refine", spy)
    out = tmp_path / "out"
    with monkeypatch.context() as broken:
        broken.setattr(writing, "plan_outputs", lambda *_: 1 / 0)
        for _ in range(2):
            with pytest.raises(Exception, match="division"):
                refine(web, out, f"--guard_file={items}")
    assert len(refined) == 1  # the second run found it done
    write(items, [question(item) for item in ITEMS if item != CASE and CASE.options != item.options])
    assert refine(web, out, f"--guard_file={items}")["ledger"]["c4"]["dropped"].get("benchmark", 0) < 4
    assert len(refined) == 2


def test_pairs_are_dropped_for_either_side(items: Path, tmp_path: Path) -> None:
    short = min((item for item in ITEMS if "반감기가" in item.stem), key=lambda item: len(item.stem))
    korean = guard_items.josa_edited(short.stem, random.Random(1)).replace("?", "") + " " + ", ".join(short.options)
    english = "Which of these drugs has that daily maximum and half-life, and is given for that reason to adults?"
    stated = ", ".join(sorted(numbers(korean)))
    pairs = [
        {"en": "She has a fever.", "ko": "그녀는 열이 난다."},
        {"en": f"{english} It may be stated as {stated} in the label.", "ko": korean},
    ]
    raw = write(tmp_path / "raw/source/train.jsonl", pairs).parent
    argv = ["--input", str(raw), "--output", str(tmp_path / "out"), "--rejects", str(tmp_path / "rejects")]
    translation.run([*argv, f"--guard_file={items}"])
    assert manifest(tmp_path / "out")["ledger"]["source"] == {"in": 2, "out": 1, "dropped": {"benchmark": 1}}
    (row,) = corpora.read_lines(tmp_path / "rejects/source.jsonl")
    assert (row["ko"], row["benchmark"]["row"]) == (korean, short.row)


def test_a_dictionary_entry_whose_definition_holds_an_item_is_dropped(items: Path, tmp_path: Path) -> None:
    rows = [
        {"term": "고혈압", "definition": "hypertension"},
        {"term": "폐색전증", "definition": f"pulmonary embolism\n{CASE.stem}"},
    ]
    raw = write(tmp_path / "raw/korean_medical_dict.jsonl", rows).parent
    argv = ["--input", str(raw), "--output", str(tmp_path / "out/01_medical_dict.json")]
    medical_dict.run([*argv, "--rejects", str(tmp_path / "rejects"), f"--guard_file={items}"])
    ledger = manifest(tmp_path / "out")["ledger"]
    assert ledger == {"korean_medical_dict": {"in": 2, "out": 1, "dropped": {"benchmark": 1}}}
    (row,) = corpora.read_lines(tmp_path / "rejects/korean_medical_dict.jsonl")
    assert (row["term"], row["reason"], row["benchmark"]["row"]) == ("폐색전증", "benchmark", CASE.row)
    assert str(items) in row["why"]


def exam(raw: Path, out: Path, *more: str) -> dict[str, Any]:
    kormedmcqa.run(["--input", str(raw), "--output", str(out), *more])
    return manifest(out)


def test_questions_for_training_that_copy_one_of_the_test_are_dropped(tmp_path: Path) -> None:
    test, train = ITEMS[:40], guard_items.items("dev")[:20]
    edited = CASE._replace(stem=guard_items.josa_edited(CASE.stem, random.Random(4)), options=CASE.options[::-1])
    raw = tmp_path / "raw"
    write(raw / "test.jsonl", [question(item) for item in {*test, CASE}])
    write(raw / "train.jsonl", [question(item) for item in [*train, CASE, edited]])
    done = exam(raw, tmp_path / "out", "--rejects", str(tmp_path / "rejects"))
    assert done["ledger"]["train"] == {"in": 22, "out": 20, "dropped": {"benchmark": 1, "leak": 1}}
    assert done["ledger"]["test"]["dropped"] == {}
    assert [row["question"] for row in corpora.read_lines(tmp_path / "out/train.jsonl")] == [i.stem for i in train]
    rows = corpora.read_lines(tmp_path / "rejects/train.jsonl")
    assert [(row["row"], row["reason"]) for row in rows] == [(20, "leak"), (21, "benchmark")]
    assert rows[1]["benchmark"]["file"] == str(raw / "test.jsonl")
    assert exam(raw, tmp_path / "off", "--guard=off")["ledger"]["train"]["out"] == 22
    assert exam(raw, tmp_path / "leaks", "--guard=off", "--drop_leaks")["ledger"]["train"]["out"] == 21


def test_what_is_refined_first_guards_what_comes_after_it(web: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    web.rename(web.parent / "tmp")
    (raw / "00_korean").mkdir()
    (raw / "tmp").rename(raw / "00_korean/c4_korean")
    write(raw / "02_kor_med_test/test.jsonl", [question(item) for item in ITEMS])
    write(raw / "02_kor_med_test/train.jsonl", [question(item) for item in guard_items.items("dev")[:9]])
    argv = ["--input", str(raw), "--output", str(tmp_path / "refined"), "--only=mcq", "--only=plain-text"]
    for state in ("done", "up to date"):
        outcomes = refine_all.run([*argv, "--guard=on"])
        assert [(o.step, o.state, o.rows_out) for o in outcomes][1:] == [("plain-text", state, 6)]


def test_wrong_flags_and_files_are_one_clear_line(web: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(UsageError, match="--guard on, but no benchmark is there"):
        refine(web, tmp_path / "out", "--guard=on")
    with pytest.raises(UsageError, match="contradict"):
        refine(web, tmp_path / "out", "--guard=off", "--guard_file=a.jsonl")
    for content, why in [("", "no question"), ('{"text": "가"}\n', "row 0: no field 'question'"), ("{", "row 0")]:
        path = tmp_path / "bad.jsonl"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match=why):
            refine(web, tmp_path / "out", f"--guard_file={path}")
    assert launch.main(plain_text.run, ["--input", str(web), f"--guard_file={tmp_path}/none.jsonl"]) == 1
    assert "nothing there" in caplog.records[-1].getMessage()
