"""KorMedMCQA, the questions of Korean medical licensing examinations.

``python -m data.download_kormedmcqa`` fetches the doctor questions: train.jsonl is the split of that name, test.jsonl
all others (test, dev, fewshot, in this order). Other examinations land in a folder of their own.
"""

import argparse
import sys
from collections.abc import Sequence

from beam_pipelines import launch, options
from data import download
from data.registry import REGISTRY, with_configs

CONFIGS = ("doctor", "dentist", "nurse", "pharm")
_SOURCE = REGISTRY["kormedmcqa"]


def flags() -> argparse.ArgumentParser:
    """The command line of this download."""
    parser = download.flags(prog="data.download_kormedmcqa", doc=__doc__, sources=[_SOURCE])
    what = f"which examinations: {', '.join(CONFIGS)}"
    parser.add_argument("--config", nargs="+", choices=CONFIGS, default=["doctor"], metavar="NAME", help=what)
    return parser


def run(argv: Sequence[str]) -> None:
    """Download. Raises UsageError or DownloadError."""
    parsed = options.parse_all(flags(), argv)
    download.run(parsed, with_configs(_SOURCE, parsed.config))


if __name__ == "__main__":
    sys.exit(launch.main(run))
