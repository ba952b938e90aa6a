"""Extend the base model's tokenizer by pieces learnt from the refined Korean text.

``python -m model_prep.prepare_tokenizer --model medgemma-4b`` writes ``model/tokenizer/``: ``tokenizer.json``,
``new_tokens.txt``, ``tokenizer_info.json``, ``fertility.png`` and what AutoTokenizer needs beside them.
"""

import argparse
import json
import logging
import sys
from pathlib import Path

from beam_pipelines import launch, options
from beam_pipelines.options import at_least
from model_prep.flags import Step
from model_prep.models import TOKENIZER, base_of, folder_name, local_base

_LOG = logging.getLogger("model_prep")
DEFAULT_INPUT = "data/02_refined"


def add_flags(flags: argparse.ArgumentParser) -> None:
    """The flags of this step."""
    add, count = flags.add_argument, at_least(0)
    add("--input", action="append", metavar="PATH", help=f"refined files or folders; may be repeated ({DEFAULT_INPUT})")
    add("--num_tokens", type=count, default=0, metavar="N", help="new pieces at most; 0 = as many as are worth it")
    add("--max_tokens", type=count, default=16384, metavar="N", help="end of the curve when --num_tokens is 0")
    add("--min_freq", type=at_least(1), default=100, metavar="N", help="a piece must stand this often in the text")
    add("--max_syllables", type=at_least(2), default=8, metavar="N", help="longest piece")
    add("--medical_weight", type=at_least(1), default=5, metavar="N", help="how much medical text counts")
    add("--headword_weight", type=at_least(1), default=20, metavar="N", help="how much a dictionary headword counts")
    add("--held_out", type=options.share, default=0.02, metavar="SHARE", help="share of the rows to measure on")
    add("--worth", type=options.share, default=0.02, metavar="SHARE", help="tokens that doubling the pieces must save")
    options.add_guard(flags)


def prepare(given: argparse.Namespace) -> str:
    """Do the step, or find it done; returns one line on the result. Raises PrepareError, InputError or OSError."""
    from beam_pipelines.transforms import benchmark, inputs
    from model_prep import extension, results, training_text

    base = local_base(base_of(given.model, given.base), given.model_root, needs=[extension.TOKENIZER, extension.CONFIG])
    output: Path = given.output or given.model_root / TOKENIZER
    patterns = given.input or [DEFAULT_INPUT]
    sources, tests = training_text.find(patterns)
    for path in tests:
        _LOG.info("left out: %s is a test split", path)
    refined = [path for pattern in patterns for path in benchmark.beside(pattern)]
    items = benchmark.load(given.guard, given.guard_file, refined)
    names = ("num_tokens", "max_tokens", "min_freq", "max_syllables", "medical_weight", "headword_weight")
    settings = extension.Settings(**{name: getattr(given, name) for name in (*names, "held_out", "worth")})
    made_of = {
        "settings": vars(settings),
        "base": {"name": folder_name(str(base)), "sha256": results.file_digest(base / extension.TOKENIZER)},
        "guard": list(items.facts),
        "inputs": {source.path: inputs.digest(source.path, 0, source.size) for source in sources},
    }
    key = results.key_of(made_of)
    facts = results.read(output / extension.INFO)
    if facts.get(results.KEY) == key and not given.force:
        _LOG.info("%s is made of the same things already; --force makes it again", output)
    else:
        content = json.loads((base / extension.TOKENIZER).read_text(encoding="utf-8"))
        counted = extension.count(sources, settings, packed=items.packed)
        if counted.benchmark:
            _LOG.info("left out: %s rows that hold a benchmark item", f"{counted.benchmark:,}")
        _LOG.info("learning from %s word types", f"{counted.words.num_rows:,}")
        made = extension.extend(content, counted, settings)
        facts = {**made_of, **extension.info(made, counted, settings), results.KEY: key}
        with results.whole_folder(output, record=extension.INFO) as folder:
            extension.write(folder, base, made, facts)
    for domain, change in facts["tokens_per_char"].items():
        _LOG.info("%-8s %.3f -> %.3f tokens per character", domain, change["before"], change["after"])
    _LOG.info("verdict: %s", facts["verdict"]["why"])
    return f"{facts['new_tokens']:,} new tokens, {facts['size']:,} in all"


STEP = Step(
    name="prepare_tokenizer",
    description=__doc__ or "",
    output="tokenizer",
    add_flags=add_flags,
    prepare=prepare,
)

flags, run = STEP.flags, STEP.run

if __name__ == "__main__":
    sys.exit(launch.main(run))
