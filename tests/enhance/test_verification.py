"""Every seeded fault is caught by its own rule, and every good answer is kept."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_pipelines.records import LETTERS, Question
from enhance.answers import CIRCLED, Options
from enhance.quantities import contradictions
from enhance.reasons import Reason
from enhance.verification import Limits, check_explanation, check_form, check_reasoning, repeated_share
from tests.enhance.cases import EXPLAINED, FAULTS, GOOD, QUESTIONS, UNEXPLAINED

LIMITS = Limits(min_chars=80, max_chars=3000)
SHORT = Limits(min_chars=30, max_chars=1000)

FORMS = [
    "정답: {0}",
    "정답은 {0}이다.",
    "정답은 {0}입니다.",
    "답은 {0}",
    "그러므로 {0}이 정답이다.",
    "따라서 정답은 바로 {0}이다.",
    "**정답: {0}**",
    "정답은 '{0}'이다.",
    "(정답: {0})",
    "{0}을 정답으로 고른다.",
    "최종 정답은 ({0})이다.",
]


def test_the_tables_are_long_enough_and_say_nothing_twice() -> None:
    assert len(GOOD) == len(set(GOOD)) >= 60
    assert len(FAULTS) == len(set(FAULTS)) >= 60
    elsewhere = {
        Reason.TOO_LONG,
        Reason.OOM,
        Reason.MISLEADS,
        Reason.TEST_SPLIT,
        Reason.BENCHMARK,
    }  # not found in a text
    assert {fault[1] for fault in FAULTS} | {fault[0] for fault in UNEXPLAINED} == set(Reason) - elsewhere


@pytest.mark.parametrize(("name", "text"), GOOD)
def test_a_good_answer_is_kept(name: str, text: str) -> None:
    verdict = check_reasoning(text, "stop", QUESTIONS[name], LIMITS)
    assert verdict.good, verdict


@pytest.mark.parametrize(("name", "reason", "text"), FAULTS)
def test_a_fault_is_caught(name: str, reason: Reason, text: str) -> None:
    verdict = check_reasoning(text, "stop", QUESTIONS[name], LIMITS)
    assert reason in verdict.reasons, verdict


@pytest.mark.parametrize(("term", "definition", "text"), EXPLAINED)
def test_a_good_explanation_is_kept(term: str, definition: str, text: str) -> None:
    verdict = check_explanation(text, "stop", term, definition, SHORT)
    assert verdict.good, verdict


@pytest.mark.parametrize(("reason", "term", "definition", "text"), UNEXPLAINED)
def test_a_bad_explanation_is_caught(reason: Reason, term: str, definition: str, text: str) -> None:
    assert reason in check_explanation(text, "stop", term, definition, SHORT).reasons


def test_a_good_answer_that_was_cut_off_is_unfinished() -> None:
    for name, text in GOOD:
        assert check_reasoning(text, "length", QUESTIONS[name], LIMITS).reasons == (Reason.UNFINISHED,)


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_an_answer_is_read_as_the_option_it_names_and_no_other(name: str, form: str) -> None:
    question = QUESTIONS[name]
    marks = [LETTERS, [f"{n}번" for n in range(1, 6)], question.options]
    marks += [] if any(c in question.question for c in CIRCLED) else [CIRCLED]
    for kind, (place, letter) in itertools.product(marks, enumerate(LETTERS)):
        text = form.format(kind[place])
        assert check_reasoning(text, "stop", question, SHORT).reasons or letter == question.answer, text
        assert Options(question).stated(text.replace("*", "")).claimed == {letter}, text


def test_another_key_makes_every_good_answer_a_wrong_one() -> None:
    for name, text in GOOD:
        question = QUESTIONS[name]
        for letter in set(LETTERS) - {question.answer}:
            other = Question(question.question, question.options, letter)
            assert Reason.WRONG_ANSWER in check_reasoning(text, "stop", other, LIMITS).reasons, (text, letter)


@given(st.text(max_size=200), st.sampled_from(sorted(QUESTIONS)))
def test_no_text_whatever_breaks_a_rule(text: str, name: str) -> None:
    verdict = check_reasoning(text, "stop", QUESTIONS[name], LIMITS)
    assert verdict.reasons  # nothing of this kind is good
    assert Options(QUESTIONS[name]).stated(text).claimed <= set(LETTERS)


@given(
    st.lists(
        st.sampled_from(
            ["정답", "은 ", "A", "③", "가 ", "아니라", "오답", ". ", "0.3 mg ", "5번 뇌신경", "비타민 C", "\n"]
        )
    )
)
def test_no_order_of_cues_breaks_a_rule(parts: list[str]) -> None:
    for question in QUESTIONS.values():
        check_reasoning("".join(parts), "stop", question, SHORT)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_does_not_contradict_itself(name: str) -> None:
    question = QUESTIONS[name]
    assert contradictions("\n".join((question.question, *question.options)), question) == []


def test_repetition_and_hangul_are_measured_as_told() -> None:
    assert repeated_share("가나다라마바사아자차카타파하") == 0
    assert repeated_share("가나다라마바사아자차카타" * 10) == pytest.approx(1 - 12 / 109)
    latin = "고혈압 hypertension, " * 5
    assert Reason.LOW_KOREAN in check_form(latin, "stop", "", SHORT).reasons
