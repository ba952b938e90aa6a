"""Exam questions: white space, full-width forms, and numbers before options."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_pipelines.text import characters, questions

WORDS = ["아스피린", "와파린", "헤파린", "수술", "경과 관찰"]


@pytest.mark.parametrize(
    "style", ["{c} {w}", "{c}{w}", "({n}) {w}", "{n}) {w}", "{n}. {w}", "{a}. {w}", "({a}) {w}", "{b}) {w}"]
)
def test_numbers_before_all_options_go(style: str) -> None:
    numbered = [style.format(c="①②③④⑤"[i], n=i + 1, a="ABCDE"[i], b="abcde"[i], w=word) for i, word in enumerate(WORDS)]
    assert questions.clean_options(numbered) == WORDS


@pytest.mark.parametrize(
    ("options", "cleaned"),
    [
        (["① 아스피린", *WORDS[1:]], WORDS),  # stray, of its own place
        (["② 아스피린", *WORDS[1:]], ["② 아스피린", *WORDS[1:]]),
        (["①, ②", "①, ③", "②, ③", "②, ④", "③, ④"], ["①, ②", "①, ③", "②, ③", "②, ④", "③, ④"]),
        (["1. 5 mg", "2 mg", "3 mg", "4 mg", "5 mg"], ["1. 5 mg", "2 mg", "3 mg", "4 mg", "5 mg"]),
        (["1.5 mg", "2.5 mg", "3.5 mg", "4.5 mg", "5.5 mg"], ["1.5 mg", "2.5 mg", "3.5 mg", "4.5 mg", "5.5 mg"]),
        (["１００ ㎎", "２００ ㎎", "３", "＜ ４", "５０％"], ["100 ㎎", "200 ㎎", "3", "< 4", "50%"]),
        (["C3\n저하", "\u200bC4", "a  b", " c ", "d\t"], ["C3 저하", "C4", "a b", "c", "d"]),
        (["5) 가", "4) 나", "3) 다", "2) 라", "1) 마"], ["5) 가", "4) 나", "3) 다", "2) 라", "1) 마"]),
    ],
)
def test_what_may_be_a_dose_or_a_statement_stays(options: list[str], cleaned: list[str]) -> None:
    assert questions.clean_options(options) == cleaned


def test_a_question_keeps_its_lines_and_its_facts() -> None:
    raw = "  65세 남자가  왔다.\r\n\r\n\r\n혈압 １２０／８０ mmHg,\u00a0체온 38.5℃ \n10⁹/L, 2～3회 "
    assert questions.clean_text(raw) == "65세 남자가 왔다.\n\n혈압 120/80 mmHg, 체온 38.5℃\n10⁹/L, 2~3회"
    assert questions.clean_text(unicodedata.normalize("NFD", "가슴 통증")) == "가슴 통증"


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = questions.clean_text(text)
    assert questions.clean_text(once) == once


@given(st.lists(st.text("①②1.) 가a,\n", max_size=8), min_size=5, max_size=5))
def test_options_stay_five_and_only_lose_their_numbers(options: list[str]) -> None:
    cleaned = questions.clean_options(options)
    for before, after in zip(options, cleaned, strict=True):
        assert questions.key(before).endswith(questions.key(after))


def test_signs_are_counted_and_explained() -> None:
    counts = characters.count(["AST↑, α-차단제 5 ㎎", "ALT ↑ 高", "ㄱ 가"])
    assert counts == [("↑", 2), ("α", 1), ("㎎", 1), ("高", 1)]
    assert [characters.meaning(char) for char, _ in counts] == [
        "increased, elevated, rising",
        "alpha; a subtype or first of a series, as in α-blocker",
        "milligram",
        "cjk unified ideograph-9ad8",
    ]


def test_every_meaning_is_of_one_character_that_can_be_counted() -> None:
    table = characters.meanings()
    assert len(table) > 100
    for char, meaning in table.items():
        assert [found for found, _ in characters.count([char])] == [char]
        assert meaning.strip() == meaning != ""
