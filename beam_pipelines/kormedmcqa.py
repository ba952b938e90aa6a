"""KorMedMCQA in, clean exam questions out, in the same order, with questions that stand in two splits named.

``python -m beam_pipelines.kormedmcqa``; beside the questions a table explains the signs that those for training hold.
"""

import argparse
import logging
import sys

from beam_pipelines import launch, options
from beam_pipelines.records import is_train, split_of
from beam_pipelines.refiner import Done, Facts, Job, Refiner
from beam_pipelines.sources import KORMEDMCQA_LICENCE

_LOG = logging.getLogger(__name__)

DEFAULT_INPUT = "data/01_raw/02_kor_med_test"
DEFAULT_OUTPUT = "data/02_refined/02_kor_med_test"


def flags() -> argparse.ArgumentParser:
    """The command line of this refiner."""
    parser = options.parser(
        prog="beam_pipelines.kormedmcqa",
        description=(__doc__ or "").splitlines()[0],
        default_input=DEFAULT_INPUT,
        default_output=DEFAULT_OUTPUT,
    )
    add = parser.add_argument
    add("--drop_leaks", action="store_true", help="leave out what a test split has as well, with --guard off too")
    add("--char_dict", metavar="PATH", help="the table of signs (02_char_dict.json beside the output folder)")
    return parser


def prepare(parsed: argparse.Namespace, facts: Facts) -> Job:
    """The splits that are there, named by their files: ``train.jsonl`` is train."""
    from beam_pipelines.transforms import files, inputs
    from beam_pipelines.transforms.commit import Target
    from beam_pipelines.transforms.question_table import CHARACTERS, Questions
    from beam_pipelines.transforms.table import RefineTable

    output = parsed.output.rstrip("/")
    found = inputs.find(
        parsed.input or [DEFAULT_INPUT],
        formats=Questions.formats,
        source_of=split_of,
    )
    splits = dict.fromkeys(sorted((file.source for file in found), key=lambda split: not is_train(split)))
    table = Questions(
        outputs={split: files.join(output, f"{split}.jsonl") for split in splits}
        | {CHARACTERS: parsed.char_dict or files.join(files.parent(output), "02_char_dict.json")},
        drop_leaks=parsed.drop_leaks,
        guarded=parsed.guard != "off",
        guard=facts.guard,
    )
    target = Target(outputs=table.outputs, plan=facts.plan, rejects=parsed.rejects)
    transform = RefineTable(
        table=table,
        target=target,
        facts=facts.manifest,
        licences=dict.fromkeys(splits, KORMEDMCQA_LICENCE),
        strict=parsed.strict,
    )
    items = inputs.plan(found, formats=table.formats, columns=table.columns)
    return Job(items=items, formats=table.formats, target=target, transform=transform)


def report(done: Done) -> None:
    """Name loudly what a benchmark must not have."""
    leaks = done.manifest["train_rows_in_test"]
    if leaks:
        what = "left out" if done.manifest["train_rows_in_test_dropped"] else "kept; --guard on leaves them out"
        rows = ", ".join(str(leak["row"]) for leak in leaks[:20])
        _LOG.warning("%d questions for training stand in a test split too (%s): rows %s", len(leaks), what, rows)


REFINER = Refiner(flags=flags, prepare=prepare, report=report, makes_benchmark=True)
run = REFINER.run

if __name__ == "__main__":
    sys.exit(launch.main(run))
