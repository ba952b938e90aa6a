"""The measures of quality, against the same said in plain Python."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_pipelines.text.columns import from_strings
from beam_pipelines.text.quality import BINS, MEASURES, histogram, score, score_text
from tests.benchmarks.quality import plainly
from tests.oracle import uncompiled

PLAIN = "혈압이 높은 사람은 하루에 두 번 혈압을 잰다.\n약은 아침에 먹는다.\n\n짜게 먹지 않는 것이 좋다."


PIECES = st.sampled_from(
    ["혈압", "약", "3 mg", "a", "있다", "있다.", "(끝.)", "😀", "é", "것 ", " ", "\n", "\n\n", "그 ", "…"]
)


ONCE = st.lists(PIECES, max_size=60).map("".join)
AGAIN = st.tuples(ONCE, PIECES, ONCE).map(lambda parts: "".join((*parts, parts[0], parts[2], parts[0])))


@given(st.lists(ONCE | AGAIN, max_size=4))
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


UNCOMPILED = """
import json, sys
from beam_pipelines.text.columns import from_strings
from beam_pipelines.text.quality import score
print(json.dumps(score(from_strings(json.load(sys.stdin))).tolist()))
"""


def test_compiled_and_uncompiled_agree() -> None:
    texts = [PLAIN, f"{PLAIN}\n\n{PLAIN} 😀 é (끝.)", " ".join(PLAIN.split() * 3), "", "\n"]
    assert json.loads(uncompiled(UNCOMPILED, stdin=json.dumps(texts))) == score(from_strings(texts)).tolist()
