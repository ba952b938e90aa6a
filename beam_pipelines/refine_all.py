"""Every refiner in one go: exam questions, dictionary, translation pairs, plain text.

``python -m beam_pipelines.refine_all``; a step whose input, options and code did not change is not done again.
"""

import argparse
import importlib
import importlib.util
import logging
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from beam_pipelines import engines, launch, options
from beam_pipelines.options import UsageError
from beam_pipelines.refiner import Refiner
from beam_pipelines.tables import aligned

_LOG = logging.getLogger(__name__)

DEFAULT_INPUT, DEFAULT_OUTPUT = "data/01_raw", "data/02_refined"
LLM_MODULE = "enhance.enhance_with_llm"


class Step(NamedTuple):
    """A refiner, by the name it has in flags and modules, and where its files lie below the two roots."""

    name: str
    module: str
    raw: str
    refined: str


STEPS = {
    step.name: step
    for step in (
        Step("mcq", "kormedmcqa", "02_kor_med_test", "02_kor_med_test"),
        Step("dict", "medical_dict", "01_medical_dict", "01_medical_dict.json"),
        Step("translation", "translation", "03_korean_english", "01_english_korean"),
        Step("plain-text", "plain_text", "00_korean", "00_plain_text/train.jsonl"),
    )
}
"""In the order in which they run: the short ones first."""


@dataclass(frozen=True)
class Outcome:
    """How a step ended."""

    step: str
    state: str
    rows_in: int = 0
    rows_out: int = 0
    seconds: float = 0.0
    output: str = ""

    @property
    def failed(self) -> bool:
        """Whether it did not come to its output."""
        return self.state.startswith("failed")


class StepsFailed(RuntimeError):
    """Some steps failed; the message names them, and what each said was logged when it happened."""


def flags() -> argparse.ArgumentParser:
    """The command line."""
    parser = options.parser(
        prog="beam_pipelines.refine_all",
        description=(__doc__ or "").splitlines()[0],
        default_input=DEFAULT_INPUT,
        default_output=DEFAULT_OUTPUT,
    )
    add = parser.add_argument
    add("--only", action="append", choices=list(STEPS), help="do only this step; may be repeated")
    for name in STEPS:
        add(f"--skip_{name.replace('-', '_')}", action="store_true", help=f"do not do the step {name}")
    add("--force", action="store_true", help="do again what is up to date")
    add("--with_llm", action="store_true", help="let a local language model write explanations afterwards (GPU)")
    add("--llm_device", default="cuda:0", metavar="DEVICE", help="the device of that model")
    return parser


def run(argv: Sequence[str]) -> list[Outcome]:
    """Do the steps that are asked for and return how each ended. Raises UsageError or StepsFailed."""
    parser = flags()
    parsed, left = options.parse(parser, argv)
    if len(parsed.input or []) > 1:
        raise UsageError("--input is one folder here: the root of the raw data")
    if parsed.with_llm and importlib.util.find_spec(LLM_MODULE.partition(".")[0]) is None:
        raise UsageError("--with_llm runs enhance/, which is not part of this installation")
    engines.check_flags(parser, parsed, left)
    outcomes = []
    for number, step in enumerate(wanted := list(_wanted(parsed)), 1):
        _LOG.info("[%d/%d] %s", number, len(wanted), step.name)
        outcomes.append(_refine(step, parsed, left))
    if parsed.with_llm:
        outcomes.append(_enhance(parsed))
    _LOG.info("%s", _table(outcomes))
    if failed := [outcome.step for outcome in outcomes if outcome.failed]:
        raise StepsFailed(f"{len(failed)} of {len(outcomes)} steps failed: {', '.join(failed)}")
    return outcomes


def _wanted(parsed: argparse.Namespace) -> Iterator[Step]:
    for name, step in STEPS.items():
        skipped = getattr(parsed, f"skip_{name.replace('-', '_')}")
        if not skipped and (not parsed.only or name in parsed.only):
            yield step


def _refine(step: Step, parsed: argparse.Namespace, left: Sequence[str]) -> Outcome:
    refiner: Refiner = importlib.import_module(f"beam_pipelines.{step.module}").REFINER
    raw = (parsed.input or [DEFAULT_INPUT])[0]
    output = f"{parsed.output.rstrip('/')}/{step.refined}"
    argv = ["--input", f"{raw.rstrip('/')}/{step.raw}", "--output", output, "--runner", parsed.runner]
    argv += ["--direct_num_workers", str(parsed.direct_num_workers), *left]
    argv += _guard(parsed)
    argv += ["--report", parsed.report]
    argv += ["--strict"] if parsed.strict else []
    argv += ["--rejects", f"{parsed.rejects.rstrip('/')}/{step.module}"] if parsed.rejects else []
    begin = time.monotonic()
    try:
        done = refiner.refine(argv, skip_current=not parsed.force)
    except Exception as error:  # said, counted in the exit code, and the other steps still have their turn
        _LOG.debug("failed", exc_info=True)
        _LOG.error("%s: %s", step.name, launch.explain(error))
        return Outcome(step.name, "failed", seconds=time.monotonic() - begin, output=output)
    entries = done.manifest["ledger"].values()
    return Outcome(
        step.name,
        "up to date" if done.result is None else "done",
        sum(entry["in"] for entry in entries),
        sum(entry["out"] for entry in entries),
        done.seconds,
        output,
    )


def _guard(parsed: argparse.Namespace) -> list[str]:
    return ["--guard", parsed.guard, *(f"--guard_file={path}" for path in parsed.guard_file)]


def _enhance(parsed: argparse.Namespace) -> Outcome:
    """The language model works in a process of its own: it needs a GPU and no Beam."""
    begin = time.monotonic()
    command = [sys.executable, "-m", LLM_MODULE, "--task", "all", "--device", parsed.llm_device]
    code = subprocess.run([*command, "--data_root", parsed.output, *_guard(parsed)], check=False).returncode
    state = f"failed with exit code {code}" if code else "done"
    return Outcome("llm", state, seconds=time.monotonic() - begin, output=parsed.output)


def _table(outcomes: Sequence[Outcome]) -> str:
    rows = [[o.step, o.state, f"{o.rows_in:,}", f"{o.rows_out:,}", f"{o.seconds:.1f}", o.output] for o in outcomes]
    return aligned([["step", "state", "in", "out", "seconds", "output"], *rows], left={0, 1, 5})


if __name__ == "__main__":
    sys.exit(launch.main(run))
