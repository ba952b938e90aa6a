"""The main job's own kernels, readers and writers in a bare loop: what it costs without Beam.

``python -m tests.benchmarks.bare_loop --input DIR --output FILE`` prints one JSON line.
"""

import argparse
import json
import sys
import time
from collections import defaultdict

from beam_pipelines.transforms import dedupe, files, inputs, parts, recipe, write
from beam_pipelines.transforms.refine import RefineItem


def main() -> int:
    """One core, one loop for each stage."""
    flags = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    flags.add_argument("--input", required=True)
    flags.add_argument("--output", required=True)
    options = flags.parse_args()
    begin = time.perf_counter()
    items = inputs.plan(inputs.find([options.input], source="namu_wiki"), columns=recipe.COLUMNS)
    folder = write.work_folder(options.output, "bare")
    files.make_folder(folder)
    refine = RefineItem(folder, recipe.Rules())
    done = [part for item in items for part in refine.process(item)]
    buckets: dict[int, list[bytes]] = defaultdict(list)
    for part in done:
        for bucket, blob in dedupe.blobs(parts.read_index(folder, part.key), part.index, dedupe.MIN_BUCKETS):
            buckets[bucket].append(blob)
    lost: dict[int, list[bytes]] = defaultdict(list)
    for blobs in buckets.values():
        for number, lines in dedupe.losers(blobs):
            lost[number].append(lines)
    mark = dedupe._MarkLosers(folder, False)
    marked = [
        after for part in done for after in mark.process((part.index, {"part": [part], "losers": lost[part.index]}))
    ]
    target = write.Target(output=options.output)
    writer = write._WriteOutput(folder, "bare", target)
    written = [file for output in write.plan_outputs(marked, target) for file in writer.process(output)]
    for _ in write._Commit("bare", target).process((0, {"parts": marked, "written": written})):
        pass
    seconds = time.perf_counter() - begin
    size = sum(item.span.end - item.span.start for item in items)
    shuffled = sum(len(blob) for blobs in buckets.values() for blob in blobs)
    shuffled += sum(len(lines) for group in lost.values() for lines in group)
    result = {
        "mb_per_second": round(size / 1e6 / seconds, 1),
        "seconds": round(seconds, 2),
        "documents_out": sum(part.documents for part in marked),
        "shuffled_bytes_per_document": round(shuffled / sum(part.documents for part in done), 1),
    }
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
