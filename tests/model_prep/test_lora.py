"""Growing, attaching, training, saving and loading again: on tiny models of both classes in 16, 8 and 4 bits.

The same checks run on the real gemma-3-270m (marked ``models``).
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from beam_pipelines import launch
from model_prep import add_lora, checkpoint, memory, prepare_tokenizer
from model_prep.load import INFO, Prepared, load, parameter_groups, save
from model_prep.models import MULTIMODAL, TEXT_ONLY
from tests.model_prep import gemma_like, tiny_models

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*is deprecated and will be removed in v6.*:FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*pin_memory.*:UserWarning"),
]

ARCHITECTURES = [MULTIMODAL, TEXT_ONLY]
ENGLISH = "The patient was given 120 mg of aspirin, and the pressure fell."
KOREAN = "고혈압 환자는 진료실에서 혈압을 두 번 잰다."


@pytest.fixture(scope="session")
def bases(base_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A tiny model of each class."""
    root = tmp_path_factory.mktemp("models") / "raw"
    return {name: tiny_models.save(root / name, name, base_folder) for name in ARCHITECTURES}


def arguments(base: Path, tokenizer: Path, output: Path, *more: str) -> list[str]:
    return ["--base", str(base), "--tokenizer", str(tokenizer), "--output", str(output), "--device", "cpu", *more]


class Case:
    """A base, what add_lora made of it, and how both are loaded."""

    def __init__(self, base: Path, folder: Path, quantize: str, *, dtype: Any = None) -> None:
        self.base, self.folder, self.quantize, self.dtype = base, folder, quantize, dtype

    def load_base(self) -> Any:
        from model_prep import lora

        return lora.base_model(self.base, quantize=self.quantize, dtype=self.dtype)

    def load(self, folder: Path | None = None, **more: Any) -> Prepared:
        return load(folder or self.folder, base=self.base, device="cpu", dtype=self.dtype, **more)


