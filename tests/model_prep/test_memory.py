"""The plan is arithmetic that can be done by hand, agrees with known sizes, and says which flag would fit."""

import json
import struct
from pathlib import Path

import pytest

from model_prep import checkpoint, memory
from model_prep.checkpoint import Shape
from model_prep.memory import Model, Plan
from model_prep.models import PrepareError

# Gemma 3 4B and 27B: hidden, intermediate, layers, query and key sizes, rows, and what is left (vision, norms).
SIZES = {
    "4b": (2560, 10240, 34, 8 * 256, 4 * 256, 262_208, 420_000_000),
    "27b": (5376, 21504, 62, 32 * 128, 16 * 128, 262_144, 1_500_000),
}


def gemma(size: str) -> Model:
    hidden, inner, layers, query, key, rows, others = SIZES[size]
    layer = [(query, hidden), (key, hidden), (key, hidden), (hidden, query), (inner, hidden), (inner, hidden)]
    return Model(linear=[*layer, (hidden, inner)] * layers, embedding=(rows, hidden), others=others)


def plan(size: str, quantize: str, *, new: int = 8191) -> Plan:
    model = gemma(size)
    rows = max(model.embedding[0], 262_145 + new)
    return memory.plan(model, quantize=quantize, rank=16, rows=rows, new_rows=new, tokens=2048)


@pytest.mark.parametrize(
    ("size", "quantize", "gigabytes"),
    [("4b", "none", 8.6), ("4b", "8bit", 5.4), ("4b", "4bit", 3.9), ("27b", "none", 54), ("27b", "8bit", 28.4)],
)
def test_weights_are_of_the_known_size(size: str, quantize: str, gigabytes: float) -> None:
    # The vision tower of the 4B stays in 16 bits.
    assert plan(size, quantize).weights / 1e9 == pytest.approx(gigabytes, rel=0.08)


def test_the_parts_add_up() -> None:
    model = Model(linear=[(8, 4)] * 7, embedding=(10, 4), others=6)
    made = memory.plan(model, quantize="none", rank=2, rows=12, new_rows=2, tokens=3)
    assert made.weights == 2 * (7 * 32 + 12 * 4 + 6)
    assert made.adapter == 4 * (7 * 2 * 12 + 2 * 4)
    assert made.optimiser == 3 * made.adapter
    assert made.growing == 2 * 40
    assert made.loading == made.weights + made.adapter + made.growing
    assert made.training == made.weights + made.adapter + made.optimiser + made.activations
    assert memory.plan(model, quantize="none", rank=2, rows=10, new_rows=0, tokens=3).growing == 0


def test_more_of_anything_never_takes_less() -> None:
    sizes = [plan("4b", "4bit", new=new).training for new in (0, 63, 4095, 8191)]
    assert sizes == sorted(sizes)
    kinds = [plan("27b", quantize).loading for quantize in ("4bit", "8bit", "none")]
    assert kinds == sorted(kinds)


@pytest.mark.parametrize(
    ("free", "hint"),
    [
        (60e9, None),
        (40e9, "--quantize 8bit needs"),
        (25e9, "--quantize 4bit needs"),
        (8e9, "even --quantize 4bit needs"),
    ],
)
def test_a_refusal_names_the_flag_that_would_do(free: float, hint: str | None) -> None:
    plans = {quantize: plan("27b", quantize, new=63) for quantize in memory.QUANTIZE}
    found = memory.refusal(plans, "none", available=int(free), device="cuda")
    assert (found is None) == (hint is None)
    assert hint is None or (found is not None and hint in found and f"{free / 1e9:.1f}" in found.replace("8.00", "8.0"))


@pytest.mark.parametrize("prefix", ["language_model.model.", "model.language_model.", "model."])
@pytest.mark.parametrize("target", [0, 1])
def test_weights_are_sorted_by_name(prefix: str, target: int) -> None:
    names = [f"{prefix}layers.0.self_attn.q_proj.weight", f"{prefix}embed_tokens.weight"]
    others = ["vision_tower.vision_model.encoder.layers.0.self_attn.q_proj.weight", f"{prefix}norm.weight"]
    shapes = [Shape(name=name, size=(4, 2)) for name in (*names, *others)]
    model = memory.read_model(shapes)
    assert model.linear == [(4, 2)]
    assert model.embedding == (4, 2)
    assert model.others == 16
    with pytest.raises(ValueError, match="not the weights of a Gemma 3"):
        memory.read_model([shape for shape in shapes if shape.name != names[target]])


def shard(path: Path, entries: dict[str, object], size: int) -> None:
    header = json.dumps(entries).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(size))


def test_shards_are_read_by_their_headers_and_missed_by_the_index(tmp_path: Path) -> None:
    for name in "ab":
        shard(tmp_path / f"{name}.safetensors", {name: {"dtype": "BF16", "shape": [2, 3], "data_offsets": [0, 12]}}, 12)
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "a.safetensors", "b": "b.safetensors"}}))
    assert [(shape.name, shape.values) for shape in checkpoint.shapes(tmp_path)] == [("a", 6), ("b", 6)]
    (tmp_path / "b.safetensors").unlink()
    with pytest.raises(PrepareError, match=r"lacks b\.safetensors"):
        checkpoint.shapes(tmp_path)


def test_two_bases_of_one_shape_are_told_apart(tmp_path: Path) -> None:
    marks = []
    for value in (b"\0", b"\1"):
        (tmp_path / "config.json").write_text("{}")
        shard(tmp_path / "a.safetensors", {"a": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}, 0)
        with (tmp_path / "a.safetensors").open("ab") as file:
            file.write(value * 2)
        marks.append(checkpoint.mark(tmp_path))
    assert marks[0] != marks[1]
