"""A base model comes whole, at one commit, with what is needed only; what goes wrong is answered with what to do."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from beam_pipelines import launch
from model_prep import add_lora, download_base_model, hub, prepare_all, prepare_tokenizer, results
from model_prep.models import TEXT_ONLY
from tests.model_prep import model_hub, tiny_models
from tests.model_prep.model_hub import ModelHub

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*is deprecated and will be removed in v6.*:FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*:ResourceWarning"),
]
NAME = "someone/small-gemma"


@pytest.fixture
def server(base_folder: Path, tmp_path: Path) -> Iterator[ModelHub]:
    folder = tiny_models.save(tmp_path / "upstream", TEXT_ONLY, base_folder)
    (folder / "tokenizer.model").write_bytes(b"not wanted")
    (folder / "README.md").write_text("not wanted")
    with model_hub.serving(ModelHub(NAME, folder)) as served:
        yield served


def arguments(server: ModelHub, root: Path, *more: str) -> list[str]:
    return ["--base", NAME, "--model_root", str(root), "--endpoint", server.url, *more]


def test_it_comes_whole_and_is_not_fetched_twice(server: ModelHub, tmp_path: Path) -> None:
    line = download_base_model.run(arguments(server, tmp_path / "model"))
    folder = tmp_path / "model/raw/small-gemma"
    wanted = {"config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    made = {path.name for path in folder.iterdir() if path.is_file()}
    assert made == wanted | {download_base_model.INFO}
    assert all((folder / name).read_bytes() == (server.folder / name).read_bytes() for name in wanted)
    record = results.read(folder / download_base_model.INFO)
    assert record["revision"] == model_hub.COMMITS[0]
    assert set(record["files"]) == wanted
    assert line.startswith("Gemma3ForCausalLM, ")
    server.asked.clear()
    assert download_base_model.run(arguments(server, tmp_path / "model")) == line
    assert server.asked == []


def test_the_first_download_pins_the_commit(server: ModelHub, tmp_path: Path) -> None:
    folder = tmp_path / "model/raw/small-gemma"
    download_base_model.run(arguments(server, tmp_path / "model"))
    (folder / "model.safetensors").unlink()
    server.asked.clear()
    download_base_model.run(arguments(server, tmp_path / "model"))
    assert f"GET /api/models/{NAME}/revision/{model_hub.COMMITS[0]}" in server.asked
    assert (folder / "model.safetensors").is_file()


def test_a_cut_transfer_is_said_and_gone_on_with(
    server: ModelHub, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    server.cut = 1000
    assert launch.main(download_base_model.run, arguments(server, tmp_path / "model")) == 1
    assert "run this again" in caplog.messages[-1]
    server.cut = None
    assert launch.main(download_base_model.run, arguments(server, tmp_path / "model")) == 0


@pytest.mark.parametrize(
    ("status", "code", "line"),
    [
        (401, "GatedRepo", "accept its terms at "),
        (403, "GatedRepo", "hf auth login"),
        (404, "RepoNotFound", "has no model someone/small-gemma"),
        (404, "RevisionNotFound", "check --revision"),
        (503, "", "MANUAL_MODEL.md"),
    ],
)
def test_what_the_hub_refuses_is_answered_with_what_to_do(
    status: int,
    code: str,
    line: str,
    server: ModelHub,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    server.refuse = (status, code)
    assert launch.main(download_base_model.run, arguments(server, tmp_path / "model")) == 1
    assert line in caplog.messages[-1]
    assert "\n" not in caplog.messages[-1]


def test_a_hub_that_is_not_there_is_answered(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    gone = ["--base", NAME, "--model_root", str(tmp_path), "--endpoint", "http://127.0.0.1:9"]
    assert launch.main(download_base_model.run, gone) == 1
    assert "http://127.0.0.1:9 cannot be reached" in caplog.messages[-1]


def test_a_full_disk_is_seen_before_the_first_byte(
    server: ModelHub, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "SPARE", 1 << 60)
    assert launch.main(download_base_model.run, arguments(server, tmp_path / "model")) == 1
    assert "make room, or choose another disk with --model_root" in caplog.messages[-1]
    assert not any("GET" in line and "resolve" in line for line in server.asked)


def test_a_folder_of_ones_own_is_only_looked_at(server: ModelHub, tmp_path: Path) -> None:
    line = download_base_model.run(["--base", str(server.folder), "--model_root", str(tmp_path / "model")])
    assert line.startswith("a folder of your own; Gemma3ForCausalLM")
    assert not (tmp_path / "model").exists()


def test_all_steps_one_after_the_other(server: ModelHub, refined: Path, tmp_path: Path) -> None:
    root = tmp_path / "model"
    command = [*arguments(server, root), "--input", str(refined), "--min-freq", "4", "--held_out", "0.1"]
    command += ["--device", "cpu", "--rank", "2"]
    first = prepare_all.run(command).splitlines()
    assert [line.split("  ")[0] for line in first] == ["step", "base model", "tokenizer", "LoRA"]
    assert "new tokens" in first[2]
    assert "trained parameters" in first[3]
    stamps = {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}
    shutil.rmtree(server.folder)
    again = prepare_all.run(command).splitlines()
    assert [line.split(" s  ")[-1] for line in again] == [line.split(" s  ")[-1] for line in first]
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()} == stamps


def test_one_steps_output_is_no_flag_of_all() -> None:
    assert launch.main(prepare_all.run, ["--output", "x"]) == 2


@pytest.mark.parametrize("step", [download_base_model, prepare_tokenizer, add_lora, prepare_all])
def test_help_is_there(step: object, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        step.flags().parse_args(["--help"])  # type: ignore[attr-defined]
    assert ended.value.code == 0
    assert "--model_root" in capsys.readouterr().out
