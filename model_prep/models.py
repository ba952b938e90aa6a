"""The base models that are known by a short name, and where each step keeps its results."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class BaseModel:
    """``architecture`` is what the model's own config names."""

    hub_id: str
    architecture: str


MULTIMODAL = "Gemma3ForConditionalGeneration"
TEXT_ONLY = "Gemma3ForCausalLM"
ARCHITECTURES = (MULTIMODAL, TEXT_ONLY)
"""The model classes that the steps know how to prepare."""

MODELS = {
    "medgemma-4b": BaseModel(hub_id="google/medgemma-4b-it", architecture=MULTIMODAL),
    "medgemma-27b": BaseModel(hub_id="google/medgemma-27b-text-it", architecture=TEXT_ONLY),
    "medgemma-1.5-4b": BaseModel(hub_id="google/medgemma-1.5-4b-it", architecture=MULTIMODAL),
}

RAW, TOKENIZER, WITH_LORA = "raw", "tokenizer", "raw_lora_added"
"""The folders under ``--model_root``."""


class PrepareError(ValueError):
    """A step cannot be done; the message is the one line to show."""


def folder_name(base: str) -> str:
    """What a base is called on disk: the last part of its hub id or path."""
    return base.rstrip("/").rpartition("/")[2]


def base_of(model: str, base: str | None) -> str:
    """``--base`` if it was given, else the hub id that ``--model`` stands for."""
    return base or MODELS[model].hub_id


def local_base(base: str, root: Path, *, needs: Sequence[str]) -> Path:
    """The folder of a base that is on disk: itself or what download_base_model made of it.

    Raises PrepareError that says what to do when it is not there or lacks a file.
    """
    folder = Path(base) if Path(base).is_dir() else root / RAW / folder_name(base)
    if not folder.is_dir():
        raise PrepareError(
            f"{base} is not at {folder}: first run python -m model_prep.download_base_model --base {base}"
        )
    missing = [name for name in needs if not (folder / name).is_file()]
    if missing:
        raise PrepareError(f"{folder} has no {', '.join(missing)}: is it the folder of a model?")
    return folder
