"""The flags that every step of model preparation has."""

import argparse
from pathlib import Path

from beam_pipelines import options
from model_prep.models import MODELS


def parser(*, step: str, description: str, output: str) -> argparse.ArgumentParser:
    """A parser with the flags of every step; ``output`` is the default in words."""
    flags = options.plain_parser(prog=f"model_prep.{step}", description=description)
    add = flags.add_argument
    add("--model", choices=sorted(MODELS), default="medgemma-4b", help="which base model")
    add("--base", metavar="BASE", help="hub id or local folder of another base (that of --model)")
    add("--model_root", type=Path, default=Path("model"), metavar="DIR", help="where all steps keep their results")
    add("--output", type=Path, metavar="DIR", help=f"where this step's result goes ({output})")
    add("--force", action="store_true", help="do it again even if it is done")
    return flags
