"""What a run did, to be read: report.html beside its output, one page that asks nobody for anything.

``python -m beam_pipelines.report --input data/02_refined/00_plain_text``; every refiner writes it with ``--report on``.
"""

import argparse
import json
import logging
import sys
from collections.abc import Sequence

from beam_pipelines import launch, options

_LOG = logging.getLogger(__name__)

DEFAULT_INPUT = "data/02_refined/00_plain_text"


def flags() -> argparse.ArgumentParser:
    """The command line."""
    parser = options.plain_parser(prog="beam_pipelines.report", description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--input", default=DEFAULT_INPUT, metavar="PATH", help="the output of a refiner: its folder, or a file in it")
    add("--output", metavar="FILE", help="the page (report.html in that folder)")
    add("--rejects", metavar="DIR", help="where the rejects lie now, if not where the run wrote them")
    tokenizer = "count tokens with this tokenizer.json or folder; may be repeated, the first one is the base"
    add("--tokenizer", action="append", default=[], metavar="PATH", help=tokenizer)
    add("--samples", type=options.at_least(1), default=60, metavar="N", help="rows shown of each reason")
    return parser


def run(argv: Sequence[str]) -> str:
    """Write the page and return its path. Raises UsageError, InputError or OSError."""
    parsed = options.parse_all(flags(), argv)
    from beam_pipelines.transforms import commit, files, inputs, report

    folder = parsed.input.rstrip("/")
    if not files.exists(files.join(folder, commit.MANIFEST)):
        folder = files.parent(folder)
    manifest = files.join(folder, commit.MANIFEST)
    if not files.exists(manifest):
        raise inputs.InputError(f"--input {parsed.input}: no {commit.MANIFEST} there; is it the output of a refiner?")
    with files.open_read(manifest) as file:
        found = json.load(file)
    rejects = None
    if parsed.rejects is not None:
        rejects = [path for path, _ in files.match(parsed.rejects) if path.endswith(".jsonl")]
        if not rejects:
            raise inputs.InputError(f"--rejects {parsed.rejects}: no rejects there")
    path = report.place(
        folder, found, path=parsed.output, rejects=rejects, tokenizers=parsed.tokenizer, samples=parsed.samples
    )
    _LOG.info("%s", path)
    return path


if __name__ == "__main__":
    sys.exit(launch.main(run))
