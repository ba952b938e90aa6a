"""What a prepared model will take, from its shapes alone, before anything is loaded. Plain arithmetic, no torch.

Bytes a number: 2 in bfloat16; bitsandbytes keeps a linear layer at 1 byte plus 4 a row (LLM.int8()) or at half a byte
plus a 1-byte scale for each 64 (nf4 with double quantisation, arXiv 2305.14314), and never the embedding. LoRA weights
and new rows are trained in 32 bits, with a gradient and AdamW's two moments.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model_prep.checkpoint import Shape

TARGETS = r"model\.(language_model\.)?layers\.\d+\.(self_attn\.[qkvo]_proj|mlp\.(gate|up|down)_proj)"
"""The linear layers of the language part, as the model names its modules; the vision tower has none of these names."""

QUANTIZE = ("none", "8bit", "4bit")
_TARGET_WEIGHT = re.compile(
    r"(language_model\.)?(model\.)?(language_model\.)?layers\.\d+\.(self_attn|mlp)\.\w+_proj\.weight"
)
_BF16, _FP32 = 2, 4
_STATES = 3
"""Of every trained number: its gradient and AdamW's two moments."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """What the plan needs to know of a base model."""

    linear: list[tuple[int, int]]
    """The (out, in) of each layer that LoRA and quantisation take."""
    embedding: tuple[int, int]
    others: int
    """Numbers in all remaining weights."""

    @property
    def layers(self) -> int:
        """Decoder layers: seven linear layers each."""
        return len(self.linear) // 7


def read_model(shapes: Sequence[Shape]) -> Model:
    """Sort the weights of a checkpoint. Raises ValueError when it has no embedding or no language layers."""
    linear: list[tuple[int, int]] = []
    embedding: tuple[int, int] | None = None
    others = 0
    for shape in shapes:
        if shape.name.endswith("embed_tokens.weight"):
            embedding = (shape.size[0], shape.size[1])
        elif _TARGET_WEIGHT.fullmatch(shape.name):
            linear.append((shape.size[0], shape.size[1]))
        else:
            others += shape.values
    if embedding is None or not linear:
        raise ValueError("these are not the weights of a Gemma 3 model: no embedding or no language layers")
    return Model(linear=linear, embedding=embedding, others=others)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Bytes. ``loading`` is the peak while add_lora works, ``training`` that of a training step."""

    weights: int
    adapter: int
    optimiser: int
    activations: int
    growing: int

    @property
    def loading(self) -> int:
        """Weights and adapter, and for a moment the old embedding beside the grown one."""
        return self.weights + self.adapter + self.growing

    @property
    def training(self) -> int:
        """Everything that stands at once in a training step."""
        return self.weights + self.adapter + self.optimiser + self.activations

    def lines(self) -> list[tuple[str, int]]:
        """What to print."""
        return [
            ("weights", self.weights),
            ("adapter", self.adapter),
            ("optimiser", self.optimiser),
            ("activations", self.activations),
            ("peak while preparing", self.loading),
            ("peak while training", self.training),
        ]


def _linear_bytes(out: int, inside: int, quantize: str) -> float:
    values = out * inside
    if quantize == "8bit":
        return values + _FP32 * out
    return values * (0.5 + 1 / 64) if quantize == "4bit" else values * _BF16


def plan(model: Model, *, quantize: str, rank: int, rows: int, new_rows: int, tokens: int) -> Plan:
    """Memory of the model with its embedding grown to ``rows``, ``new_rows`` of them trained.

    ``tokens`` are those of one training step with gradient checkpointing: each layer keeps its input, one layer at a
    time all of its inner values, and the logits stand in 16 bits and, for the loss and its gradient, in 32.
    """
    old_rows, hidden = model.embedding
    linear = sum(_linear_bytes(out, inside, quantize) for out, inside in model.linear)
    trained = sum(rank * (out + inside) for out, inside in model.linear) + new_rows * hidden
    inner = sum(out + inside for out, inside in model.linear) // max(model.layers, 1)
    values = model.layers * hidden * _BF16 + 3 * inner * _FP32 + rows * (_BF16 + 2 * _FP32)
    return Plan(
        weights=int(linear) + (max(rows, old_rows) * hidden + model.others) * _BF16,
        adapter=trained * _FP32,
        optimiser=trained * _FP32 * _STATES,
        activations=tokens * values,
        growing=old_rows * hidden * _BF16 if rows > old_rows else 0,
    )


def gigabytes(size: float) -> str:
    """Bytes for people, in 10⁹."""
    return f"{size / 1e9:.2f} GB" if size < 1e10 else f"{size / 1e9:.1f} GB"


def refusal(plans: Mapping[str, Plan], chosen: str, *, available: int, device: str) -> str | None:
    """Why the chosen way cannot be gone, with what would do; None when it fits. ``plans`` is by ``--quantize``."""
    need = plans[chosen].loading
    if need <= available:
        return None
    fitting = [name for name in QUANTIZE if plans[name].loading <= available]
    best = min(QUANTIZE, key=lambda name: plans[name].loading)
    if fitting:
        hint = f"--quantize {fitting[0]} needs {gigabytes(plans[fitting[0]].loading)} and would fit"
    else:
        hint = f"even --quantize {best} needs {gigabytes(plans[best].loading)}: use another --device or machine"
    return f"{gigabytes(need)} are needed on {device} and {gigabytes(available)} are free; {hint}"
