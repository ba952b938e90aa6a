"""Shingles, the Jaccard of two texts, and bands that agree as often as MinHash says."""

import contextlib
import io
import json
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_pipelines.text import shingles
from beam_pipelines.text.columns import from_strings
from tests.oracle import uncompiled

LETTERS = "가나다라마바사 혈압당뇨 aBc12 .,·-%<「」％ａ\n😀é"
TEXTS = st.text(alphabet=LETTERS, max_size=80)
NO_SALT = np.zeros(1, np.int64)


def grams(text: str) -> set[str]:
    folded = [c for c in text.lower().translate(str.maketrans("％ａ", "%a")) if c.isalnum() or c in "%<😀"]
    return {"".join(folded[at : at + 5]) for at in range(len(folded) - 4)}


def bands(*texts: str, salt: int = 0) -> np.ndarray:
    return shingles.band_keys(from_strings(texts), np.full(len(texts), salt, np.int64))


def words(count: int, seed: int) -> list[str]:
    dice = random.Random(seed)
    return ["".join(chr(dice.randrange(0xAC00, 0xD7A4)) for _ in range(dice.randrange(1, 5))) for _ in range(count)]


@given(TEXTS, TEXTS)
def test_the_jaccard_is_that_of_the_sets_of_character_five_grams(one: str, other: str) -> None:
    mine, theirs = grams(one), grams(other)
    assert [len(found) for found in shingles.shingle_sets(from_strings([one, other]))] == [len(mine), len(theirs)]
    assert shingles.jaccard_text(one, other) == len(mine & theirs) / max(1, len(mine | theirs))


@given(TEXTS)
def test_spaces_punctuation_and_case_do_not_count(text: str) -> None:
    spread = "「" + " ".join(c.swapcase() if c.isascii() else c for c in text) + "… "
    assert shingles.jaccard_text(text, spread) == (1.0 if grams(text) else 0.0)
    assert bands(text).tolist() == bands(spread).tolist()


def test_rows_of_a_slice_are_those_of_the_whole() -> None:
    texts = from_strings([" ".join(words(60, seed)) for seed in range(6)])
    whole = shingles.band_keys(texts, np.arange(6))
    assert shingles.band_keys(texts.slice(2, 3), np.arange(2, 5)).tolist() == whole[2:5].tolist()
    assert len(np.unique(whole)) == whole.size


@pytest.mark.parametrize(("characters", "has"), [(0, False), (4, False), (43, False), (44, True), (100_000, True)])
def test_a_text_has_bands_from_forty_shingles_on(characters: int, has: bool) -> None:
    text = "".join(words(characters, 1))[:characters]
    assert (bands(text) != shingles.NO_BAND).all() == has
    assert (bands(text) == shingles.NO_BAND).all() != has


def test_a_text_that_only_repeats_itself_takes_no_longer_and_has_bands() -> None:
    assert (bands("ㅋ" * 1_000_000) >= 0).all()
    assert bands("ㅋ" * 100).tolist() == bands("ㅋ" * 1_000_000).tolist()


@pytest.mark.parametrize("size", [4_095, 4_096, 4_099, 4_100, 4_101, 8_195, 8_196, 8_197, 9_000])
def test_shingles_go_on_over_the_end_of_a_block(size: int) -> None:
    text = "".join(words(size, 8))[:size]
    whole, *halves = shingles.shingle_sets(from_strings([text, text[: size // 2 + 4], text[size // 2 :]]))
    assert len(whole) == len(grams(text))
    assert np.array_equal(whole, np.unique(np.concatenate(halves)))
    assert bands(text[:997] * 3).tolist() == bands(text[:997] * 20).tolist()


def test_shingles_fall_evenly_into_the_bins() -> None:
    """A bin that gets less than its share takes many more rounds to fill."""
    (found,) = shingles.shingle_sets(from_strings(["".join(words(20_000, 9))]))
    found = np.random.default_rng(9).permutation(found)
    empty = np.iinfo(np.int64).max
    left = np.zeros(shingles.BINS)
    for some in found[: len(found) // 60 * 60].reshape(-1, 60):
        least = np.full(shingles.BINS, empty)
        shingles._fall(some, len(some), 0, least)
        left += least == empty
    share = left / (len(found) // 60)
    assert share == pytest.approx((1 - 1 / shingles.BINS) ** 60, abs=0.08)


def test_other_salts_agree_in_no_band() -> None:
    text = " ".join(words(80, 2))
    assert not (bands(text) == bands(text, salt=1)).any()


@pytest.mark.parametrize(("size", "seed"), [(25, 3), (60, 4), (400, 5)])
@pytest.mark.parametrize("changed", [0.02, 0.05, 0.1, 0.25])
def test_bands_agree_as_often_as_independent_permutations_would(size: int, seed: int, changed: float) -> None:
    """A text with fewer shingles than bins is no worse off: its bins are filled by further rounds."""
    dice = random.Random(seed)
    pairs = []
    for number in range(300):
        text = words(size, seed * 1000 + number)
        other = [word if dice.random() > changed else "바꿈" + word[:1] for word in text]
        pairs.append((" ".join(text), " ".join(other)))
    agree = np.mean(bands(*(one for one, _ in pairs)) == bands(*(other for _, other in pairs)))
    expected = np.mean([shingles.jaccard_text(*pair) ** shingles.ROWS for pair in pairs])
    assert agree == pytest.approx(expected, abs=0.03)


CODE = """
import numpy as np
from beam_pipelines.text import shingles
from beam_pipelines.text.columns import from_strings
texts = from_strings(TEXTS)
keys = shingles.band_keys(texts, np.arange(len(texts)))
sets = shingles.shingle_sets(texts)
print(keys.tolist(), [found.tolist() for found in sets], shingles.jaccard(sets[0], sets[1]))
"""


def test_compiled_and_uncompiled_agree() -> None:
    dice = random.Random(6)
    texts = ["".join(dice.choices(LETTERS, k=size)) for size in (0, 4, 60, 61, 300, 5000)]
    texts[1:1] = [" ".join(words(40, 7)), " ".join(words(40, 7)[:-3])]
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(CODE, {"TEXTS": texts})
    assert (
        uncompiled("import json, sys; TEXTS = json.load(sys.stdin)\n" + CODE, stdin=json.dumps(texts))
        == shown.getvalue()
    )
