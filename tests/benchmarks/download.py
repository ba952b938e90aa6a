"""Our download of a corpus beside ``load_dataset(...).save_to_disk(...)``, from the same hub on the loopback device.

``python -m tests.benchmarks.download --work .bench/download [--bytes 3e8]`` prints a Markdown table: seconds of whole
processes, their peak memory, the most disk that was taken at any moment (the data itself and whatever lies around
it), and what a run that was killed in the middle of the last file had to fetch a second time.
"""

import argparse
import logging
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.benchmarks import make_corpus
from tests.data.hub_server import Fault, Hub, Repo, serving

USUAL = """
import sys, datasets
datasets.load_dataset("heegyu/namuwiki", split="train").save_to_disk(sys.argv[1])
"""
FILES = 4


def corpus(work: Path, size: float) -> dict[str, bytes]:
    """Namumark of about that size as the Parquet files of a dataset."""
    made = work / "corpus"
    shard = ["--shard_bytes", str(size / FILES)]
    make_corpus.main(["--bytes", str(size), *shard, "--source", "namu_wiki", "--output", str(made)])
    files = {}
    for number, path in enumerate(sorted(made.rglob("*.arrow"))):
        packed = pa.BufferOutputStream()
        pq.write_table(pa.ipc.open_stream(str(path)).read_all(), packed, row_group_size=1000)
        files[f"data/train-{number:05d}.parquet"] = packed.getvalue().to_pybytes()
    shutil.rmtree(made)
    return files


def taken(folder: Path) -> int:
    """The bytes of all files below a folder; those that vanish meanwhile are none."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            place = os.path.join(path, name)  # noqa: PTH118 - called some thousand times
            if os.path.isfile(place) and not os.path.islink(place):  # noqa: PTH113, PTH114
                total += os.path.getsize(place)  # noqa: PTH202
    return total


def measured(command: list[str], folder: Path) -> tuple[float, int, int]:
    """``(seconds, peak RSS, most bytes below the folder)`` of a process, looked at ten times a second.

    ``ru_maxrss`` would not do: a child inherits the peak of the process that started it, and that holds the corpus.
    """
    rss = disk = 0
    begin = time.perf_counter()
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            status = Path(f"/proc/{process.pid}/status").read_text()
            rss = max([rss, *(int(kilobytes) << 10 for kilobytes in re.findall(r"VmHWM:\s+(\d+)", status))])
            disk = max(disk, taken(folder))
            time.sleep(0.1)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return time.perf_counter() - begin, rss, disk


def killed(command: list[str], hub: Hub, last: str) -> int:
    """The bytes fetched twice when a process is killed half way through the last file and started again."""
    hub.stalled.clear()
    hub.faults = [Fault(f"storage GET .*{re.escape(last)}", share=0.5, stall=True)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        hub.stalled.wait()
        time.sleep(1)  # what was sent is on its way to the disk
        process.kill()
    body = hub.repos["heegyu/namuwiki"].at("main") or {}
    asked = len(hub.requests)
    subprocess.run(command, check=True, capture_output=True)
    sent = 0
    for line in hub.fetched(since=asked):
        name, start = re.fullmatch(r"storage GET /storage/.*?(data/\S+)(?: bytes=(\d+)-)?", line).groups()  # type: ignore[union-attr]
        sent += len(body[name]) - int(start or 0)
    return sent - len(body[last]) // 2


def main() -> int:
    """Measure both and print the table."""
    logging.basicConfig(level=logging.WARNING)
    flags = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    flags.add_argument("--work", required=True, type=Path)
    flags.add_argument("--bytes", type=float, default=3e8)
    options = flags.parse_args()
    work = options.work.resolve()
    rows = ["| | seconds | peak RSS, MB | peak disk, MB | fetched twice after a kill, MB |", "|---|---|---|---|---|"]
    with serving() as hub:
        files = corpus(work, options.bytes)
        hub.repos["heegyu/namuwiki"] = Repo(files)
        out = work / "run"
        os.environ |= {"HF_ENDPOINT": hub.url, "HF_HOME": str(out / "home"), "HF_HUB_DISABLE_XET": "1"}
        ours = [sys.executable, "-m", "data.download_korean_text", "--only", "namu_wiki", "--output", str(out / "raw")]
        usual = [sys.executable, "-c", USUAL, str(out / "raw")]
        for name, command in (("`load_dataset` and `save_to_disk`", usual), ("`data.download_korean_text`", ours)):
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir(parents=True)
            seconds, rss, disk = measured(command, out)
            shutil.rmtree(out)
            out.mkdir()
            again = killed(command, hub, sorted(files)[-1])
            rows.append(f"| {name} | {seconds:.1f} | {rss / 1e6:.0f} | {disk / 1e6:.0f} | {again / 1e6:.0f} |")
    packed = sum(map(len, files.values())) / 1e6
    sys.stdout.write("\n".join([f"{options.bytes / 1e6:.0f} MB of text, {packed:.0f} MB of Parquet:", "", *rows, ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
