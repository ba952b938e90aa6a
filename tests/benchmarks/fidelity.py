"""How faithful wiki cleaners are, how fast, and what hostile input does to them: one table for all of them.

``python -m tests.benchmarks.fidelity --corpus ../shared/corpus`` prints a Markdown table. The folder holds
``namumark/articles/*.namu`` with ``namumark/rendered/*.html``, ``namumark/cases.jsonl`` (``source``, ``html``), and
``kowiki/*.wikitext`` with ``kowiki/*.expected.txt``. Columns: word F1 against the rendered prose, pieces of markup
left per 10,000 characters, numbers of the prose found again, sentences of our own that keep their number and unit,
cases equal to the rendered text but for white space (and equal in words), speed on one core from strings to strings,
seconds for ``[[`` 32,000 times over.
``--unequal`` prints the cases that our text is not equal in.
"""

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks import rendered
from tests.benchmarks.wiki_cleaners import Rival, cleaners

FACTS = {
    ".namu": [
        ("{{{#red 1일 3회}}} 500mg", "1일 3회 500mg"),
        ("혈압은 120|80 mmHg이다.", "120|80 mmHg"),
        ("체온 < 36.5 이고 맥박 > 100", "체온 < 36.5 이고 맥박 > 100"),
        ("혈압 > 140 이고 어지럽다", "혈압 > 140"),
        ("하루 2~~3회~~ 먹는다", "2~~3회"),
        ("2주~~3주 쉰다", "2주~~3주"),
        ("10^^9^^/L 이상", "10^9/L"),
        ("용량 5[* 성인]10", "5 10"),
        ("[[약|{{{+1 '''75~100''' mg}}}]]", "75~100 mg"),
        ("[math(\\frac{3}{4})]정", "\\frac{3}{4}"),
    ],
    ".wikitext": [
        ("{{llang|en|aspirin}}을", "aspirin"),
        ("하루 {{변환|500|mg}}을", "500 mg"),
        ("{{nowrap|75-100 mg}}을", "75-100 mg"),
        ("{{chem|H|2|O}}에", "H2O"),
        ("{{formatnum:12345}}명", "12345"),
        ("{{val|37.2|0.3|u=℃}}이다", "37.2 ± 0.3 ℃"),
        ("10<sup>9</sup>/L 이상", "10^9/L"),
        ("체온 < 36.5 이고 맥박 > 100", "체온 < 36.5 이고 맥박 > 100"),
        ("혈압은 120|80 mmHg이다.", "120|80 mmHg"),
        (r"<math>\frac{3}{4}</math>정", "3/4"),
    ],
}
PUBLISHED = [("usual regex chain", 0.976, 7.7), ("namu-wiki-extractor", 0.921, 2.6)]
"""Word F1 and remnants as published for a dozen NamuWiki articles, of which the corpus holds six."""

HOSTILE = "[[" * 32_000
COLUMNS = (
    *("markup", "cleaner", "word F1", "remnants / 10k", "numbers", "own facts", "cases equal (in words)", "MB/s"),
    *("times slower", "`[[` x 32,000, s"),
)


class Case(NamedTuple):
    """A piece of markup and the prose of its rendering."""

    id: str
    source: str
    prose: str


class Material(NamedTuple):
    """What the cleaners of one kind of markup are measured on; pages are (source, the prose it should be)."""

    pages: list[tuple[str, str]]
    cases: list[Case]
    bulk: list[str]
    """Whole pages to take the time of."""


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def material(corpus: Path, kind: str) -> Material:
    """The pages and cases of the corpus in this markup."""
    if kind == ".wikitext":
        found = sorted((corpus / "kowiki").glob("*.wikitext"))
        pages = [(_read(path), _read(path.with_suffix(".expected.txt"))) for path in found]
        return Material(pages, [], [source for source, _ in pages])
    articles = sorted((corpus / "namumark" / "articles").glob("*.namu"))
    html = {path: corpus / "namumark" / "rendered" / f"{path.stem}.html" for path in articles}
    pages = [(_read(path), rendered.prose(_read(html[path]))) for path in articles if html[path].exists()]
    cases = map(json.loads, _read(corpus / "namumark" / "cases.jsonl").splitlines())
    return Material(
        [(source, prose) for source, prose in pages if prose.strip()],
        [Case(case["id"], case["source"], rendered.prose(case["html"]).strip()) for case in cases],
        [_read(path) for path in articles],
    )


