"""What cleaning changes, marked: small examples of every rule, and pages of the corpus that a report is about.

The examples are our own and are cleaned anew for every report, so that they show what this code does. The pages are
read from the inputs that the manifest names, where these still lie there, and cleaned the way a run does it.
"""

import difflib
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

import pyarrow as pa

from beam_pipelines.sources import SOURCES, source_of
from beam_pipelines.text import facts, unicode
from beam_pipelines.text.cleaners import CLEANERS
from beam_pipelines.text.columns import from_strings
from beam_pipelines.transforms import files
from beam_pipelines.transforms.formats import FORMATS, ending_of
from beam_pipelines.transforms.inputs import InputFile, spans_of
from beam_pipelines.transforms.report_samples import spread
from beam_pipelines.transforms.spans import ROW, Unreadable

Diff = list[tuple[int, str]]
"""A text as runs: 0 what is in both, -1 what is only before, 1 what is only after."""

FILES, ROWS = 4, 400
"""Of each source, so many files are looked into, and so many rows of each."""
PAGES, LEAST_CHARS, PAGE_CHARS = 8, 200, 3000
"""So many pages of a source are shown, none shorter or longer than this."""
SPAN_BYTES = 1 << 20
_AROUND, _EDITED_CHARS = 160, 300
TOKEN = re.compile(r"[^\W_]+|\s+|.", re.DOTALL)
TEXT = "text"


def diff(before: str, after: str) -> Diff:
    """The runs of words, spaces and signs that two texts share or do not, in order.

    Joined, those of 0 and -1 are ``before``, those of 0 and 1 ``after``.
    """
    runs = [
        run
        for left, right in _opposed(TOKEN.findall(before), TOKEN.findall(after))
        for old, new in (_opposed(left, right) if _is_edited(left, right) else [(left, right)])
        for run in ([(0, old)] if old == new else [(-1, old), (1, new)])
        if run[1]
    ]
    return [(side, "".join(text for _, text in of)) for side, of in itertools.groupby(runs, lambda run: run[0])]


def _opposed(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What stands against what in two texts, in order; both the same where they agree."""
    for _, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield "".join(old[a:b]), "".join(new[c:d])


def _is_edited(old: str, new: str) -> bool:
    """Whether one is the other with a few signs changed (a particle behind what was a link), to be shown as that."""
    if old == new or not 0 < min(len(old), len(new)) <= max(len(old), len(new)) <= _EDITED_CHARS:
        return False
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return 2 * sum(block.size for block in blocks) >= min(len(old), len(new))


def folded(runs: Diff) -> Diff:
    """The same with an ellipsis in the middle of what is long and in both."""
    return [
        (side, text if side or len(text) <= 2 * _AROUND else f"{text[:_AROUND]} … {text[-_AROUND:]}")
        for side, text in runs
    ]


def clean(source: str, texts: Sequence[str]) -> tuple[list[str], list[str], list[list[str]]]:
    """``(before, after, regions)`` of each text: in NFC, cleaned, and where facts went or came from."""
    raw = unicode.nfc(from_strings(texts))
    tally = facts.new_tally(len(raw))
    after = unicode.nfc(CLEANERS[source].clean(raw, tally))
    touched = (tally != 0).sum(axis=(1, 3)) > 0
    regions = [[name for name, there in zip(facts.REGIONS, row, strict=True) if there] for row in touched.tolist()]
    return raw.to_pylist(), after.to_pylist(), regions


def examples() -> list[dict[str, Any]]:
    """Every example of report_examples.tsv: its source and rule, and what cleaning changes of it."""
    table = resources.files("beam_pipelines.transforms").joinpath("report_examples.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    found = []
    for source in dict.fromkeys(row[0] for row in rows):
        of_source = [row for row in rows if row[0] == source]
        before, after, _ = clean(source, [text.replace("\\n", "\n") for _, _, text in of_source])
        for (_, rule, _), old, new in zip(of_source, before, after, strict=True):
            found.append({"source": source, "rule": rule, "diff": diff(old, new)})
    return found


def pages(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Some pages of each source, such that what facts are taken from, or put in by, is there twice if it can be."""
    by_source: dict[str, list[str]] = defaultdict(list)
    named = manifest["options"].get("source")
    for entry in manifest["inputs"] if named else []:
        source = source_of(entry["path"]) if named == "auto" else named
        if source in CLEANERS and files.exists(entry["path"]):
            by_source[source].append(entry["path"])
    return [page for source in SOURCES if source in by_source for page in _pages_of(source, by_source[source])]


def _pages_of(source: str, paths: Sequence[str]) -> Iterator[dict[str, Any]]:
    rows = [(path, row, text) for path in spread(paths, FILES) for row, text in _rows(path)]
    before, after, regions = clean(source, [text for _, _, text in rows])
    changed = [place for place in range(len(rows)) if before[place] != after[place] and after[place]]
    seen: Counter[str] = Counter()
    chosen: list[int] = []
    for place in sorted(changed, key=lambda place: (-len(regions[place]), place)):
        if len(chosen) < PAGES and (any(seen[region] < 2 for region in regions[place]) or not regions[place]):
            seen.update(regions[place])
            chosen.append(place)
    for place in sorted(chosen):
        path, row, _ = rows[place]
        runs = folded(diff(before[place], after[place]))
        yield {"source": source, "file": path, "row": row, "rules": regions[place], "diff": runs}


def _rows(path: str) -> Iterator[tuple[int, str]]:
    """``(row, text)`` of sound rows that are not too long, from the beginning of a file."""
    file = InputFile(source="", path=path, size=files.size(path), format=ending_of(path) or ".jsonl")
    form = FORMATS[file.format]
    left = ROWS
    for span in spans_of(file, form, SPAN_BYTES):
        for piece in [] if span.damage else form.read(path, span, (TEXT,)):
            if isinstance(piece, Unreadable):
                left -= piece.rows
            else:
                left -= piece.num_rows
                yield from _sound(piece)
            if left <= 0:
                return


def _sound(batch: pa.RecordBatch) -> Iterator[tuple[int, str]]:
    for row, raw in zip(
        batch.column(ROW).to_pylist(), batch.column(TEXT).cast(pa.large_binary()).to_pylist(), strict=True
    ):
        text = "" if raw is None else raw.decode(errors="ignore")
        if LEAST_CHARS <= len(text) <= PAGE_CHARS and text.encode() == raw:
            yield row, text
