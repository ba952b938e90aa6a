"""What was left out, as a report shows it: rejects by reason, repeated lines, duplicates and benchmark items."""

import difflib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from beam_pipelines.transforms import benchmark, files
from beam_pipelines.transforms.commit import CLUSTERS, REPEATED_LINES
from beam_pipelines.transforms.report_changes import TOKEN, Diff, diff, folded
from beam_pipelines.transforms.report_samples import clip, head, record, records, spread

Row = dict[str, Any]
Place = tuple[str, str, int]
"""Source, file and row of a document."""

TEXT_CHARS, PAIR_CHARS, LOOKED_CHARS, LINE_CHARS = 700, 1500, 20_000, 300
SIDE_BY_SIDE, CLUSTERS_SHOWN, LINES_SHOWN = 30, 10, 200
CLUSTER_BYTES, SCAN_BYTES = 16 << 20, 64 << 20
"""Of the clusters, and of each output and the repeated lines, so many bytes are looked through."""

_ABOUT = ("source", "file", "row", "reason", benchmark.COLUMN, "quality", "kept", "jaccard", "why")


def rows_by_reason(paths: Iterable[str]) -> dict[str, list[Row]]:
    """The rows of a sample of the rejects, by reason and in order."""
    found: dict[str, list[Row]] = defaultdict(list)
    for path in paths:
        for row in records(path):
            found[str(row.get("reason"))].append(row)
    return found


def shown(row: Row) -> Row:
    """A row as the page has it: where it came from, why it went, and what it held, cut where it is long."""
    text = body(row)
    return {
        "source": row.get("source", ""),
        "file": row.get("file", ""),
        "row": row.get("row", 0),
        "reason": row.get("reason", ""),
        "text": clip(text, TEXT_CHARS),
        "chars": len(text),
        "note": list(_notes(row)),
    }


def body(row: Row) -> str:
    """What a row held: its text, or its fields a line each."""
    fields = {name: value for name, value in row.items() if name not in _ABOUT}
    if set(fields) == {"text"}:
        return fields["text"] or ""
    return "\n".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in fields.items()
        if value is not None
    )


def _notes(row: Row) -> Iterator[str]:
    if row.get("why"):
        yield str(row["why"])
    if cut := row.get("quality"):
        yield f"{cut['measure']} {cut['value']:.4g} (cutoff {cut['cutoff']:g})"
    if kept := row.get("kept"):
        yield f"= {kept['source']} {files.name(kept['file'])} {kept['row']}, Jaccard {row['jaccard']:.3f}"
    if hit := row.get(benchmark.COLUMN):
        yield f"{files.name(hit['file'])} {hit['row']}, {hit['part']} {hit['share']:.2f}"


def _place(row: Mapping[str, Any]) -> Place:
    return row["source"], row["file"], row["row"]


def _origin(row: Row) -> Row:
    return dict(zip(("source", "file", "row"), _place(row), strict=True))


def clusters(folder: str, outputs: Sequence[str], near: Sequence[Row]) -> dict[str, Any]:
    """Near-duplicates beside what stayed for them, and the largest clusters with the beginning of their document.

    Only documents near the beginning of an output can be found; the rest is in the rejects and the table of clusters.
    """
    path = files.join(folder, CLUSTERS)
    if not files.exists(path):
        return {}
    lost = {_place(row["kept"]): row for row in reversed(near) if row.get("kept")}
    rows = [record(path, line) for line in head(path, CLUSTER_BYTES)]
    wanted = [row for row in rows if _place(row) in lost][: 4 * SIDE_BY_SIDE]
    largest = sorted(rows, key=lambda row: -row["size"])[:CLUSTERS_SHOWN]
    texts = _texts(folder, outputs, [*wanted, *largest])
    there = [row for row in wanted if (row["output"], row["line"]) in texts]
    pairs = []
    for row in spread(there, SIDE_BY_SIDE):
        text, other = texts[row["output"], row["line"]], lost[_place(row)]
        runs = folded(diff(clip(body(other), PAIR_CHARS), clip(text, PAIR_CHARS)))
        pairs.append({"kept": _origin(row), "lost": _origin(other), "alike": other["jaccard"], "diff": runs})
    return {
        "pairs": pairs,
        "count": len(rows),
        "largest": [
            {
                **{name: row[name] for name in ("output", "line", "size", "sources")},
                "text": clip(texts.get((row["output"], row["line"]), ""), 120),
            }
            for row in largest
        ],
    }


def _texts(folder: str, outputs: Sequence[str], wanted: Sequence[Row]) -> dict[tuple[str, int], str]:
    """The texts of lines of the outputs, by output and line, as far as they lie near the beginning."""
    lines: dict[str, set[int]] = defaultdict(set)
    for row in wanted:
        lines[row["output"]].add(row["line"])
    found = {}
    for name in filter(lines.__contains__, outputs):
        path, last = files.join(folder, name), max(lines[name])
        for number, line in enumerate(head(path, SCAN_BYTES)):
            if number in lines[name]:
                found[name, number] = body(record(path, line))
            if number == last:
                break
    return found


def repeated_lines(folder: str) -> list[Row]:
    """The dropped lines that most documents of each source had, the most frequent first."""
    path = files.join(folder, REPEATED_LINES)
    if not files.exists(path):
        return []
    shown: list[Row] = []
    seen: Counter[str] = Counter()
    for row in (record(path, line) for line in head(path, SCAN_BYTES)):
        seen[row["source"]] += 1
        if seen[row["source"]] <= LINES_SHOWN:
            shown.append({**row, "line": clip(row["line"], LINE_CHARS)})
    return shown


def hits(rows: Sequence[Row]) -> list[Row]:
    """Documents that were dropped for a benchmark, each beside the item it holds where that file still lies there."""
    items: dict[str, dict[int, str]] = {}
    found = []
    for row in spread([row for row in rows if row.get(benchmark.COLUMN)], SIDE_BY_SIDE):
        hit = row[benchmark.COLUMN]
        if hit["file"] not in items:
            items[hit["file"]] = _items(hit["file"])
        item = items[hit["file"]].get(hit["row"], "")
        found.append({**shown(row), "hit": hit, "item": clip(item, TEXT_CHARS), "text": _marked(body(row), item)})
    return found


def _items(path: str) -> dict[int, str]:
    if not files.exists(path):
        return {}
    return {item.row: "\n".join([item.stem, *item.options]) for item in benchmark.read(path)}


def _marked(text: str, item: str) -> Diff:
    """Where a text is most like an item, as runs: what both have is marked with -1. Its beginning where nothing is."""
    words, sought = TOKEN.findall(text[:LOOKED_CHARS]), TOKEN.findall(item)
    longest = difflib.SequenceMatcher(None, words, sought, autojunk=False).find_longest_match()
    if not longest.size:
        return [(0, clip(text, TEXT_CHARS))]
    start, end = max(0, longest.a - len(sought)), min(len(words), longest.a + 2 * len(sought))
    near = words[start:end]
    runs: Diff = [(0, "… ")] if start else []
    for tag, a, b, _, _ in difflib.SequenceMatcher(None, near, sought, autojunk=False).get_opcodes():
        if a < b:
            runs.append((-1 if tag == "equal" else 0, "".join(near[a:b])))
    return [*folded(runs), *([(0, " …")] if end < len(words) or len(text) > LOOKED_CHARS else [])]
