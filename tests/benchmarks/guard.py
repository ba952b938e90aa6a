"""The guard: recall on planted copies by kind, false positives on clean texts, and megabytes a second against a loop.

``python -m tests.benchmarks.guard`` prints Markdown tables. Items, copies and clean texts are those of
``tests/guard_items.py``; thresholds were set by looking at the dev split, and held_out is what is reported.
``--clean FOLDER`` adds texts of one's own (JSON Lines with ``text``, or one document a file) to the clean ones. The
loop is the usual set of character n-grams, 13 of them without spaces, in plain Python; it says whether any is there.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from beam_pipelines.text import guard
from beam_pipelines.text.columns import from_strings
from beam_pipelines.text.guard_index import index_of
from beam_pipelines.text.guard_items import Item, pack
from tests import guard_items

NGRAM = 13
PER_KIND, CLEAN = 200, 2_500
LONG = 300_000


def read(folder: Path) -> list[str]:
    """The documents of a folder."""
    texts: list[str] = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.suffix == ".jsonl":
            lines = path.read_text(encoding="utf-8").split("\n")
            texts += [json.loads(line)["text"] for line in lines if line]
        elif path.suffix in {".txt", ".namu", ".wikitext", ".ko"}:
            texts.append(path.read_text(encoding="utf-8"))
    return texts


def loop_of(items: Sequence[Item]) -> Callable[[str], bool]:
    """The usual check: has the text a character n-gram of any item?"""
    held = {
        squeezed[at : at + NGRAM]
        for item in items
        for squeezed in ["".join(" ".join((item.stem, *item.options)).split())]
        for at in range(len(squeezed) - NGRAM + 1)
    }

    def found(text: str) -> bool:
        squeezed = "".join(text.split())
        return any(squeezed[at : at + NGRAM] in held for at in range(len(squeezed) - NGRAM + 1))

    return found


def recall(
    items: Sequence[Item], packed: bytes, kind: str, *, size: int, hosts: int, loop: Callable[[str], bool]
) -> list[str]:
    """A row: copies of one kind that are found in pages of ``size`` characters, by the guard and by the loop."""
    rng = random.Random(f"{kind} {size}")
    pages = [guard_items.page(rng, size=size) for _ in range(hosts)]
    able = [item for item in items if guard_items.tells_enough(item, kind)]
    hits = missed = 0
    for _ in range(PER_KIND):
        copy = guard_items.COPIES[kind](rng.choice(able), rng)
        hits += guard.find_text(guard_items.planted(copy, rng.choice(pages), rng), packed) is not None
        missed += not loop(copy)
    return [kind, f"{size:,}", f"{len(able)}", f"{hits / PER_KIND:.3f}", f"{1 - missed / PER_KIND:.3f}"]


def false_positives(name: str, texts: Sequence[str], packed: bytes, loop: Callable[[str], bool]) -> list[str]:
    """A row: clean texts that the guard and the loop take for copies."""
    hits = [hit for hit in guard.find(from_strings(texts), packed) if hit]
    return [name, f"{len(texts):,}", str(len(hits)), str(sum(map(loop, texts)))]


def seconds(run: Callable[[], object], rounds: int) -> float:
    """The best of some rounds, in time of this process."""
    best = float("inf")
    for _ in range(rounds):
        begin = time.process_time()
        run()
        best = min(best, time.process_time() - begin)
    return best


def speed(name: str, texts: Sequence[str], packed: bytes, loop: Callable[[str], bool], rounds: int) -> list[str]:
    """A row: megabytes a second of processor time of both, and how many times faster the guard is."""
    column: pa.LargeStringArray = from_strings(texts)
    size = sum(len(text.encode()) for text in texts) / 1e6
    mine = size / seconds(lambda: guard.find(column, packed), rounds)
    usual = size / seconds(lambda: [loop(text) for text in texts], 1)
    return [name, f"{size:.0f}", f"{mine:.0f}", f"{usual:.1f}", f"{mine / usual:.0f} times"]


def show(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table."""
    lines = ["| " + " | ".join(row) + " |" for row in [header, ["---"] * len(header), *rows]]
    sys.stdout.write("\n".join(lines) + "\n\n")
    sys.stdout.flush()


def main(argv: list[str] | None = None) -> int:
    """Measure and print."""
    flags = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    flags.add_argument("--split", choices=guard_items.SPLITS, default="held_out")
    flags.add_argument("--clean", type=Path, metavar="FOLDER")
    flags.add_argument("--rounds", type=int, default=3)
    flags.add_argument("--long", type=int, default=LONG, help="characters of a long page")
    options = flags.parse_args(argv)
    items = guard_items.items(options.split)
    packed, loop = pack(items), loop_of(items)
    rows = [
        recall(items, packed, kind, size=size, hosts=hosts, loop=loop)
        for kind in guard_items.COPIES
        for size, hosts in ((1_500, 50), (options.long, 1))
    ]
    show(["copies", "characters of the page", "items", "recall", "n-gram loop"], rows)
    rng = random.Random("clean texts")
    pages = [guard_items.page(rng, size=rng.choice([300, 1_500, 5_000])) for _ in range(CLEAN)]
    asked = [guard_items.looks_like_a_question(rng) for _ in range(CLEAN)]
    clean = {"sample pages": pages, "question-like": asked}
    if options.clean:
        clean[str(options.clean.name)] = read(options.clean)
    checked = [false_positives(name, texts, packed, loop) for name, texts in clean.items()]
    show(["clean texts", "documents", "false positives", "n-gram loop"], checked)
    timed = [speed(name, texts, packed, loop, options.rounds) for name, texts in clean.items()]
    show(["texts", "MB", "guard MB/s", "n-gram loop MB/s", "ratio"], timed)
    index = index_of(packed)
    sizes = f"{len(items)} items: {len(packed):,} bytes packed, {index.bytes:,} bytes of tables\n"
    sys.stdout.write(sizes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
