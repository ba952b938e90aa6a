"""Real Korean wiki and web text in, clean and deduplicated training text out.

``python -m beam_pipelines.plain_text --runner DirectRunner``; the recipe is in transforms/recipe.py.
"""

import argparse
import logging
import sys
from typing import TYPE_CHECKING

from beam_pipelines import launch, options
from beam_pipelines.options import UsageError
from beam_pipelines.reasons import Reason
from beam_pipelines.refiner import Done, Facts, Job, Refiner
from beam_pipelines.sources import DEFAULT_INPUT, PRIORITY, SOURCES, source_of

if TYPE_CHECKING:
    from beam_pipelines.transforms.rows import LineStage, Stage

_LOG = logging.getLogger(__name__)

DEFAULT_OUTPUT = "data/02_refined/00_plain_text/train.jsonl"
LEAST_JACCARD = 0.7
"""Of --near_jaccard: of pairs that share less than this, more than one in ten has no band in common."""


def flags() -> argparse.ArgumentParser:
    """The command line of this refiner."""
    parser = options.parser(
        prog="beam_pipelines.plain_text",
        description=(__doc__ or "").splitlines()[0],
        default_input=DEFAULT_INPUT,
        default_output=DEFAULT_OUTPUT,
    )
    add = parser.add_argument
    add("--source", default="auto", choices=["auto", *SOURCES], help="auto: from the names of folders in the path")
    add(
        "--num_shards",
        type=options.at_least(0),
        default=0,
        metavar="N",
        help="0 = one file; N = train-00000-of-0000N.jsonl ...",
    )
    add("--min_korean_ratio", type=options.share, default=0.1, metavar="R", help="least share of Hangul syllables")
    add(
        "--min_chars",
        type=options.at_least(0),
        default=100,
        metavar="N",
        help="least number of characters after cleaning",
    )
    add("--adult_filter", default="on", choices=["on", "off"], help="drop pornographic and soliciting text")
    add(
        "--dedupe",
        default="exact",
        choices=["exact", "near", "off"],
        help="drop documents equal to an earlier one; near: nearly equal ones that state the same numbers as well",
    )
    add(
        "--near_jaccard",
        type=options.share,
        default=0.8,
        metavar="J",
        help="with --dedupe near: the share of common shingles, 0.7 to 1, from which on two documents are one",
    )
    add(
        "--max_samples",
        type=options.at_least(0),
        default=0,
        metavar="N",
        help="at most N input documents a source, in file order",
    )
    add(
        "--repeated_lines",
        type=options.at_least(0),
        default=0,
        metavar="N",
        help="drop lines of 12 characters or more, none with a number, that over N documents of a source have; 0 = off",
    )
    add("--measures", default="off", choices=["on", "off"], help="histograms of measures of quality in _manifest.json")
    for side in ("below", "above"):
        what = f"drop documents {side} this value of a measure; may be repeated"
        add(f"--drop_{side}", action="append", default=[], metavar="NAME=VALUE", help=what)
    return parser


def _stages(parsed: argparse.Namespace) -> list["Stage | LineStage"]:
    from beam_pipelines.transforms.recipe import BANDS, TEXT
    from beam_pipelines.transforms.rows import LineStage, Stage

    stages: list[Stage | LineStage] = [] if parsed.dedupe == "off" else [Stage(TEXT, Reason.DUPLICATE)]
    if parsed.repeated_lines:
        if parsed.dedupe == "off":
            raise UsageError("--repeated_lines needs --dedupe: a document that has copies would lose all its lines")
        stages += [LineStage(parsed.repeated_lines), Stage(TEXT, Reason.DUPLICATE, again=True)]
    if parsed.dedupe == "near":
        if not LEAST_JACCARD <= parsed.near_jaccard <= 1:
            raise UsageError(f"--near_jaccard {parsed.near_jaccard}: below {LEAST_JACCARD} many pairs are not found")
        stages.append(Stage(BANDS, Reason.NEAR_DUPLICATE, likeness=parsed.near_jaccard))
    return stages


def prepare(parsed: argparse.Namespace, facts: Facts) -> Job:
    """The work items, and the recipe for them."""
    from beam_pipelines.text.compiled import is_compiled
    from beam_pipelines.transforms import commit, inputs, quality
    from beam_pipelines.transforms.card import DOCUMENTS
    from beam_pipelines.transforms.dedupe import bucket_count
    from beam_pipelines.transforms.recipe import Documents
    from beam_pipelines.transforms.rows import RefineRows

    if not is_compiled():
        _LOG.info("compiling the text kernels, once: about 20 s")
    recipe = Documents(
        min_chars=parsed.min_chars,
        min_korean_ratio=parsed.min_korean_ratio,
        adult_filter=parsed.adult_filter == "on",
        near=parsed.dedupe == "near",
        guard=facts.guard,
        measures=parsed.measures == "on",
        cutoffs=quality.cutoffs(parsed.drop_below, parsed.drop_above),
        lines=parsed.repeated_lines > 0,
    )
    found = inputs.find(
        parsed.input or [DEFAULT_INPUT],
        formats=recipe.formats,
        source_of=source_of if parsed.source == "auto" else lambda _: parsed.source,
        priority=PRIORITY,
    )
    items = inputs.plan(found, formats=recipe.formats, columns=recipe.columns, max_samples=parsed.max_samples)
    wanted = {commit.CLUSTERS: parsed.dedupe == "near", commit.REPEATED_LINES: parsed.repeated_lines > 0}
    target = commit.Target(
        outputs={recipe.views[0]: parsed.output},
        plan=facts.plan,
        num_shards=parsed.num_shards,
        rejects=parsed.rejects,
        tables=tuple(name for name, is_wanted in wanted.items() if is_wanted),
        card=DOCUMENTS,
    )
    transform = RefineRows(
        recipe=recipe,
        stages=_stages(parsed),
        buckets=bucket_count(sum(file.size for file in found)),
        target=target,
        facts=facts.manifest,
        licences={name: source.licence for name, source in SOURCES.items()},
        strict=parsed.strict,
    )
    return Job(items=items, formats=recipe.formats, target=target, transform=transform)


def report(done: Done) -> None:
    """Say so where the cleaning of a source cannot account for its facts."""
    from beam_pipelines.text.facts import wrong

    for source, account in done.manifest.get("facts", {}).items():
        if told := wrong(account):
            _LOG.warning("facts of %s: %s in cleaning, without a reason", source, told)


REFINER = Refiner(flags=flags, prepare=prepare, report=report)
run = REFINER.run

if __name__ == "__main__":
    sys.exit(launch.main(run))
