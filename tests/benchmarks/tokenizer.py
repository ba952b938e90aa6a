"""Tokens per character of the real Gemma 3 tokenizer before and after, on text that was not learnt from.

``python -m tests.benchmarks.tokenizer --corpus ../shared/corpus`` prints a Markdown table. Learnt from: news
paragraphs, news sentences and Tatoeba sentences in Korean, less the tenth of each whose text hashes lowest (the rule of
``model_prep.training_text``), which is what those columns measure. Wiki articles and the project's own medical and
general sample texts are held out whole. The ids of English and of Python's own library, as code, must not change.
"""

import argparse
import json
import logging
import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from beam_pipelines.text.cleaners import CLEANERS
from beam_pipelines.text.columns import from_strings
from data.sample import make_sample
from model_prep import extension, fertility, tokenizer_file, training_text, vocabulary, word_counts
from tests.models import fetch

_LOG = logging.getLogger("tokenizer")
HELD_OUT = 0.1
SIZES = (1023, 2047, 4095, 8191)


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


def main() -> int:
    """Learn, measure, print."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--min_freq", type=int, default=5, help="small, because this corpus is")
    parser.add_argument("--save", type=Path, help="write the held-out and the learnt text and the pieces here as JSON")
    given = parser.parse_args()
    split, texts = sources(given.corpus)
    counts = word_counts.WordCounts(most=1_000_000)
    learnt: list[str] = []
    for name, rows in split.items():
        column = pa.array(rows, pa.large_string())
        held = training_text.is_held_out([column], HELD_OUT)
        texts[name] = [row for row, is_held in zip(rows, held, strict=True) if is_held]
        learnt += [row for row, is_held in zip(rows, held, strict=True) if not is_held]
    seen = set(learnt)
    assert not any(text in seen for rows in texts.values() for text in rows)
    counts.add(word_counts.count_batch(pa.array(learnt, pa.large_string()), 1))
    folder = fetch.tokenizer()
    base = json.loads((folder / extension.TOKENIZER).read_text(encoding="utf-8"))
    before = vocabulary.loaded(base)
    most = max(SIZES)
    found = vocabulary.learn(base, counts.table(), pieces=most, min_freq=given.min_freq, max_syllables=8)
    measured = {0: fertility.tokens_per_char(before, texts)}
    other = [*texts["English"], *code()]
    ids = fertility.encoded(before, other)
    for size in SIZES:
        part = found.first(size)
        after = vocabulary.loaded(tokenizer_file.extend(base, letters=part.letters, merges=part.merges))
        measured[size] = fertility.tokens_per_char(after, texts)
        assert fertility.encoded(after, other) == ids
        assert not vocabulary.unreachable(after, part.pieces, first=tokenizer_file.next_id(base))
    if given.save:
        given.save.write_text(json.dumps({"learnt": learnt, "texts": texts, "pieces": found.pieces}), encoding="utf-8")
    _LOG.info("learnt from %s characters; ids of %s other lines unchanged", f"{sum(map(len, learnt)):,}", len(other))
    _LOG.info("| held out | characters | base | %s |", " | ".join(f"{size:,}" for size in SIZES))
    _LOG.info("|---|---|---|%s", "---|" * len(SIZES))
    for name in texts:
        cells = [f"{measured[size][name]:.3f} ({measured[size][name] / measured[0][name] - 1:+.1%})" for size in SIZES]
        _LOG.info(
            "| %s | %s | %.3f | %s |", name, f"{sum(map(len, texts[name])):,}", measured[0][name], " | ".join(cells)
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
