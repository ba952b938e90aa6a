"""The work of add_lora: load, grow, fill, attach, look at what would be saved, save."""

import logging
import shutil
from pathlib import Path
from typing import Any

from model_prep import checkpoint, extension, lora, new_rows, results
from model_prep.load import INFO
from model_prep.models import PrepareError

_LOG = logging.getLogger("model_prep")


def write(
    folder: Path, base: Path, tokenizer: Path, record: dict[str, Any], facts: dict[str, Any], *, device: str
) -> str:
    """Fill a folder that :func:`model_prep.load.load` can load; returns one line on it. Raises PrepareError."""
    settings, rows = facts["lora"], facts["rows"]
    model = lora.base_model(base, quantize=facts["quantize"], device=device)
    before, after = new_rows.grow(model, rows["after"])
    if (before, after) != (rows["before"], rows["after"]):
        raise PrepareError(f"the embedding has {before} rows where the weights have {rows['before']}")
    first = record["first_new_id"]
    made_of = dict(enumerate(record["made_of_old_ids"].values(), first))
    new_rows.fill(model, made_of, lacking=range(before, first))
    adapted = lora.attach(model, **settings, rows=range(*rows["trained"]))
    adapted.peft_config["default"].base_model_name_or_path = facts["base"]["name"]
    adapted.save_pretrained(str(folder))
    for name in (extension.TOKENIZER, *extension.COMPANIONS):
        if (tokenizer / name).is_file():
            shutil.copyfile(tokenizer / name, folder / name)
    trained, total = adapted.get_nb_trainable_parameters()
    saved = checkpoint.shapes(folder)
    if whole := [shape.name for shape in saved if shape.size[0] >= before]:
        raise PrepareError(f"the adapter would hold a whole embedding: {', '.join(whole)}")
    summary = f"{trained:,} trained parameters of {total:,}, embedding {before:,} -> {after:,} rows"
    results.write(folder / INFO, {**facts, "trained": trained, "summary": summary})
    return summary
