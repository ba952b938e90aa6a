"""Kill -9 at random moments of every stage of a run, go on, and compare: the same bytes, nothing finished done again.

``python -m tests.benchmarks.kills --input .bench/corpus --kills 20`` runs a refiner once in peace and then, for every
kill, waits for a stage, kills it a random moment later and runs it to the end. Each row says how far it had come.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from beam_pipelines.tables import aligned

_SAY_WHAT_IS_DONE = r"""
import os
import sys
from beam_pipelines import launch, plain_text
from beam_pipelines.transforms.refine import RefineItem
real = RefineItem._refine
def refine(self, item, reads):
    os.write(1, b"%d\n" % item.index)  # in one piece, whatever other threads write
    return real(self, item, reads)
RefineItem._refine = refine
sys.exit(launch.main(plain_text.run, sys.argv[1:]))
"""


STAGES = ["starting", "refining", "duplicates", "writing", "committing", "sweeping up", "done"]
LATER = 0.1


class Kill(NamedTuple):
    """A run that was killed: in which stage, with how many work items whole, and how many were done after it."""

    stage: str
    whole: int
    done_after: int


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _command(flags: Sequence[str], out: Path) -> list[str]:
    return [sys.executable, "-c", _SAY_WHAT_IS_DONE, *flags, "--output", str(out / "train.jsonl")]


def _finish(flags: Sequence[str], out: Path) -> int:
    """Run to the end; how many work items that took."""
    done = subprocess.run(_command(flags, out), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr.strip().splitlines()[-1])
    return len(done.stdout.split())


def _work(out: Path) -> list[Path]:
    return [path for folder in out.glob(".train.jsonl.work-*") for path in folder.iterdir()]


def _whole(out: Path) -> int:
    """The parts that have all their files."""
    names = {path.name for path in _work(out)}
    endings = (".index", ".documents.jsonl", ".text.marks.npy")
    return sum(all(key + ending in names for ending in endings) for key in _keys(names))


def _keys(names: set[str]) -> list[str]:
    return [name.removesuffix(".json") for name in names if name.endswith(".json") and not name.startswith(".")]


def _stage(out: Path, items: int) -> str:
    """How far a run has come, from what lies there."""
    names = {path.name for path in _work(out)}
    if (out / "_manifest.json").exists():
        return "sweeping up" if names else "done"
    if (out / "train.jsonl").exists():
        return "committing"
    if "outputs" in names:
        return "writing"
    if _whole(out) == items or any(name.endswith(".losers.npy") for name in names):
        return "duplicates"
    return "refining" if any(not name.startswith(".") for name in names) else "starting"


def _kill_in(stage: str, run: subprocess.Popen[bytes], out: Path, items: int, dice: random.Random) -> None:
    """Kill a run up to a tenth of a second after it has come to a stage; its end may come first."""
    while run.poll() is None and STAGES.index(_stage(out, items)) < STAGES.index(stage):
        time.sleep(0.001)
    time.sleep(dice.uniform(0, LATER))
    run.kill()


def killed(flags: Sequence[str], *, kills: int, seed: int = 7) -> Iterator[Kill]:
    """Kill a run in one stage after the other. Raises SystemExit when what comes of it is not what peace leaves."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as temp:
        peace, out = Path(temp) / "peace", Path(temp) / "out"
        items = _finish(flags, peace)
        expected = tree(peace)
        for number in range(kills):
            shutil.rmtree(out, ignore_errors=True)
            with subprocess.Popen(_command(flags, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
                _kill_in(STAGES[number % (len(STAGES) - 1)], run, out, items, dice)
            stage, whole = _stage(out, items), _whole(out)
            done_after = _finish(flags, out)
            if (found := tree(out)) != expected:
                other = sorted(name for name, _ in found.items() ^ expected.items())
                raise SystemExit(f"killed in {stage}: other files, {', '.join(other)}")
            if done_after != items - whole:
                raise SystemExit(f"killed in {stage}: {whole} of {items} whole, and {done_after} done after it")
            yield Kill(stage, whole, done_after)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--input", required=True, help="a corpus of make_corpus")
    parser.add_argument("--kills", type=int, default=20)
    arguments = parser.parse_args()
    header = ["killed in", "items whole", "items done after it"]
    rows = [
        [kill.stage, str(kill.whole), str(kill.done_after)]
        for kill in killed(["--input", arguments.input], kills=arguments.kills)
    ]
    sys.stdout.write(aligned([header, *rows]) + "\n")
