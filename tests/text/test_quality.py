"""The measures of quality, against the same said in plain Python."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_pipelines.text import quality
from beam_pipelines.text.columns import from_strings
from beam_pipelines.text.quality import BINS, MEASURES, histogram, score, score_text

PLAIN = "혈압이 높은 사람은 하루에 두 번 혈압을 잰다.\n약은 아침에 먹는다.\n\n짜게 먹지 않는 것이 좋다."


def repeated(units: Sequence[object], sizes: Sequence[int], run: int = 1) -> tuple[int, int]:
    seen, times, covered = set(), 0, set()
    for first in range(len(units) - run + 1):
        unit = tuple(units[first : first + run])
        if unit in seen:
            times += 1
            covered |= set(range(first, first + run))
        seen.add(unit)
    return times, sum(sizes[place] for place in covered)


def plainly(text: str) -> list[float]:
    words = text.split()
    rows = [tuple(line.split()) for line in text.split("\n")]
    lines = [row for row in rows if row]
    paragraphs: list[tuple[object, ...]] = []
    open_: tuple[object, ...] = ()
    for row in [*rows, ()]:
        if not row and open_:
            paragraphs.append(open_)
        open_ = (*open_, row) if row else ()
    size = [sum(map(len, line)) for line in lines]
    sizes = [sum(len("".join(line)) for line in paragraph) for paragraph in paragraphs]  # type: ignore[misc]
    chars = max(1, sum(map(len, words)))
    times, covered = repeated(lines, size)
    paragraph_times, paragraph_covered = repeated(paragraphs, sizes)
    ends = [" ".join(line).replace(" ", "").rstrip("\"')]”’」』》〉）")[-1:] in set(".!?…。！？") for line in lines]
    of_words, of_lines, of_paragraphs = max(1, len(words)), max(1, len(lines)), max(1, len(paragraphs))
    return [
        sum(map(len, words)) / of_words,
        text.count("\n") / of_words,
        sum(ends) / of_lines,
        sum(len(" ".join(line)) <= 30 for line in lines) / of_lines,
        times / of_lines,
        covered / chars,
        paragraph_times / of_paragraphs,
        paragraph_covered / chars,
        repeated(words, list(map(len, words)), 5)[1] / chars,
        repeated(words, list(map(len, words)), 10)[1] / chars,
        sum(word in quality._STOPWORDS.split() for word in words) / of_words,
    ]


PIECES = st.sampled_from(
    ["혈압", "약", "3 mg", "a", "있다", "있다.", "(끝.)", "😀", "é", "것 ", " ", "\n", "\n\n", "그 ", "…"]
)


@given(st.lists(st.lists(PIECES, max_size=60).map("".join), max_size=4))
def test_every_measure_is_what_plain_python_says(texts: list[str]) -> None:
    assert score(from_strings(texts)).tolist() == [plainly(text) for text in texts]


def test_what_is_repeated_is_counted_once_and_the_first_never() -> None:
    found = score_text(PLAIN)
    assert not any(value for name, value in found.items() if name.startswith("repeated"))
    assert found["end_punctuation"] == 1 and score_text("그 약 및 물")["stopwords"] == 0.5
    twice = score_text(f"{PLAIN}\n\n{PLAIN}")
    assert [twice[name] for name in MEASURES if name.startswith("repeated")] == [0.5] * 6


@pytest.mark.parametrize("text", ["", "\n", " ", "약", "."])
def test_next_to_nothing_is_measured_too(text: str) -> None:
    assert list(score_text(text).values()) == plainly(text)


def test_histograms_have_every_value_in_one_bin() -> None:
    values = np.array([0, 0.049, 0.05, 0.999, 1, 7])
    counts = histogram("short_lines", values)
    assert counts.sum() == 6 and counts[0] == 2 and counts[1] == 1 and counts[-1] == 3
    assert histogram("mean_word_chars", np.array([3.2])).tolist() == [0, 0, 0, 1] + [0] * (BINS - 4)
    assert histogram("short_lines", np.zeros(0)).tolist() == [0] * BINS
