"""The main job beside its baselines: whole processes on the same corpus, one after the other, in one run.

``python -m tests.benchmarks.compare --input .bench/namu/train --work .bench/compare [--rounds 3] [--datatrove PYTHON]``
prints a Markdown table. MB/s is input bytes over wall time from the command's start to its end, start-up and imports
included, best of the rounds; RSS is the peak of the process.
"""

import argparse
import logging
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

_LOG = logging.getLogger("compare")


def _commands(source: Path, work: Path, datatrove: str | None) -> dict[str, list[str]]:
    module = [sys.executable, "-m"]
    main = [*module, "beam_pipelines.plain_text", "--source", "namu_wiki", "--input", str(source)]
    plain = ["--input", str(source), "--output"]
    commands = {
        "plain Python loop": [*module, "tests.benchmarks.baseline_loop", *plain, f"{work}/loop.jsonl"],
        "bare loop over our kernels": [*module, "tests.benchmarks.bare_loop", *plain, f"{work}/bare/train.jsonl"],
        "this pipeline, 1 worker": [*main, "--output", f"{work}/one/train.jsonl", "--direct_num_workers", "1"],
        "this pipeline, 2 workers": [*main, "--output", f"{work}/two/train.jsonl", "--direct_num_workers", "2"],
    }
    if datatrove:
        script = [datatrove, "-m", "tests.benchmarks.baseline_datatrove", *plain, f"{work}/datatrove"]
        commands["datatrove, its own dedup"] = script
        commands["datatrove, a set of hashes"] = [*script, "--dedup", "set"]
    return commands


def _run(command: list[str], log: Path) -> tuple[float, int]:
    """``(seconds, peak RSS in bytes)`` of a process that must succeed."""
    os.sync()  # what an earlier run left to write must not slow this one
    begin = time.perf_counter()
    with log.open("ab") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file)
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed; see {log}")
    return seconds, usage.ru_maxrss * 1024


def main() -> int:
    """Measure every command in turn, round by round, and print the table."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    flags = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    flags.add_argument("--input", required=True, type=Path)
    flags.add_argument("--work", required=True, type=Path)
    flags.add_argument("--rounds", type=int, default=3)
    flags.add_argument("--datatrove", help="the Python of an environment that has datatrove")
    flags.add_argument("--only", default="", help="only commands whose name holds this")
    options = flags.parse_args()
    size = sum(path.stat().st_size for path in options.input.rglob("*.arrow"))
    commands = _commands(options.input, options.work, options.datatrove)
    best: dict[str, tuple[float, int]] = {}
    for place in range(options.rounds):
        for name, command in commands.items():
            if options.only not in name:
                continue
            shutil.rmtree(options.work, ignore_errors=True)
            options.work.mkdir(parents=True)
            seconds, rss = _run(command, options.work.with_suffix(".log"))
            _LOG.info("round %d: %s: %.2f s", place + 1, name, seconds)
            if name not in best or seconds < best[name][0]:
                best[name] = (seconds, rss)
    base = best.get("plain Python loop", next(iter(best.values())))[0]
    lines = [
        f"| {size / 1e6:.0f} MB of namumark | seconds | MB/s | times the first | peak RSS, MB |",
        "|---|---|---|---|---|",
    ]
    for name, (seconds, rss) in best.items():
        speed = size / 1e6 / seconds
        lines.append(f"| {name} | {seconds:.2f} | {speed:.1f} | {base / seconds:.1f} | {rss / 1e6:.0f} |")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
