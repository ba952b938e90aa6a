"""Exact deduplication alone, of as many documents as wanted: seconds, memory, and whether it found what was planted.

``python -m tests.benchmarks.dedupe_scale --documents 20e6 --work .bench/dedupe`` makes finished work items that hold
nothing but fingerprints and indexes, of which every tenth document repeats one of an earlier item, and runs the
pipeline's own stage over them on the DirectRunner. Nothing is read or cleaned.
"""

import argparse
import json
import logging
import resource
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from beam_pipelines import options
from beam_pipelines.reasons import Reason
from beam_pipelines.text.fingerprint import FINGERPRINT
from beam_pipelines.transforms import files, parts
from beam_pipelines.transforms.dedupe import Dedupe, bucket_count
from beam_pipelines.transforms.inputs import Read
from beam_pipelines.transforms.parts import INDEX, Part
from beam_pipelines.transforms.recipe import TEXT

EVERY = 10
DOCUMENT_BYTES = 1_000


def plant(folder: Path, *, documents: int, of_item: int, seed: int) -> Iterator[Part]:
    """Finished work items on disk; every EVERYth document of an item but the first repeats one of the item before."""
    rng = np.random.default_rng(seed)
    before = np.zeros(0, FINGERPRINT)
    for number, start in enumerate(range(0, documents, of_item)):
        count = min(of_item, documents - start)
        marks = np.frombuffer(rng.bytes(count * FINGERPRINT.itemsize), FINGERPRINT).copy()
        if number:
            marks[::EVERY] = before[1 : count + 1 : EVERY][: len(marks[::EVERY])]
        index = np.empty(count, INDEX)
        index["row"], index["end"] = np.arange(count), np.arange(1, count + 1) * DOCUMENT_BYTES
        key = f"{number:024x}"
        with files.write_whole(parts.marks_path(str(folder), key, TEXT)) as file:
            np.save(file, marks)
        with files.write_whole(parts.index_path(str(folder), key)) as file:
            file.write(index.tobytes())
        before = marks
        size = count * DOCUMENT_BYTES
        read = Read(path="none", start=0, end=size, digest="0" * 32)
        yield Part(key=key, index=number, source="c4", path="none", reads=[read], documents=count, bytes=size)


def _write(count: int, path: Path) -> None:
    path.write_text(str(count))


def main(argv: list[str] | None = None) -> None:
    """Plant, run, and print one line of JSON."""
    flags = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    flags.add_argument("--documents", type=float, default=20e6)
    flags.add_argument("--of_item", type=int, default=20_000, help="documents of one work item")
    flags.add_argument("--work", type=Path, required=True)
    flags.add_argument("--direct_num_workers", type=int, default=1)
    chosen = flags.parse_args(argv)
    shutil.rmtree(chosen.work, ignore_errors=True)
    chosen.work.mkdir(parents=True)
    done = list(plant(chosen.work, documents=int(chosen.documents), of_item=chosen.of_item, seed=0))
    planted = sum(-(-part.documents // EVERY) for part in done[1:])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    import apache_beam as beam

    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
    buckets = bucket_count(sum(part.bytes for part in done))
    dedupe = Dedupe(folder=str(chosen.work), mark=TEXT, stage=TEXT, view="", buckets=buckets, reason=Reason.DUPLICATE)
    begin = time.perf_counter()
    parsed = argparse.Namespace(runner=options.DIRECT, direct_num_workers=chosen.direct_num_workers)
    with beam.Pipeline(options=options.beam_options(parsed, [])) as pipeline:
        after = pipeline | beam.Create(done) | beam.Reshuffle() | dedupe
        total = after | beam.Map(lambda part: part.documents) | beam.CombineGlobally(sum)
        _ = total | beam.Map(_write, chosen.work / "left")
    result = {
        "documents": int(chosen.documents),
        "planted": planted,
        "lost": int(chosen.documents) - int((chosen.work / "left").read_text()),
        "seconds": round(time.perf_counter() - begin, 2),
        "peak_rss_mb": [before // 1024, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024],
    }
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
