"""The first of equal documents stays, whatever the order of blobs and the number of buckets."""

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_pipelines.text.fingerprint import FINGERPRINT
from beam_pipelines.transforms import dedupe
from beam_pipelines.transforms.parts import LOST

ITEMS = st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=12), min_size=1, max_size=5)


def index_of(marks: list[tuple[int, int]]) -> np.ndarray:
    """An index whose fingerprints are spread over the buckets by their first bits, with halves that collide."""
    index = np.zeros(len(marks), FINGERPRINT)
    index["high"] = [high << 62 for high, _ in marks]
    index["low"] = [low << 32 for _, low in marks]
    return index


@given(ITEMS, st.sampled_from([1, 2, 64, 4096]), st.integers(1, 3), st.randoms())
def test_losers_are_all_but_the_first_of_each_fingerprint(items, buckets, limit, random) -> None:
    blobs = [pair for number, marks in enumerate(items) for pair in dedupe.blobs(index_of(marks), number, buckets)]
    random.shuffle(blobs)
    lost: dict[int, list[tuple[int, tuple[int, int]]]] = {}
    for _, group in itertools.groupby(sorted(blobs, key=lambda pair: pair[0]), key=lambda pair: pair[0]):
        for item, lines in dedupe.losers((blob for _, blob in group), limit=limit):
            for line, kept_item, kept, likeness in np.frombuffer(lines, LOST).tolist():
                lost.setdefault(item, []).append((line, (kept_item, kept)))
                assert likeness == 1
    seen: Counter[tuple[int, int]] = Counter()
    first: dict[tuple[int, int], tuple[int, int]] = {}
    expected: dict[int, list[tuple[int, tuple[int, int]]]] = {}
    for number, marks in enumerate(items):
        for line, mark in enumerate(marks):
            repeated = first.setdefault(mark, (number, line))
            if seen[mark] >= limit:
                expected.setdefault(number, []).append((line, repeated))
            seen[mark] += 1
    assert {item: sorted(lines) for item, lines in lost.items()} == expected


def test_14_bytes_are_shuffled_per_document() -> None:
    index = np.zeros(10_000, FINGERPRINT)
    index["high"] = np.random.default_rng(0).integers(0, 1 << 63, 10_000)
    sizes = [len(blob) for _, blob in dedupe.blobs(index, 7, 64)]
    assert sum(sizes) == 10_000 * 14 + 5 * len(sizes)
    assert len(sizes) <= 64


@pytest.mark.parametrize(("step", "size"), [(1, 13), (255, 13), (256, 14), (65_535, 14), (65_536, 16)])
def test_lines_far_apart_are_found_again(step: int, size: int) -> None:
    lines = np.arange(4) * step
    index = np.zeros(lines[-1] + 1, FINGERPRINT)  # every document is the same
    (blob,) = dedupe.blobs(index, 3, 64, lines)
    assert len(blob[1]) == 5 + 4 * size
    ((item, lost),) = dedupe.losers([blob[1]])
    assert (item, np.frombuffer(lost, LOST)["line"].tolist()) == (3, lines[1:].tolist())


@pytest.mark.parametrize(("size", "buckets"), [(0, 64), (1 << 30, 64), (1 << 40, 256), (3 << 38, 256), (1 << 50, 4096)])
def test_bucket_count(size: int, buckets: int) -> None:
    assert dedupe.bucket_count(size) == buckets
