"""The measures of quality: megabytes a second of the kernels against the same said in plain Python, in one run.

``python -m tests.benchmarks.quality`` prints a Markdown table for pages of our own text (those of the guard's
benchmark); ``--corpus FOLDER`` adds texts of one's own (JSON Lines with ``text``, or one document a file). It counts
time of the processor, best of ``--rounds``; plain Python is :func:`plainly`, which tests hold the kernels against, on
a tenth of the texts.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from beam_pipelines.text import quality
from beam_pipelines.text.columns import from_strings
from tests import guard_items
from tests.benchmarks.guard import read, seconds, show

PAGES = 2_500
_STOPWORDS = set(quality._STOPWORDS.split())


def repeated(units: Sequence[object], sizes: Sequence[int], run: int = 1) -> tuple[int, int]:
    """``(runs that stand earlier, characters in them)``."""
    seen, times, covered = set(), 0, set()
    for first in range(len(units) - run + 1):
        unit = tuple(units[first : first + run])
        if unit in seen:
            times += 1
            covered |= set(range(first, first + run))
        seen.add(unit)
    return times, sum(sizes[place] for place in covered)


def plainly(text: str) -> list[float]:
    """Every measure of a text, in the order of MEASURES."""
    words = text.split()
    rows = [tuple(line.split()) for line in text.split("\n")]
    lines = [row for row in rows if row]
    paragraphs: list[tuple[tuple[str, ...], ...]] = []
    open_: tuple[tuple[str, ...], ...] = ()
    for row in [*rows, ()]:
        if not row and open_:
            paragraphs.append(open_)
        open_ = (*open_, row) if row else ()
    size = [sum(map(len, line)) for line in lines]
    sizes = [sum(len("".join(line)) for line in paragraph) for paragraph in paragraphs]
    chars = max(1, sum(map(len, words)))
    times, covered = repeated(lines, size)
    paragraph_times, paragraph_covered = repeated(paragraphs, sizes)
    ends = [" ".join(line).replace(" ", "").rstrip("\"')]”’」』》〉）")[-1:] in set(".!?…。！？") for line in lines]
    of_words, of_lines, of_paragraphs = max(1, len(words)), max(1, len(lines)), max(1, len(paragraphs))
    return [
        sum(map(len, words)) / of_words,
        text.count("\n") / of_words,
        sum(ends) / of_lines,
        sum(len(" ".join(line)) <= 30 for line in lines) / of_lines,
        times / of_lines,
        covered / chars,
        paragraph_times / of_paragraphs,
        paragraph_covered / chars,
        repeated(words, list(map(len, words)), 5)[1] / chars,
        repeated(words, list(map(len, words)), 10)[1] / chars,
        sum(word in _STOPWORDS for word in words) / of_words,
    ]


def speed(name: str, texts: Sequence[str], rounds: int) -> list[str]:
    """A row: megabytes a second of processor time of both, and how many times faster the kernels are."""
    column, few = from_strings(texts), texts[::10]
    mine = _megabytes(texts) / seconds(lambda: quality.score(column), rounds)
    plain = _megabytes(few) / seconds(lambda: [plainly(text) for text in few], 1)
    return [name, f"{_megabytes(texts):.0f}", f"{mine:.0f}", f"{plain:.2f}", f"{mine / plain:.0f} times"]


def _megabytes(texts: Sequence[str]) -> float:
    return sum(len(text.encode()) for text in texts) / 1e6


def main(argv: list[str] | None = None) -> int:
    """Measure and print."""
    flags = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    flags.add_argument("--corpus", type=Path, metavar="FOLDER")
    flags.add_argument("--pages", type=int, default=PAGES)
    flags.add_argument("--rounds", type=int, default=5)
    options = flags.parse_args(argv)
    rng = random.Random("quality")
    texts = {"pages": [guard_items.page(rng, size=rng.choice([300, 1_500, 5_000])) for _ in range(options.pages)]}
    if options.corpus:
        texts[options.corpus.name] = read(options.corpus)
    rows = [speed(name, some, options.rounds) for name, some in texts.items()]
    show(["texts", "MB", "measures MB/s", "plain Python MB/s", "ratio"], rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
