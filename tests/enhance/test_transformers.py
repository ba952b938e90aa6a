"""The real transformers path, on a tiny random model on a CPU: batches, padding, sampling, memory, resuming."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from beam_pipelines import launch
from enhance import enhance_with_llm
from enhance.backends import transformers_
from enhance.backends.transformers_ import Transformers
from enhance.generator import BackendError, Choice, Completion, Request, Sampling, fingerprint
from tests.enhance import scripted, tiny

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

GREEDY = Sampling(max_new_tokens=12)
SAMPLED = Sampling(max_new_tokens=12, temperature=0.8, top_p=0.9)
PROMPTS = [
    "짧다",
    "조금 더 긴 질문이다. 무엇인가?",
    "혈압 80/50 mmHg인 환자에게 가장 먼저 할 처치는 무엇인가?" * 2,
    "a",
    "열이 난다.",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.save(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def loaded(folder: Path, **more: Any) -> Transformers:
    return transformers_.load(Choice(model=str(folder), device="cpu", **more))


def requests(prompts: Sequence[str]) -> list[Request]:
    return [Request(f"{n + 1:08x}{n}", prompt) for n, prompt in enumerate(prompts)]


def written(model: Transformers, asked: Sequence[Request], sampling: Sampling) -> dict[str, Completion]:
    return {key: done for part in model.write(asked, sampling) for key, done in part.items()}


@pytest.mark.parametrize("sampling", [GREEDY, SAMPLED])
def test_a_batch_says_what_each_says_alone(folder: Path, sampling: Sampling) -> None:
    model, asked = loaded(folder), requests(PROMPTS)
    together = written(model, asked, sampling)
    alone = [written(model, [request], sampling)[request.key] for request in asked]
    assert [together[request.key] for request in asked] == alone
    assert len({completion.text for completion in alone}) == len(PROMPTS)
    assert [completion.prompt_tokens for completion in alone] == [len(model.encode(prompt)) for prompt in PROMPTS]
    reversed_batch = written(model, asked[::-1], sampling)
    assert reversed_batch == together


def test_sampling_goes_by_the_key_and_greed_does_not(folder: Path) -> None:
    model = loaded(folder)
    first, second = (Request(key * 8, PROMPTS[1]) for key in "12")
    sampled = written(model, [first, second], SAMPLED)
    greedy = written(model, [first, second], GREEDY)
    assert sampled[first.key].text != sampled[second.key].text
    assert greedy[first.key] == greedy[second.key]


def test_nucleus_sampling_picks_from_the_nucleus_as_often_as_it_should() -> None:
    rows = 4000
    scores = torch.log(torch.tensor([[0.5, 0.3, 0.15, 0.05]])).repeat(rows, 1)
    sampler = transformers_.RowSampler(range(rows), Sampling(max_new_tokens=1, temperature=1.0, top_p=0.9))
    shares = sampler(torch.empty(0), scores).argmax(-1).bincount(minlength=4) / rows
    assert shares[3] == 0
    assert shares[:3].tolist() == pytest.approx([0.526, 0.316, 0.158], abs=0.03)


@pytest.mark.parametrize("template", [tiny.TEMPLATE, None, "<s>" + tiny.TEMPLATE])
def test_a_prompt_begins_with_one_bos(tmp_path: Path, template: str | None) -> None:
    model = loaded(tiny.save(tmp_path / "tiny", template=template))
    ids = model.encode("질문")
    assert ids.count(model.tokenizer.bos_token_id) == 1
    assert ids[0] == model.tokenizer.bos_token_id
    assert model.tokenizer.decode(ids[1:]) == ("질문" if template is None else "User: 질문\n\nAssistant:")


def test_padding_is_on_the_left_and_masked(folder: Path) -> None:
    model = loaded(folder)
    padded = model._padded([[5, 6], [7, 8, 9]])
    assert padded["input_ids"].tolist() == [[model.pad, 5, 6], [7, 8, 9]]
    assert padded["attention_mask"].tolist() == [[0, 1, 1], [1, 1, 1]]


def test_what_does_not_fit_in_the_context_is_recorded(tmp_path: Path) -> None:
    model = loaded(tiny.save(tmp_path / "tiny", context=64))
    found = written(model, asked := requests(["짧다", "길다" * 40]), GREEDY)
    assert [found[request.key].finish == "too_long" for request in asked] == [False, True]
    assert found[asked[1].key].prompt_tokens > 64


class Cramped:
    """The generate of a model with room for a number of tokens, answers included."""

    def __init__(self, generate: Any, tokens: int) -> None:
        self.generate, self.tokens = generate, tokens
        self.sizes: list[int] = []

    def __call__(self, input_ids: Any, generation_config: Any, **more: Any) -> Any:
        rows, longest = input_ids.shape
        self.sizes.append(rows)
        if rows * (longest + generation_config.max_new_tokens) > self.tokens:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return self.generate(input_ids=input_ids, generation_config=generation_config, **more)


def test_batches_are_halved_when_memory_runs_out_and_stay_small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = loaded(folder)
    asked = requests([f"{n}번째 질문" for n in range(10, 18)])
    whole = written(model, asked, GREEDY)
    row = len(model.encode(asked[0].prompt)) + GREEDY.max_new_tokens
    monkeypatch.setattr(model.model, "generate", cramped := Cramped(model.model.generate, 3 * row))
    assert written(model, asked, GREEDY) == whole
    assert cramped.sizes == [8, 4, 2, 2, 2, 2]
    assert written(model, asked[:4], GREEDY) == {request.key: whole[request.key] for request in asked[:4]}
    assert cramped.sizes[6:] == [2, 2]
    cramped.tokens = row - 1
    assert {done.finish for done in written(model, asked[:2], GREEDY).values()} == {"oom"}


def test_another_error_is_not_taken_for_want_of_memory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> Any:
        raise RuntimeError("device-side assert triggered")

    model = loaded(folder)
    monkeypatch.setattr(model.model, "generate", broken)
    with pytest.raises(RuntimeError, match="device-side assert"):
        written(model, requests(PROMPTS), GREEDY)


def test_letters_are_scored_alike_in_a_batch_and_alone(folder: Path) -> None:
    model, asked = loaded(folder), requests(PROMPTS)
    together = {key: scores for part in model.choose(asked) for key, scores in part.items()}
    for request in asked:
        ((alone),) = model.choose([request])
        assert together[request.key] == pytest.approx(alone[request.key], abs=1e-4)
        logits = model.model(torch.tensor([model.encode(request.prompt)])).logits[0, -1].log_softmax(-1)
        tokens = [[model._last_token(x), model._last_token(f" {x}")] for x in "ABCDE"]
        expected = [logits[sorted(set(pair))].logsumexp(-1).item() for pair in tokens]
        assert alone[request.key] == pytest.approx(expected, abs=1e-4)


def test_a_model_or_device_that_is_not_there_is_one_line(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BackendError, match="cannot be loaded"):
        loaded(tmp_path / "empty")
    if not torch.cuda.is_available():
        with pytest.raises(BackendError, match="there are 0 such devices"):
            transformers_.load(Choice(model=str(folder), device="cuda:1"))


def test_a_changed_model_has_another_fingerprint(folder: Path, tmp_path: Path) -> None:
    first = fingerprint(folder)
    assert fingerprint(tiny.save(tmp_path / "same")) == first
    weights = tmp_path / "same/model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    assert fingerprint(tmp_path / "same") != first


def _flags(root: Path, folder: Path) -> list[str]:
    flags = ["--data_root", str(root), "--model", str(folder), "--device=cpu", "--max_new_tokens=8", "--retries=1"]
    return [*flags, "--batch_tokens=4000", "--verify"]


def test_a_killed_run_of_a_real_model_goes_on_to_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    left, whole = (scripted.refined(tmp_path / name / "data", 5) for name in ("left", "whole"))
    flags = [flag.replace(str(whole), str(left)) for flag in _flags(left, folder)]
    code = (
        "import os, signal, sys, torch; torch.set_num_threads(1); from enhance import enhance_with_llm, journal\n"
        "append = journal.Journal.append\n"
        "def dying(self, answers):\n"
        "    append(self, answers)\n"
        "    if len(self.entries) >= 3: os.kill(os.getpid(), signal.SIGKILL)\n"
        "journal.Journal.append = dying\n"
        "enhance_with_llm.run(sys.argv[1:])"
    )
    done = subprocess.run([sys.executable, "-c", code, *flags], capture_output=True, env=os.environ, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert launch.main(enhance_with_llm.run, flags) == 0
    enhance_with_llm.run(_flags(whole, folder))
    rejects = "02_kor_med_test/train_with_reasoning_rejects.jsonl"
    assert (left / rejects).read_bytes() == (whole / rejects).read_bytes() != b""
    name = "01_medical_dict_explained.json"
    assert (left / name).read_bytes() == (whole / name).read_bytes()
    rows = json.loads((left / name).read_text())
    assert [row["korean_explanation"] for row in rows] == [None] * 5  # a random model says nothing of worth
    assert (left / "02_kor_med_test/train_with_reasoning.jsonl").read_bytes() == b""
