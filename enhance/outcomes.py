"""From rows to believed texts: ask, judge, ask again what was not believed, and write down how each row ended."""

import json
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from beam_pipelines.tables import aligned
from enhance import checks, tasks
from enhance.asking import Asker
from enhance.generator import Completion, Sampling
from enhance.reasons import Reason, Tier
from enhance.tasks import Row, Task

_FATAL = {"too_long": Reason.TOO_LONG, "oom": Reason.OOM}
"""Ways for a completion to end that another attempt would not change."""


@dataclass
class Attempt:
    """One answer of the model, and what speaks against it."""

    completion: Completion
    reasons: tuple[Reason, ...]
    notes: tuple[str, ...] = ()


@dataclass
class Outcome:
    """A row, and how its text came about; ``tier`` is None until that is known."""

    number: int
    row: Row
    record: Any
    attempts: list[Attempt] = field(default_factory=list)
    refused: Reason | None = None
    tier: Tier | None = None

    @property
    def open(self) -> bool:
        """Whether the row still wants an attempt."""
        fatal = self.attempts and self.attempts[-1].completion.finish in _FATAL
        return not (self.tier or self.refused or fatal)

    @property
    def text(self) -> str | None:
        """The believed text."""
        if self.tier in (None, Tier.REJECTED):
            return None
        return unicodedata.normalize("NFC", self.attempts[-1].completion.text).strip()

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why the row has no text: what spoke against its last attempt."""
        return (self.refused,) if self.refused else self.attempts[-1].reasons if self.attempts else ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How often and how the model is asked: greedy first, then sampled."""

    retries: int
    temperature: float
    top_p: float
    max_new_tokens: int
    verify: bool

    def sampling(self, attempt: int) -> Sampling:
        """Of an attempt, from 0."""
        greedy = Sampling(max_new_tokens=self.max_new_tokens)
        return replace(greedy, temperature=self.temperature, top_p=self.top_p) if attempt else greedy


def collect(
    task: Task, pairs: Sequence[tuple[Row, Any]], refused: set[int], asker: Asker, plan: Plan, packed: bytes = b""
) -> list[Outcome]:
    """Every row's outcome, in order. What the journal has is judged anew, by the rules as they are now.

    ``packed`` are the items of benchmarks that no text may hold.
    """
    outcomes = [Outcome(number, row, record) for number, (row, record) in enumerate(pairs)]
    for number in refused:
        outcomes[number].refused = Reason.TEST_SPLIT
    for attempt in range(plan.retries + 1):
        if waiting := [outcome for outcome in outcomes if outcome.open]:
            what = f"{task.name}, attempt {attempt + 1}"
            prompts = [tasks.prompt(task, outcome.record) for outcome in waiting]
            found = asker.texts(prompts, plan.sampling(attempt), task.prompt, attempt, what=what)
            for outcome, completion in zip(waiting, found, strict=True):
                _judge(task, outcome, completion, packed)
            good = [outcome for outcome in waiting if outcome.tier]
            if plan.verify and good:
                _examine(task, good, [record for _, record in pairs], asker, f"{task.name}, checks {attempt + 1}")
    for outcome in outcomes:
        outcome.tier = outcome.tier or Tier.REJECTED
    return outcomes


def _judge(task: Task, outcome: Outcome, completion: Completion, packed: bytes) -> None:
    fatal = _FATAL.get(completion.finish)
    verdict = task.check(outcome.record, completion.text, completion.finish, task.limits)
    reasons, notes = verdict.reasons, verdict.notes
    if hit := _benchmark_item(task, completion.text, packed):
        reasons, notes = (*reasons, Reason.BENCHMARK), (*notes, hit)
    outcome.attempts.append(Attempt(completion, (fatal,) if fatal else reasons, notes))
    if not outcome.attempts[-1].reasons:
        outcome.tier = Tier.RULE_ONLY


