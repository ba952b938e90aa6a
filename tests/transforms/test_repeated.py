"""Lines are counted exactly, whatever order parts come in and into however many buckets their keys fall."""

from collections import Counter, defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from beam_pipelines.transforms import repeated

KEYS = st.integers(0, 6).map(lambda n: n << 60 | n)
DOCUMENTS = st.lists(st.lists(KEYS, unique=True, max_size=5), max_size=6)
PARTS = st.lists(st.tuples(st.sampled_from(["namu_wiki", "c4"]), DOCUMENTS), min_size=1, max_size=5)


def tally(documents: list[list[int]], lost: set[int]) -> np.ndarray:
    """What a part writes down whose documents have these keys."""
    keys = np.array([key for document in documents for key in document], np.int64)
    counts = np.array([len(document) for document in documents], np.uint32)
    kept = np.array([n for n in range(len(documents)) if n not in lost], np.int64)
    found: np.ndarray = repeated.tally(keys, counts, kept)
    return found


@given(PARTS, st.sets(st.integers(0, 5)), st.sampled_from([1, 2, 64, 4096]), st.integers(0, 4), st.randoms())
def test_repeated_are_the_keys_of_more_than_n_kept_documents_of_a_source(parts, lost, buckets, most, random) -> None:
    slices = defaultdict(list)
    expected: Counter[tuple[str, int]] = Counter()
    for item, (source, documents) in enumerate(parts):
        records = tally(documents, lost)
        covered = 0
        for bucket, first, last in repeated.bounds(records["key"], buckets):
            slices[bucket].append((item, source, records[first:last]))
            covered += last - first
        assert covered == len(records)
        kept = [document for n, document in enumerate(documents) if n not in lost]
        expected.update((source, key) for document in kept for key in document)
    found = defaultdict(dict)
    for tallies in slices.values():
        random.shuffle(tallies)
        for item, blob in repeated.find(tallies, most):
            found[item].update(np.frombuffer(blob, repeated.TALLY).tolist())
    for item, (source, documents) in enumerate(parts):
        own = {key for n, document in enumerate(documents) if n not in lost for key in document}
        assert found[item] == {key: expected[source, key] for key in own if expected[source, key] > most}
