"""Many words looked up at once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beam_pipelines.text.columns import flat, from_strings
from beam_pipelines.text.trie import ROOT, build, candidate, longest, starts, step

LETTERS = st.sampled_from("가각간나야동 aAbBé한")
WORDS = st.dictionaries(st.text(LETTERS, min_size=1, max_size=6), st.integers(0, 9), min_size=1, max_size=12)


def lower(text: str) -> bytes:
    return text.encode().lower()


@settings(deadline=None)  # the first call compiles
@given(WORDS, st.text(LETTERS, max_size=30))
def test_search_finds_what_a_plain_search_finds(values: dict[str, int], text: str) -> None:
    values = {word: value for word, value in values.items() if word == word.lower()} or {"a": 0}
    trie = build(values)
    marks, jumps = starts(values, trie)
    data, _ = flat(from_strings([text]))
    raw = lower(text)
    at = 0
    for begin in range(len(raw)):
        fitting = [word for word in values if raw.startswith(lower(word), begin)]
        best = max(fitting, key=lambda word: len(word.encode()), default=None)
        found, stop = longest(data, begin, len(data), trie)
        assert (found, stop) == ((values[best], begin + len(best.encode())) if best else (-1, begin))
        if best:
            place, node, k = candidate(data, at, len(data), marks, jumps)
            while place < begin:  # a candidate may be wrong, but none is passed over
                place, node, k = candidate(data, place + 1, len(data), marks, jumps)
            assert place == begin
            walked = ROOT
            for byte in data[begin:k]:
                walked = step(trie, walked, int(byte))
            assert walked == node
            at = begin + 1


@pytest.mark.parametrize("values", [{"": 0}, {"가": -1}, {"ab": 0, "AB": 1}])
def test_words_that_cannot_be_told_apart_are_refused(values: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"listed twice|non-empty"):
        build(values)


def test_no_candidate_reaches_past_the_end_of_a_row() -> None:
    trie = build({"가나다": 0})
    marks, jumps = starts(["가나다"], trie)
    data, _ = flat(from_strings(["가나다가나다"]))
    assert candidate(data, 0, 3, marks, jumps) == (3, ROOT, 3)
    assert longest(data, 0, 8, trie) == (-1, 0)
