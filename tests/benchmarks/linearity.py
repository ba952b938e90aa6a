"""The wiki kernels on repeated marks and on pages of every size: nanoseconds a byte, which must stay the same.

``python -m tests.benchmarks.linearity --corpus ../shared/corpus`` prints two Markdown tables. The folder holds
``*.namu`` and ``*.wikitext`` or ``*.mediawiki.txt`` at any depth; their text, over and over, is cut at line ends into
pages of 1 KB ... 50 MB, so that every size has the same mix of markup. ``spread`` is how much longer the slowest size
takes than the fastest. Times are of the processor, on one core, best of ``--rounds``.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from beam_pipelines.text import mediawiki, namumark

KERNELS: dict[str, Callable[[pa.Array], pa.Array]] = {".namu": namumark.clean, ".wikitext": mediawiki.clean}
PAGES = {".namu": ["*.namu"], ".wikitext": ["*.wikitext", "*.mediawiki.txt"]}
MARKS = {
    ".namu": ["[[", "{{{", "'''", "[*", "||", "{{", "\n||", "{{{#!wiki", "[include(", "[[a|"],
    ".wikitext": ["[[", "{{{", "'''", "[*", "||", "{{", "{|", "<ref>", "<!--", "[[a|", "{{a|", "<math>"],
}
COUNTS = [10_000, 100_000, 1_000_000]
SIZES = [1_000, 10_000, 100_000, 1_000_000, 10_000_000, 50_000_000]
LEAST_BYTES = 20_000_000


def nanoseconds(clean: Callable[[pa.Array], pa.Array], pages: list[str], *, rounds: int) -> float:
    """Of the processor per byte, best of some rounds over a column of pages."""
    column = pa.array(pages, pa.large_string())
    size = sum(len(page.encode()) for page in pages)
    best = float("inf")
    for _ in range(rounds):
        begin = time.process_time()
        clean(column)
        best = min(best, time.process_time() - begin)
    return best * 1e9 / size


def cut(text: str, size: int) -> list[str]:
    """The text, over and over to ``LEAST_BYTES`` or one page, in pages of some ``size`` bytes that end with a line."""
    data = text.encode()
    data *= max(size, LEAST_BYTES) // len(data) + 1
    pages, start = [], 0
    while start < len(data):
        end = data.find(b"\n", start + size - 1) + 1 or len(data)
        pages.append(data[start:end].decode())
        start = end
        if start >= max(size, LEAST_BYTES):
            break
    return pages


def table(head: list[str], rows: dict[str, list[float]], *, speed: bool) -> list[str]:
    """Markdown, with the spread of each row and its mean speed where that means something."""
    names = [*head, "spread", *(["MB/s"] if speed else [])]
    lines = [f"| ns/byte | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for name, cells in rows.items():
        shown = [*(f"{cell:.2f}" for cell in cells), f"{max(cells) / min(cells) - 1:.0%}"]
        shown += [f"{1000 * len(cells) / sum(cells):.0f}"] if speed else []
        lines.append(f"| {name} | {' | '.join(shown)} |")
    return lines


def main(argv: list[str] | None = None) -> int:
    """Measure and print."""
    flags = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    flags.add_argument("--corpus", type=Path, required=True)
    flags.add_argument("--rounds", type=int, default=5)
    options = flags.parse_args(argv)
    marks: dict[str, list[float]] = {}
    pages: dict[str, list[float]] = {}
    for kind, clean in KERNELS.items():
        clean(pa.array(["가"]))  # compiles
        for mark in MARKS[kind]:
            shown = mark.replace("|", "\\|").replace("\n", "\\n")
            marks[f"{kind} `{shown}`"] = [
                nanoseconds(clean, [mark * n] * max(1, LEAST_BYTES // (4 * n * len(mark))), rounds=options.rounds)
                for n in COUNTS
            ]
        found = sorted(path for pattern in PAGES[kind] for path in options.corpus.rglob(pattern))
        texts = [path.read_text(encoding="utf-8") for path in found]
        pages[kind] = [nanoseconds(clean, cut("\n".join([*texts, ""]), size), rounds=options.rounds) for size in SIZES]
    lines = [*table([f"{n:,} marks" for n in COUNTS], marks, speed=False), ""]
    lines += table([f"{size:,} B" for size in SIZES], pages, speed=True)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
