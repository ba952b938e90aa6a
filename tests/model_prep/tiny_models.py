"""Random Gemma 3 models of a few hundred thousand numbers: both classes, with the row counts that trip others up."""

import shutil
from pathlib import Path
from typing import Any

from model_prep.models import MULTIMODAL, TEXT_ONLY

LAYERS, HIDDEN = 2, 64
TEXT: dict[str, Any] = {
    "hidden_size": HIDDEN,
    "intermediate_size": 128,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 32,
    "max_position_embeddings": 512,
    "sliding_window": 64,
}
VISION: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 28,
    "patch_size": 14,
}


def save(folder: Path, architecture: str, tokenizer: Path) -> Path:
    """A base model's folder. The text model lacks the image token's row; the multimodal one is padded beyond it."""
    import torch
    from transformers import (
        AutoTokenizer,
        Gemma3Config,
        Gemma3ForCausalLM,
        Gemma3ForConditionalGeneration,
        Gemma3TextConfig,
    )

    tokens = AutoTokenizer.from_pretrained(tokenizer)
    torch.manual_seed(7)
    model: Any
    if architecture == TEXT_ONLY:
        model = Gemma3ForCausalLM(Gemma3TextConfig(**TEXT, vocab_size=len(tokens) - 1))
    else:
        assert architecture == MULTIMODAL
        model = Gemma3ForConditionalGeneration(
            Gemma3Config(
                text_config={**TEXT, "vocab_size": len(tokens) + 20},
                vision_config=VISION,
                mm_tokens_per_image=4,
                image_token_index=len(tokens) - 1,
            )
        )
    model.to(torch.bfloat16).save_pretrained(folder)
    for file in tokenizer.iterdir():
        shutil.copy(file, folder / file.name)
    return folder
