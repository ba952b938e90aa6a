"""The plain Python loop: one row after another through the usual rules.

``python -m tests.benchmarks.baseline_loop --input DIR --output FILE``
"""

import argparse
import hashlib
import json
import time
from collections import Counter
from pathlib import Path

import pyarrow as pa

from tests.benchmarks import usual_rules


def run(folder: Path, output: Path) -> tuple[int, Counter[str]]:
    """Write what is kept; return how many, and what was dropped by reason."""
    dropped: Counter[str] = Counter()
    kept = 0
    seen: set[bytes] = set()
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("w", encoding="utf-8") as lines:
        for path in usual_rules.shards(folder):
            with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as reader:
                for batch in reader:
                    names = [name for name in ("namespace", "text") if name in batch.schema.names]
                    for row in batch.select(names).to_pylist():
                        text = row["text"]
                        if reason := usual_rules.drop_source(row.get("namespace"), text):
                            dropped[reason] += 1
                            continue
                        text = usual_rules.clean(text)
                        if reason := usual_rules.drop_cleaned(text):
                            dropped[reason] += 1
                            continue
                        digest = hashlib.md5(text.encode()).digest()
                        if digest in seen:
                            dropped["duplicate"] += 1
                            continue
                        seen.add(digest)
                        lines.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
                        kept += 1
    return kept, dropped


def main(argv: list[str] | None = None) -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--input", type=Path, required=True, help="folder of Arrow stream files")
    parser.add_argument("--output", type=Path, required=True, help="JSONL file to write")
    options = parser.parse_args(argv)
    started = time.perf_counter()
    kept, dropped = run(options.input, options.output)
    seconds = time.perf_counter() - started
    usual_rules.report("loop", folder=options.input, kept=kept, dropped=dropped, seconds=seconds)


if __name__ == "__main__":
    main()
