"""Translation pairs in, clean English-Korean and Korean-English training pairs out.

``python -m beam_pipelines.translation``; the recipe is in transforms/pair_recipe.py, its rules in text/pairs.py.
"""

import argparse
import logging
import sys

from beam_pipelines import launch, options
from beam_pipelines.reasons import Reason
from beam_pipelines.refiner import Facts, Job, Refiner

_LOG = logging.getLogger(__name__)

DEFAULT_INPUT = "data/01_raw/03_korean_english"
DEFAULT_OUTPUT = "data/02_refined/01_english_korean"


def flags() -> argparse.ArgumentParser:
    """The command line of this refiner."""
    parser = options.parser(
        prog="beam_pipelines.translation",
        description=(__doc__ or "").splitlines()[0],
        default_input=DEFAULT_INPUT,
        default_output=DEFAULT_OUTPUT,
    )
    add = parser.add_argument
    count = options.at_least(1)
    add("--min_chars", type=options.at_least(0), default=5, metavar="N", help="least number of characters of a side")
    add("--max_chars", type=count, default=500, metavar="N", help="greatest number of characters of a side")
    add("--max_per_korean", type=count, default=3, metavar="N", help="at most N English sides for one Korean side")
    add("--dedupe", default="on", choices=["on", "off"], help="drop pairs that repeat an earlier one")
    return parser


def prepare(parsed: argparse.Namespace, facts: Facts) -> Job:
    """The work items, and the recipe for them. The source of a file is the folder it lies in."""
    from beam_pipelines.text.compiled import is_compiled
    from beam_pipelines.text.pairs import PairRules
    from beam_pipelines.transforms import commit, files, inputs
    from beam_pipelines.transforms.card import PAIRS
    from beam_pipelines.transforms.dedupe import bucket_count
    from beam_pipelines.transforms.pair_recipe import KOREAN, PAIR, Pairs
    from beam_pipelines.transforms.rows import RefineRows, Stage

    if not is_compiled():
        _LOG.info("compiling the text kernels, once: about 20 s")
    recipe = Pairs(rules=PairRules(min_chars=parsed.min_chars, max_chars=parsed.max_chars), guard=facts.guard)
    found = inputs.find(
        parsed.input or [DEFAULT_INPUT],
        formats=recipe.formats,
        source_of=lambda path: files.name(files.parent(path)),
    )
    target = commit.Target(
        outputs={view: files.join(parsed.output.rstrip("/"), f"{view}.jsonl") for view in recipe.views},
        plan=facts.plan,
        rejects=parsed.rejects,
        card=PAIRS,
    )
    stages = [Stage(PAIR, Reason.DUPLICATE), Stage(KOREAN, Reason.REPEATED_KOREAN, parsed.max_per_korean)]
    transform = RefineRows(
        recipe=recipe,
        stages=stages if parsed.dedupe == "on" else [],
        buckets=bucket_count(sum(file.size for file in found)),
        target=target,
        facts=facts.manifest,
        licences=inputs.licences(found),
        strict=parsed.strict,
    )
    items = inputs.plan(found, formats=recipe.formats, columns=recipe.columns)
    return Job(items=items, formats=recipe.formats, target=target, transform=transform)


REFINER = Refiner(flags=flags, prepare=prepare)
run = REFINER.run

if __name__ == "__main__":
    sys.exit(launch.main(run))
