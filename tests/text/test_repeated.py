"""Which lines count, which may not go, and what is left of a text."""

import contextlib
import io
import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_pipelines.text import facts, repeated
from beam_pipelines.text.columns import from_strings
from beam_pipelines.text.tidy import tidy_text
from tests.oracle import uncompiled

NOTICE = "이 글은 누구나 고칠 수 있는 모두의 글입니다."
CAUTION = "소아에게는 다음과 같이 적게 쓴다."
LONG = "설명을 길게 이어 적은 줄이다."
PIECES = [NOTICE, CAUTION, LONG, "안내", "하루 3회", "한 알을 물과 함께 삼킨다.", "약 5 mg", "10세 이하", ""]
FREE, DOSES, AGES = {NOTICE, CAUTION, LONG}, {"하루 3회", "약 5 mg"}, {"10세 이하"}
TEXTS = st.lists(st.lists(st.sampled_from(PIECES), max_size=9).map("\n".join).map(tidy_text), max_size=6)


def keys_of(*lines: str) -> np.ndarray:
    """The keys of lines that count, in order."""
    return np.unique(repeated.line_keys(from_strings(lines))[0])


def drop(text: str, *lines: str) -> str:
    """What repeated lines leave of a text."""
    found = repeated.drop(from_strings([text]), keys_of(*lines))
    return found.texts.to_pylist()[0] if len(found.rows) else text


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        (NOTICE, True),
        ("함께 볼 글을 본다", False),  # 10 characters
        ("함께 볼 글을 또 본다", True),
        ("이 글은 2003년부터 누구나 고칠 수 있다.", False),
        ("혈압이 높은 사람은 ≥ 표시를 본다.", False),
        ("Ⅱ도 이상인 환자는 의사에게 묻는다.", False),
        ("This page may be edited by anyone.", True),
    ],
)
def test_a_line_counts_if_it_is_long_enough_and_holds_no_figure_or_sign(line: str, counts: bool) -> None:
    assert len(keys_of(line)) == counts


@pytest.mark.parametrize(
    "line",
    [
        "한 알을 물과 함께 천천히 삼킨다.",
        "신장이 약해진 환자는 절반으로 줄인다.",
        "천식이 있는 환자에게는 투여하지 않는다.",
        "이 약은 격일로 아침에 먹도록 한다.",
    ],
)
def test_what_states_a_number_in_words_or_speaks_of_giving_medicine_stays(line: str) -> None:
    assert len(keys_of(line)) == 1
    assert drop(f"{NOTICE}\n{line}\n{NOTICE}", line, NOTICE).split("\n").count(line) == 1


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"앞의 글\n\n{NOTICE}\n\n뒤의 글", "앞의 글\n\n뒤의 글"),
        (f"{NOTICE}\n\n1. 개요\n글이다.", "1. 개요\n글이다."),
        (f"{NOTICE}\n{NOTICE}", ""),
        (f"{CAUTION}\n5 mg/kg", f"{CAUTION}\n5 mg/kg"),
        (f"{CAUTION}\n\n하루 세 번 먹는다.", f"{CAUTION}\n\n하루 세 번 먹는다."),
        (f"{CAUTION}\n\n하루 세번 먹는다.", f"{CAUTION}\n\n하루 세번 먹는다."),
        (f"{CAUTION}\n\n네 알씩 먹는다.", f"{CAUTION}\n\n네 알씩 먹는다."),
        (f"체중 1 kg에 5 mg\n\n{CAUTION}", f"체중 1 kg에 5 mg\n\n{CAUTION}"),
        (f"{CAUTION}\n{NOTICE}\n\n5 mg/kg\n글\n{NOTICE}", f"{CAUTION}\n{NOTICE}\n\n5 mg/kg\n글"),
        (f"{CAUTION}\n10세 이하", f"{CAUTION}\n10세 이하"),
        (f"{CAUTION}\n\n그는 1980년에 태어났다.", "그는 1980년에 태어났다."),
    ],
)
def test_what_is_left_is_tidy_and_a_line_beside_a_dose_is_left(text: str, left: str) -> None:
    assert drop(text, NOTICE, CAUTION) == left


@given(TEXTS)
def test_keys_are_those_of_the_lines_once_a_row(texts: list[str]) -> None:
    keys, counts = repeated.line_keys(from_strings(texts))
    ends = np.cumsum(counts, dtype=np.int64)
    by_line = {line: key for line in PIECES for key in keys_of(line)}
    for text, start, end in zip(texts, ends - counts, ends, strict=True):
        expected = {by_line[line] for line in text.split("\n") if line in by_line}
        assert Counter(keys[start:end].tolist()) == Counter(expected)


def stays(lines: list[str], at: int, chosen: set[str]) -> bool:
    """Whether a chosen line stays for what stands before its run or behind it."""
    for way in (-1, 1):
        edge = k = at
        while 0 <= k < len(lines) and (lines[k] in chosen or not lines[k]):
            edge = k if lines[k] else edge
            k += way
        if 0 <= k < len(lines) and (lines[k] in DOSES or (lines[k] in AGES and k == edge + way)):
            return True
    return False


@given(TEXTS, st.lists(st.sampled_from(PIECES)))
def test_what_is_left_is_what_a_plain_loop_leaves(texts: list[str], lines: list[str]) -> None:
    chosen = FREE & set(lines)
    expected = {}
    for row, text in enumerate(texts):
        old = text.split("\n")
        left = [line for at, line in enumerate(old) if line not in chosen or stays(old, at, chosen)]
        if len(left) < len(old):
            expected[row] = tidy_text("\n".join(left))
    found = repeated.drop(from_strings(texts), keys_of(*lines))
    assert dict(zip(found.rows.tolist(), found.texts.to_pylist(), strict=True)) == expected


@given(TEXTS, st.lists(st.sampled_from(PIECES)))
def test_only_repeated_lines_go_no_fact_goes_and_nothing_is_put_in(texts: list[str], lines: list[str]) -> None:
    found = repeated.drop(from_strings(texts), keys_of(*lines))
    assert len(found.rows) == len(found.texts)
    gone: Counter[str] = Counter()
    for row, left in zip(found.rows.tolist(), found.texts.to_pylist(), strict=True):
        before, after = (Counter(line for line in text.split("\n") if line) for text in (texts[row], left))
        assert after < before
        assert left == tidy_text(left)
        gone += before - after
    assert gone == Counter({line.text: line.times for line in found.lines})
    assert set(gone) <= set(lines) & FREE
    same = from_strings([texts[row] for row in found.rows.tolist()])
    assert facts.count_rows(same).tolist() == facts.count_rows(found.texts).tolist()


CODE = """
import json, random
import numpy as np
from beam_pipelines.text import repeated
from beam_pipelines.text.columns import from_strings
dice = random.Random(5)
texts = ["\\n".join(dice.choices(PIECES, k=dice.randrange(9))) for _ in range(60)]
keys, counts = repeated.line_keys(from_strings(texts))
left = repeated.drop(from_strings(texts), np.unique(keys)[::2])
print(json.dumps([keys.tolist(), counts.tolist(), left.rows.tolist(), left.texts.to_pylist(), left.lines]))
"""


def test_compiled_and_plain_python_agree() -> None:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(CODE, {"PIECES": PIECES})
    assert json.loads(out.getvalue()) == json.loads(uncompiled(f"PIECES = {PIECES}\n{CODE}"))
