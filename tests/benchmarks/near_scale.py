"""Near-deduplication of many documents, stage by stage without Beam: seconds, bytes shuffled, memory.

``python -m tests.benchmarks.near_scale --input .bench/c4 --output .bench/near`` takes a corpus of ``make_corpus``,
puts in the place of every tenth document an earlier one with a sentence more, and runs the stages that Beam runs, one
after the other on one core. ``--template N`` lets N documents share a template that is a third of each.
"""

import argparse
import itertools
import json
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from beam_pipelines.reasons import Reason
from beam_pipelines.transforms import commit, dedupe, files, inputs, near
from beam_pipelines.transforms.parts import Part, Place
from beam_pipelines.transforms.recipe import BANDS, TEXT, Documents
from beam_pipelines.transforms.refine import RefineItem

EVERY, BACK = 10, 50
MORE = " 이 글은 다른 곳에 먼저 실렸다."
LIKENESS = 0.8


def copies(source: Path, target: Path, template: int) -> int:
    """Rewrite the shards of a corpus with near-duplicates in them; returns how many."""
    target.mkdir(parents=True, exist_ok=True)
    made = 0
    shared = "".join(f"안내 {chr(0xAC00 + 28 * n)}다. 이곳의 글은 누구나 읽을 수 있다. " for n in range(40))
    for shard in sorted(source.rglob("*.arrow")):
        texts = pa.ipc.open_stream(str(shard)).read_all()["text"].to_pylist()
        for n in range(BACK, len(texts), EVERY):
            texts[n] = texts[n - BACK + 1] + MORE
            made += 1
        for n in range(0, len(texts), 3):
            if template > 0:
                texts[n] = shared + texts[n][: 2 * len(shared)]
                template -= 1
        schema = pa.schema([("text", pa.string())])
        with pa.OSFile(str(target / shard.name), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
            writer.write_table(pa.table({"text": texts}, schema), max_chunksize=1000)
    return made


class Stages:
    """Runs what Beam runs, and keeps account of it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.shuffled: dict[str, int] = {}

    def timed(self, name: str, run: Callable[[], Any]) -> Any:
        """What ``run`` returns; its seconds are counted under the name."""
        begin = time.perf_counter()
        result = run()
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin
        return result

    def grouped(self, name: str, blobs: Callable[[], Iterable[tuple[int, bytes]]]) -> dict[int, list[bytes]]:
        """The blobs by key."""

        def collect() -> dict[int, list[bytes]]:
            groups: dict[int, list[bytes]] = defaultdict(list)
            for key, blob in blobs():
                groups[key].append(blob)
            return groups

        groups = self.timed(name, collect)
        self.shuffled[name] = sum(len(blob) for group in groups.values() for blob in group)
        return groups

    def marked(self, name: str, mark: dedupe.MarkLosers, done: list[Part], lost: dict[int, list[bytes]]) -> list[Part]:
        """The parts without their lost lines."""
        joined = [(part.index, {"part": [part], "losers": lost.get(part.index, [])}) for part in done]
        return self.timed(name, lambda: [after for pair in joined for after in mark.process(pair)])


def main(argv: list[str] | None = None) -> None:
    """One core, one stage after the other."""
    flags = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    flags.add_argument("--input", type=Path, required=True)
    flags.add_argument("--output", type=Path, required=True)
    flags.add_argument("--template", type=int, default=0, metavar="N")
    options = flags.parse_args(argv)
    planted = copies(options.input, options.output / "raw", options.template)
    recipe, stages = Documents(near=True), Stages()
    found = inputs.find([str(options.output / "raw")], formats=recipe.formats, source_of=lambda _: "c4")
    items = inputs.plan(found, formats=recipe.formats, columns=recipe.columns)
    folder = commit.Target(outputs={recipe.views[0]: str(options.output / "train.jsonl")}, plan="near").work
    files.make_folder(folder)
    buckets = dedupe.bucket_count(sum(file.size for file in found))
    refine = RefineItem(folder, recipe)
    done = stages.timed("refine", lambda: [part for item in items for part in refine.process(item)])
    documents = sum(part.documents for part in done)
    view = recipe.views[0]

    def each(step: Any) -> Callable[[], Iterable[tuple[int, bytes]]]:
        return lambda: itertools.chain.from_iterable(map(step.process, done))

    keys = stages.grouped("exact: fingerprints", each(dedupe._Fingerprints(folder, TEXT, buckets)))
    lost = stages.grouped("exact: losers", lambda: itertools.chain.from_iterable(map(dedupe.losers, keys.values())))
    done = stages.marked("exact: mark", dedupe.MarkLosers(folder, TEXT, Reason.DUPLICATE, view, False), done, lost)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    keys = stages.grouped("near: bands", each(near._Bands(folder, BANDS, buckets * 4)))
    pairs = stages.grouped("near: pairs", lambda: (p for blobs in keys.values() for p in near.pairs(blobs, buckets)))
    places = {part.index: Place(part.key, part.source, part.path) for part in done}
    verify = near._Verify(folder, view, TEXT, LIKENESS, buckets)
    verified = stages.grouped("near: verify", lambda: (p for g in pairs.items() for p in verify.process(g, places)))
    settled = (np.frombuffer(b"".join(blobs), near.VERIFIED) for blobs in verified.values())
    lost = stages.grouped("near: settle", lambda: itertools.chain.from_iterable(map(near.settle, settled)))
    done = stages.marked("near: mark", near._MarkNear(folder, BANDS, Reason.NEAR_DUPLICATE, view, False), done, lost)
    result = {
        "documents": documents,
        "planted": planted,
        "near_duplicates": sum(part.dropped.get("near_duplicate", 0) for part in done),
        "candidates": stages.shuffled["near: pairs"] // near.PAIR.itemsize,
        "bytes_per_document": {name: round(size / documents, 1) for name, size in stages.shuffled.items()},
        "bytes_per_document_in_all": round(sum(stages.shuffled.values()) / documents, 1),
        "seconds": {name: round(seconds, 2) for name, seconds in stages.seconds.items()},
        "peak_rss_mb": [before // 1024, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024],
    }
    sys.stdout.write(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
