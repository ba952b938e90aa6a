"""English and Korean sentence pairs: Tatoeba, as OPUS aligns it.

``python -m data.download_translation``; a killed run goes on where it was, and a second one downloads nothing.
"""

import argparse
import sys
from collections.abc import Sequence

from beam_pipelines import launch, options
from data import download
from data.registry import REGISTRY

SOURCES = [REGISTRY["tatoeba"]]


def flags() -> argparse.ArgumentParser:
    """The command line of this download."""
    return download.flags(prog="data.download_translation", doc=__doc__, sources=SOURCES)


def run(argv: Sequence[str]) -> None:
    """Download. Raises UsageError or DownloadError."""
    download.run(options.parse_all(flags(), argv), SOURCES)


if __name__ == "__main__":
    sys.exit(launch.main(run))
