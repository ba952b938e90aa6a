"""The adult filter's confusion table, beside the word lists that are usual: documents dropped of each labelled set.

``python -m tests.benchmarks.adult`` prints a Markdown table of the labelled sets of the tests (see make_sets.py there
for how they were used). ``--corpus ../shared/corpus`` adds real news paragraphs, all of them and those that hold a word
such as 성인 or 노출: next to none of either is adult. ``--dropped`` prints the news that our filter drops.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

from beam_pipelines.text.adult import is_adult_text
from tests.benchmarks import usual_rules

SETS = Path(__file__).parent.parent / "fixtures" / "adult"
_SUBSTRINGS = re.compile("성인|노출|자위|성교|성기|발기|야동|야설|섹스|포르노|음란|에로|누드")
_WHOLE_WORDS = re.compile(r"\b(?:야동|야설|섹스|포르노|음란|성교|자위|에로|누드|porn|xxx)\b", re.I)
FILTERS: dict[str, Callable[[str], bool]] = {
    "this filter": is_adult_text,
    "bare substrings": lambda text: bool(_SUBSTRINGS.search(text)),
    "the same with care": lambda text: bool(usual_rules.ADULT.search(text)),
    "whole words": lambda text: bool(_WHOLE_WORDS.search(text)),
}


def _lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def sets(corpus: Path | None) -> dict[str, list[str]]:
    """The texts of every set by its name."""
    found: dict[str, list[str]] = {}
    for name, title in (("clean", "medicine, news, reference"), ("adult_spam", "adult spam")):
        for row in _lines(SETS / f"{name}.jsonl"):
            found.setdefault(f"{title} ({row['split']})", []).append(row["text"])
    if corpus is not None:
        news = [row["text"] for path in sorted((corpus / "webtext").glob("dps_*.jsonl")) for row in _lines(path)]
        found["real news"] = news
        found["real news with such words"] = [row["text"] for row in _lines(corpus / "webtext/news_adult_words.jsonl")]
    return found


def main(argv: list[str] | None = None) -> int:
    """Count and print."""
    flags = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    flags.add_argument("--corpus", type=Path)
    flags.add_argument("--dropped", action="store_true", help="print the real news that our filter drops")
    options = flags.parse_args(argv)
    lines = [f"| dropped | documents | {' | '.join(FILTERS)} |", "|---" * (len(FILTERS) + 2) + "|"]
    for name, texts in sets(options.corpus).items():
        counts = [sum(map(drops, texts)) for drops in FILTERS.values()]
        cells = [f"{count} ({count / len(texts):.1%})" for count in counts]
        lines.append(f"| {name} | {len(texts):,} | {' | '.join(cells)} |")
        if options.dropped and name.startswith("real"):
            lines += [f"<!-- {text} -->" for text in texts if is_adult_text(text)]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
