"""The report: report.html beside the outputs, one page that holds all that it shows and asks nobody for anything.

It is made from what a run leaves (manifest, rejects, tables), from the inputs where they still lie there, and from a
bounded sample of the output: a few seconds and a few megabytes, however large the corpus. Equal outputs give equal
pages.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

import numpy as np

from beam_pipelines.reasons import BY_NAME
from beam_pipelines.records import is_test_split, split_of
from beam_pipelines.text.quality import MEASURES
from beam_pipelines.transforms import (
    distributions,
    files,
    report_changes,
    report_page,
    report_rejects,
    report_samples,
    report_tokens,
)
from beam_pipelines.transforms.commit import REPORT
from beam_pipelines.transforms.report_samples import spread

SAMPLES = 60
"""Rows shown of each reason."""
MEASURED, TOKENISED = 5000, 1000
"""Documents of the output that lengths are taken of where the manifest has none, and that tokens are counted of."""
MAX_CHARS = 20_000
"""Of a document that tokens are counted of."""


def place(
    folder: str,
    manifest: Mapping[str, Any],
    *,
    path: str | None = None,
    aside: str | None = None,
    rejects: Sequence[str] | None = None,
    tokenizers: Sequence[str] = (),
    samples: int = SAMPLES,
) -> str:
    """Write the report of an output folder, whole, and give back its path; until then it lies in the folder ``aside``.

    ``rejects`` are the files of rejects where they do not lie where the manifest says. Raises InputError for files
    that are not what a refiner writes, and for tokenizers that are none.
    """
    path = path or files.join(folder, REPORT)
    page = report_page.render(gather(folder, manifest, rejects=rejects, tokenizers=tokenizers, samples=samples))
    with files.write_whole(path, aside=aside) as out:
        out.write(page)
    return path


def gather(
    folder: str,
    manifest: Mapping[str, Any],
    *,
    rejects: Sequence[str] | None = None,
    tokenizers: Sequence[str] = (),
    samples: int = SAMPLES,
) -> dict[str, Any]:
    """Everything that the page shows, as JSON values."""
    outputs = [entry["name"] for entry in manifest["outputs"] if _is_shown(folder, entry["name"])]
    kept = [row for name in outputs for row in _kept(folder, name)]
    named = [entry["path"] for entry in manifest["rejects"]] if rejects is None else rejects
    lost = report_rejects.rows_by_reason(path for path in named if files.exists(path))
    data = {
        "words": _words(),
        "reasons": {name: reason.meaning for name, reason in BY_NAME.items()},
        "measured": {name: measure.meaning for name, measure in MEASURES.items()},
        **{key: manifest.get(key, {}) for key in ("ledger", "options", "versions", "licences", "facts", "unreadable")},
        "inputs": {"files": len(manifest["inputs"]), "bytes": sum(entry["bytes"] for entry in manifest["inputs"])},
        "outputs": manifest["outputs"],
        "histograms": [*_histograms(manifest, kept)],
        "rows": [*_shown(lost, samples), *map(report_rejects.shown, spread(kept, samples))],
        "sampled": {reason: len(rows) for reason, rows in lost.items()},
        "clusters": report_rejects.clusters(folder, outputs, lost.get("near_duplicate", [])),
        "repeated_lines": manifest.get("repeated_lines", {}),
        "lines": report_rejects.repeated_lines(folder),
        "hits": report_rejects.hits(lost.get("benchmark", [])),
        "examples": report_changes.examples() if "source" in manifest["options"] else [],
        "pages": report_changes.pages(manifest),
        "tokens": report_tokens.counts(
            tokenizers, [report_rejects.body(row)[:MAX_CHARS] for row in spread(kept, TOKENISED)]
        ),
    }
    return _relative(data, _common([entry["path"] for entry in manifest["inputs"]]))


def _is_shown(folder: str, name: str) -> bool:
    """Whether a file holds documents to be looked into: no table of clusters, and nothing of a test split."""
    hidden = name.startswith("_") or not name.endswith(".jsonl") or is_test_split(split_of(name))
    return not hidden and files.exists(files.join(folder, name))


def _kept(folder: str, name: str) -> list[dict[str, Any]]:
    """A sample of an output, its rows as those of rejects are, without a reason."""
    return spread(list(report_samples.records(files.join(folder, name))), MEASURED)


def _shown(lost: Mapping[str, list[dict[str, Any]]], samples: int) -> Iterator[dict[str, Any]]:
    """At most so many rows of each reason, every source in its turn."""
    for reason in (name for name in BY_NAME if name in lost):
        by_source: dict[str, list[dict[str, Any]]] = {}
        for row in lost[reason]:
            by_source.setdefault(str(row.get("source")), []).append(row)
        each = max(1, samples // len(by_source))
        yield from (report_rejects.shown(row) for rows in by_source.values() for row in spread(rows, each))


def _histograms(manifest: Mapping[str, Any], kept: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Lengths, Korean ratios and measures of quality, each with the bins of every source and the cutoffs of the run."""
    options = manifest["options"]
    cutoffs = {"chars": [options.get("min_chars")], "korean_ratio": [options.get("min_korean_ratio")]}
    for limit in [*options.get("drop_below", []), *options.get("drop_above", [])]:
        name, _, value = limit.partition("=")
        cutoffs.setdefault(name, []).append(float(value))
    found = manifest.get("distributions", {})
    for name, edges in distributions.EDGES.items():
        by_source = {source: of[name]["counts"] for source, of in found.items() if name in of}
        if by_source:
            yield {"name": name, "edges": edges, "cutoffs": cutoffs[name], "counts": by_source}
        elif name == "chars" and kept:
            counts = distributions.histogram(name, np.array([len(report_rejects.body(row)) for row in kept]))
            yield {"name": name, "edges": edges, "cutoffs": [], "counts": {"": counts.tolist()}, "sample": len(kept)}
    measured = manifest.get("measures", {})
    for name in dict.fromkeys(name for of in measured.values() for name in of):
        of_name = {source: of[name] for source, of in measured.items() if name in of}
        first = next(iter(of_name.values()))
        yield {
            "name": name,
            "edges": [place * first["bin"] for place in range(len(first["counts"]))],
            "cutoffs": cutoffs.get(name, []),
            "counts": {source: of["counts"] for source, of in of_name.items()},
        }


def _words() -> dict[str, list[str]]:
    """The words of the page in English and Korean, by key."""
    table = resources.files("beam_pipelines.transforms").joinpath("report_words.tsv").read_text(encoding="utf-8")
    rows = csv.reader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return {row[0]: row[1:] for row in rows if row and not row[0].startswith("#")}


def _common(paths: Sequence[str]) -> str:
    """The folder that all paths lie in, with its slash; what of it is no folder of a source is the user's own."""
    folders = [path.split("/")[:-2] for path in paths]
    common: list[str] = []
    for names in zip(*folders, strict=False):
        if len(set(names)) > 1:
            break
        common.append(names[0])
    return "/".join([*common, ""]) if common else ""


def _relative(value: Any, folder: str) -> Any:
    """A value without the folder of the inputs in front of its files: where they lie on a machine says nothing."""
    if isinstance(value, dict):
        return {
            name: entry.removeprefix(folder) if name == "file" and isinstance(entry, str) else _relative(entry, folder)
            for name, entry in value.items()
        }
    return [_relative(entry, folder) for entry in value] if isinstance(value, list) else value
