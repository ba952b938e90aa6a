"""Grow the base model to the extended tokenizer and attach a LoRA on its language part.

``python -m model_prep.add_lora --model medgemma-4b`` writes ``model/raw_lora_added/<name>/``: the adapter with the
rows of the new tokens, the tokenizer and ``lora_info.json``. The base stays as it is; ``model_prep.load`` puts both
together.
"""

import argparse
import logging
import sys
from pathlib import Path
from typing import Any

from beam_pipelines import launch, options
from beam_pipelines.options import at_least
from model_prep import checkpoint, memory, results
from model_prep.flags import Step
from model_prep.load import INFO
from model_prep.models import TOKENIZER, WITH_LORA, PrepareError, base_of, folder_name, local_base

_LOG = logging.getLogger("model_prep")


def add_flags(flags: argparse.ArgumentParser) -> None:
    """The flags of this step."""
    add = flags.add_argument
    add("--tokenizer", type=Path, metavar="DIR", help="what prepare_tokenizer wrote (<model_root>/tokenizer)")
    add("--quantize", choices=memory.QUANTIZE, default="none", help="the base in 16 bits, LLM.int8() or nf4")
    add("--rank", type=at_least(1), default=16, metavar="R", help="rank of the LoRA")
    add("--alpha", type=at_least(0), default=0, metavar="A", help="scale of the LoRA; 0 = twice the rank")
    add("--dropout", type=options.share, default=0.05, metavar="P", help="dropout of the LoRA")
    add("--device", default="auto", metavar="DEVICE", help="cuda, cpu, or auto = cuda where there is one")
    add("--train_tokens", type=at_least(1), default=2048, metavar="N", help="tokens of a training step, for the plan")


def tokenizer_record(folder: Path, base: Path) -> dict[str, Any]:
    """The record of an extended tokenizer. Raises PrepareError when it is not one of this base."""
    from model_prep import extension

    record = results.read(folder / extension.INFO)
    if not record:
        raise PrepareError(f"{folder} has no {extension.INFO}: first run python -m model_prep.prepare_tokenizer")
    if record["base"]["sha256"] != results.file_digest(base / extension.TOKENIZER):
        raise PrepareError(f"{folder} extends the tokenizer of {record['base']['name']}, which is not that of {base}")
    return record


def prepare(given: argparse.Namespace) -> str:
    """Do the step, or find it done; returns one line on the result. Raises PrepareError or OSError."""
    needs = [checkpoint.CONFIG, "tokenizer.json"]
    base = local_base(base_of(given.model, given.base), given.model_root, needs=needs)
    tokenizer = given.tokenizer or given.model_root / TOKENIZER
    output = given.output or given.model_root / WITH_LORA / folder_name(str(base))
    architecture = checkpoint.architecture(base)
    record = tokenizer_record(tokenizer, base)
    shapes = memory.read_model(checkpoint.shapes(base))
    rows = max(shapes.embedding[0], record["size"])
    new = range(min(record["first_new_id"], shapes.embedding[0]), record["size"])

    plans = {
        quantize: memory.plan(
            shapes, quantize=quantize, rank=given.rank, rows=rows, new_rows=len(new), tokens=given.train_tokens
        )
        for quantize in memory.QUANTIZE
    }
    for what, size in plans[given.quantize].lines():
        _LOG.info("%-21s %s", what, memory.gigabytes(size))
    made_of = {
        "base": {"name": folder_name(str(base)), "path": str(base.resolve()), "mark": checkpoint.mark(base)},
        "tokenizer": results.file_digest(tokenizer / "tokenizer.json"),
        "quantize": given.quantize,
        "lora": {"rank": given.rank, "alpha": given.alpha or 2 * given.rank, "dropout": given.dropout},
    }
    key = results.key_of(made_of)
    info = results.read(output / INFO)
    if info.get(results.KEY) == key and not given.force:
        _LOG.info("%s is made of the same things already; --force makes it again", output)
        return str(info["summary"])

    from model_prep import lora, lora_folder

    device = lora.pick_device(given.device)
    if device == "cpu":
        _LOG.info("no GPU is used: preparing works on the CPU, training there is for small models")
    free = lora.free_memory(device)
    if no := memory.refusal(plans, given.quantize, available=free, device=device):
        raise PrepareError(no)
    if plans[given.quantize].training > free:
        _LOG.warning(
            "training needs about %s, more than this device has", memory.gigabytes(plans[given.quantize].training)
        )
    facts = {
        **made_of,
        "architecture": architecture,
        "rows": {"before": shapes.embedding[0], "after": rows, "trained": [new.start, new.stop]},
        "memory_plan": dict(plans[given.quantize].lines()),
        results.KEY: key,
    }
    with results.whole_folder(output, record=INFO) as folder:
        return lora_folder.write(folder, base, tokenizer, record, facts, device=device)


STEP = Step(
    name="add_lora",
    description=__doc__ or "",
    output="raw_lora_added/<name>",
    add_flags=add_flags,
    prepare=prepare,
)

flags, run = STEP.flags, STEP.run

if __name__ == "__main__":
    sys.exit(launch.main(run))
