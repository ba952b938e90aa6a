"""Tokens per character of the real Gemma 3 tokenizer before and after, on text that was not learnt from.

``python -m tests.benchmarks.tokenizer --corpus ../shared/corpus`` prints a Markdown table. Learnt from: news
paragraphs, news sentences and Tatoeba sentences in Korean, less the tenth of each whose text hashes lowest (the rule of
``model_prep.training_text``), which is what those rows measure. Wiki articles and the project's own medical and general
sample texts are held out whole. A held-out line that was learnt from elsewhere, or shares eight words in a row with
what was, is not measured. The ids of English and of Python's own library, as code, must not change.

Two more tables say what to expect elsewhere. News with the held-out part learnt from too is a bound: more text of the
kind cannot be expected to do better. A software manual (``tests.benchmarks.manuals``; left out where there is no
``apt-get``), learnt by itself with whole pages held out, is a narrower kind of text.
"""

import argparse
import json
import logging
import re
import sysconfig
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from beam_pipelines.text.cleaners import CLEANERS
from beam_pipelines.text.columns import from_strings
from data.sample import make_sample
from model_prep import extension, fertility, tokenizer_file, training_text, vocabulary, word_counts
from tests.benchmarks import manuals
from tests.models import fetch

_LOG = logging.getLogger("tokenizer")
HELD_OUT = 0.1
SIZES = (1023, 2047, 4095, 8191, 11263, 16383)
RUN = 8
"""Words in a row that a held-out line may not share with what is learnt."""


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _json(path: Path) -> Iterator[str]:
    for line in _lines(path):
        yield json.loads(line)["text"]


def _sample(name: str) -> list[str]:
    lines = _lines(Path(make_sample.__file__).parent / f"{name}.txt")
    return [re.sub(r"^=+ ?| ?=+$", "", line) for line in lines]


def sources(corpus: Path) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """``(texts to split, texts to measure on only)`` by name."""
    tatoeba = [line.split("\t") for line in _lines(corpus / "enko/tatoeba_kor.txt")]
    articles = [path.read_text(encoding="utf-8") for path in sorted((corpus / "namumark/articles").glob("*.namu"))]
    wiki = CLEANERS["namu_wiki"].clean(from_strings(articles)).to_pylist()
    split = {
        "news": [text for path in sorted((corpus / "webtext").glob("dps_*.jsonl")) for text in _json(path)],
        "news sentences": _lines(corpus / "enko/korean-english-park.dev.ko"),
        "Tatoeba": [row[1] for row in tatoeba],
    }
    whole = {
        "wiki": [*wiki, (corpus / "kowiki/지미_카터.expected.txt").read_text(encoding="utf-8")],
        "medical (own)": _sample("medical"),
        "general (own)": _sample("general"),
        "English": [*_lines(corpus / "enko/korean-english-park.dev.en"), *(row[0] for row in tatoeba)],
    }
    return split, whole


