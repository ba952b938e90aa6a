"""A base model on a device, its embedding grown, and the LoRA on it: what add_lora makes and load makes again."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_prep import checkpoint
from model_prep.memory import TARGETS
from model_prep.models import PrepareError

if TYPE_CHECKING:
    import torch
    from peft import PeftModel
    from transformers import PreTrainedModel

_KEPT = ["lm_head", "vision_tower", "multi_modal_projector"]
"""Modules that are not quantised."""


def pick_device(asked: str) -> str:
    """``cuda`` or ``cpu`` for ``auto``. Raises PrepareError for a GPU that is not there."""
    import torch

    there = torch.cuda.is_available()
    if asked == "auto":
        return "cuda" if there else "cpu"
    if asked.startswith("cuda") and not there:
        raise PrepareError(f"--device {asked}: no CUDA device is to be seen; --device cpu works, slowly")
    return asked


def free_memory(device: str) -> int:
    """The bytes that are free on a device."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info(device)[0])
    import psutil

    return int(psutil.virtual_memory().available)


def _quantization(quantize: str) -> Any:
    import torch
    from transformers import BitsAndBytesConfig

    if quantize == "8bit":
        return BitsAndBytesConfig(load_in_8bit=True, llm_int8_skip_modules=_KEPT)
    if quantize == "4bit":
        return BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
            llm_int8_skip_modules=_KEPT,
        )
    return None


def base_model(
    folder: Path, *, quantize: str = "none", device: str = "cpu", dtype: "torch.dtype | None" = None
) -> "PreTrainedModel":
    """Load a base model by the class its config names, in bfloat16 unless told otherwise.

    The dtype is always said: left open, a quantised Gemma 3 gives empty output. Raises PrepareError.
    """
    import torch
    import transformers

    loader = getattr(transformers, checkpoint.architecture(folder))
    model: PreTrainedModel = loader.from_pretrained(
        folder,
        dtype=dtype or torch.bfloat16,
        device_map={"": device},
        quantization_config=_quantization(quantize),
        use_safetensors=True,
    )
    return model


def attach(model: "PreTrainedModel", *, rank: int, alpha: int, dropout: float, rows: Sequence[int]) -> "PeftModel":
    """A LoRA on the language part, with the given rows of the embedding trained too; everything else is frozen.

    ``rows`` must be all that the base's own files do not hold, or a reload would find others in their place.
    """
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=rank,
        lora_alpha=alpha,
        lora_dropout=dropout,
        target_modules=TARGETS,
        trainable_token_indices=list(rows) or None,
        task_type="CAUSAL_LM",
    )
    return ready(get_peft_model(model, config))


def ready(model: "PeftModel") -> "PeftModel":
    """What training libraries need: a bias that can be asked for, and checkpoints without the whole embedding."""
    base: Any = model.get_base_model()
    head: Any = base.get_output_embeddings()
    if head is not None and not hasattr(head, "bias"):
        head.bias = None
    slim = functools.partial(model.save_pretrained, save_embedding_layers=False)
    model.save_pretrained = slim  # type: ignore[method-assign]
    return model