@pytest.fixture(scope="module", params=memory.QUANTIZE)
def quantize(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=ARCHITECTURES)
def case(
    request: pytest.FixtureRequest,
    quantize: str,
    bases: dict[str, Path],
    extended_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Case:
    base = bases[request.param]
    folder = tmp_path_factory.mktemp("lora") / base.name
    settings = ("--quantize", quantize, "--rank", "4", "--dropout", "0")
    add_lora.run(arguments(base, extended_folder, folder, *settings))
    return Case(base, folder, quantize)


def logits(model: Any, tokenizer: Any, text: str) -> Any:
    import torch

    ids = tokenizer(text, return_tensors="pt").input_ids
    with torch.no_grad():
        found = model.eval()(input_ids=ids).logits
    assert torch.isfinite(found).all()
    return found


def digests(model: Any) -> dict[str, str]:
    """A digest of every frozen weight, quantised ones included, under its name in the base."""
    import torch

    def digest(value: torch.Tensor) -> str:
        return hashlib.sha256(value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data).hexdigest()

    return {name: digest(value) for name, value in model.named_parameters() if not value.requires_grad}


def embedding(model: Any) -> Any:
    """The rows as the model sees them, those in training included."""
    import torch

    layer = model.get_base_model().get_input_embeddings()
    with torch.no_grad():
        rows = layer.weight.shape[0] if not hasattr(layer, "base_layer") else layer.base_layer.weight.shape[0]
        return layer(torch.arange(rows)).clone()


def examples(tokenizer: Any) -> list[dict[str, Any]]:
    rows = [
        tokenizer(text, truncation=True, max_length=24).input_ids for text in (KOREAN, *gemma_like.texts("medical"))
    ]
    return [{"input_ids": ids, "labels": ids, "attention_mask": [1] * len(ids)} for ids in rows[:4]]


def train(prepared: Prepared, folder: Path, **settings: Any) -> None:
    import torch
    from transformers import DataCollatorForSeq2Seq, Trainer, TrainingArguments

    optimizer = torch.optim.AdamW(parameter_groups(prepared.model, weight_decay=0.1), lr=1e-2)
    trainer = Trainer(
        model=prepared.model,
        args=TrainingArguments(
            output_dir=str(folder),
            max_steps=2,
            per_device_train_batch_size=2,
            use_cpu=True,
            report_to="none",
            **settings,
        ),
        train_dataset=examples(prepared.tokenizer),
        data_collator=DataCollatorForSeq2Seq(prepared.tokenizer),
        optimizers=(optimizer, None),
    )
    trainer.train()


def check_growth(case: Case) -> None:
    """Old logits are those of the base, to the bit, and ties are kept."""
    import torch

    base, (model, tokenizer, info) = case.load_base(), case.load()
    old = info["rows"]["trained"][0]  # the rows after it are padding in the base of the 4B's kind
    for text in (ENGLISH, "<start_of_turn>user\nWhat is 3 < 5?<end_of_turn>\n"):
        before, after = logits(base, tokenizer, text), logits(model, tokenizer, text)
        assert after.shape[-1] == info["rows"]["after"] >= len(tokenizer)
        assert (before[..., :old] - after[..., :old]).abs().max() == 0.0
    inside: Any = model.get_base_model()
    assert torch.equal(embedding(model)[:old], base.get_input_embeddings()(torch.arange(old)))
    assert inside.config.get_text_config().tie_word_embeddings
    head, layer = inside.get_output_embeddings(), inside.get_input_embeddings()
    ids = torch.tensor([[info["rows"]["trained"][1] - 1]])
    hidden = torch.ones(1, 1, layer(ids).shape[-1], dtype=layer(ids).dtype)
    assert head(hidden).shape[-1] == info["rows"]["after"]


def check_new_rows(case: Case, extended: Path) -> None:
    """A new row is the mean of the rows of the old tokens that its text was before."""
    import torch

    base, (model, tokenizer, info) = case.load_base(), case.load()
    record = json.loads((extended / "tokenizer_info.json").read_text(encoding="utf-8"))
    old = base.get_input_embeddings().weight
    (rows,) = parameter_groups(model, weight_decay=0)[1]["params"]
    for piece, parts in record["made_of_old_ids"].items():
        place = tokenizer.convert_tokens_to_ids(piece) - info["rows"]["trained"][0]
        assert torch.equal(rows[place], old[parts].float().mean(0).to(old.dtype).float())


def check_training(case: Case, tmp_path: Path, *, checkpoints: bool = True) -> None:
    """Two steps move the new rows and the LoRA, and nothing else; saved and loaded again it is the same model."""
    import torch

    prepared = case.load()
    model, tokenizer, info = prepared
    start, stop = info["rows"]["trained"]
    trained = {name for name, value in model.named_parameters() if value.requires_grad}
    assert not any("vision" in name or "projector" in name for name in trained)
    before, rows = digests(model), embedding(model)
    train(prepared, tmp_path / "run", save_strategy="steps" if checkpoints else "no", save_steps=2)
    assert digests(model) == before
    after = embedding(model)
    assert torch.equal(after[:start], rows[:start])
    assert not torch.equal(after[start:stop], rows[start:stop])
    assert torch.equal(after[stop:], rows[stop:])

    save(prepared, tmp_path / "saved")
    mine = logits(model, tokenizer, KOREAN)
    made = [tmp_path / "saved", *([tmp_path / "run/checkpoint-2"] if checkpoints else [])]
    for folder in made:
        again = case.load(adapter=folder)
        assert (logits(again.model, again.tokenizer, KOREAN) - mine).abs().max() == 0.0
    for folder in (case.folder, *made):
        shapes = checkpoint.shapes(folder)
        assert max(shape.size[0] for shape in shapes) < info["rows"]["before"]
        assert sum(shape.values for shape in shapes) == info["trained"]


def test_old_logits_are_unchanged(case: Case) -> None:
    check_growth(case)


def test_training_moves_only_what_is_new_and_survives_a_reload(case: Case, tmp_path: Path) -> None:
    check_training(case, tmp_path)
    assert case.load(tmp_path / "saved").info == case.load().info


def test_new_rows_are_means(case: Case, extended_folder: Path) -> None:
    check_new_rows(case, extended_folder)


def test_it_trains_under_trl(case: Case, tmp_path: Path) -> None:
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    model, tokenizer, _ = case.load()
    before = digests(model)
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(
            output_dir=str(tmp_path), max_steps=1, max_length=32, use_cpu=True, report_to="none", bf16=False
        ),
        train_dataset=Dataset.from_list([{"text": text} for text in gemma_like.texts("medical")[:8]]),
        processing_class=tokenizer,
    )
    trainer.train()
    assert trainer.state.global_step == 1
    assert digests(model) == before


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_merged_model_says_the_same(name: str, bases: dict[str, Path], extended_folder: Path, tmp_path: Path) -> None:
    import torch

    folder = tmp_path / name
    add_lora.run(arguments(bases[name], extended_folder, folder, "--rank", "4", "--dropout", "0"))
    for dtype, tolerance in ((torch.float32, 1e-5), (torch.bfloat16, 0.05)):
        prepared = load(folder, base=bases[name], device="cpu", dtype=dtype)
        train(prepared, tmp_path / "run", save_strategy="no")
        mine = logits(prepared.model, prepared.tokenizer, KOREAN)
        merged = prepared.model.merge_and_unload()
        assert (logits(merged, prepared.tokenizer, KOREAN) - mine).abs().max() <= tolerance * mine.abs().max()


