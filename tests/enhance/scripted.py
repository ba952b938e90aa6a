"""A model that says what a script has it say, and a program to run it in: ``python -m tests.enhance.scripted FLAGS``.

The script goes by the number that a question or a term begins with. ``DIE_AFTER=N`` in the environment kills the
process, as ``kill -9`` would, when it has handed over N batches.
"""

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from beam_pipelines import launch
from beam_pipelines.records import LETTERS
from enhance import batching, enhance_with_llm
from enhance.generator import Choice, Completion, Request, Sampling, Scores
from tests.test_kormedmcqa import OPTIONS, question, write

_BODY = (
    "이 환자의 나이와 증상을 함께 보면 무엇을 먼저 해야 하는지 알 수 있다. 다른 보기는 급한 처치가 아니거나 이 "
    "환자에게는 "
    "맞지 않으므로 뒤로 미룬다. {0}번째 환자에게는 지체 없이 처치하는 것이 중요하다. "
)


def number_of(prompt: str) -> int:
    """The number of the question or term that a prompt is about."""
    match = re.search(r"(?:\[문제\]|\[표제어\])\n(\d+)", prompt)
    assert match, prompt
    return int(match[1])


def answer(prompt: str, sampled: bool) -> str:
    """Good ones, but: 5n is wrong at first, 7n is Chinese and 11n empty for ever."""
    number = number_of(prompt)
    if number % 7 == 0:
        return "首先应该给病人治疗。" * 8
    if number % 11 == 0:
        return " \n"
    if "[표제어]" in prompt:
        return f"{number}번 질환은 몸의 여러 곳에 생기는 병을 통틀어 이르는 말이다. 원인은 다양하다."
    letter = re.search(r"\[옳은 보기\]\n([A-E])", prompt)
    assert letter
    right = letter[1] if sampled or number % 5 else LETTERS[LETTERS.index(letter[1]) - 1]
    return _BODY.format(number) + f"\n정답: {right}"


def scores(prompt: str) -> Scores:
    """The letter of the right option, but: of 3n it does not know it alone, and 4n mislead it. Of terms, always A."""
    if "의학 용어" in prompt:
        return (0.0, -5.0, -5.0, -5.0, -5.0)
    number = number_of(prompt)
    right = OPTIONS[number % 5]
    informed = "[참고]" in prompt
    if (not informed and number % 3 == 0) or (informed and number % 4 == 0):
        right = OPTIONS[number % 5 - 1]
    return tuple(0.0 if f"{letter}. {right}\n" in prompt + "\n" else -5.0 for letter in LETTERS)


class Scripted:
    """A generator that keeps the number of batches it did."""

    def __init__(self, *, budget: int = 4000, die_after: int = -1, pause: float = 0.0) -> None:
        self.budget, self.die_after, self.pause = budget, die_after, pause
        self.batches: list[int] = []

    def plan(self, prompts: Sequence[str], new_tokens: int) -> list[list[int]]:
        return batching.plan([len(prompt) for prompt in prompts], new_tokens=new_tokens, budget=self.budget)

    def write(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[dict[str, Completion]]:
        texts = [answer(request.prompt, sampling.temperature > 0) for request in requests]
        yield {r.key: Completion(t, "stop", len(r.prompt), len(t)) for r, t in zip(requests, texts, strict=True)}
        self._done(len(requests))

    def choose(self, requests: Sequence[Request]) -> Iterator[dict[str, Scores]]:
        yield {request.key: scores(request.prompt) for request in requests}
        self._done(len(requests))

    def _done(self, rows: int) -> None:
        self.batches.append(rows)
        time.sleep(self.pause)
        if len(self.batches) == self.die_after:
            os.kill(os.getpid(), signal.SIGKILL)


def loader(generator: Scripted) -> Callable[[Choice], Scripted]:
    return lambda _: generator


def refined(root: Path, rows: int = 24) -> Path:
    """A small tree in the form of data/02_refined, and a folder that passes for a model."""
    train = [refined_question(n) for n in range(1, rows + 1)]
    write(root / "02_kor_med_test/train.jsonl", train)
    write(root / "02_kor_med_test/test.jsonl", [refined_question(n) for n in range(900, 903)])
    terms = ",\n".join(f'{{"term": "{n}번 질환", "definition": "Disease {n}"}}' for n in range(1, rows + 1))
    (root / "01_medical_dict.json").write_text(f"[\n{terms}\n]\n")
    (root / "model").mkdir()
    (root / "model/config.json").write_text("{}")
    return root


def refined_question(n: int) -> dict[str, str]:
    row = {**question(n), "question": f"{n}번째로 온 환자에게 가장 먼저 할 처치는?", "answer": LETTERS[n % 5]}
    return {name: row[name] for name in ("question", *LETTERS, "answer")}


def flags(root: Path, *more: str) -> list[str]:
    return ["--data_root", str(root), "--model", str(root / "model"), "--device", "cpu", *more]


if __name__ == "__main__":
    model = Scripted(die_after=int(os.environ.get("DIE_AFTER", "-1")), pause=float(os.environ.get("PAUSE", "0")))
    sys.exit(launch.main(partial(enhance_with_llm.run, load=loader(model))))