def _benchmark_item(task: Task, text: str, packed: bytes) -> str:
    """Which item a text holds, in words; of a text about a question only the stem of another one tells."""
    if not packed:
        return ""
    from beam_pipelines.text import guard

    hit = guard.find_text(text, packed, thresholds=guard.OF_QUESTIONS if task.has_splits else guard.DEFAULTS)
    return str(hit) if hit else ""


def _examine(task: Task, good: Sequence[Outcome], records: Sequence[Any], asker: Asker, what: str) -> None:
    """Model checks of what the rules found good; a text that misleads the model is open for another attempt."""
    exams = [task.exam(outcome.record, outcome.text or "", records) for outcome in good]
    prompts = [
        p for exam in exams for p in (*checks.rotations(exam.alone), *checks.rotations(exam.informed, exam.notes))
    ]
    scores = asker.letters(prompts, checks.PROMPT, what=what)
    turns = len(prompts) // (2 * len(exams))
    for place, (outcome, exam) in enumerate(zip(good, exams, strict=True)):
        mine = scores[2 * turns * place : 2 * turns * (place + 1)]
        outcome.tier = checks.tier(exam, mine[:turns], mine[turns:])
        if outcome.tier is Tier.REJECTED:
            outcome.attempts[-1].reasons = (Reason.MISLEADS,)
            outcome.tier = None


def output_rows(task: Task, outcomes: Sequence[Outcome], asker: Asker) -> list[Row]:
    """The rows of the result; no row has an empty text."""
    rows = []
    for outcome in outcomes:
        if outcome.text or task.keeps_all:
            meta = {
                "tier": outcome.tier.value if outcome.tier else "",
                "attempt": len(outcome.attempts),
                "prompt": task.prompt,
                **asker.choice.identity,
            }
            rows.append(task.write(outcome.row, outcome.text or None, meta))
    return rows


def rejects(outcomes: Sequence[Outcome]) -> list[Row]:
    """The rows without a text: why, and every attempt with what spoke against it."""
    return [
        {
            "row": outcome.number,
            "reasons": [reason.value for reason in outcome.reasons],
            "attempts": [
                {
                    "reasons": [reason.value for reason in attempt.reasons],
                    "notes": list(attempt.notes),
                    **asdict(attempt.completion),
                }
                for attempt in outcome.attempts
            ],
            "input": outcome.row,
        }
        for outcome in outcomes
        if not outcome.text
    ]


def manifest(
    task: Task, source: Path, outcomes: Sequence[Outcome], asker: Asker, plan: Plan, guarded: Sequence[Row] = ()
) -> Row:
    """What was made of what, and how each row ended; nothing in it changes from one run to the next."""
    tiers = {tier.value: [o.number for o in outcomes if o.tier is tier] for tier in Tier}
    return {
        "task": task.name,
        "input": str(source),
        "prompt": task.prompt,
        "model": asker.choice.identity,
        "options": asdict(plan),
        "guard": list(guarded),
        "ledger": {"in": len(outcomes), **{tier: len(numbers) for tier, numbers in tiers.items()}},
        "reasons": {reason.value: n for reason, n in _yield(outcomes)},
        "tiers": tiers,
    }


def _yield(outcomes: Sequence[Outcome]) -> list[tuple[Reason, int]]:
    counts = Counter(reason for outcome in outcomes if not outcome.text for reason in outcome.reasons)
    return [(reason, counts[reason]) for reason in Reason if counts[reason]]


def table(outcomes: Sequence[Outcome]) -> str:
    """The yield, by tier and then by reason; a rejected row may have several reasons."""
    total = max(1, len(outcomes))
    counts: list[tuple[Tier | Reason, int]] = [(tier, sum(o.tier is tier for o in outcomes)) for tier in Tier]
    rows = [[name.value, f"{n:,}", f"{n / total:.1%}", name.meaning] for name, n in [*counts, *_yield(outcomes)]]
    return aligned([["", "rows", "share", ""], *rows], left={0, 3})


def encode(value: Row) -> bytes:
    """A manifest as it is written."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
