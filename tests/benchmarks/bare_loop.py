"""The main job's own kernels, readers and writers in a bare loop: what it costs without Beam.

``python -m tests.benchmarks.bare_loop --input DIR --output FILE`` prints one JSON line.
"""

import argparse
import json
import sys
import time
from collections import defaultdict

from beam_pipelines.reasons import Reason
from beam_pipelines.sources import SOURCES
from beam_pipelines.transforms import commit, dedupe, files, inputs, parts, write
from beam_pipelines.transforms.recipe import Documents
from beam_pipelines.transforms.refine import RefineItem


def main() -> int:
    """One core, one loop for each stage."""
    flags = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    flags.add_argument("--input", required=True)
    flags.add_argument("--output", required=True)
    options = flags.parse_args()
    begin = time.perf_counter()
    recipe = Documents()
    found = inputs.find([options.input], formats=recipe.formats, source_of=lambda _: "namu_wiki")
    items = inputs.plan(found, formats=recipe.formats, columns=recipe.columns)
    target = commit.Target(outputs={recipe.views[0]: options.output}, plan="bare")
    folder, mark = target.work, next(iter(recipe.marks))
    files.make_folder(folder)
    refine = RefineItem(folder, recipe)
    done = [part for item in items for part in refine.process(item)]
    buckets: dict[int, list[bytes]] = defaultdict(list)
    for part in done:
        marks = parts.read_array(parts.marks_path(folder, part.key, mark))
        for bucket, blob in dedupe.blobs(marks, part.index, dedupe.MIN_BUCKETS):
            buckets[bucket].append(blob)
    lost: dict[int, list[bytes]] = defaultdict(list)
    for blobs in buckets.values():
        for number, lines in dedupe.losers(blobs):
            lost[number].append(lines)
    marker = dedupe.MarkLosers(folder, mark, Reason.DUPLICATE, recipe.views[0], False)
    marked = [
        after for part in done for after in marker.process((part.index, {"part": [part], "losers": lost[part.index]}))
    ]
    writer = write._WriteOutput(target)
    outputs = list(write.plan_outputs(marked, target))
    written = [file for each in outputs for file in writer.process((each.path, {"output": [each], "cuts": []}))]
    licences = {"namu_wiki": SOURCES["namu_wiki"].licence}
    for _ in write._Commit(target, {}, licences).process((0, {"parts": marked, "written": written})):
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
