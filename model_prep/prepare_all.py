"""All three steps for one model: download the base, extend its tokenizer, attach the LoRA; then a table.

``python -m model_prep.prepare_all --model medgemma-4b``. Each step that is done already is left as it is, so the same
command goes on after an interruption.
"""

import argparse
import logging
import sys
import time
from collections.abc import Sequence

from beam_pipelines import launch, options
from beam_pipelines.tables import aligned
from model_prep import add_lora, download_base_model, prepare_tokenizer
from model_prep import flags as common

_LOG = logging.getLogger("model_prep")

STEPS = {"base model": download_base_model.STEP, "tokenizer": prepare_tokenizer.STEP, "LoRA": add_lora.STEP}
"""In their order, by what the table calls them."""


def flags() -> argparse.ArgumentParser:
    """The command line: the flags of every step, each of which keeps its result under --model_root."""
    parser = common.parser(step="prepare_all", description=__doc__ or "", output="")
    for step in STEPS.values():
        step.add_flags(parser)
    return parser


def table(rows: Sequence[tuple[str, str, str]]) -> str:
    """Step, seconds and result in columns."""
    return aligned(rows, left={0, 2})


def run(argv: Sequence[str]) -> str:
    """Do every step; returns the table. The first step that cannot be done ends it."""
    given = options.parse_all(flags(), argv)
    if given.output:
        raise options.UsageError("prepare_all keeps its results under --model_root; --output is of single steps")
    rows = [("step", "time", "result")]
    for name, step in STEPS.items():
        _LOG.info("== %s", name)
        begin = time.monotonic()
        result = step.prepare(given)
        rows.append((name, f"{time.monotonic() - begin:.0f} s", result))
    summary = table(rows)
    _LOG.info("%s", summary)
    return summary


if __name__ == "__main__":
    sys.exit(launch.main(run))
