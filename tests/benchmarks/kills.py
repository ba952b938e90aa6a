"""Kill -9 at random moments of every stage of a run, go on, and compare: the same bytes, nothing finished done again.

``python -m tests.benchmarks.kills --kills 27`` runs refiners on a corpus of its own, each once in peace, to know how
long its stages last. Then it kills one in a stage, at a random moment of it, and runs it to the end.
"""

import argparse
import json
import logging
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from beam_pipelines.tables import aligned
from tests import corpora
from tests.corpora import tree

_LOG = logging.getLogger("kills")

_SAY_WHAT_IS_DONE = r"""
import importlib
import os
import signal
import sys
from beam_pipelines import launch
from beam_pipelines.transforms import files, parts
from beam_pipelines.transforms.refine import RefineItem
move, left = files.move, int(sys.argv.pop(1))
def move_or_die(source, target):
    global left
    if "/." not in target:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    move(source, target)
files.move = move_or_die
real = RefineItem._refine
def refine(self, item, reads):
    os.write(1, parts.key_of(item).encode() + b"\n")  # in one piece, whatever other threads write
    return real(self, item, reads)
RefineItem._refine = refine
sys.exit(launch.main(importlib.import_module(sys.argv[1]).run, sys.argv[2:]))
"""

OF_LINES = ["counting lines", "rewriting"]
STAGES = ["starting", "refining", "first dedupe", *OF_LINES, "second dedupe"]
STAGES += ["writing", "committing", "sweeping up", "done"]
"""In order, OF_LINES where repeated lines are dropped; the second dedupe is the one of near-duplicates, or of repeated
Korean sides.
"""
LINES = ".lines.marks.npy"


class Case(NamedTuple):
    """A refiner as it is killed. ``output`` is the first file of its results."""

    module: str
    flags: list[str]
    output: str
    second: str
    """The ending of the files that are there once the second dedupe begins."""
    endings: list[str]
    """Of the files of a part, its record aside."""
    placed: int = 4
    """Files that the commit puts in place: two of results, the card and the manifest."""

    @property
    def stages(self) -> list[str]:
        """In order, those that it may be killed in."""
        return [stage for stage in STAGES[:-1] if LINES in self.endings or stage not in OF_LINES]


_NEAR = [".index", ".documents.jsonl", ".text.marks.npy", ".bands.marks.npy"]
CASES = {
    "plain text, near": Case(
        "beam_pipelines.plain_text",
        ["--dedupe=near", "--direct_num_workers=1"],
        "train.jsonl",
        ".text.losers.npy",
        _NEAR,
    ),
    "plain text, repeated lines, near, two workers": Case(
        "beam_pipelines.plain_text",
        ["--repeated_lines=100", "--dedupe=near", "--direct_num_workers=2"],
        "train.jsonl",
        ".text-again.losers.npy",
        [*_NEAR, LINES, ".line_counts.marks.npy"],
        placed=5,
    ),
    "translation": Case(
        "beam_pipelines.translation",
        ["--direct_num_workers=1"],
        "en_to_ko.jsonl",
        ".pair.losers.npy",
        [".index", ".en_to_ko.jsonl", ".ko_to_en.jsonl", ".pair.marks.npy", ".korean.marks.npy"],
    ),
}


class Kill(NamedTuple):
    """A run that was killed: when and in which stage, the work items that were whole, and those of them done again."""

    case: str
    seconds: float
    stage: str
    whole: int
    again: int
    done_after: int


def documents(folder: Path) -> None:
    """Files of documents, of which some are in two files and some nearly, or but for a line that very many have."""
    (folder / "c4").mkdir(parents=True)
    for number in range(12):
        texts = [corpora.document(number * 100 + n, size=2000) for n in range(200)]
        texts += [f"{text} 꾸준히 재는 것이 좋다." for text in texts[:40]]
        plain = [f"안내\n\n{text}" for text in texts[40:80]]  # a line right above a dose would stay
        texts += [*plain, *(f"이 글은 누구나 고칠 수 있는 모두의 글입니다.\n\n{text}" for text in plain)]
        corpora.arrow_stream(folder / f"c4/{number:02}.arrow", [{"text": text} for text in texts], batch=50)


def pairs(folder: Path) -> None:
    """Files of pairs, of which some are in two files and some have a Korean side in common."""
    folder.mkdir(parents=True)
    for number in range(12):
        doses = range(number * 500, number * 500 + 1000)
        rows = [{"en": f"Take {n} mg {when}.", "ko": f"{n} mg을 드세요."} for n in doses for when in _WHEN]
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{number:02}.jsonl").write_text(lines)


_WHEN = ["now", "today", "with water", "at home", "with food"]
CORPORA: dict[str, Callable[[Path], None]] = {
    "beam_pipelines.plain_text": documents,
    "beam_pipelines.translation": pairs,
}


