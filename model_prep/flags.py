"""A step of model preparation as a command: the flags that every step has, and its own."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: its module's name and text, where its result goes by default, its own flags, and the work.

    ``prepare`` does the step, or finds it done, and returns one line on the result.
    """

    name: str
    description: str
    output: str
    add_flags: Callable[[argparse.ArgumentParser], None]
    prepare: Callable[[argparse.Namespace], str]

    def flags(self) -> argparse.ArgumentParser:
        """The command line of this step alone."""
        flags = parser(step=self.name, description=self.description, output=f"<model_root>/{self.output}")
        self.add_flags(flags)
        return flags

    def run(self, argv: Sequence[str]) -> str:
        """Do this step alone."""
        return self.prepare(options.parse_all(self.flags(), argv))
