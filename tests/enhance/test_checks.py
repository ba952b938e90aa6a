"""Model checks: what is shown to the model, what its letters mean, and which tier follows; and how batches are "
"planned."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_pipelines.records import LETTERS
from enhance import batching, checks, tasks
from enhance.checks import Exam
from enhance.reasons import Tier
from enhance.tasks import TASKS, Entry
from tests.enhance.cases import GOOD, QUESTIONS

SHOCK = QUESTIONS["shock"]


def scores(favoured: str, liking: str = "") -> list[tuple[float, ...]]:
    """A model that knows the option of a letter, and likes a letter whatever it stands for."""
    of_turns = []
    for turn in range(len(LETTERS)):
        shown = LETTERS[(LETTERS.index(favoured) - turn) % len(LETTERS)] if favoured else ""
        of_turns.append(tuple(float(letter == shown) * 2 + float(letter == liking) * 9 for letter in LETTERS))
    return of_turns


@pytest.mark.parametrize("favoured", LETTERS)
@pytest.mark.parametrize("liking", ["", *LETTERS])
def test_a_liking_for_a_letter_counts_for_nothing(favoured: str, liking: str) -> None:
    assert checks.picked(scores(favoured, liking)) == favoured
    assert checks.picked(scores("", liking)) is None


def test_every_option_stands_at_every_letter_once_and_prompts_agree_with_the_scores() -> None:
    prompts = checks.rotations(SHOCK, "소견")
    assert len(prompts) == len(set(prompts)) == 5
    for letter, option in zip(LETTERS, SHOCK.options, strict=True):
        places = [next(x for x in LETTERS if f"\n{x}. {option}\n" in prompt) for prompt in prompts]
        assert sorted(places) == list(LETTERS)
        by_prompt = [tuple(float(x == place) for x in LETTERS) for place in places]
        assert checks.picked(by_prompt) == letter
    assert all("[참고]\n소견\n" in prompt and SHOCK.question in prompt for prompt in prompts)
    assert not any("참고" in prompt for prompt in checks.rotations(SHOCK))


@pytest.mark.parametrize(
    ("alone", "informed", "tier"),
    [
        ("A", "A", Tier.VERIFIED),
        ("B", "A", Tier.SUPPORTED),
        ("", "A", Tier.SUPPORTED),
        ("B", "B", Tier.RULE_ONLY),
        ("", "", Tier.RULE_ONLY),
        ("A", "B", Tier.REJECTED),
    ],
)
def test_tiers(alone: str, informed: str, tier: Tier) -> None:
    assert checks.tier(Exam(SHOCK, SHOCK, ""), scores(alone), scores(informed)) is tier


def test_a_reasoning_is_shown_without_its_answer_and_without_letters() -> None:
    for name, text in GOOD:
        shown = checks.without_answer(text, QUESTIONS[name])
        assert "정답" not in shown and len(shown) > 60, text
        assert not any(f"{letter}는" in shown or f"{letter}." in shown for letter in LETTERS), shown
    text = "B는 용량이 지나치다. 따라서 에피네프린을 놓는다.\n정답: A. 에피네프린 0.3 mg 근육주사"
    assert checks.without_answer(text, SHOCK) == "'에피네프린 3 mg 정맥주사'는 용량이 지나치다."


def test_a_term_is_asked_among_others_and_its_explanation_does_not_name_it() -> None:
    entries = [Entry(f"병명{n}", f"Disease {n}; Illness {n}") for n in range(40)]
    exam = TASKS["dict-explain"].exam(entries[7], "병명7 (Disease 7, illness  7)은 병이다.", entries)
    assert exam.alone.answer_text == exam.informed.answer_text == "Disease 7; Illness 7"
    assert len(set(exam.alone.options)) == 5 and set(exam.alone.options) < {entry.definition for entry in entries}
    assert exam.notes == "○○ (○○, ○○)은 병이다."
    assert "병명7" in exam.alone.question and "병명7" not in exam.informed.question
    assert exam == TASKS["dict-explain"].exam(entries[7], "병명7 (Disease 7, illness  7)은 병이다.", entries)


def test_a_prompt_holds_what_it_is_about() -> None:
    prompt = tasks.prompt(TASKS["mcq-reasoning"], SHOCK)
    assert SHOCK.question in prompt and checks.options(SHOCK) in prompt and "A. 에피네프린 0.3 mg 근육주사" in prompt
    strange = Entry("$값", "${definition} {0} %s")
    assert "$값" in tasks.prompt(TASKS["dict-explain"], strange) and "${definition}" in tasks.prompt(
        TASKS["dict-explain"], strange
    )


@given(st.lists(st.integers(1, 500), max_size=60), st.integers(1, 50), st.integers(1, 4000))
def test_batches_hold_every_prompt_once_longest_first_and_within_the_budget(
    lengths: list[int], new_tokens: int, budget: int
) -> None:
    batches = batching.plan(lengths, new_tokens=new_tokens, budget=budget)
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    flat = [lengths[place] for batch in batches for place in batch]
    assert flat == sorted(lengths, reverse=True)
    for batch in batches:
        assert len(batch) == 1 or len(batch) * (lengths[batch[0]] + new_tokens) <= budget


@given(st.integers(1, 40), st.integers(0, 12))
def test_backing_off_does_every_item_once_in_order(items: int, room: int) -> None:
    recovered = []
    back_off = batching.BackOff(ran_out=lambda error: "memory" in str(error), recover=lambda: recovered.append(1))

    def work(part: list[int]) -> list[int]:
        if len(part) > room:
            raise RuntimeError("out of memory")
        return part

    done = list(back_off.run(list(range(items)), work, row_cost=10))
    assert [item for part, _ in done for item in part] == list(range(items))
    assert all((result is None) == (room == 0) for _, result in done)
    assert bool(recovered) == (items > room)
