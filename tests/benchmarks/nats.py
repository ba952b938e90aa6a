"""What new tokens cost a real model and what a short training gives back: nats per character of gemma-3-270m.

``python -m tests.benchmarks.nats --text bench.json --work .bench/nats`` takes the texts that
``tests.benchmarks.tokenizer --save bench.json`` wrote, runs prepare_tokenizer and add_lora, and trains what
``model_prep.load`` gives under ``transformers.Trainer``. It prints a table on the same held-out news: the extended
tokenizer with mean-initialised rows, and after training the new rows and the LoRA; and, so that the two things training
does can be told apart, the base tokenizer before and after the same training without new rows.
"""

import argparse
import json
import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from model_prep import add_lora, load, prepare_tokenizer
from tests.benchmarks.tokenizer import HELD_OUT
from tests.models import fetch

_LOG = logging.getLogger("nats")


def nats_per_char(model: Any, tokenizer: Any, texts: Sequence[str], *, window: int) -> float:
    """Negative log-likelihood of the texts over their characters, each read from its beginning up to ``window``."""
    import torch

    total = characters = 0.0
    model.eval()
    for text in texts:
        ids = tokenizer(text, return_tensors="pt").input_ids[:, :window]
        with torch.no_grad():
            logits = model(input_ids=ids).logits[0, :-1].float()
        total += float(torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="sum"))
        characters += len(tokenizer.decode(ids[0], skip_special_tokens=True))
    return total / characters


def train(
    prepared: load.Prepared, texts: Sequence[str], folder: Path, *, batch: int, window: int, rates: Sequence[float]
) -> None:
    """One pass over the texts: the LoRA and the new rows, each at its constant rate after a short warm-up."""
    import torch
    from transformers import DataCollatorForSeq2Seq, Trainer, TrainingArguments

    rows = [prepared.tokenizer(text, truncation=True, max_length=window).input_ids for text in texts]
    groups = load.parameter_groups(prepared.model, weight_decay=0.0)
    optimizer = torch.optim.AdamW([{**group, "lr": rate} for group, rate in zip(groups, rates, strict=True)])
    warm_up = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 10))
    trainer = Trainer(
        model=prepared.model,
        args=TrainingArguments(
            output_dir=str(folder),
            max_steps=math.ceil(len(rows) / batch),
            per_device_train_batch_size=batch,
            use_cpu=True,
            report_to="none",
            save_strategy="no",
            logging_steps=10,
            seed=7,
        ),
        train_dataset=[{"input_ids": ids, "labels": ids, "attention_mask": [1] * len(ids)} for ids in rows],
        data_collator=DataCollatorForSeq2Seq(prepared.tokenizer),
        optimizers=(optimizer, warm_up),
    )
    trainer.train()


def prepare(work: Path, texts: Sequence[str], pieces: int) -> tuple[Path, Path]:
    """The folders that add_lora writes: with so many pieces, and with none.

    The texts to measure on are among those given: prepare_tokenizer holds out the same ones by the same rule.
    """
    source = work / "in/train.jsonl"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    made: list[Path] = []
    base = fetch.gemma_270m()
    for name, most in (("extended", str(pieces)), ("plain", "1")):
        tokenizer, output = work / name / "tokenizer", work / name / "lora"
        few = ["--num_tokens", most, "--min_freq", "5", "--held_out", str(HELD_OUT), "--output", str(tokenizer)]
        prepare_tokenizer.run(["--base", str(base), "--input", str(source), *few])
        kind = ["--device", "cpu", "--rank", "16", "--dropout", "0", "--output", str(output)]
        add_lora.run(["--base", str(base), "--tokenizer", str(tokenizer), *kind])
        made.append(output)
    return made[0], made[1]


def main() -> int:
    """Prepare, measure, train, measure."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--pieces", type=int, default=1023)
    parser.add_argument("--documents", type=int, default=160, help="to train on")
    parser.add_argument("--held_out", type=int, default=32, help="documents to measure on")
    parser.add_argument("--window", type=int, default=128, help="characters of a document, at most")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--rates", type=float, nargs=2, default=[5e-4, 1e-3], help="of the LoRA and of the new rows")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    import torch

    torch.set_num_threads(given.threads)
    data = json.loads(given.text.read_text(encoding="utf-8"))
    base = fetch.gemma_270m()
    extended, plain = prepare(given.work, [*data["learnt"], *data["texts"]["news"]], given.pieces)
    held = [text[: given.window] for text in data["texts"]["news"][: given.held_out]]
    # The same part of every document for both tokenizers: a window holds at least as many characters as tokens.
    learnt = [text[: given.window] for text in data["learnt"][: given.documents]]
    measured = {"window": given.window}
    rows = []
    for name, folder in ((f"{given.pieces:,} new pieces", extended), ("base tokenizer", plain)):
        model, tokenizer, _ = prepared = load.load(folder, base=base, device="cpu", dtype=torch.float32)
        before = nats_per_char(model, tokenizer, held, **measured)
        _LOG.info("%s: %.3f nats per character at once", name, before)
        train(prepared, learnt, given.work / "run", batch=given.batch, rates=given.rates, **measured)
        after = nats_per_char(model, tokenizer, held, **measured)
        _LOG.info("%s: %.3f nats per character after training", name, after)
        tokens = sum(len(tokenizer(text).input_ids) - 1 for text in held) / sum(map(len, held))
        rows.append(f"| {name} | {tokens:.3f} | {before:.3f} | {after:.3f} |")
    _LOG.info(
        "measured on %s characters of news, trained on %s", f"{sum(map(len, held)):,}", f"{sum(map(len, learnt)):,}"
    )
    _LOG.info("| | tokens per character | nats per character at once | after training |\n|---|---|---|---|")
    _LOG.info("%s", "\n".join(rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
