"""The Korean text corpora: NamuWiki, Wikipedia, and the first 3 GB of Korean C4.

``python -m data.download_korean_text``; a killed run goes on where it was, and a second one downloads nothing.
"""

import argparse
import sys
from collections.abc import Sequence

from beam_pipelines import launch, options
from data import download
from data.registry import REGISTRY

SOURCES = [REGISTRY[name] for name in ("namu_wiki", "wikipedia", "c4")]


def flags() -> argparse.ArgumentParser:
    """The command line of this download."""
    return download.flags(prog="data.download_korean_text", doc=__doc__, sources=SOURCES)


def run(argv: Sequence[str]) -> None:
    """Download. Raises UsageError or DownloadError."""
    download.run(options.parse_all(flags(), argv), SOURCES)


if __name__ == "__main__":
    sys.exit(launch.main(run))
