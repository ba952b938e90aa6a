"""What the account of facts costs: cleaning with it against the same cleaning without any counting.

``python -m tests.benchmarks.facts --corpus ../shared/corpus`` prints a Markdown table of nanoseconds a byte. The folder
holds pages as for ``linearity``; web text is that of the sample. Each side is a process of its own, which compiles its
kernels first: without counting, the functions that book a fact are empty. Times are of the processor, on one core, best
of ``--rounds``, and the processes take turns ``--turns`` times.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa

from beam_pipelines.text import facts
from beam_pipelines.text.cleaners import CLEANERS
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.transforms.refine import CHUNK_BYTES
from data.sample import make_sample
from tests.benchmarks import linearity

PAGE = 8_000  # bytes, the mean of NamuWiki's
SUFFIXES = {"namu_wiki": ".namu", "mediawiki": ".wikitext"}


def columns(corpus: Path) -> dict[str, pa.Array]:
    """Some 20 MB of pages for each kind of cleaner."""
    texts = {"c4": "\n".join(document.text for document in make_sample.documents()["c4_korean"])}
    for source, suffix in SUFFIXES.items():
        paths = sorted(path for pattern in linearity.PAGES[suffix] for path in corpus.rglob(pattern))
        texts[source] = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    return {source: pa.array(linearity.cut(f"{text}\n", PAGE), pa.large_string()) for source, text in texts.items()}


def chunks(texts: pa.Array) -> list[pa.Array]:
    """As the main job cuts its batches, so that what is counted stands in the same cache."""
    rows = CHUNK_BYTES // PAGE
    return [texts.slice(start, rows) for start in range(0, len(texts), rows)]


def clean(source: str, texts: pa.Array) -> None:
    """As the main job does."""
    for chunk in chunks(texts):
        tally = facts.new_tally(len(chunk))
        facts.total(facts.balance(chunk, tally, CLEANERS[source].clean(chunk, tally)))


def clean_without(source: str, texts: pa.Array) -> None:
    """The same where nothing counts."""
    for chunk in chunks(texts):
        CLEANERS[source].clean(chunk)


def count_nothing() -> None:
    """Empty the functions that kernels call to book a fact; those that call them are compiled afterwards."""

    @lean_kernel
    def book(scratch: facts.Tally, region: int, data: facts.Bytes, start: int, end: int) -> None:
        pass

    @lean_kernel
    def drop_signs(scratch: facts.Tally, region: int, signs: int) -> None:
        pass

    @lean_kernel
    def replace(scratch: facts.Tally, region: int, data: facts.Bytes, start: int, end: int, stop: int) -> None:
        pass

    @lean_kernel
    def forget(scratch: facts.Tally) -> None:
        pass

    @lean_kernel
    def close_page(scratch: facts.Tally, tally: facts.Tally) -> None:
        pass

    vars(facts).update(
        drop=book, add=book, drop_signs=drop_signs, replace=replace, forget=forget, close_page=close_page
    )


def measure(corpus: Path, *, counts: bool, rounds: int) -> dict[str, float]:
    """Nanoseconds a byte by source, in this process."""
    if not counts:
        count_nothing()
    best: dict[str, float] = {}
    for source, texts in columns(corpus).items():
        work = clean if counts else clean_without
        work(source, texts.slice(0, 1))  # compiles
        for _ in range(rounds):
            begin = time.process_time()
            work(source, texts)
            took = (time.process_time() - begin) * 1e9 / texts.nbytes
            best[source] = min(best.get(source, took), took)
    return best


def main(argv: list[str] | None = None) -> int:
    """Measure and print."""
    flags = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    flags.add_argument("--corpus", type=Path, required=True)
    flags.add_argument("--rounds", type=int, default=5)
    flags.add_argument("--turns", type=int, default=3)
    flags.add_argument("--side", choices=["with", "without"], help="measure one side in this process, and print JSON")
    options = flags.parse_args(argv)
    if options.side:
        figures = measure(options.corpus, counts=options.side == "with", rounds=options.rounds)
        sys.stdout.write(json.dumps(figures) + "\n")
        return 0
    best: dict[str, dict[str, float]] = {"with": {}, "without": {}}
    with tempfile.TemporaryDirectory() as caches:  # of machine code, which does not know what was emptied
        for side in ["with", "without"] * options.turns:
            command = [sys.executable, "-m", "tests.benchmarks.facts", f"--corpus={options.corpus}"]
            command += [f"--rounds={options.rounds}", f"--side={side}"]
            environment = {**os.environ, "NUMBA_CACHE_DIR": f"{caches}/{side}"}
            run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
            for source, took in json.loads(run.stdout).items():
                best[side][source] = min(best[side].get(source, took), took)
    lines = ["| ns/byte | with the account | without | ratio |", "|---|---|---|---|"]
    for source, took in best["with"].items():
        without = best["without"][source]
        lines.append(f"| {source} | {took:.2f} | {without:.2f} | {took / without:.3f} |")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
