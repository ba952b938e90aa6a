"""The rules for sentence pairs, compiled, against a plain Python loop of the usual ones: microseconds a pair.

``python -m tests.benchmarks.pairs`` prints a Markdown table; ``--input FILE.tsv`` (English, tab, Korean) takes pairs
from a file instead of the labelled ones of the tests. Both go from strings in memory to lines and keys in memory, on
one core. The loop knows numbers only as digits, so it does less.
"""

import argparse
import hashlib
import html
import json
import re
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from beam_pipelines.text import jsonl, pairs
from beam_pipelines.text.columns import from_strings
from beam_pipelines.text.pairs_keys import keys

LABELLED = Path(__file__).parent.parent / "fixtures" / "pairs" / "dev.tsv"
CHUNK = 16_384
Pair = tuple[str, str]

_SPACES, _DEBRIS = re.compile(r"\s+"), re.compile(r"</?[a-zA-Z][^<>]*>|&\w+;|\[\[|\{\{|\\[a-z]+|\ufffd")
_LATIN, _HANGUL, _LOOSE = re.compile(r"[A-Za-z]"), re.compile(r"[가-힣]"), re.compile(r"[\W_]+")
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


def read(path: Path | None, count: int) -> list[Pair]:
    """``count`` pairs, those of the file over and over; a number in each copy makes it different from the others."""
    rows = [line.split("\t") for line in (path or LABELLED).read_text(encoding="utf-8").splitlines()]
    known = [(row[0], row[1]) if path else (row[1], row[2]) for row in rows if len(row) > 1]
    return [(f"{en} {k}", f"{ko} {k}") for k, (en, ko) in enumerate(islice(cycle(known), count))]


def plain_loop(rows: Iterable[Pair]) -> Iterator[tuple[str, str, bytes, bytes]]:
    """The usual rules, one pair after another."""
    for row in rows:
        en, ko = (_SPACES.sub(" ", html.unescape(unicodedata.normalize("NFC", side))).strip() for side in row)
        if not (5 <= len(en) <= 500 and 5 <= len(ko) <= 500) or _DEBRIS.search(en) or _DEBRIS.search(ko):
            continue
        loose_en, loose_ko = (_LOOSE.sub("", side.lower()) for side in (en, ko))
        latin, hangul = len(_LATIN.findall(ko)), len(_HANGUL.findall(ko))
        if loose_en == loose_ko or loose_en in loose_ko or hangul < 0.2 * (latin + hangul):
            continue
        latin, hangul = len(_LATIN.findall(en)), len(_HANGUL.findall(en))
        if latin < 0.7 * (latin + hangul) or not 0.6 <= (len(en) + 15) / (len(ko) + 15) <= 4.5:
            continue
        stated = [{float(number.replace(",", "")) for number in _NUMBER.findall(side)} for side in (en, ko)]
        if stated[0] != stated[1]:
            continue
        keys = [hashlib.md5(text.encode()).digest() for text in (f"{loose_en}\0{loose_ko}", loose_ko)]
        lines = [json.dumps(line, ensure_ascii=False) + "\n" for line in ({"en": en, "ko": ko}, {"ko": ko, "en": en})]
        yield lines[0], lines[1], keys[0], keys[1]


def main() -> int:
    """Measure and print."""
    flags = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    flags.add_argument("--input", type=Path)
    flags.add_argument("--pairs", type=int, default=200_000)
    flags.add_argument("--rounds", type=int, default=3)
    options = flags.parse_args()
    rows = read(options.input, options.pairs)
    sides = [from_strings(row[side] for row in rows) for side in (0, 1)]
    whole = pa.RecordBatch.from_arrays(sides, list(pairs.SIDES))
    best: dict[str, float] = {}
    for _ in range(options.rounds + 1):  # the first compiles
        spent: dict[str, float] = {}

        def timed(step: str, run: Callable[..., Any], *arguments: Any, spent: dict[str, float] = spent) -> Any:
            begin = time.perf_counter()
            result = run(*arguments)
            spent[step] = spent.get(step, 0.0) + time.perf_counter() - begin
            return result

        for start in range(0, len(rows), CHUNK):
            batch = timed("normalise", pairs.normalise, whole.slice(start, CHUNK))
            batch = timed("measure", pairs.measure, batch)
            stay = [timed(name, rule, batch, pairs.PairRules()) for name, rule in pairs.RULES]
            kept = timed("filter", batch.filter, pa.array(np.logical_and.reduce(stay)))
            en, ko = kept.column("en"), kept.column("ko")
            timed("keys", keys, en, ko)
            for order in ({"en": en, "ko": ko}, {"ko": ko, "en": en}):
                timed("lines", jsonl.encode_columns, order)
        spent["all rules"] = sum(spent.values())
        timed("plain loop", lambda: sum(1 for _ in plain_loop(rows)))
        best = {step: min(seconds, best.get(step, seconds)) for step, seconds in spent.items()}
    lines = ["| step | microseconds a pair |", "|---|---|"]
    lines += [f"| {step} | {seconds / len(rows) * 1e6:.2f} |" for step, seconds in best.items()]
    lines.append(f"| plain loop over all rules | {best['plain loop'] / best['all rules']:.1f} times |")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
