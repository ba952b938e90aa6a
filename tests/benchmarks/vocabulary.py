"""The words and pieces of markup that the benchmark corpus is drawn from.

A corpus is a long row of *pieces*: a word with a particle, a linked word, or the end of a sentence together with what
follows it (a space, a new paragraph, a heading, a table, a folded block...). Every piece is drawn from one urn, the
*deck*, in which words stand as often as Zipf's law says. The shares below were tuned until marks per kilobyte agree
with real NamuWiki articles; ``make_corpus --density`` counts them.
"""

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data.sample import content, markup

LISTS = {
    name: words.split()
    for name, words in (
        line.split(": ", 1) for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    )
}
PARTICLES = [*content.PARTICLES.values(), *((form, form) for form in LISTS["particles"])]
COLORS = LISTS["colors"]

# How often each kind of word is drawn, and each kind of thing after a sentence. Shares of one.
LINKED, BOLD, NUMBER, LATIN_SHARE, BRACED = 0.082, 0.030, 0.03, 0.01, 0.024
SENTENCE_END = 0.095
AFTER = {
    "table": 0.05,
    "heading": 0.07,
    "list": 0.03,
    "folding": 0.012,
    "wiki": 0.008,
    "quote": 0.005,
    "file": 0.012,
    "macro": 0.015,
    "note": 0.085,
    "struck": 0.03,
    "comment": 0.003,
    "paragraph": 0.1,
    "sample": 0.03,
}

WORDS, PIECES, HEADS, DECK = 6_000, 60_000, 500, 1 << 21


@dataclass(frozen=True)
class Pieces:
    """Pieces as UTF-8, their lengths, and the deck: piece numbers as often as they are drawn."""

    pieces: list[bytes]
    lengths: npt.NDArray[np.int64]
    deck: npt.NDArray[np.int32]
    """Shape (DECK,)."""
    words: list[str]
    heads: int
    """The first of the HEADS pieces that begin a page."""
    last: int
    """The piece that ends a document."""


def words(rng: random.Random) -> list[str]:
    """Words from common to rare: those of the sample corpus, mixed with made-up ones of two to four syllables."""
    own = sorted({*markup.TERMS.split(), *(t.title for t in content.topics() if " " not in t.title)})
    initials, middles, finals = LISTS["initials"], LISTS["middles"], LISTS["finals"]
    made: set[str] = set()
    while len(made) < WORDS - len(own):
        made.add(rng.choice(initials) + "".join(rng.choices(middles, k=rng.choice((0, 1, 1, 2)))) + rng.choice(finals))
    found = own + sorted(made)
    rng.shuffle(found)
    return found