def megabytes_per_second(rival: Rival, pages: list[str], *, least: float) -> float:
    """Best of three rounds of ``least`` seconds or more."""
    size, best = sum(len(page.encode()) for page in pages) / 1e6, 0.0
    for _ in range(3):
        begin, rounds = time.perf_counter(), 0
        while time.perf_counter() - begin < least or not rounds:
            rival.pages(pages)
            rounds += 1
        best = max(best, size * rounds / (time.perf_counter() - begin))
    return best


def seconds_hostile(kind: str, name: str) -> float:
    """How long a cleaner takes for the hostile text, after a word to warm up; called in a process of its own."""
    rival = cleaners(kind)[name]
    rival.clean("가")
    begin = time.perf_counter()
    rival.clean(HOSTILE)
    return time.perf_counter() - begin


def hostile(kind: str, name: str, *, limit: float) -> str:
    """:func:`seconds_hostile`, or ``> limit`` where it was stopped; nothing where the limit is 0."""
    if not limit:
        return ""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        try:
            return f"{pool.apply_async(seconds_hostile, (kind, name)).get(limit):.2g}"
        except multiprocessing.TimeoutError:
            return f"> {limit:g}"


def cases_equal(rival: Rival, cases: list[Case]) -> str:
    """How many cases give the rendered text but for white space, and how many its words."""
    if not cases:
        return ""
    pairs = [(rival.clean(case.source), case.prose) for case in cases]
    whole = sum(found.split() == prose.split() for found, prose in pairs)
    words = sum(rendered.words(found) == rendered.words(prose) for found, prose in pairs)
    return f"{whole} ({words}) of {len(cases)}"


def rows(corpus: Path, kind: str, *, seconds: float, limit: float) -> Iterator[list[str]]:
    """The cells of every cleaner of this markup."""
    found = material(corpus, kind)
    ours = 0.0
    for name, rival in cleaners(kind).items():
        counts = rendered.total([rendered.shared(prose, rival.clean(text)) for text, prose in found.pages])
        kept = sum(fact in rival.clean(text) for text, fact in FACTS[kind])
        speed = megabytes_per_second(rival, found.bulk, least=seconds)
        ours = ours or speed
        yield [
            *(kind, name, f"{counts.f1:.4f}", f"{counts.remnants_per_10k:.2f}", f"{counts.number_recall:.3f}"),
            *(f"{kept} of {len(FACTS[kind])}", cases_equal(rival, found.cases)),
            *(f"{speed:.1f}", f"{ours / speed:.0f}", hostile(kind, name, limit=limit)),
        ]


def main(argv: list[str] | None = None) -> int:
    """Measure and print."""
    flags = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    flags.add_argument("--corpus", type=Path, required=True)
    flags.add_argument("--seconds", type=float, default=1.0, help="a round of timing takes at least this long")
    flags.add_argument("--hostile_limit", type=float, default=60.0, help="seconds after which hostile input is stopped")
    flags.add_argument("--unequal", action="store_true", help="print the cases that our text is not equal in")
    options = flags.parse_args(argv)
    lines = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    for kind in FACTS:
        for cells in rows(options.corpus, kind, seconds=options.seconds, limit=options.hostile_limit):
            lines.append(f"| {' | '.join(cells)} |")
    for name, f1, left in PUBLISHED:
        lines.append(f"| .namu | {name}, as published | {f1} | {left} |" + " |" * (len(COLUMNS) - 4))
    sys.stdout.write("\n".join(lines) + "\n")
    if options.unequal:
        ours = cleaners(".namu")["ours"]
        for case in material(options.corpus, ".namu").cases:
            if (found := ours.clean(case.source)).split() != case.prose.split():
                sys.stdout.write(f"{case.id}: {case.source!r} is {case.prose!r}, not {found!r}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
