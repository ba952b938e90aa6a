"""Near-deduplication against brute force and datasketch: what it drops, what it misses, how fast its kernels are.

``python -m tests.benchmarks.near`` plants edited copies of pages of our own text and runs the pipeline on them.
The truth is worked out here, in plain Python, for every two pages: the Jaccard of their character 5-grams, and whether
the same numbers with the same units stand in them in the same order. ``--speed DIR`` adds MB/s on a corpus of
``make_corpus``, pages as they are and cut into short documents, for our kernels and for datasketch in the same run.
"""

import argparse
import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from data.sample import content

SENTENCES = 16
RATES = (1, 2, 3, 5, 8, 12, 20, 30)
THRESHOLD = 0.8
ROWS = 400
"""Rows of a batch that is timed."""
SHORT = ((80, 160), (80, 400))
"""Characters of short documents that are timed: 200 to 400 bytes, and 200 to 1,000."""


class Page(NamedTuple):
    """A planted page: its kind, its text, and the number of the page that it was made from (its own for a new one)."""

    kind: str
    text: str
    of: int


def _sentences() -> list[str]:
    pages = [s for topic in content.topics() for section in topic.sections for s in section.sentences]
    pages += [s for topic in content.family_topics() for section in topic.sections for s in section.sentences]
    return sorted(set(pages))


_NUMERALS = ["한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열"]
_UNITS = {
    "mg": "g",
    "g": "mg",
    "mL": "L",
    "L": "mL",
    "시간": "일",
    "일": "주",
    "분": "초",
    "%": "배",
    "mmHg": "kPa",
    "회": "번",
}
_LIMITS = {"이상": "이하", "이하": "이상", "미만": "초과", "초과": "미만"}
_DIGITS = re.compile(r"\d+")


def _edited(words: list[str], rate: float, dice: random.Random, pool: list[str]) -> list[str]:
    """Replace, drop, double or insert words at a rate, but none that holds a figure."""
    out: list[str] = []
    for word in words:
        if dice.random() >= rate or re.search(r"\d", word):
            out.append(word)
            continue
        match dice.randrange(4):
            case 0:
                out.append(dice.choice(pool))
            case 1:
                out += [word, dice.choice(pool)]
            case 2:
                out.append(word + dice.choice("은는이가을를도만"))
            case _:
                pass
    return out


def _other_number(text: str, dice: random.Random) -> str | None:
    found = list(_DIGITS.finditer(text))
    if not found:
        return None
    spot = dice.choice(found)
    return text[: spot.start()] + str(int(spot[0]) * 2 + 1) + text[spot.end() :]


def _swapped(table: dict[str, str], before: str, after: str) -> Callable[[str, random.Random], str | None]:
    words = "|".join(sorted(map(re.escape, table), key=len, reverse=True))
    pattern = re.compile(f"{before}({words}){after}")

    def swap(text: str, dice: random.Random) -> str | None:
        found = list(pattern.finditer(text))
        if not found:
            return None
        spot = dice.choice(found)
        return text[: spot.start(1)] + table[spot[1]] + text[spot.end(1) :]

    return swap


DOSES: dict[str, Callable[[str, random.Random], str | None]] = {
    "number": _other_number,
    "unit": _swapped(_UNITS, r"(?<=\d) ?", r"(?![A-Za-z/])"),
    "numeral": _swapped(
        dict(zip(_NUMERALS, [*_NUMERALS[1:], "한"], strict=True)),
        r"(?<![가-힣])",
        r"(?= ?(?:번|알|시간|차례|개월|방울|주))",
    ),
    "limit": _swapped(_LIMITS, r"(?<=(?:mg|mL|Hg|시간|개월|dL| %| g| ℃)) ?", ""),
}
"""What no two pages that differ in it may be merged in spite of."""


