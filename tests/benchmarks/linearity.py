"""The wiki kernels on repeated marks and on pages of every size: nanoseconds a byte, which must stay the same.

``python -m tests.benchmarks.linearity [PAGE ...]`` prints a Markdown table; each PAGE is wiki source of the kind that
its ending names (``.namu``, ``.wikitext``), repeated to 1 KB ... 50 MB.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from beam_pipelines.text import mediawiki, namumark

KERNELS: dict[str, Callable[[pa.Array], pa.Array]] = {".namu": namumark.clean, ".wikitext": mediawiki.clean}
MARKS = {
    ".namu": ["[[", "{{{", "'''", "[*", "||", "{{", "{{{#!wiki", "[include(", "[[a|"],
    ".wikitext": ["[[", "{{", "'''", "{|", "<ref>", "<!--", "[[a|", "{{a|", "<math>"],
}
COUNTS = [10_000, 100_000, 1_000_000]
SIZES = [1_000, 10_000, 100_000, 1_000_000, 10_000_000, 50_000_000]
LEAST_BYTES = 20_000_000


def nanoseconds(clean: Callable[[pa.Array], pa.Array], text: str) -> float:
    """Per byte, best of three; small texts many to a column, so that the clock can tell."""
    size = len(text.encode())
    column = pa.array([text] * max(1, LEAST_BYTES // size), pa.large_string())
    best = float("inf")
    for _ in range(3):
        begin = time.perf_counter()
        clean(column)
        best = min(best, time.perf_counter() - begin)
    return best * 1e9 / (size * len(column))


def main() -> int:
    """Measure and print."""
    flags = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    flags.add_argument("pages", nargs="*", type=Path)
    options = flags.parse_args()
    lines = [f"| ns/byte | {' | '.join(f'{count:,} marks' for count in COUNTS)} |", "|---|" + "---|" * len(COUNTS)]
    for kind, clean in KERNELS.items():
        for mark in MARKS[kind]:
            cells = [f"{nanoseconds(clean, mark * count):.2f}" for count in COUNTS]
            lines.append(f"| {kind} `{mark.replace('|', chr(92) + '|')}` | {' | '.join(cells)} |")
    lines += ["", f"| ns/byte | {' | '.join(f'{size:,} B' for size in SIZES)} |", "|---|" + "---|" * len(SIZES)]
    for page in options.pages:
        text = page.read_text(encoding="utf-8") + "\n"
        cells = []
        for size in SIZES:
            sized = (text.encode() * (size // len(text.encode()) + 1))[:size].decode(errors="ignore")
            cells.append(f"{nanoseconds(KERNELS[page.suffix], sized):.2f}")
        lines.append(f"| {page.name} | {' | '.join(cells)} |")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
