"""The whole way, with a scripted model: what is believed, what is refused, and that a kill loses nothing."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from beam_pipelines import launch
from beam_pipelines.options import UsageError
from beam_pipelines.records import LETTERS
from beam_pipelines.transforms import files
from enhance import enhance_with_llm
from enhance.generator import Choice, Generator
from enhance.journal import JournalError
from enhance.reasons import Tier
from enhance.tasks import TASKS, InputError
from tests import corpora, guard_items
from tests.enhance import scripted
from tests.enhance.scripted import Scripted, flags, refined_question
from tests.test_kormedmcqa import write

ROWS = 24
REASONING = "02_kor_med_test/train_with_reasoning.jsonl"
EXPLAINED = "01_medical_dict_explained.json"
OUTPUTS = [
    REASONING,
    "02_kor_med_test/train_with_reasoning_rejects.jsonl",
    "02_kor_med_test/train_with_reasoning_manifest.json",
    EXPLAINED,
    "01_medical_dict_explained_rejects.jsonl",
    "01_medical_dict_explained_manifest.json",
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return scripted.refined(tmp_path / "data", ROWS)


def run(root: Path, *more: str, model: Scripted | None = None) -> Scripted:
    model = model or Scripted()
    enhance_with_llm.run(flags(root, *more), load=scripted.loader(model))
    return model


def manifest(root: Path, output: str = REASONING) -> dict[str, Any]:
    path = root / output
    found: dict[str, Any] = json.loads((path.parent / f"{path.stem}_manifest.json").read_text())
    return found


def contents(root: Path) -> dict[str, bytes]:
    return {name: (root / name).read_bytes() for name in OUTPUTS}


def test_believed_texts_are_written_and_rejects_kept_with_all_attempts(root: Path) -> None:
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    run(root)
    rows = corpora.read_lines(root / REASONING)
    lost = [n for n in range(1, ROWS + 1) if n % 7 == 0 or n % 11 == 0]
    inputs = corpora.read_lines(root / "02_kor_med_test/train.jsonl")
    assert [{k: v for k, v in row.items() if not k.startswith("reasoning")} for row in rows] == [
        row for n, row in enumerate(inputs, 1) if n not in lost
    ]
    for row in rows:
        assert row["reasoning"].endswith(f"정답: {row['answer']}")
        meta = row["reasoning_meta"]
        assert (meta["tier"], meta["prompt"], meta["model"]) == ("rule_only", "mcq-reasoning.v1", "model")
        assert meta["attempt"] == (1 if int(row["question"].split("번")[0]) % 5 else 2)
    rejects = corpora.read_lines(root / OUTPUTS[1])
    assert [reject["row"] + 1 for reject in rejects] == lost
    assert {len(reject["attempts"]) for reject in rejects} == {4}
    assert [set(reject["reasons"]) >= {"foreign_script", "no_answer"} for reject in rejects] == [
        n % 7 == 0 for n in lost
    ]
    assert [reject["reasons"] for reject in rejects if (reject["row"] + 1) % 11 == 0] == [["empty"]] * 2
    assert manifest(root)["ledger"] == {
        "in": ROWS,
        "verified": 0,
        "supported": 0,
        "rule_only": ROWS - len(lost),
        "rejected": len(lost),
    }
    assert all(path.read_bytes() == content for path, content in before.items())


def test_a_definition_is_never_touched_and_an_explanation_that_failed_is_null(root: Path) -> None:
    run(root, "--task", "dict-explain")
    rows, inputs = (json.loads((root / name).read_text()) for name in (EXPLAINED, "01_medical_dict.json"))
    assert [{name: row[name] for name in ("term", "definition")} for row in rows] == inputs
    for n, row in enumerate(rows, 1):
        assert list(row) == ["term", "definition", "korean_explanation"]
        assert (
            row["korean_explanation"] is None if n % 7 == 0 or n % 11 == 0 else row["term"] in row["korean_explanation"]
        )
    assert not (root / REASONING).exists()


def test_model_checks_give_tiers_and_ask_again_for_what_misleads(root: Path) -> None:
    run(root, "--task", "mcq-reasoning", "--verify")
    tiers = {row + 1: tier for tier, rows in manifest(root)["tiers"].items() for row in rows}
    for n in range(1, ROWS + 1):
        knows, follows = n % 3 != 0, n % 4 != 0
        expected = (
            (Tier.VERIFIED if follows else Tier.REJECTED) if knows else Tier.SUPPORTED if follows else Tier.RULE_ONLY
        )
        assert tiers[n] == (Tier.REJECTED if n % 7 == 0 or n % 11 == 0 else expected), n
    misled = [reject for reject in corpora.read_lines(root / OUTPUTS[1]) if reject["reasons"] == ["misleads"]]
    assert [reject["row"] + 1 for reject in misled] == [4, 8, 16, 20]
    assert all(len(reject["attempts"]) == 4 for reject in misled)


def test_a_finished_run_needs_no_model_and_gives_the_same_bytes(root: Path) -> None:
    run(root, "--verify")
    first = contents(root)

    def none(_: Choice) -> Generator:
        raise AssertionError("the model was loaded")

    enhance_with_llm.run(flags(root, "--verify"), load=none)
    assert contents(root) == first
    assert run(root, "--verify", "--temperature", "0.9").batches  # another sampling is another answer


def test_other_words_models_or_rows_are_computed_and_the_rest_is_not(root: Path) -> None:
    assert sum(run(root, "--task=mcq-reasoning", "--max-samples=6").batches) == 6 + 1
    assert manifest(root)["ledger"]["in"] == 6
    more = run(root, "--task=mcq-reasoning", "--retries=0")
    assert sum(more.batches) == ROWS - 6
    (root / "model/config.json").write_text('{"changed": 1}')
    assert sum(run(root, "--task=mcq-reasoning", "--retries=0").batches) == ROWS


def killed(root: Path, after: int) -> int:
    command = [sys.executable, "-m", "tests.enhance.scripted", *flags(root, "--verify")]
    environment = {**os.environ, "DIE_AFTER": str(after)}
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode


def test_kill_9_after_any_number_of_batches_loses_nothing(root: Path, tmp_path: Path) -> None:
    whole = scripted.refined(tmp_path / "whole", ROWS)
    batches = len(run(whole, "--verify").batches)
    kills, done = 0, -1
    for after in (1, 2, 5, 13, 34):
        done = killed(root, after)
        kills += done == -signal.SIGKILL
    assert kills >= 3
    left = run(root, "--verify").batches
    assert len(left) < batches - 10
    assert {name: text.replace(b"whole", b"data") for name, text in contents(whole).items()} == contents(root)


def test_kill_9_at_any_moment(root: Path, tmp_path: Path) -> None:
    whole = scripted.refined(tmp_path / "whole", ROWS)
    run(whole)
    command = [sys.executable, "-m", "tests.enhance.scripted", *flags(root)]
    for seconds in (0.25, 0.45, 0.6):
        process = subprocess.Popen(command, env={**os.environ, "PAUSE": "0.02"}, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        process.kill()
        process.wait()
        for name in OUTPUTS:  # whole or not at all
            if name.endswith("json") and (root / name).exists():
                json.loads((root / name).read_text())
    run(root)
    assert {name: text.replace(b"whole", b"data") for name, text in contents(whole).items()} == contents(root)
    assert not [path for path in root.rglob("*.tmp")]


def test_a_journal_torn_at_any_byte_of_its_end_is_mended(root: Path) -> None:
    run(root, "--task=mcq-reasoning")
    path = root / "02_kor_med_test/.train_with_reasoning.journal.jsonl"
    whole, first = path.read_bytes(), (root / REASONING).read_bytes()
    start = whole[:-1].rfind(b"\n") + 1
    for end in (start, start + 1, (start + len(whole)) // 2, len(whole) - 1):
        path.write_bytes(whole[:end])
        assert len(run(root, "--task=mcq-reasoning").batches) == 1
        assert ((root / REASONING).read_bytes(), path.read_bytes()) == (first, whole)
    path.write_bytes(b"{" + whole)
    with pytest.raises(JournalError, match="line 1 is damaged"):
        run(root, "--task=mcq-reasoning")


def test_two_runs_at_once_on_one_output_are_refused(root: Path) -> None:
    lock = root / "02_kor_med_test/.train_with_reasoning.journal.lock"
    with files.lock(str(lock)):
        with pytest.raises(files.Locked, match="another run is writing here"):
            run(root)
        assert launch.main(lambda argv: enhance_with_llm.run(argv, load=scripted.loader(Scripted())), flags(root)) == 1
        run(root, "--task=dict-explain")
    run(root)


def test_a_test_split_is_refused_by_its_name_and_by_what_it_links_to(root: Path) -> None:
    folder = root / "02_kor_med_test"
    (folder / "train_link.jsonl").symlink_to(folder / "test.jsonl")
    for name in ("test.jsonl", "train_link.jsonl", "test-00000-of-00001.jsonl", "dev.jsonl", "train_test.jsonl"):
        with pytest.raises(UsageError, match="is a test split"):
            run(root, "--task=mcq-reasoning", f"--input={folder / name}", f"--output={root / 'x.jsonl'}")


def test_a_question_of_a_test_split_is_refused_named_and_counted(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    train = root / "02_kor_med_test/train.jsonl"
    rows = corpora.read_lines(train)
    again = {
        **scripted.refined_question(901),
        "question": "901번째로 온  환자에게 가장 먼저 할 처치는",
        "A": "다른 보기",
    }
    scripted.write(train, [*rows[:3], again, *rows[3:]])
    model = run(root, "--task=mcq-reasoning", "--retries=0")
    assert sum(model.batches) == ROWS
    assert "1 questions stand in a test split too, and nothing is generated for them: rows 3" in caplog.text
    (reject, *_) = corpora.read_lines(root / OUTPUTS[1])
    assert (reject["row"], reject["reasons"], reject["attempts"]) == (3, ["test_split"], [])
    assert manifest(root)["reasons"]["test_split"] == 1
    assert not any("901" in row["question"] for row in corpora.read_lines(root / REASONING))


def test_a_text_that_holds_a_benchmark_item_is_not_believed_and_a_copy_is_not_asked(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, other = [item for item in guard_items.items("held_out") if len(item.stem) > 120][:2]
    fields = [{"question": item.stem, **dict(zip(LETTERS, item.options, strict=True))} for item in (case, other)]
    write(tmp_path / "bench.jsonl", fields)
    copy = guard_items.josa_edited(other.stem, random.Random(0))
    write(
        root / "02_kor_med_test/train.jsonl",
        [*map(refined_question, (1, 2, 3)), {**fields[1], "question": copy, "answer": "A"}],
    )
    real = scripted.answer

    def answer(prompt: str, sampled: bool) -> str:
        text = real(prompt, sampled)
        return f"{case.stem} {text}" if scripted.number_of(prompt) == 2 else text

    monkeypatch.setattr(scripted, "answer", answer)
    run(root, "--task=mcq-reasoning", f"--guard_file={tmp_path}/bench.jsonl")
    assert [row["question"][0] for row in corpora.read_lines(root / REASONING)] == ["1", "3"]
    told, copied = corpora.read_lines(root / OUTPUTS[1])
    assert [(told["row"], len(told["attempts"])), (copied["row"], copied["attempts"])] == [(1, 4), (3, [])]
    assert "benchmark" in told["reasons"]
    assert f"{tmp_path}/bench.jsonl row 0: 100% of its stem" in told["attempts"][0]["notes"]
    assert copied["reasons"] == ["test_split"]
    assert [fact["items"] for fact in manifest(root)["guard"]] == [2, 3]


def test_a_test_split_under_another_name_and_place_is_refused_by_its_content(root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere/train.jsonl"
    copy.parent.mkdir()
    copy.write_bytes((root / "02_kor_med_test/test.jsonl").read_bytes())
    with pytest.raises(InputError, match="every question stands in a test split"):
        run(root, "--task=mcq-reasoning", f"--input={copy}")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--task=poems"], "invalid choice"),
        (["--input=train.jsonl"], "for a single --task"),
        (["--backend=openai"], "go together"),
        (["--base_url=http://localhost:1/v1"], "go together"),
        (["--temprature=1"], "did you mean --temperature"),
        (["--temperature=0"], "less than"),
    ],
)
def test_a_wrong_command_line_is_refused(root: Path, more: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        run(root, *more)


def test_what_is_missing_is_said(root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(InputError, match="refine_all"):
        run(tmp_path / "nowhere")
    (root / "01_medical_dict.json").unlink()
    run(root)
    assert "dict-explain: left out" in caplog.text
    with pytest.raises(InputError, match=r"python -m beam_pipelines\.medical_dict"):
        run(root, "--task=dict-explain")
    (root / "01_medical_dict.json").write_text('[{"term": "a"}]')
    with pytest.raises(InputError, match="row 0: a term and a definition"):
        run(root, "--task=dict-explain")


def test_the_yield_is_shown_by_tier_and_reason(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    run(root, "--task=mcq-reasoning")
    table = [line.split()[:3] for line in caplog.records[-1].getMessage().splitlines()[2:]]
    assert ["rule_only", "19", "79.2%"] in table
    assert ["empty", "2", "8.3%"] in table
    assert "tokens/s" in caplog.text


def test_help_is_light_and_names_every_task() -> None:
    code = (
        "import sys; from enhance import enhance_with_llm as entry; entry.flags().print_help();"
        "assert not {'torch', 'transformers', 'apache_beam', 'pyarrow', 'numpy', 'tqdm', 'vllm'} & set(sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert set(TASKS) <= set(shown.replace(",", " ").replace("{", " ").replace("}", " ").split())
