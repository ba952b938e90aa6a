"""The end of a run may happen twice: engines do a stage again whose worker they lost, whatever it had done."""

import json
from pathlib import Path

import pytest

from beam_pipelines.transforms.commit import Account, Target, Written, commit
from beam_pipelines.transforms.inputs import Read

LINE = b'{"text": "a"}\n'


def finish(out: Path, *, line: bytes = LINE, plan: str = "a", write: bool = True) -> Target:
    target = Target(outputs={"documents": f"{out}/train.jsonl"}, plan=plan)
    path = target.paths("documents")[0]
    aside = Path(target.aside(path))
    if write:
        aside.parent.mkdir(parents=True)
        aside.write_bytes(line)
    account = Account(reads=[Read("a", 0, 1, "00" * 16)], ledger={"c4": {"in": 1, "out": 1, "dropped": {}}})
    written = [Written(path, str(aside), "documents", 1, len(line))]
    commit(target, account, written, facts={"options": plan}, licences={"c4": "none"})
    return target


def test_a_second_time_changes_nothing_and_what_is_finished_stays_until_the_run_is_known_to_be_over(
    tmp_path: Path,
) -> None:
    target = finish(tmp_path)
    before = (tmp_path / "_manifest.json").read_bytes()
    finish(tmp_path, write=False)
    assert (tmp_path / "train.jsonl").read_bytes() == LINE
    assert (tmp_path / "_manifest.json").read_bytes() == before
    assert Path(target.work).is_dir()
    target.sweep()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["_manifest.json", "train.jsonl"]


def test_a_run_that_lost_its_files_to_another_one_does_not_sign_the_others_output(tmp_path: Path) -> None:
    finish(tmp_path, line=LINE * 2, plan="b").sweep()
    with pytest.raises(FileNotFoundError, match="another run"):
        finish(tmp_path, write=False)
    assert (tmp_path / "train.jsonl").read_bytes() == LINE * 2
    assert json.loads((tmp_path / "_manifest.json").read_text())["options"] == "b"
