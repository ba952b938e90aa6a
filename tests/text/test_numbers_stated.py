"""What two texts must share before one may stand for both: every number, and the sentence that states a dose."""

import json
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_pipelines.text import numbers_stated
from beam_pipelines.text.columns import from_strings
from tests.oracle import uncompiled

PAGE = (
    "고혈압 환자는 짜게 먹지 않는다. 암로디핀은 {dose} 하루 {times} 먹는다. 혈압이 {pressure} 이상이면 병원에 간다.\n"
    "검사에서 칼륨이 {potassium} 나왔고 심부전은 {stage} 단계였다. 걷기는 몸에 좋다."
)
SAID = {"dose": "5 mg을", "times": "한 번", "pressure": "140/90 mmHg", "potassium": "3.5↓", "stage": "Ⅱ"}


def page(**changes: str) -> str:
    return PAGE.format(**{**SAID, **changes})


def keys(*texts: str) -> tuple[list[int], list[int]]:
    column = from_strings(texts)
    return numbers_stated.figure_keys(column).tolist(), numbers_stated.statement_keys(column).tolist()


@pytest.mark.parametrize(
    "changes",
    [
        {"dose": "10 mg을"},
        {"dose": "0.5 mg을"},
        {"dose": "50 mg을"},
        {"dose": "5 g을"},
        {"dose": "5 Mg을"},
        {"dose": "5 mL를"},
        {"dose": "5 mg/kg을"},
        {"dose": "5 mg/kg/day로"},
        {"dose": "5 밀리그램을"},
        {"dose": "5밀리리터를"},
        {"dose": "-5 mg을"},
        {"dose": "<5 mg을"},
        {"dose": "≤5 mg을"},
        {"dose": "5~10 mg을"},
        {"dose": "½ mg을"},
        {"dose": "５ mg을"},
        {"dose": "5 mIU/L을"},
        {"dose": "5 AU를"},
        {"dose": "5 mg 전후를"},
        {"dose": "5 mg 이하를"},
        {"dose": "5 이하를"},
        {"pressure": "130/90 mmHg"},
        {"pressure": "90/140 mmHg"},
        {"pressure": "140 mmHg"},
        {"potassium": "3.5↑"},
        {"potassium": "3,5↓"},
        {"potassium": "3.5"},
        {"stage": "Ⅲ"},
        {"stage": "II"},
        {"stage": "III"},
    ],
    ids=str,
)
def test_other_figures_or_units_differ_in_both_keys(changes: dict[str, str]) -> None:
    figures, statements = keys(page(), page(**changes))
    assert figures[0] != figures[1]
    assert statements[0] != statements[1]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("하루 한 번", "하루 두 번"),
        ("하루 한 번", "하루 네 번"),
        ("암로디핀", "와파린"),
        ("먹는다. 혈압", "먹지 않는다. 혈압"),
        ("5 mg을 하루", "5 mg을 이틀"),
    ],
)
def test_numbers_in_words_and_the_rest_of_a_dose_differ_in_the_thorough_key(before: str, after: str) -> None:
    assert page().count(before) == 1
    figures, statements = keys(page(), page().replace(before, after))
    assert figures[0] == figures[1]
    assert statements[0] != statements[1]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("걷기는 몸에 좋다", "산책은 건강에 이롭다"),
        ("5 mg을 하루 한 번", "5mg을  하루 한번"),
        ("짜게 먹지 않는다.", "짜게 먹지 않는다!"),
        ("좋다.", "좋다. 그 밖에는 의사와 상의한다."),
    ],
)
def test_what_states_no_dose_may_differ(before: str, after: str) -> None:
    assert page().count(before) == 1
    figures, statements = keys(page(), page().replace(before, after))
    assert figures[0] == figures[1]
    assert statements[0] == statements[1]


@pytest.mark.parametrize(("before", "after"), [("이상", "이하"), (" 이상이면", " 미만이면"), ("이상", "")])
def test_a_turned_limit_differs_in_both_keys(before: str, after: str) -> None:
    assert page().count(before) == 1
    figures, statements = keys(page(), page().replace(before, after))
    assert figures[0] != figures[1]
    assert statements[0] != statements[1]


def test_the_order_of_numbers_counts() -> None:
    one, other = "가군은 5 mg, 나군은 10 mg을 받았다.", "가군은 10 mg, 나군은 5 mg을 받았다."
    figures, statements = keys(one, other)
    assert len(set(figures)) == len(set(statements)) == 2


@given(st.lists(st.sampled_from(["가군은", "mg", "약을", "·", "\n"]), max_size=8), st.data())
def test_any_changed_digit_changes_both_keys(words: list[str], data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.integers(0, 10**6), min_size=len(words) + 1, max_size=len(words) + 1))
    text = "".join(f"{number} {word}" for number, word in zip(numbers, [*words, ""], strict=True))
    at = data.draw(st.sampled_from([place for place, c in enumerate(text) if c.isdigit()]))
    digit = data.draw(st.sampled_from([c for c in "0123456789" if c != text[at]]))
    figures, statements = keys(text, text[:at] + digit + text[at + 1 :])
    assert figures[0] != figures[1]
    assert statements[0] != statements[1]


def test_a_table_of_more_numbers_than_are_read_counts_word_for_word() -> None:
    row = " ".join(f"값 {number} mg" for number in range(numbers_stated.MOST + 50))
    _, statements = keys(row + " 가나", row + " 다라", row + " 가나")
    assert statements[0] == statements[2] != statements[1]


CODE = """
import json, sys
from beam_pipelines.text import numbers_stated
from beam_pipelines.text.columns import from_strings
texts = from_strings(json.loads(sys.argv[1]))
print(numbers_stated.figure_keys(texts).tolist(), numbers_stated.statement_keys(texts).tolist())
"""


def test_compiled_and_uncompiled_agree() -> None:
    dice = random.Random(1)
    alphabet = [*"0159.,-/~<≤½ⅡＡ５℃㎎VX ", " mg", "일", "세 번", "two ", "이상", ". ", "\n", "영하 "]
    texts = [page(), "", *("".join(dice.choices(alphabet, k=40)) for _ in range(60))]
    figures, statements = keys(*texts)
    assert uncompiled(CODE, json.dumps(texts)) == f"{figures} {statements}\n"
    assert np.min(figures) >= 0 <= np.min(statements)
