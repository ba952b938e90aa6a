"""The records of the small refiners: what each must be, how it is written, which files of them may be learnt from."""

import itertools
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from beam_pipelines.reasons import Reason
from beam_pipelines.text import headwords, questions

LETTERS = "ABCDE"


def json_lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """JSON Lines of the rows."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def json_array(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """A JSON array with a record a line, so that two versions can be compared line by line."""
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return f"[\n{lines}\n]\n".encode() if rows else b"[]\n"


def split_of(path: str) -> str:
    """The split of a benchmark that a file holds: its name without endings and the numbers of shards."""
    name = re.sub(r"\.[a-zA-Z]+(\.(gz|bz2|xz|zst))?$", "", path.rpartition("/")[2])
    return re.sub(r"-\d{5}-of-\d{5}$", "", name)


_TEST = "tests?|testing|testset|dev|devset|val|valid|validation|eval|evaluation|held[-_]?out|hold[-_]?out|few[-_]?shot"
_TEST_WORD = re.compile(rf"(?<![a-z])({_TEST})(?![a-z])")
_TEST_INSIDE = re.compile("test|dev|val|few-?_?shot|held-?_?out|hold-?_?out")


def is_test_split(name: str) -> bool:
    """Whether the name of a split or of a file says that it is not to be learnt from.

    It holds such a word (``my_test``, ``dev2``, ``kormedTest``), or begins with ``train`` and has one even inside
    another word (``trainval``): better a file too few than a benchmark learnt from.
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return bool((_TEST_INSIDE if words.startswith("train") else _TEST_WORD).search(words))


def is_train(split: str) -> bool:
    """Whether a split of a benchmark is for training; every other one is a test."""
    return split.lower().startswith("train") and not is_test_split(split)


def names_of(path: str) -> set[str]:
    """The name of a file, and that of the file it links to."""
    return {path.rpartition("/")[2], os.path.realpath(path).rpartition("/")[2]}


class Rejected(ValueError):
    """A record that is left out, with the reason for the ledger; the message says what is wrong with it."""

    def __init__(self, reason: Reason, why: str, **shown: Any) -> None:
        super().__init__(why)
        self.reason = reason
        self.shown = shown
        """What the rejects show of it besides its fields."""


@dataclass(frozen=True)
class Question:
    """A multiple-choice question; ``options`` are A to E in order, ``answer`` is one of these letters."""

    question: str
    options: tuple[str, ...]
    answer: str

    @classmethod
    def parse(cls, fields: Mapping[str, str | None]) -> "Question":
        """A question from the fields ``question``, ``A`` to ``E`` and ``answer`` (1 to 5 or A to E)."""
        question = questions.clean_text(fields.get("question") or "")
        if not question:
            raise Rejected(Reason.INCOMPLETE, "an empty question")
        options = questions.clean_options([fields.get(letter) or "" for letter in LETTERS])
        if empty := [letter for letter, option in zip(LETTERS, options, strict=True) if not option]:
            raise Rejected(Reason.INCOMPLETE, f"no option {', '.join(empty)}")
        for first, second in itertools.combinations(range(len(options)), 2):
            if options[first].replace(" ", "") == options[second].replace(" ", ""):
                raise Rejected(Reason.SAME_OPTIONS, f"options {LETTERS[first]} and {LETTERS[second]} are the same")
        return cls(question, tuple(options), _answer(fields.get("answer")))

    @property
    def key(self) -> tuple[str, ...]:
        """Equal for the same question, whatever its spacing and the order of its options."""
        return questions.key(self.question), *sorted(map(questions.key, self.options))

    @property
    def answer_text(self) -> str:
        """The option that is right."""
        return self.options[LETTERS.index(self.answer)]

    def to_json(self) -> dict[str, str]:
        """The fields of the refined file, in its order."""
        return {"question": self.question, **dict(zip(LETTERS, self.options, strict=True)), "answer": self.answer}


def _answer(text: str | None) -> str:
    """``1``..``5`` or ``A``..``E`` as a letter."""
    answer = (text or "").strip().upper()
    if len(answer) == 1 and answer in LETTERS:
        return answer
    if len(answer) == 1 and answer in "12345":
        return LETTERS[int(answer) - 1]
    raise Rejected(Reason.BAD_ANSWER, f"answer {text!r} is none of 1 to 5 or A to E" if text else "no answer")


@dataclass(frozen=True)
class Reading:
    """What one entry of one dictionary says a Korean term is in English; it may name several senses."""

    term: str
    senses: tuple[str, ...]

    @classmethod
    def parse(cls, fields: Mapping[str, str | None]) -> "list[Reading]":
        """The readings of the fields ``term`` (Korean) and ``definition``: one for each of the terms named."""
        raw, definition = fields.get("term") or "", fields.get("definition") or ""
        terms = [term for term in headwords.terms(raw) if headwords.has_hangul(term)]
        if not terms:
            raise Rejected(Reason.NO_KOREAN, "the term holds no Korean")
        senses = headwords.senses(definition, terms)
        if not senses:
            raise Rejected(Reason.NO_ENGLISH, "no English in the entry")
        return [cls(term, tuple(senses)) for term in dict.fromkeys(terms)]