def test_the_rows_do_not_decay(bases: dict[str, Path], case: Case) -> None:
    model = case.load().model
    decayed, kept = parameter_groups(model, weight_decay=0.1)
    assert (decayed["weight_decay"], kept["weight_decay"]) == (0.1, 0.0)
    (rows,) = kept["params"]
    assert tuple(rows.shape)[1] == tiny_models.HIDDEN
    count = sum(1 for value in model.parameters() if value.requires_grad)
    assert len(decayed["params"]) == count - 1 == 2 * 7 * tiny_models.LAYERS


def test_it_is_done_once(
    bases: dict[str, Path], extended_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    command = arguments(bases[TEXT_ONLY], extended_folder, tmp_path / "out")
    summary = add_lora.run(command)
    stamp = (tmp_path / "out/adapter_model.safetensors").stat().st_mtime_ns
    with caplog.at_level("INFO"):
        assert add_lora.run(command) == summary
    assert "made of the same things already" in caplog.text
    assert "peak while training" in caplog.text
    assert (tmp_path / "out/adapter_model.safetensors").stat().st_mtime_ns == stamp


def _cut(base: Path) -> None:
    path = base / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


def _rename(base: Path) -> None:
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps({**config, "architectures": ["LlamaForCausalLM"]}))


def _garble(base: Path) -> None:
    (base / "model.safetensors").write_bytes(b"\xff" * 4096)


def _other_tokenizer(base: Path) -> None:
    (base / "tokenizer.json").write_text((base / "tokenizer.json").read_text() + "\n")


@pytest.mark.parametrize(
    ("break_it", "line"),
    [
        (_cut, "is cut short"),
        (_garble, "is damaged"),
        (_rename, "is a LlamaForCausalLM; what can be prepared is"),
        (_other_tokenizer, "extends the tokenizer of small-gemma, which is not that of"),
        (lambda base: (base / "model.safetensors").unlink(), "holds no weights"),
    ],
)
def test_a_base_that_will_not_do_is_answered_in_one_line(
    break_it: Any,
    line: str,
    bases: dict[str, Path],
    extended_folder: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    base = shutil.copytree(bases[TEXT_ONLY], tmp_path / "base")
    break_it(base)
    assert launch.main(add_lora.run, arguments(base, extended_folder, tmp_path / "out")) == 1
    assert line in caplog.messages[-1]
    assert "\n" not in caplog.messages[-1]
    assert not (tmp_path / "out").exists()


def test_a_gpu_that_is_not_there_is_answered(
    bases: dict[str, Path], extended_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    command = [*arguments(bases[TEXT_ONLY], extended_folder, tmp_path / "out"), "--device", "cuda"]
    assert launch.main(add_lora.run, command) == 1
    assert "--device cpu works" in caplog.messages[-1]


def test_what_cannot_fit_is_refused_with_the_flag_that_would(
    bases: dict[str, Path],
    extended_folder: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from model_prep import lora

    command = arguments(bases[TEXT_ONLY], extended_folder, tmp_path / "out")
    monkeypatch.setattr(lora, "free_memory", lambda device: 100_000)
    assert launch.main(add_lora.run, command) == 1
    assert "are needed on cpu and 0.00 GB are free; " in caplog.messages[-1]
    assert "--quantize" in caplog.messages[-1]


def test_loading_says_what_is_missing_or_wrong(bases: dict[str, Path], case: Case, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"first run python -m model_prep\.add_lora"):
        load(tmp_path)
    other = bases[TEXT_ONLY if MULTIMODAL in str(case.base) else MULTIMODAL]
    with pytest.raises(ValueError, match="is not the base that"):
        load(case.folder, base=other)
    with pytest.raises(ValueError, match="say where with base="):
        load(case.folder, base=tmp_path / "nowhere")
    assert (case.folder / INFO).is_file()


@pytest.fixture(scope="module")
def real(
    gemma_270m: Path, gemma_tokenizer: Path, refined: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Case]:
    """gemma-3-270m with 63 more tokens, in 32 bits: what a CPU is fastest in."""
    import torch

    folder = tmp_path_factory.mktemp("real")
    few = ["--num-tokens", "63", "--min-freq", "4", "--held-out", "0.1", "--output", str(folder / "tokenizer")]
    prepare_tokenizer.run(["--base", str(gemma_tokenizer), "--input", str(refined), *few])
    add_lora.run(arguments(gemma_270m, folder / "tokenizer", folder / "made", "--rank", "4", "--dropout", "0"))
    yield Case(gemma_270m, folder / "made", "none", dtype=torch.float32)
    shutil.rmtree(folder)


@pytest.mark.models
@pytest.mark.slow
def test_the_real_270m(real: Case, tmp_path: Path) -> None:
    check_growth(real)
    check_training(real, tmp_path, checkpoints=False)
