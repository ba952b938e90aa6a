"""The usual rules in datatrove, with its own reader, filters, exact deduplication and writer; one task, one worker.

``python -m tests.benchmarks.baseline_datatrove --input DIR --output DIR`` in an environment that has datatrove; see
the README beside this file. datatrove's exact deduplication reads the filtered documents twice more, once for
signatures and once to drop; ``--dedup set`` keeps a set of hashes in the same pass instead, which is its best case.
"""

import argparse
import hashlib
import shutil
import time
from collections import Counter
from pathlib import Path
from typing import Any

from datatrove.data import Document, DocumentsPipeline
from datatrove.executor.local import LocalPipelineExecutor
from datatrove.pipeline.dedup.exact_dedup import (
    ExactDedupConfig,
    ExactDedupFilter,
    ExactDedupSignature,
    ExactFindDedups,
)
from datatrove.pipeline.filters.base_filter import BaseFilter
from datatrove.pipeline.formatters.base import BaseFormatter
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.readers.ipc import IpcReader
from datatrove.pipeline.writers import JsonlWriter
from loguru import logger

from tests.benchmarks import usual_rules

EMPTY = "(empty)"
"""datatrove skips documents without text before a filter sees them; the adapter gives them one to drop by."""


def adapt(self: Any, data: dict[str, Any], path: str, id_in_file: int | str) -> dict[str, Any]:
    """A row as a document: nothing but the text and the namespace."""
    return {
        "text": data["text"] or EMPTY,
        "id": f"{path}/{id_in_file}",
        "metadata": {"namespace": data.get("namespace")},
    }


def only_text(self: Any, document: Document) -> dict[str, Any]:
    """What is written: the same line as the loop's."""
    return {"text": document.text}


class SourceFilter(BaseFilter):
    """Namespaces and redirects."""

    name = "source"

    def filter(self, doc: Document) -> bool | tuple[bool, str]:
        reason = usual_rules.drop_source(doc.metadata["namespace"], doc.text)
        return (False, reason) if reason else True


class Clean(BaseFormatter):
    """The chain of regular expressions."""

    name = "clean"

    def format(self, text: str) -> str:
        return usual_rules.clean(text)


class CleanedFilter(BaseFilter):
    """Length, Korean ratio, adult words."""

    name = "cleaned"

    def filter(self, doc: Document) -> bool | tuple[bool, str]:
        reason = usual_rules.drop_cleaned(doc.text)
        return (False, reason) if reason else True


class SeenFilter(BaseFilter):
    """Exact duplicates by a set of hashes."""

    name = "seen"

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[bytes] = set()

    def filter(self, doc: Document) -> bool | tuple[bool, str]:
        digest = hashlib.md5(doc.text.encode()).digest()
        if digest in self.seen:
            return False, "duplicate"
        self.seen.add(digest)
        return True


def text_of(doc: Document) -> bytes:
    """What exact deduplication hashes."""
    return doc.text.encode()


def execute(steps: list[Any], logs: Path) -> Counter[str]:
    """Run one pipeline in this process and add up what its steps dropped."""
    stats = LocalPipelineExecutor(pipeline=steps, tasks=1, workers=1, logging_dir=str(logs)).run()
    dropped: Counter[str] = Counter()
    for step in stats.stats:
        for key, value in step.stats.items():
            if key.startswith("dropped_"):
                dropped[key.removeprefix("dropped_")] += int(value.total)
            elif key == "dropped" and "exact-dedup" in step.name:
                dropped["duplicate"] += int(value.total)
            elif key == "total" and "Jsonl" in step.name and "WRITER" in step.name:
                dropped["_written"] = int(value.total)
    return dropped


def run(folder: Path, output: Path, *, own_dedup: bool) -> tuple[int, Counter[str]]:
    """Write what is kept; return how many, and what was dropped by reason."""
    logs, work = output / "logs", output / "work"
    steps: list[Any] = [
        IpcReader(str(folder), stream=True, glob_pattern="**/*.arrow", adapter=adapt),
        SourceFilter(),
        Clean(),
        CleanedFilter(),
    ]
    if not own_dedup:
        writer = JsonlWriter(str(output / "out"), compression=None, adapter=only_text)
        dropped = execute([*steps, SeenFilter(), writer], logs)
        return dropped.pop("_written", 0), dropped
    config = ExactDedupConfig(content_getter=text_of)
    filtered = str(work / "filtered")
    dropped = execute([*steps, JsonlWriter(filtered, compression=None)], logs / "1")
    execute([JsonlReader(filtered), ExactDedupSignature(str(work / "signatures"), config)], logs / "2")
    execute([ExactFindDedups(str(work / "signatures"), str(work / "duplicates"), config)], logs / "3")
    dedup: DocumentsPipeline = ExactDedupFilter(str(work / "duplicates"), config)
    writer = JsonlWriter(str(output / "out"), compression=None, adapter=only_text)
    last = execute([JsonlReader(filtered), dedup, writer], logs / "4")
    dropped.pop("_written", 0)
    kept = last.pop("_written", 0)
    return kept, dropped + last


def main(argv: list[str] | None = None) -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--input", type=Path, required=True, help="folder of Arrow stream files")
    parser.add_argument("--output", type=Path, required=True, help="folder to write; what is in it is removed")
    parser.add_argument("--dedup", choices=["own", "set"], default="own")
    options = parser.parse_args(argv)
    logger.remove()
    shutil.rmtree(options.output, ignore_errors=True)
    started = time.perf_counter()
    kept, dropped = run(options.input, options.output, own_dedup=options.dedup == "own")
    seconds = time.perf_counter() - started
    usual_rules.report(f"datatrove-{options.dedup}", folder=options.input, kept=kept, dropped=dropped, seconds=seconds)


if __name__ == "__main__":
    main()