def code() -> list[str]:
    """Up to 50,000 lines of Python's own library, without Hangul."""
    paths = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))
    lines = [line for path in paths for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    return [line for line in lines if line.strip() and not tokenizer_file.HANGUL.search(line)][:50_000]


def parted(documents: Sequence[str]) -> tuple[list[str], list[str]]:
    """``(documents to learn from, documents held out)``."""
    held = training_text.is_held_out([pa.array(documents, pa.large_string())], HELD_OUT)
    pairs = list(zip(documents, held, strict=True))
    return [text for text, is_held in pairs if not is_held], [text for text, is_held in pairs if is_held]


def marks(line: str) -> set[str]:
    """The line itself and every eight words in a row of it."""
    words = line.split()
    return {line, *(" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1))}


def unseen(held: Mapping[str, Iterable[str]], learnt: Iterable[str]) -> dict[str, list[str]]:
    """The lines of held-out documents that share nothing with those learnt from (see :func:`marks`), by name."""
    seen = {mark for text in learnt for line in text.splitlines() for mark in marks(line)}
    found: dict[str, list[str]] = {}
    for name, texts in held.items():
        lines = [line for text in texts for line in text.splitlines() if line.strip()]
        found[name] = [line for line in lines if not marks(line) & seen]
        _LOG.info("%s: %s of %s held-out lines share a run of words", name, len(lines) - len(found[name]), len(lines))
    return found


class Bench:
    """The real tokenizer, what is learnt for it, and what that does to texts."""

    def __init__(self, *, min_freq: int) -> None:
        self._base = json.loads((fetch.tokenizer() / extension.TOKENIZER).read_text(encoding="utf-8"))
        self._min_freq = min_freq
        self.before = vocabulary.loaded(self._base)

    def learn(self, texts: Sequence[str], pieces: int) -> vocabulary.Learnt:
        """At most so many pieces."""
        counts = word_counts.WordCounts(most=1_000_000)
        counts.add(word_counts.count_batch(pa.array(texts, pa.large_string()), 1))
        return vocabulary.learn(self._base, counts.table(), pieces=pieces, min_freq=self._min_freq, max_syllables=8)

    def measure(
        self, found: vocabulary.Learnt, texts: fertility.Texts, sizes: Sequence[int], other: Sequence[str] = ()
    ) -> dict[str, list[str]]:
        """A row of cells for each name; the ids of ``other`` must be the same with every number of pieces."""
        first = fertility.tokens_per_char(self.before, texts)
        ids = fertility.encoded(self.before, other)
        rows = {name: [f"{sum(map(len, texts[name])):,}", f"{first[name]:.3f}"] for name in first}
        for size in sizes:
            part = found.first(size)
            after = vocabulary.loaded(tokenizer_file.extend(self._base, letters=part.letters, merges=part.merges))
            assert fertility.encoded(after, other) == ids
            assert not vocabulary.unreachable(after, part.pieces, first=tokenizer_file.next_id(self._base))
            for name, now in fertility.tokens_per_char(after, texts).items():
                rows[name].append(f"{now:.3f} ({now / first[name] - 1:+.1%})")
        return rows


def _print(rows: Mapping[str, Sequence[str]], sizes: Sequence[int]) -> None:
    _LOG.info("| held out | characters | base | %s |", " | ".join(f"{size:,}" for size in sizes))
    _LOG.info("|---|---|---|%s", "---|" * len(sizes))
    for name, cells in rows.items():
        _LOG.info("| %s | %s |", name, " | ".join(cells))


def main() -> int:
    """Learn, measure, print."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--min_freq", type=int, default=5, help="small, because this corpus is")
    parser.add_argument("--save", type=Path, help="write the held-out and the learnt text and the pieces here as JSON")
    given = parser.parse_args()
    split, whole = sources(given.corpus)
    halves = {name: parted(documents) for name, documents in split.items()}
    learnt = [text for half, _ in halves.values() for text in half]
    texts = unseen({**{name: held for name, (_, held) in halves.items()}, **whole}, learnt)
    bench = Bench(min_freq=given.min_freq)
    found = bench.learn(learnt, max(SIZES))
    other = [*texts["English"], *code()]
    rows = bench.measure(found, texts, SIZES, other)
    if given.save:
        given.save.write_text(json.dumps({"learnt": learnt, "texts": texts, "pieces": found.pieces}), encoding="utf-8")
    _LOG.info("learnt from %s characters; ids of %s other lines unchanged", f"{sum(map(len, learnt)):,}", len(other))
    _print(rows, SIZES)
    known = bench.learn([*learnt, *texts["news"]], SIZES[3])
    _LOG.info("\nThe held-out news learnt from too, as a bound:")
    _print(bench.measure(known, {"news": texts["news"]}, SIZES[:4]), SIZES[:4])
    if pages := manuals.pages():
        learnt, held = parted(pages)
        texts = unseen({"manual": held}, learnt)
        _LOG.info("\nA manual by itself, learnt from %s characters:", f"{sum(map(len, learnt)):,}")
        _print(bench.measure(bench.learn(learnt, SIZES[2]), texts, SIZES[:3]), SIZES[:3])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
