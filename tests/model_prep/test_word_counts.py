"""Words are found as a regular expression finds them, and counted exactly or with a known bound."""

import re
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_prep import word_counts
from model_prep.word_counts import COUNT, WEIGHT, WORD, WordCounts, count_batch, in_order, words_of

WORDS = re.compile(r"(?:(?<! ) )?[가-힣]+")

letters = st.sampled_from(["가", "힣", "혈", " ", "a", "1", "\n", "ᄀ", "힤", "꯿", "漢", "😀", "é"])
texts = st.lists(st.text(letters, max_size=12), max_size=6)


@given(texts)
def test_words_are_runs_of_syllables_with_the_one_space_before_them(rows: list[str]) -> None:
    found = words_of(pa.array(rows, pa.large_string())).to_pylist()
    assert found == [word for row in rows for word in WORDS.findall(row)]


def test_a_slice_of_a_column_counts_its_own_rows() -> None:
    column = pa.array(["하나", "둘 셋", "넷"], pa.large_string())
    assert words_of(column.slice(1, 1)).to_pylist() == ["둘", " 셋"]


def test_a_run_too_long_for_a_word_is_not_counted() -> None:
    row = "가" * word_counts.LONGEST + " " + "나" * (word_counts.LONGEST + 1) + " 다"
    assert words_of(pa.array([row], pa.large_string())).to_pylist() == ["가" * word_counts.LONGEST, " 다"]


@given(st.lists(texts, max_size=5))
def test_batches_add_up(batches: list[list[str]]) -> None:
    counts = WordCounts(most=1_000_000)
    for rows in batches:
        counts.add(count_batch(pa.array(rows, pa.large_string()), 3))
    table = counts.table()
    expected = Counter(word for rows in batches for row in rows for word in WORDS.findall(row))
    assert dict(zip(table[WORD].to_pylist(), table[COUNT].to_pylist(), strict=True)) == expected
    assert table[WEIGHT].to_pylist() == [3 * n for n in table[COUNT].to_pylist()]
    assert counts.floor == 0


def test_memory_is_bounded_and_what_that_costs_is_known() -> None:
    counts = WordCounts(most=50)
    truth: Counter[str] = Counter()
    for n in range(40):
        rows = [f"늘 {chr(0xAC00 + 100 * n + k)}라는" for k in range(100)]
        truth.update(word for row in rows for word in WORDS.findall(row))
        counts.add(count_batch(pa.array(rows, pa.large_string()), 1))
    table = counts.table()
    found = dict(zip(table[WORD].to_pylist(), table[COUNT].to_pylist(), strict=True))
    assert table.num_rows <= 50
    assert counts.floor > 0
    assert all(truth[word] - counts.floor <= found.get(word, 0) <= truth[word] for word in truth)
    assert found["늘"] == truth["늘"] == 4000
    assert counts.total == sum(truth.values())


def test_work_on_threads_keeps_its_order_and_its_errors() -> None:
    assert list(in_order(lambda n: n * n, range(100), workers=3)) == [n * n for n in range(100)]
    numbers = iter(range(100))
    results = in_order(lambda n: n, numbers, workers=2)
    assert next(results) == 0
    assert next(numbers) <= 6  # it has not run ahead

    def fails(n: int) -> int:
        raise ValueError(f"no {n}")

    with pytest.raises(ValueError, match="no 0"):
        list(in_order(fails, range(9), workers=2))
