"""Model checks: does the model itself come to the key, from the question alone and with what was written about it?

Every question is put five times with its options rotated, so that a liking for one letter counts for nothing. What was
written is shown without the sentences that state the answer, and without letters: they would not survive a rotation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from beam_pipelines.records import LETTERS, Question
from enhance import prompts
from enhance.answers import Options, states
from enhance.generator import Scores
from enhance.reasons import Tier
from enhance.verification import plain

PROMPT = "choose.v1"


@dataclass(frozen=True)
class Exam:
    """A question to be put alone, and the one to be put together with what was written."""

    alone: Question
    informed: Question
    notes: str


def options(question: Question) -> str:
    """Options A to E, one a line."""
    return "\n".join(f"{letter}. {option}" for letter, option in zip(LETTERS, question.options, strict=True))


def rotations(question: Question, notes: str = "") -> list[str]:
    """The prompts of all rotations: in the one of number n, the letter at place i shows option i + n."""
    told = f"\n[참고]\n{notes}\n" if notes else ""
    turned = []
    for turn in range(len(LETTERS)):
        texts = question.options[turn:] + question.options[:turn]
        rotated = Question(question.question, texts, question.answer)
        turned.append(prompts.fill(PROMPT, question=question.question, notes=told, options=options(rotated)))
    return turned


def picked(scores: Sequence[Scores]) -> str | None:
    """The letter, in the question's own order, that all rotations together favour; None where none stands out."""
    totals = [0.0] * len(LETTERS)
    for turn, of_letters in enumerate(scores):
        for place, score in enumerate(of_letters):
            totals[(place + turn) % len(LETTERS)] += score
    best = max(totals)
    return LETTERS[totals.index(best)] if totals.count(best) == 1 else None


def tier(exam: Exam, alone: Sequence[Scores], informed: Sequence[Scores]) -> Tier:
    """How far the model's own answers bear out what was written; REJECTED where that turned a right one wrong."""
    knows, follows = picked(alone) == exam.alone.answer, picked(informed) == exam.informed.answer
    if follows:
        return Tier.VERIFIED if knows else Tier.SUPPORTED
    return Tier.REJECTED if knows else Tier.RULE_ONLY


def without_answer(text: str, question: Question) -> str:
    """A reasoning without the sentences that state an answer, and with options named by their words."""
    found = Options(question)
    kept: list[str] = []
    stating = False
    for sentence in regex.split(r"(?<=[.!?])\s+|\n+", plain(text)):
        # ``정답: C. 수술`` is cut in two: what only repeats an option belongs to the answer before it.
        echo = stating and any(len(sentence) <= len(option) + 12 and option in sentence for option in question.options)
        echo |= stating and len(sentence) <= 4
        stating = echo or states(sentence) or bool(found.stated(sentence).claimed)
        if not stating:
            kept.append(sentence)
    return found.spelt_out(" ".join(kept))