class Maker:
    """Makes pieces; ``plain`` leaves the markup out."""

    def __init__(self, rng: random.Random, *, plain: bool) -> None:
        self.rng = rng
        self.plain = plain
        self.words = words(rng)
        self.cumulative = np.cumsum(1 / (np.arange(len(self.words)) + 2.7)).tolist()
        self.sentences = [s for topic in content.topics() for section in topic.sections for s in section.sentences]

    def word(self) -> str:
        """A word by Zipf's law."""
        return self.rng.choices(self.words, cum_weights=self.cumulative)[0]

    def particle(self, word: str) -> str:
        """A particle that fits the word."""
        consonant, vowel = self.rng.choice(PARTICLES)
        return consonant if content.ends_in_consonant(word) else vowel

    def marked(self, word: str, before: str = "", after: str = "") -> str:
        """A word with its particle, and marks between the two."""
        return f"{before}{word}{after}{self.particle(word)}"

    def phrase(self, count: int) -> str:
        """Some words with particles."""
        return " ".join(self.marked(self.word()) for _ in range(count))

    def number(self) -> str:
        """An amount such as 1,250 mg, 2~3회 or 36.5 ℃."""
        rng = self.rng
        value = rng.choice(
            [
                str(rng.randint(1, 2024)),
                f"{rng.randint(1, 99)}.{rng.randint(0, 9)}",
                f"{rng.randint(1, 9)},{rng.randint(0, 999):03d}",
            ]
        )
        if rng.random() < 0.15:
            value = f"{rng.randint(1, 20)}~{rng.randint(21, 60)}"
        return f"{value}{rng.choice(['', ' '])}{rng.choice(LISTS['units'])}"

    def link(self, word: str = "") -> str:
        """A link: plain, with a label, or with an anchor."""
        word, form = word or self.word(), self.rng.random()
        if form < 0.6:
            return f"[[{word}]]"
        if form < 0.9:
            return f"[[{word} {self.word()}|{word}]]"
        return f"[[{self.word()}#s-{self.rng.randint(1, 9)}|{word}]]"

    def inner(self) -> str:
        """A piece inside a sentence, with the space after it."""
        draw = self.rng.random()
        if draw < NUMBER:
            return self.number() + " "
        draw -= NUMBER
        if draw < LATIN_SHARE:
            return self.rng.choice(LISTS["latin"]) + " "
        draw -= LATIN_SHARE
        word = self.word()
        if self.plain or draw > LINKED + BOLD + BRACED:
            return f"{self.marked(word)} "
        if draw < LINKED:
            return f"{self.link(word)}{self.particle(word)} "
        if draw < LINKED + BOLD:
            mark = self.rng.choice(["'''", "'''", "'''", "''", "__", "~~", "--"])
            return f"{self.marked(word, mark, mark)} "
        form = self.rng.choice(["+1", "-1", *COLORS])
        return f"{self.marked(word, f'{{{{{{{form} ', '}}}')} "

    def table(self) -> str:
        """A table of a few rows, with cell options, links and nested colours as real ones have."""
        rng = self.rng
        columns = rng.randint(2, 5)
        head = "||".join(
            f"<bgcolor=#{rng.choice(['580009', 'dddddd', 'ffffff,#1f2023'])}> '''{self.word()}''' "
            for _ in range(columns)
        )
        lines = [f"||<tablewidth=100%><tablealign=center>{head}||"]
        for _ in range(rng.randint(2, 9)):
            cells = [
                rng.choice(
                    [
                        f"<-1> {self.link()}",
                        f" {self.number()}",
                        f"<:> {self.word()}",
                        f" {self.phrase(3)}[br]{self.link()}",
                    ]
                )
                for _ in range(columns)
            ]
            lines.append("||" + " ||".join(cells) + " ||")
        return "\n".join(lines)

    def block(self, kind: str) -> str:
        """What stands between one sentence and the next, from the space or line end on."""
        rng = self.rng
        match kind:
            case "paragraph":
                return "\n\n"
            case "sample":
                return f" {rng.choice(self.sentences)} "
        if self.plain:
            return " "
        match kind:
            case "table":
                return f"\n{self.table()}\n"
            case "heading":
                marks = "=" * rng.choice((2, 2, 3, 3, 4))
                return f"\n{marks} {self.word()} {self.word()} {marks}\n"
            case "list":
                sign = rng.choice([" * ", " * ", " 1. "])
                return "\n" + "".join(f"{sign}{self.phrase(4)} {self.link()}\n" for _ in range(rng.randint(2, 4)))
            case "folding":
                return f"\n{{{{{{#!folding [ 펼치기 · 접기 ]\n{self.phrase(20)} {self.link()} {self.phrase(10)}}}}}}}\n"
            case "wiki":
                body = f"{self.phrase(12)} {{{{{{#red {self.word()}}}}}}} {self.phrase(4)}"
                return f'\n{{{{{{#!wiki style="padding: 5px 10px"\n{body}}}}}}}\n'
            case "quote":
                return f"\n> {self.phrase(9)}\n>> '''{self.word()}'''\n"
            case "file":
                return f"\n[[파일:{self.word()} {self.word()}.png|width={rng.randint(2, 6)}00]]\n"
            case "macro":
                return rng.choice(
                    [
                        "[br]",
                        f"\n[youtube({self.word()})]\n",
                        f"\n[include(틀:상위 문서, top1={self.word()})]\n",
                        " [age(1980-01-01)] ",
                    ]
                )
            case "note":
                return f"[* {self.phrase(7)} {self.link()}] "
            case "struck":
                mark = rng.choice(["~~", "--"])
                return f" {mark}{self.phrase(3)}{mark} "
        return f"\n## {self.phrase(4)}\n"

    def end(self) -> str:
        """The end of a sentence and what follows it."""
        ending = self.rng.choice(LISTS["endings"]).replace("|", " ")
        draw = self.rng.random()
        for kind, share in AFTER.items():
            if draw < share:
                return ending + self.block(kind)
            draw -= share
        return ending + " "

    def head(self) -> str:
        """What stands before the first sentence of a page."""
        lines = [f"[[분류:{self.word()}]]", f"[include(틀:상위 문서, top1={self.word()})]", "[목차]", "== 개요 =="]
        return "" if self.plain else "\n".join(lines[self.rng.randint(0, 1) :]) + "\n"


def make_pieces(seed: int, *, plain: bool) -> Pieces:
    """All pieces and the deck; about a second."""
    maker = Maker(random.Random(f"pieces {seed}"), plain=plain)
    ends = PIECES // 4
    found = [maker.inner() for _ in range(PIECES - ends)] + [maker.end() for _ in range(ends)]
    found += [maker.head() for _ in range(HEADS)]
    found.append("이다.\n" if plain else "이다.\n[각주]\n")
    pieces = [piece.encode() for piece in found]
    # The words of a piece are drawn by Zipf's law already, so within a kind every piece is as likely as another.
    rng = np.random.default_rng(seed)
    deck = rng.integers(0, PIECES - ends, DECK, dtype=np.int32)
    at_end = rng.random(DECK) < SENTENCE_END
    deck[at_end] = rng.integers(PIECES - ends, PIECES, int(at_end.sum()), dtype=np.int32)
    return Pieces(pieces, np.array([len(p) for p in pieces], np.int64), deck, maker.words, PIECES, PIECES + HEADS)
