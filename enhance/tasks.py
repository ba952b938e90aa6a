"""The two things a model is asked to write, as a table: what goes in, what comes out, how it is asked and judged."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from beam_pipelines.records import LETTERS, Question, is_train, json_array, json_lines, names_of, split_of
from beam_pipelines.text import questions
from enhance import checks, prompts
from enhance.checks import Exam
from enhance.verification import Limits, Verdict, check_explanation, check_reasoning

Row = dict[str, Any]


class InputError(ValueError):
    """An input file that cannot be used; the message is one line that says what to do."""


@dataclass(frozen=True)
class Entry:
    """A term of the dictionary, and the English it stands for."""

    term: str
    definition: str


@dataclass(frozen=True)
class Task:
    """One kind of text to be written.

    ``parse`` makes a record of a row and raises ValueError; ``fields`` are those of the prompt; ``check`` holds the
    rules; ``exam`` makes the model check of a record out of it, a good text and all records. ``write`` adds the text
    and what is known of it to the row; a task that ``keeps_all`` gives every row, with None for want of a text.
    """

    name: str
    source: str
    target: str
    made_by: str
    prompt: str
    limits: Limits
    max_new_tokens: int
    parse: Callable[[Row], Any]
    fields: Callable[[Any], dict[str, str]]
    check: Callable[[Any, str, str, Limits], Verdict]
    exam: Callable[[Any, str, Sequence[Any]], Exam]
    write: Callable[[Row, str | None, Row], Row]
    keeps_all: bool
    has_splits: bool = field(default=False)


def _question(row: Row) -> Question:
    """A question as it is: what was refined is not cleaned again."""
    for name in ("question", *LETTERS):
        if not (isinstance(row.get(name), str) and row[name].strip()):
            raise ValueError(f"no {name}")
    if row.get("answer") not in tuple(LETTERS):
        raise ValueError(f"answer {row.get('answer')!r} is none of A to E")
    return Question(row["question"], tuple(row[letter] for letter in LETTERS), row["answer"])


def _reasoning_exam(record: Question, text: str, _: Sequence[Question]) -> Exam:
    return Exam(record, record, checks.without_answer(text, record))


def _entry(row: Row) -> Entry:
    term, definition = row.get("term"), row.get("definition")
    if not (isinstance(term, str) and isinstance(definition, str) and term.strip() and definition.strip()):
        raise ValueError("a term and a definition are needed")
    return Entry(term, definition)


def _explanation_exam(record: Entry, text: str, entries: Sequence[Entry]) -> Exam:
    """The English of the term among that of four others, picked by the hash of the term: the same in every run."""
    place = int(hashlib.sha256(record.term.encode()).hexdigest()[:12], 16)
    others: dict[str, None] = {}
    for step in range(len(entries)):
        if (other := entries[(place + step * 7919) % len(entries)].definition) != record.definition:
            others[other] = None
        if len(others) == len(LETTERS) - 1:
            break
    texts = list(others) + [f"({n})" for n in range(len(LETTERS) - 1 - len(others))]
    at = place % len(LETTERS)
    texts.insert(at, record.definition)
    alone = Question(f"의학 용어 '{record.term}'의 영어 표현은?", tuple(texts), LETTERS[at])
    informed = Question("참고의 설명이 가리키는 의학 용어의 영어 표현은?", tuple(texts), LETTERS[at])
    masked = text
    for word in (record.term, *re.split(r"[;,]\s*", record.definition)):
        masked = re.sub(r"\s*".join(map(re.escape, word.split())), "○○", masked, flags=re.IGNORECASE)
    return Exam(alone, informed, masked)


TASKS = {
    task.name: task
    for task in (
        Task(
            name="mcq-reasoning",
            source="02_kor_med_test/train.jsonl",
            target="02_kor_med_test/train_with_reasoning.jsonl",
            made_by="beam_pipelines.kormedmcqa",
            prompt="mcq-reasoning.v1",
            limits=Limits(min_chars=80, max_chars=3000),
            max_new_tokens=1024,
            parse=_question,
            fields=lambda record: {
                "question": record.question,
                "options": checks.options(record),
                "answer": f"{record.answer}. {record.answer_text}",
                "letter": record.answer,
            },
            check=lambda record, text, finish, limits: check_reasoning(text, finish, record, limits),
            exam=_reasoning_exam,
            write=lambda row, text, meta: {**row, "reasoning": text, "reasoning_meta": meta},
            keeps_all=False,
            has_splits=True,
        ),
        Task(
            name="dict-explain",
            source="01_medical_dict.json",
            target="01_medical_dict_explained.json",
            made_by="beam_pipelines.medical_dict",
            prompt="dict-explain.v1",
            limits=Limits(min_chars=30, max_chars=1000),
            max_new_tokens=320,
            parse=_entry,
            fields=lambda record: {"term": record.term, "definition": record.definition},
            check=lambda record, text, finish, limits: check_explanation(
                text, finish, record.term, record.definition, limits
            ),
            exam=_explanation_exam,
            write=lambda row, text, _: {**row, "korean_explanation": text},
            keeps_all=True,
        ),
    )
}


def prompt(task: Task, record: Any) -> str:
    """What the model is asked about one record."""
    return prompts.fill(task.prompt, **task.fields(record))


def read(path: Path, task: Task) -> list[tuple[Row, Any]]:
    """Every row of a file with its record. Raises InputError, with the number of the row from 0."""
    if not path.is_file():
        raise InputError(f"{path} is not there: first run python -m {task.made_by}")
    rows = read_rows(path)
    pairs = []
    for number, row in enumerate(rows):
        try:
            if not isinstance(row, dict):
                raise ValueError("not an object")
            pairs.append((row, task.parse(row)))
        except ValueError as error:
            raise InputError(f"{path} row {number}: {error}; it was not made by {task.made_by}") from error
    return pairs


def read_rows(path: Path) -> list[Any]:
    """The rows of a JSON array or of JSON Lines. Raises InputError."""
    text = path.read_text(encoding="utf-8")
    try:
        rows = json.loads(text) if path.suffix == ".json" else [json.loads(line) for line in text.split("\n") if line]
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}") from error
    if not isinstance(rows, list):
        raise InputError(f"{path} is not an array of rows")
    return rows


def dump(path: Path, rows: Sequence[Row]) -> bytes:
    """Rows in the form that the ending of a path stands for; a JSON array has a row a line."""
    return json_array(rows) if path.suffix == ".json" else json_lines(rows)


def may_learn(path: Path) -> bool:
    """Whether a file's name, and that of the file it links to, is one of a split for training."""
    return all(is_train(split_of(name)) for name in names_of(str(path)))


def held_out(folders: Sequence[Path]) -> set[str]:
    """The keys of all questions of the test splits, every file that is not for training, in some folders."""
    paths = {path for folder in folders for path in folder.glob("*.jsonl") if not may_learn(path)}
    found = set()
    for path in sorted(paths):
        if not path.name.startswith("."):
            found |= {question_key(row) for row in read_rows(path) if isinstance(row, dict) and "question" in row}
    return found


def question_key(row: Row) -> str:
    """Equal for the same question whatever its options, spacing and letter case."""
    return questions.key(questions.clean_text(str(row["question"])))