def planted(count: int, seed: int = 0) -> list[Page]:
    """``count`` new pages, edited copies of each, copies with another dose, pages that share a template; all differ."""
    dice = random.Random(seed)
    sentences = _sentences()
    pool = sorted({word for sentence in sentences for word in sentence.split() if not re.search(r"\d", word)})
    pages: list[Page] = []
    template = " ".join(dice.sample([s for s in sentences if not re.search(r"\d", s)], 10))
    for number in range(count):
        chosen = dice.sample(sentences, dice.choice([SENTENCES // 2, SENTENCES, SENTENCES * 3]))
        text = " ".join(chosen)
        origin = len(pages)
        pages.append(Page("new", text, origin))
        for rate in dice.sample(RATES, 2):
            pages.append(Page(f"edited {rate} %", " ".join(_edited(text.split(), rate / 100, dice, pool)), origin))
        for name in dice.sample(sorted(DOSES), 2):
            if (other := DOSES[name](text, dice)) is not None and other != text:
                other = other if number % 2 else " ".join(_edited(other.split(), 0.01, dice, pool))
                pages.append(Page(f"another {name}", other, origin))
        pages.append(
            Page("longer", text + " " + dice.choice([s for s in sentences if not re.search(r"\d", s)]), origin)
        )
        if number % 4 == 0:
            own = " ".join(dice.sample([s for s in sentences if not re.search(r"\d", s)], 6))
            pages.append(Page("template", template + " " + own, len(pages)))
            pages.append(Page("short", dice.choice(sentences)[: dice.randrange(15, 60)], len(pages)))
    seen: dict[str, int] = {}
    first = [seen.setdefault(page.text, number) for number, page in enumerate(pages)]
    stay = {number: place for place, number in enumerate(n for n, other in enumerate(first) if n == other)}
    return [page._replace(of=stay[first[page.of]]) for number, page in enumerate(pages) if number in stay]


_FOLDED = re.compile(r"[^\w%<>=+±~^$&]|_")
_NUMBER = re.compile(r"(\d[\d.,:/~-]*\d|\d) ?(㎎|[A-Za-zμµ%℃°²³]+(?:/[A-Za-zμµ]+)*|[가-힣])?")
_COUNTED = re.compile(r"(?<![가-힣])(한|두|세|네|다섯|여섯|일곱|여덟|아홉|열) ?(?=번|알|시간|차례|개월|방울|주)")


def grams(text: str, size: int = 5) -> set[str]:
    """Character n-grams without spaces, punctuation and case: the truth that MinHash estimates."""
    folded = _FOLDED.sub("", text.lower())
    return {folded[at : at + size] for at in range(len(folded) - size + 1)}


def numbers(text: str) -> tuple[Any, ...]:
    """Numbers with units, in order, as regular expressions see them."""
    return tuple(_NUMBER.findall(text)), tuple(_COUNTED.findall(text))


class Truth(NamedTuple):
    """What brute force says of pages: their grams and numbers."""

    grams: list[set[str]]
    numbers: list[tuple[Any, ...]]

    def alike(self, one: int, other: int) -> float:
        """The Jaccard of two pages."""
        shared = len(self.grams[one] & self.grams[other])
        return shared / max(1, len(self.grams[one]) + len(self.grams[other]) - shared)


def neighbours(truth: Truth, threshold: float) -> list[list[int]]:
    """For each page the earlier ones at least so alike, whatever numbers they state: every pair is looked at."""
    found: list[list[int]] = []
    for page, own in enumerate(truth.grams):
        near = []
        for other in range(page):
            sizes = sorted((len(own), len(truth.grams[other])))
            if sizes[0] >= threshold * sizes[1] and truth.alike(page, other) >= threshold:
                near.append(other)
        found.append(near)
    return found


def by_datasketch(truth: Truth, threshold: float, num_perm: int = 128) -> list[list[int]]:
    """The same as its MinHash-LSH finds it, each candidate verified by the true Jaccard."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=threshold, num_perm=num_perm)
    found: list[list[int]] = []
    for page, own in enumerate(truth.grams):
        sketch = MinHash(num_perm=num_perm)
        sketch.update_batch([gram.encode() for gram in own])
        found.append(sorted(other for other in index.query(sketch) if truth.alike(page, other) >= threshold))
        index.insert(page, sketch)
    return found


def ours(pages: list[Page], threshold: float) -> dict[int, tuple[int, float]]:
    """What the pipeline drops as a near-duplicate: page -> (page that is kept, Jaccard)."""
    from beam_pipelines import plain_text

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "pages.jsonl"
        source.write_text("".join(json.dumps({"text": page.text}) + "\n" for page in pages))
        flags = ["--min_chars=0", "--min_korean_ratio=0", "--adult_filter=off", f"--near_jaccard={threshold}"]
        flags += ["--input", str(source), "--output", f"{folder}/out/train.jsonl", "--rejects", f"{folder}/rejects"]
        plain_text.run(["--source=wikipedia", "--dedupe=near", *flags])
        rows = [json.loads(line) for line in (Path(folder) / "rejects/wikipedia.jsonl").read_text().splitlines()]
    return {row["row"]: (row["kept"]["row"], row["jaccard"]) for row in rows if row["reason"] == "near_duplicate"}


def settled(near: list[list[int]], same: Callable[[int, int], bool]) -> set[int]:
    """The pages that go, in keeper order, where ``near`` names the earlier ones that each is alike."""
    lost: set[int] = set()
    for page, others in enumerate(near):
        if any(other not in lost and same(page, other) for other in others):
            lost.add(page)
    return lost


def quality(pages: list[Page], threshold: float = THRESHOLD) -> dict[str, Any]:
    """Precision and recall of ours, and what datasketch does with the same pages."""
    from beam_pipelines.text.columns import from_strings
    from beam_pipelines.text.numbers_stated import statement_keys

    truth = Truth([grams(page.text) for page in pages], [numbers(page.text) for page in pages])
    every, sketched = neighbours(truth, threshold), by_datasketch(truth, threshold)
    stated = statement_keys(from_strings(page.text for page in pages)).tolist()
    found = ours(pages, threshold)

    def same_numbers(one: int, other: int) -> bool:
        return truth.numbers[one] == truth.numbers[other]

    kept = set(range(len(pages))) - set(found)
    right = [p for p, (other, _) in found.items() if truth.alike(p, other) >= threshold and same_numbers(p, other)]
    should = [p for p, near in enumerate(every) if any(o in kept and same_numbers(p, o) for o in near)]
    strict = [p for p in should if any(o in kept and stated[p] == stated[o] for o in every[p])]
    kinds = Counter(pages[page].kind for page in found)
    return {
        "pages": len(pages),
        "dropped": len(found),
        "precision": round(len(right) / max(1, len(found)), 4),
        "recall where the same is stated": round(len(set(strict) & set(found)) / max(1, len(strict)), 4),
        "recall where the same numbers stand": round(len(set(should) & set(found)) / max(1, len(should)), 4),
        "of these with a changed sentence that states a dose": len(should) - len(strict),
        "another dose": sum(page.kind.startswith("another") for page in pages),
        "another dose, merged": sum(pages[page].kind.startswith("another") for page in found),
        "another dose, merged by datasketch": sum(
            page.kind.startswith("another") and page.of in near for page, near in zip(pages, sketched, strict=True)
        ),
        "recall of datasketch, numbers not looked at": round(sum(map(len, sketched)) / max(1, sum(map(len, every))), 4),
        "dropped by kind": dict(sorted(kinds.items())),
    }


def _timed(run: Callable[[], Any]) -> float:
    begin = time.thread_time()  # of this thread, whatever else the machine does
    run()
    return time.thread_time() - begin


def _cut(texts: list[str], sizes: tuple[int, int], seed: int = 0) -> list[str]:
    """Texts cut into documents of so many characters, from the one number to the other; a shorter rest is left out."""
    dice = random.Random(seed)
    found = []
    for text in texts:
        at, size = 0, dice.randint(*sizes)
        while at + size <= len(text):
            found.append(text[at : at + size])
            at, size = at + size, dice.randint(*sizes)
    return found


def _speed(texts: list[str], rounds: int) -> dict[str, Any]:
    """MB/s from strings in memory to the keys of all bands, of our kernels and of datasketch."""
    from datasketch import MinHash

    from beam_pipelines.text.columns import from_strings
    from beam_pipelines.text.numbers_stated import figure_keys
    from beam_pipelines.text.shingles import BINS, band_keys

    chunks = [from_strings(texts[at : at + ROWS]) for at in range(0, len(texts), ROWS)]

    def sketch() -> None:
        for chunk in chunks:
            band_keys(chunk, figure_keys(chunk))

    few = texts[:: max(1, len(texts) // 200)]

    def by_datasketch() -> None:
        for text in few:
            MinHash(num_perm=BINS).update_batch([gram.encode() for gram in grams(text)])

    sketch()
    size, size_of_few = (sum(len(text.encode()) for text in some) / 1e6 for some in (texts, few))
    mb = size / min(_timed(sketch) for _ in range(rounds))
    theirs = size_of_few / min(_timed(by_datasketch) for _ in range(rounds))
    return {
        "documents": len(texts),
        "bytes of one": round(size * 1e6 / len(texts)),
        "MB/s": round(mb, 1),
        "MB/s of datasketch": round(theirs, 2),
        "times": round(mb / theirs),
    }


def speed(folder: Path, rounds: int) -> dict[str, Any]:
    """The speed on one core: on pages as they are, and cut into short documents."""
    table = pa.ipc.open_stream(str(next(iter(sorted(folder.rglob("*.arrow")))))).read_all()
    pages = table["text"].to_pylist()
    cuts = {f"cut into {least} to {most} characters": _cut(pages, (least, most)) for least, most in SHORT}
    return {f"speed: {name}": _speed(texts, rounds) for name, texts in {"pages": pages, **cuts}.items()}


def main(argv: list[str] | None = None) -> None:
    """Measure and print."""
    flags = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    flags.add_argument("--pages", type=int, default=300, help="new pages; copies come on top")
    flags.add_argument("--seed", type=int, default=0)
    flags.add_argument("--speed", type=Path, metavar="DIR", help="a corpus of make_corpus")
    flags.add_argument("--rounds", type=int, default=3)
    options = flags.parse_args(argv)
    result = quality(planted(options.pages, options.seed))
    if options.speed:
        result |= speed(options.speed, options.rounds)
    sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
