"""What a training script needs, from one call: base, new rows, adapter and tokenizer, ready.

    from model_prep.load import load, parameter_groups

    model, tokenizer, info = load("model/raw_lora_added/medgemma-4b-it")
    optimizer = torch.optim.AdamW(parameter_groups(model, weight_decay=0.01), lr=1e-4)

The model then trains under ``transformers.Trainer`` (``optimizers=(optimizer, None)``) and ``trl.SFTTrainer``.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from model_prep import checkpoint, lora, new_rows, results
from model_prep.models import RAW, PrepareError

if TYPE_CHECKING:
    import torch
    from peft import PeftModel

INFO = "lora_info.json"
_TOKEN_ROWS = "trainable_tokens"


class Prepared(NamedTuple):
    """A model to train, its tokenizer, and the record of how it was made."""

    model: "PeftModel"
    tokenizer: Any
    info: dict[str, Any]


def _base_folder(folder: Path, info: dict[str, Any], base: Path | str | None) -> Path:
    """The base that the adapter was made on: as given, under the same model root, or where it was then."""
    name, path = info["base"]["name"], info["base"]["path"]
    tried = [Path(base)] if base else [folder.resolve().parents[1] / RAW / name, Path(path)]
    for place in tried:
        if (place / checkpoint.CONFIG).is_file():
            if checkpoint.mark(place) != info["base"]["mark"]:
                raise PrepareError(f"{place} is not the base that {folder} was made on ({name}), or it was changed")
            return place
    raise PrepareError(f"the base {name} is not at {' or '.join(map(str, tried))}: say where with base=")


def load(
    folder: Path | str,
    *,
    adapter: Path | str | None = None,
    base: Path | str | None = None,
    quantize: str | None = None,
    device: str = "auto",
    dtype: "torch.dtype | None" = None,
    trainable: bool = True,
) -> Prepared:
    """Load what add_lora or :func:`save` wrote; ``adapter`` is a checkpoint of training to take the weights from.

    ``quantize`` is as it was made unless said otherwise, the dtype bfloat16, the device a GPU where there is one.
    Raises PrepareError when the folder, its base or the device is not there, or the base is another one.
    """
    from peft import PeftModel
    from transformers import AutoTokenizer

    folder = Path(folder)
    info = results.read(folder / INFO)
    if not info:
        raise PrepareError(f"{folder} has no {INFO}: first run python -m model_prep.add_lora")
    where = _base_folder(folder, info, base)
    model = lora.base_model(where, quantize=quantize or info["quantize"], device=lora.pick_device(device), dtype=dtype)
    new_rows.grow(model, info["rows"]["after"])
    adapted = PeftModel.from_pretrained(model, str(adapter or folder), is_trainable=trainable)
    return Prepared(lora.ready(adapted), AutoTokenizer.from_pretrained(folder), info)


def save(prepared: Prepared, folder: Path | str) -> None:
    """Save a trained adapter so that :func:`load` finds everything; the embedding's old rows are not among it."""
    folder = Path(folder)
    prepared.model.save_pretrained(str(folder))
    prepared.tokenizer.save_pretrained(folder)
    results.write(folder / INFO, prepared.info)


def parameter_groups(model: "PeftModel", *, weight_decay: float) -> list[dict[str, Any]]:
    """Trained parameters for an optimiser, the rows of new tokens without decay: it would pull rare ones to zero."""
    trained = [(name, value) for name, value in model.named_parameters() if value.requires_grad]
    rows = [value for name, value in trained if _TOKEN_ROWS in name]
    others = [value for name, value in trained if _TOKEN_ROWS not in name]
    return [{"params": others, "weight_decay": weight_decay}, {"params": rows, "weight_decay": 0.0}]
