"""Candidates, verified pairs and what goes, whatever order things come in."""

import itertools
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_pipelines.text import shingles
from beam_pipelines.transforms import files, near
from beam_pipelines.transforms.parts import LOST

KEYS = st.lists(st.lists(st.integers(0, 5), max_size=8), min_size=1, max_size=4)


def candidates(items: list[np.ndarray], buckets: int, order: list[int] | None = None) -> set[tuple[int, ...]]:
    """The pairs of items whose lines have these bands, both documents as (item, line)."""
    blobs = [pair for number, keys in enumerate(items) for pair in near.band_blobs(keys, number, buckets, lines(keys))]
    blobs = [blobs[place] for place in order] if order else blobs
    grouped = defaultdict(list)
    for bucket, blob in blobs:
        grouped[bucket].append(blob)
    return {
        pair
        for group in grouped.values()
        for _, found in near.pairs(group, 64)
        for pair in np.frombuffer(found, near.PAIR).tolist()
    }


def lines(keys: np.ndarray) -> np.ndarray:
    return np.arange(len(keys))


def bands(rows: list[int], seed: int = 0) -> np.ndarray:
    """Bands of which the first is shared by lines of one number; the others are their own. 0 has none."""
    keys = np.random.default_rng(seed).integers(0, 1 << 62, (len(rows), shingles.BANDS))
    keys[:, 0] = np.array(rows, np.int64) << 58 | 12345 << 20
    keys[np.array(rows, np.int64) == 0] = shingles.NO_BAND
    return keys


@given(KEYS, st.sampled_from([1, 2, 64, 4096]), st.randoms())
def test_every_later_document_of_a_band_meets_its_first_ones(items, buckets, random) -> None:
    made = [bands(rows, seed) for seed, rows in enumerate(items)]
    blobs = sum(1 for number, keys in enumerate(made) for _ in near.band_blobs(keys, number, buckets, lines(keys)))
    found = candidates(made, buckets, random.sample(range(blobs), blobs))
    groups = defaultdict(list)
    for item, rows in enumerate(items):
        for line, number in enumerate(rows):
            if number:
                groups[number].append((item, line))
    expected = {
        (*later, *first)
        for group in groups.values()
        for place, later in enumerate(group)
        for first in group[: min(place, near.FIRST)]
    }
    assert found == expected


def test_a_band_that_very_many_share_costs_no_more_than_the_first_ones_each() -> None:
    keys = np.tile(np.arange(1, shingles.BANDS + 1) << 50, (20_000, 1))
    assert len(candidates([keys], 64)) == near.FIRST * 20_000 - sum(range(near.FIRST + 1))


def test_lines_that_were_lost_before_are_in_no_band() -> None:
    keys = bands([1, 1, 1])
    blobs = dict(near.band_blobs(keys, 0, 1, np.array([0, 2])))
    assert [np.frombuffer(found, near.PAIR).tolist() for _, found in near.pairs(blobs.values(), 1)] == [[(0, 2, 0, 0)]]


def test_at_most_a_hundred_bytes_are_shuffled_for_the_bands_of_a_document() -> None:
    keys = np.random.default_rng(0).integers(0, 1 << 63, (10_000, shingles.BANDS))
    sizes = [len(blob) for _, blob in near.band_blobs(keys, 7, 256, lines(keys))]
    assert sum(sizes) == 10_000 * shingles.BANDS * 8 + 4 * len(sizes)
    assert sum(sizes) / 10_000 < 100


@given(st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30), st.randoms())
def test_settled_is_who_meets_a_kept_one_and_that_is_the_first(edges, random) -> None:
    edges = [(max(pair), min(pair)) for pair in edges if pair[0] != pair[1]]
    rows = [(later // 3, later % 3, first // 3, first % 3, 0.9) for later, first in edges]
    verified = np.array(random.sample(rows, len(rows)), near.VERIFIED)
    found = {
        (item, line): (kept_item, kept)
        for item, blob in near.settle(verified)
        for line, kept_item, kept, _ in np.frombuffer(blob, LOST).tolist()
    }
    expected: dict[int, int] = {}
    for page in range(10):
        kept = [first for later, first in sorted(edges) if later == page and first not in expected]
        if kept:
            expected[page] = min(kept)
    assert found == {(page // 3, page % 3): (first // 3, first % 3) for page, first in expected.items()}


BASE = " ".join(
    f"{a}{b} 검사는 아침에 하고 결과는 설명을 듣는다." for a, b in itertools.product("가나다라마", "바사아자")
)


@pytest.mark.parametrize(
    ("other", "holds"),
    [
        (BASE + " 끝.", True),
        (BASE.replace("아침에", "저녁에", 2), True),
        (BASE.replace("아침에 하고", "저녁이면 끝나며"), False),
        (BASE.replace("설명", "약 5 mg", 1), False),
        (BASE.replace("결과는", "세 번", 1), False),
    ],
)
def test_a_pair_is_judged_by_its_jaccard_and_by_what_both_state(other: str, holds: bool) -> None:
    found, _ = near.judge([BASE, other], np.array([[1, 0]]), 0.8)
    assert found[0] == (shingles.jaccard_text(BASE, other) if holds else 0)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=30), st.data())
def test_runs_cover_every_pair_once_and_hold_little_text(pairs, data) -> None:
    sizes = np.array(data.draw(st.lists(st.integers(1, near.RUN_BYTES), min_size=7, max_size=7)))
    sides = np.array(pairs)
    runs = list(near._runs(sides, sizes))
    assert [place for run in runs for place in range(run.start, run.stop)] == list(range(len(pairs)))
    for run in runs:
        assert run.stop - run.start == 1 or sizes[np.unique(sides[run])].sum() <= near.RUN_BYTES


@pytest.mark.parametrize("root", ["", "memory://ranges/"])
def test_many_ranges_are_read_as_one_by_one(root: str, tmp_path) -> None:
    root = root or f"{tmp_path}/"
    paths = [f"{root}{name}" for name in "ab"]
    for path in paths:
        with files.write_whole(path) as out:
            out.write(path[-1].encode() * 5 + b"0123456789")
    found = files.read_ranges([paths[0], paths[1], paths[0]], [0, 5, 14], [3, 7, 99])
    assert found == [b"aaa", b"01", b"9"]
    assert files.read_ranges([], [], []) == []
