"""Merges are what plain counting says they are, every piece stays in use, and order does not matter."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_prep.continued_bpe import BREAK, Learner, Merge, Words, merged, pairs_of

LETTERS = "가나다라"

corpora = st.dictionaries(
    st.lists(st.sampled_from([*range(len(LETTERS)), BREAK]), min_size=1, max_size=8).map(tuple),
    st.integers(1, 9),
    min_size=1,
    max_size=12,
)


def learner(corpus: dict[tuple[int, ...], int], *, min_freq: int = 2, longest: int = 8) -> Learner:
    counts = list(corpus.values())
    return Learner(
        Words(tokens=list(corpus), counts=counts, weights=counts),
        LETTERS,
        min_freq=min_freq,
        may_join=lambda left, right: len(left + right) <= longest,
        is_canonical=lambda text, parts: list(text) == list(parts),
    )


def words(**counts: int) -> dict[tuple[int, ...], int]:
    return {tuple(LETTERS.index(letter) for letter in word): count for word, count in counts.items()}


def retold(corpus: dict[tuple[int, ...], int], merges: Sequence[Merge]) -> Counter[str]:
    """How often each piece stands in the corpus when the merges are applied in turn: plain strings, no bookkeeping."""
    usage: Counter[str] = Counter()
    for tokens, count in corpus.items():
        row = ["" if token == BREAK else LETTERS[token] for token in tokens]
        for merge in merges:
            at = 0
            while at + 1 < len(row):
                if (row[at], row[at + 1]) == (merge.left, merge.right):
                    row[at : at + 2] = [merge.piece]
                at += 1
        for piece in row:
            usage[piece] += count
    return usage


def test_the_pair_that_saves_most_goes_first() -> None:
    corpus = words(가나=5, 가나다=7, 라다=6, 라=20)
    assert [merge.piece for merge in learner(corpus, min_freq=3).learn()] == ["가나", "가나다", "라다"]


def test_a_merge_that_would_use_up_its_part_is_not_made() -> None:
    # All but one 가나 stand before 다: the row of 가나 would hardly be trained once 가나다 exists.
    assert [merge.piece for merge in learner(words(가나=1, 가나다=9), min_freq=2).learn()] == ["가나"]
    assert [merge.piece for merge in learner(words(가나=2, 가나다=9), min_freq=2).learn()] == ["가나", "가나다"]


def test_fresh_letters_keep_their_use_too() -> None:
    corpus = words(가나=9, 나=1)
    counts = list(corpus.values())
    data = Words(tokens=list(corpus), counts=counts, weights=counts)
    make = partial(
        Learner, data, LETTERS, min_freq=2, may_join=lambda a, b: True, is_canonical=lambda text, parts: True
    )
    assert [merge.piece for merge in make().learn()] == ["가나"]
    assert [merge.piece for merge in make(fresh={"나"}).learn()] == []


def test_weights_order_the_merges_and_counts_decide_what_is_rare() -> None:
    data = Words(tokens=[(0, 1), (2, 3)], counts=[9, 1], weights=[9, 90])
    make = partial(Learner, data, LETTERS, may_join=lambda a, b: True, is_canonical=lambda text, parts: True)
    assert [merge.piece for merge in make(min_freq=1).learn()] == ["다라", "가나"]
    assert [merge.piece for merge in make(min_freq=2).learn()] == ["가나"]


def test_a_piece_that_would_read_otherwise_on_its_own_is_not_made() -> None:
    data = Words(tokens=[(0, 1)], counts=[9], weights=[9])
    made = Learner(data, LETTERS, min_freq=1, may_join=lambda a, b: True, is_canonical=lambda text, parts: False)
    assert list(made.learn()) == []


@given(corpora, st.integers(1, 6))
def test_every_piece_is_in_use_at_every_length_of_the_list(corpus: dict[tuple[int, ...], int], least: int) -> None:
    merges = list(learner(corpus, min_freq=least, longest=4).learn())
    for length in range(len(merges) + 1):
        usage = retold(corpus, merges[:length])
        assert all(usage[merge.piece] >= least for merge in merges[:length])
    assert all(len(merge.piece) <= 4 for merge in merges)


@given(corpora)
def test_what_is_counted_is_what_is_there(corpus: dict[tuple[int, ...], int]) -> None:
    state = learner(corpus)
    merges = list(state.learn())
    usage = retold(corpus, merges)
    assert {state.pieces[token]: n for token, n in state.usage.items() if n and token != BREAK} == {
        piece: n for piece, n in usage.items() if piece and n
    }
    for tokens in corpus:
        assert "".join(state.pieces[t] for t in state.segmented(tokens) if t != BREAK) == "".join(
            LETTERS[t] for t in tokens if t != BREAK
        )


@given(corpora, st.randoms())
def test_the_order_of_the_words_does_not_matter(corpus: dict[tuple[int, ...], int], dice: Random) -> None:
    rows = list(corpus.items())
    dice.shuffle(rows)
    assert list(learner(corpus).learn()) == list(learner(dict(rows)).learn())


@pytest.mark.parametrize(("length", "pairs"), [(2, 1), (3, 1), (4, 2), (5, 2)])
def test_a_run_of_one_letter_is_merged_as_it_is_counted(length: int, pairs: int) -> None:
    run = [0] * length
    assert len(list(pairs_of(run))) == pairs == merged(run, (0, 0), 9).count(9)
