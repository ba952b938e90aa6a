"""Continued BPE: a byte-pair vocabulary goes on learning where its makers stopped (arXiv 2512.03989).

New merges rank after all old ones, so they only act on text that the old ones are done with: every new piece is a run
of old tokens, and text in which no new pair occurs keeps its ids. Pure Python on integers; nothing here knows a file
format or a tokenizer library.
"""

import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

BREAK = -1
"""A token that no piece may contain or cross, such as one byte of a character outside the vocabulary."""

Pair = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Words:
    """Word types as runs of old tokens, with how often each occurs and how much each counts.

    ``tokens[i]`` are places in a vocabulary or :data:`BREAK`. ``weights`` order the merges; ``counts`` are the plain
    occurrences, which decide whether the row of a piece would be trained.
    """

    tokens: Sequence[Sequence[int]]
    counts: Sequence[int]
    weights: Sequence[int]


@dataclass(frozen=True, kw_only=True)
class Merge:
    """``left + right`` becomes ``piece``."""

    left: str
    right: str

    @property
    def piece(self) -> str:
        """What the merge makes."""
        return self.left + self.right


def pairs_of(tokens: Sequence[int]) -> Iterator[Pair]:
    """Neighbours that could be merged; in a run like ``aaa`` those that merging from the left would take."""
    last: Pair | None = None
    for pair in itertools.pairwise(tokens):
        if BREAK in pair or (pair == last and pair[0] == pair[1]):
            last = None
        else:
            last = pair
            yield pair


def merged(tokens: Sequence[int], pair: Pair, made: int) -> list[int]:
    """``tokens`` with every occurrence of the pair replaced, from the left."""
    out: list[int] = []
    at = 0
    while at < len(tokens):
        if at + 1 < len(tokens) and (tokens[at], tokens[at + 1]) == pair:
            out.append(made)
            at += 2
        else:
            out.append(tokens[at])
            at += 1
    return out


class Learner:
    """The state of learning: the corpus as segmented so far, and what each possible merge would save.

    ``pieces`` is the old vocabulary, ``fresh`` those of it whose rows are as new as those of what is learnt.
    ``may_join(left, right)`` says whether a piece may be made of two others; ``is_canonical(text, tokens)`` whether
    the old tokenizer gives exactly these tokens for the text standing alone.
    """

    def __init__(
        self,
        words: Words,
        pieces: Sequence[str],
        *,
        fresh: Collection[str] = (),
        min_freq: int,
        may_join: Callable[[str, str], bool],
        is_canonical: Callable[[str, Sequence[str]], bool],
    ) -> None:
        self.pieces = list(pieces)
        self.usage: dict[int, int] = defaultdict(int)
        self._words, self._min_freq = words, min_freq
        self._may_join, self._is_canonical = may_join, is_canonical
        self._known, self._settled = set(pieces), {place for place, text in enumerate(pieces) if text not in fresh}
        self._tokens = [list(tokens) for tokens in words.tokens]
        self._count: dict[Pair, int] = defaultdict(int)
        self._weight: dict[Pair, int] = defaultdict(int)
        self._where: dict[Pair, set[int]] = defaultdict(set)
        self._made: dict[Pair, int] = {}
        self._parts: dict[int, tuple[int, ...]] = {}
        for word in range(len(self._tokens)):
            self._account(word, 1)
        self._heap = [self._entry(pair) for pair in self._weight]
        heapq.heapify(self._heap)

    def _entry(self, pair: Pair) -> tuple[int, str, str, Pair]:
        """What the heap orders by: the weight, then the pieces' text, so that the order depends on the corpus alone."""
        return -self._weight[pair], self.pieces[pair[0]], self.pieces[pair[1]], pair

    def _account(self, word: int, sign: int) -> set[Pair]:
        """Add a word's tokens and pairs to the counts, or take them back; returns its pairs."""
        tokens, count, weight = self._tokens[word], self._words.counts[word], self._words.weights[word]
        for token in tokens:
            self.usage[token] += sign * count
        pairs = list(pairs_of(tokens))
        for pair in pairs:
            self._count[pair] += sign * count
            self._weight[pair] += sign * weight
            (self._where[pair].add if sign > 0 else self._where[pair].discard)(word)
        return set(pairs)

    def _old_tokens(self, token: int) -> tuple[int, ...]:
        return self._parts.get(token, (token,))

    def segmented(self, old: Sequence[int]) -> list[int]:
        """A run of old tokens under the merges so far; a merge that was made earlier goes first."""
        tokens = list(old)
        while True:
            known = [pair for pair in itertools.pairwise(tokens) if pair in self._made]
            if not known:
                return tokens
            pair = min(known, key=self._made.__getitem__)
            tokens = merged(tokens, pair, self._made[pair])

    def _leaves_enough(self, pair: Pair) -> bool:
        """Whether each new piece in the pair would still stand ``min_freq`` times on its own."""
        spent = self._count[pair] * (2 if pair[0] == pair[1] else 1)
        return all(token in self._settled or self.usage[token] - spent >= self._min_freq for token in pair)

    def _reachable(self, pair: Pair, text: str, old: Sequence[int]) -> bool:
        """Whether the text of the piece, standing alone, comes out as this very pair."""
        return self._is_canonical(text, [self.pieces[t] for t in old]) and tuple(self.segmented(old)) == pair

    def _apply(self, pair: Pair, made: int) -> None:
        touched: set[Pair] = set()
        for word in sorted(self._where[pair]):
            touched |= self._account(word, -1)
            self._tokens[word] = merged(self._tokens[word], pair, made)
            touched |= self._account(word, 1)
        for changed in touched:
            if self._count[changed] >= self._min_freq:
                heapq.heappush(self._heap, self._entry(changed))

    def learn(self) -> Iterator[Merge]:
        """Merges in order, the one that saves most first, until none occurs ``min_freq`` times.

        At every moment each new piece stands ``min_freq`` times or more in the corpus: a merge that would leave one of
        its parts with fewer is not made.
        """
        while self._heap:
            weight, left, right, pair = heapq.heappop(self._heap)
            if -weight != self._weight[pair] or self._count[pair] < self._min_freq or pair in self._made:
                continue  # an entry that a later count has replaced
            text = left + right
            if text in self._known or not self._may_join(left, right) or not self._leaves_enough(pair):
                continue
            old = self._old_tokens(pair[0]) + self._old_tokens(pair[1])
            if not self._reachable(pair, text, old):
                continue
            made = self._made[pair] = len(self.pieces)
            self.pieces.append(text)
            self._known.add(text)
            self._parts[made] = old
            self._apply(pair, made)
            yield Merge(left=left, right=right)
