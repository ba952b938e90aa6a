"""Repeated lines: megabytes a second of marking and of taking out, and how many times that of the usual loop.

``python -m tests.benchmarks.repeated_lines`` prints a Markdown table. The loop counts with a ``Counter`` the lines of
each document, split at line breaks, and takes out those that more than so many documents have. It knows of no dose and
holds every line in memory. Both go over the same texts in the same run: pages of the sample's sentences, one a line,
where a tenth of the lines are one of two notices.
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Sequence

import numpy as np

from beam_pipelines.text import repeated
from beam_pipelines.text.columns import from_strings
from tests import guard_items
from tests.benchmarks.guard import seconds, show

NOTICES = [
    "이 글은 누구나 함께 고쳐 가는 글입니다. 틀린 곳이 있으면 알려 주시기 바랍니다.",
    "이 글은 모두가 함께 고쳐 가는 글입니다. 빠진 곳이 있으면 알려 주시기 바랍니다.",
]


def pages(count: int, seed: int = 0) -> list[str]:
    """Pages of a sentence a line."""
    dice = random.Random(seed)
    made = []
    for _ in range(count):
        sentences = guard_items.page(dice, size=1_500).replace(". ", ".\n").split("\n")
        made.append("\n".join(dice.choice(NOTICES) if dice.random() < 0.1 else line for line in sentences))
    return made


def mark_loop(texts: Sequence[str]) -> Counter[str]:
    """The lines of texts, each counted once a text."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({line for line in text.split("\n") if len(line) >= repeated.LEAST})
    return counts


def drop_loop(texts: Sequence[str], lines: set[str]) -> list[str]:
    """The texts without these lines."""
    return ["\n".join(line for line in text.split("\n") if line not in lines) for text in texts]


def main(argv: list[str] | None = None) -> int:
    """Measure and print."""
    flags = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    flags.add_argument("--pages", type=int, default=5_000)
    flags.add_argument("--rounds", type=int, default=3)
    options = flags.parse_args(argv)
    texts = pages(options.pages)
    column = from_strings(texts)
    keys = np.unique(repeated.line_keys(from_strings(NOTICES))[0])
    size = sum(len(text.encode()) for text in texts) / 1e6
    went = sum(line.times for line in repeated.drop(column, keys).lines)
    there = sum(text.split("\n").count(notice) for text in texts for notice in NOTICES)
    rows = []
    for name, mine, loop in (
        ("mark", lambda: repeated.line_keys(column), lambda: mark_loop(texts)),
        ("take out", lambda: repeated.drop(column, keys), lambda: drop_loop(texts, set(NOTICES))),
    ):
        ours, usual = size / seconds(mine, options.rounds), size / seconds(loop, options.rounds)
        rows.append([name, f"{size:.0f}", f"{ours:.0f}", f"{usual:.0f}", f"{ours / usual:.1f} times"])
    sys.stdout.write(f"{went:,} of {there:,} notices go; the others stand beside a measure\n\n")
    show(["step", "MB", "MB/s", "loop MB/s", "ratio"], rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