class Runner:
    """Runs a case on its corpus, again and again."""

    def __init__(self, case: Case, folder: Path) -> None:
        self.case, self.raw, self.out = case, folder / "raw", folder / "out"
        CORPORA[case.module](self.raw)

    def begin(self, *, die_at: int = 0) -> subprocess.Popen[str]:
        """A run in a process of its own, which says the keys of the work items that it does.

        It may kill itself before the so-many-th file is put in its place, too soon for anybody else to do it.
        """
        output = self.out / self.case.output if self.case.output == "train.jsonl" else self.out
        flags = ["--input", str(self.raw), "--output", str(output), *self.case.flags]
        command = [sys.executable, "-c", _SAY_WHAT_IS_DONE, str(die_at), self.case.module, *flags]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def finish(self) -> set[str]:
        """Run to the end; the keys of the work items that took."""
        with self.begin() as run:
            said = run.communicate()[0].split()
        if run.returncode:
            raise SystemExit(f"{self.case.module} failed with exit code {run.returncode}")
        assert len(said) == len(set(said))
        return set(said)

    def left(self) -> set[str]:
        """The names of what lies in the folder of finished work."""
        names = set[str]()
        with suppress(FileNotFoundError):  # it is being swept up
            for folder in self.out.glob(".*.work-*"):
                names |= {path.name for path in folder.iterdir()}
        return names

    def whole(self) -> set[str]:
        """The keys of the parts that have all their files."""
        names = self.left()
        keys = {name.removesuffix(".json") for name in names if name.endswith(".json") and not name.startswith(".")}
        return {key for key in keys if all(key + ending in names for ending in self.case.endings)}

    def stage(self, items: int) -> str:
        """How far a run has come, from what lies there."""
        names = self.left()
        if (self.out / "_manifest.json").exists():
            return "sweeping up" if names else "done"
        if any(self.out.glob("[!.]*")):
            return "committing"
        if "outputs" in names:
            return "writing"
        if any(name.endswith(self.case.second) for name in names):
            return "second dedupe"
        if any("-lines." in name for name in names):
            return "rewriting"
        if any(name.endswith(".tally") for name in names):
            return "counting lines"
        if len(self.whole()) == items:
            return "first dedupe"
        return "refining" if any(name.endswith(".tmp") or ".jsonl" in name for name in names) else "starting"

    def wait_for(self, stage: str, run: subprocess.Popen[str], items: int) -> None:
        """Until a run has come to a stage, or to its end."""
        while run.poll() is None and STAGES.index(self.stage(items)) < STAGES.index(stage):
            time.sleep(0.001)

    def lengths(self, items: int) -> dict[str, float]:
        """The seconds that every stage of a run lasts."""
        begun = [time.monotonic()]
        with self.begin() as run:
            for stage in STAGES[1:]:
                self.wait_for(stage, run, items)
                begun.append(time.monotonic())
        return {stage: later - at for stage, at, later in zip(STAGES, begun, begun[1:], strict=False)}

    def clear(self) -> None:
        """As before the first run."""
        shutil.rmtree(self.out, ignore_errors=True)


def killed(name: str, *, stages: Sequence[str], seed: int = 7) -> Iterator[Kill]:
    """Kill a run once in each of the stages. Raises SystemExit when what comes of it is not what peace leaves."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as temp:
        runner = Runner(CASES[name], Path(temp))
        items = len(runner.finish())
        expected = tree(runner.out)
        told = {file: data for file, data in expected.items() if file != "report.html"}  # by the manifest
        runner.clear()
        lengths = runner.lengths(items)
        for aim in stages:
            runner.clear()
            begin = time.monotonic()
            with runner.begin(die_at=dice.randint(2, runner.case.placed) if aim == "committing" else 0) as run:
                runner.wait_for("done" if aim == "committing" else aim, run, items)
                time.sleep(dice.uniform(0, lengths[aim]))
                run.kill()
            seconds, stage, whole = time.monotonic() - begin, runner.stage(items), runner.whole()
            if (runner.out / "_manifest.json").exists() and not told.items() <= tree(runner.out).items():
                raise SystemExit(f"{name} killed in {stage}: a manifest of files that are not whole")
            done = runner.finish()
            if (found := tree(runner.out)) != expected:
                other = sorted({file for file, _ in found.items() ^ expected.items()})
                raise SystemExit(f"{name} killed in {stage}: other files, {', '.join(other)}")
            if done & whole or len(done) != items - len(whole):
                raise SystemExit(f"{name} killed in {stage}: {len(whole)} of {items} whole, {len(done)} done after it")
            yield Kill(name, seconds, stage, len(whole), len(done & whole), len(done))


def main(argv: Sequence[str] | None = None) -> None:
    """Print a row for every kill."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=27)
    parser.add_argument("--case", action="append", choices=CASES, help="may be repeated; all of them without it")
    parsed = parser.parse_args(argv)
    cases = [(name, CASES[name]) for name in parsed.case or CASES]
    rows = [["case", "killed after, s", "in", "parts finished", "of them redone", "parts done after", "same bytes"]]
    for place, (name, case) in enumerate(cases):
        turns = range(place, parsed.kills, len(cases))
        for kill in killed(name, stages=[case.stages[turn // len(cases) % len(case.stages)] for turn in turns]):
            rows.append([kill.case, f"{kill.seconds:.2f}", kill.stage, *map(str, kill[3:]), "yes"])
            _LOG.info("%s", "\t".join(rows[-1]))  # as it comes: all of them take minutes
    sys.stdout.write(aligned(rows, left=(0, 2)) + "\n")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
