"""One task from its input to its finished files, under the lock of its journal."""

import argparse
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from beam_pipelines.records import Question
from beam_pipelines.transforms import files
from enhance import journal, outcomes, tasks
from enhance.asking import Asker
from enhance.generator import Choice, Generator
from enhance.outcomes import Plan
from enhance.tasks import Task

_LOG = logging.getLogger(__name__)


def beside(output: Path, what: str) -> Path:
    """A file that belongs to an output: ``train_with_reasoning_rejects.jsonl``."""
    return output.with_name(f"{output.name.partition('.')[0]}_{what}")


def do(task: Task, parsed: argparse.Namespace, choice: Choice, load: Callable[[Choice], Generator]) -> None:
    """Write a task's output, rejects and manifest, each of them whole."""
    from beam_pipelines.transforms import benchmark

    source = parsed.input or parsed.data_root / task.source
    output = parsed.output or (source.parent if parsed.input else parsed.data_root) / Path(
        Path(task.target).name if parsed.input else task.target
    )
    pairs = tasks.read(source, task)[: parsed.max_samples or None]
    refined = [path for place in (source, parsed.data_root) for path in benchmark.beside(str(place))]
    items = benchmark.load(parsed.guard, parsed.guard_file, refined)
    refused = _refused(task, pairs, [source.parent, (parsed.data_root / task.source).parent], items.packed)
    plan = Plan(
        retries=parsed.retries,
        temperature=parsed.temperature,
        top_p=parsed.top_p,
        max_new_tokens=parsed.max_new_tokens or task.max_new_tokens,
        verify=parsed.verify,
    )
    hidden = output.with_name(f".{output.name.partition('.')[0]}.journal.jsonl")
    with journal.opened(hidden) as held:
        asker = Asker(choice, held, load)
        found = outcomes.collect(task, pairs, refused, asker, plan, items.packed)
        made = outcomes.manifest(task, source, found, asker, plan, items.facts)
        for path, content in (
            (beside(output, "rejects.jsonl"), tasks.dump(Path("rejects.jsonl"), outcomes.rejects(found))),
            (beside(output, "manifest.json"), outcomes.encode(made)),
            (output, tasks.dump(output, outcomes.output_rows(task, found, asker))),
        ):
            _write(path, content)
    _LOG.info("%s: %s\n%s", task.name, output, outcomes.table(found))


def _write(path: Path, content: bytes) -> None:
    for left in path.parent.glob(f".{path.name}.*.tmp"):  # of a run that was killed while it wrote
        left.unlink()
    with files.write_whole(str(path)) as file:
        file.write(content)


def _refused(task: Task, pairs: list[tuple[tasks.Row, Any]], folders: list[Path], packed: bytes) -> set[int]:
    """The rows whose question a test split has too, or a copy of it. Raises InputError where that is every row."""
    if not task.has_splits:
        return set()
    keys = tasks.held_out(folders)
    if not keys:
        _LOG.warning("no test split lies beside the questions: none of them can be told to be one of a test")
    refused = {number for number, (row, _) in enumerate(pairs) if tasks.question_key(row) in keys}
    refused |= _copies([record for _, record in pairs], packed)
    if refused:
        rows = ", ".join(map(str, sorted(refused)[:20]))
        _LOG.warning(
            "%d questions stand in a test split too, and nothing is generated for them: rows %s", len(refused), rows
        )
    if pairs and len(refused) == len(pairs):
        raise tasks.InputError("every question stands in a test split too: this is no file for training")
    return refused


def _copies(records: Sequence[Question], packed: bytes) -> set[int]:
    """The questions that are copies of a benchmark's, whatever was done to their spaces, particles and options."""
    from beam_pipelines.text import guard
    from beam_pipelines.text.columns import from_strings

    texts = from_strings("\n".join((record.question, *record.options)) for record in records)
    hits = guard.find(texts, packed, thresholds=guard.OF_QUESTIONS)
    return {number for number, hit in enumerate(hits) if hit}
