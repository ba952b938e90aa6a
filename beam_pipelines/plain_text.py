"""Real Korean wiki and web text in, clean and deduplicated training text out.

``python -m beam_pipelines.plain_text --runner DirectRunner``; the recipe is in transforms/recipe.py.
"""

import argparse
import hashlib
import json
import logging
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from beam_pipelines import launch, options
from beam_pipelines.sources import DEFAULT_INPUT, SOURCES

if TYPE_CHECKING:
    from apache_beam.runners.runner import PipelineResult

_LOG = logging.getLogger(__name__)

DEFAULT_OUTPUT = "data/02_refined/00_plain_text/train.jsonl"


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
    add("--dedupe", default="exact", choices=["exact", "off"], help="drop documents equal to an earlier one")
    add(
        "--max_samples",
        type=options.at_least(0),
        default=0,
        metavar="N",
        help="at most N input documents a source, in file order",
    )
    return parser


def _settings(parsed: argparse.Namespace) -> dict[str, Any]:
    """The options that decide what the output is, in the manifest's words."""
    names = ("source", "num_shards", "min_korean_ratio", "min_chars", "adult_filter", "dedupe", "max_samples", "strict")
    return {name: getattr(parsed, name) for name in names}


def run(argv: Sequence[str]) -> "PipelineResult":
    """Run the pipeline and wait for it. Raises UsageError, InputError, BadInput, LedgerError or OSError."""
    parser = flags()
    parsed, left = options.parse(parser, argv)
    launch.hush(parsed.runner)
    import apache_beam as beam

    options.check_beam_flags(parser, left)
    from beam_pipelines.text.compiled import is_compiled
    from beam_pipelines.transforms import dedupe, files, inputs, ledger, recipe, write
    from beam_pipelines.transforms.refine import RefineItem
    from beam_pipelines.versions import versions

    if not is_compiled():
        _LOG.info("compiling the text kernels, once: about 20 s")
    found = inputs.find(parsed.input or [DEFAULT_INPUT], source=parsed.source)
    items = inputs.plan(found, columns=recipe.COLUMNS, max_samples=parsed.max_samples)
    total = sum(item.span.end - item.span.start for item in items)
    facts = {"options": _settings(parsed), "versions": versions()}
    plan = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
    folder = write.work_folder(parsed.output, plan)
    files.make_folder(folder)
    rules = recipe.Rules(
        min_chars=parsed.min_chars,
        min_korean_ratio=parsed.min_korean_ratio,
        adult_filter=parsed.adult_filter == "on",
    )
    target = write.Target(output=parsed.output, num_shards=parsed.num_shards, rejects=parsed.rejects)
    rejects = parsed.rejects is not None

    pipeline = beam.Pipeline(options=options.beam_options(parsed, left))
    refined = (
        pipeline
        | "Items" >> beam.Create(items)
        | "Spread" >> beam.Reshuffle()
        | "Refine" >> beam.ParDo(RefineItem(folder, rules, rejects=rejects, strict=parsed.strict))
    )
    if parsed.dedupe == "exact":
        refined |= "Dedupe" >> dedupe.ExactDedupe(folder, dedupe.bucket_count(total), rejects=rejects)
    _ = refined | "Write" >> write.WriteOutputs(folder, plan, target, facts)

    with launch.summarised(total):
        result = pipeline.run()
        result.wait_until_finish()
    with files.open_read(target.manifest) as file:
        _LOG.info("%s", ledger.table(json.load(file)["ledger"]))
    return result


if __name__ == "__main__":
    sys.exit(launch.main(run))
