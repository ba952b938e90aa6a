"""The ledger: documents in = documents out + dropped by reason, for every source. A run that cannot show it fails."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from beam_pipelines.reasons import Reason
from beam_pipelines.transforms.parts import Part

Ledger = dict[str, dict[str, Any]]
"""``{source: {"in": n, "out": n, "dropped": {reason: n}}}``."""


class LedgerError(RuntimeError):
    """Documents are missing or too many; nothing was put in place."""


def build(parts: Iterable[Part]) -> Ledger:
    """The ledger over all parts."""
    ledger: Ledger = {}
    for part in parts:
        entry = ledger.setdefault(part.source, {"in": 0, "out": 0, "dropped": Counter()})
        entry["in"] += part.rows
        entry["out"] += part.documents
        entry["dropped"].update(part.dropped)
    order = [reason.value for reason in Reason]
    for entry in ledger.values():
        entry["dropped"] = {name: entry["dropped"][name] for name in order if entry["dropped"][name]}
    return ledger


def check(ledger: Ledger, *, written: int) -> None:
    """Raise LedgerError unless every source balances and as many lines were written as came out."""
    for source, entry in ledger.items():
        accounted = entry["out"] + sum(entry["dropped"].values())
        if entry["in"] != accounted:
            raise LedgerError(f"ledger of {source}: {entry['in']} documents in, but {accounted} out or dropped")
    out = sum(entry["out"] for entry in ledger.values())
    if out != written:
        raise LedgerError(f"ledger: {out} documents out, but {written} lines written")


def table(ledger: Ledger) -> str:
    """The ledger as text: a row a source, a column a reason that occurred, and totals."""
    reasons = [r.value for r in Reason if any(r.value in entry["dropped"] for entry in ledger.values())]
    rows = [["source", "in", "out", *reasons]]
    for source, entry in ledger.items():
        counts = [entry["in"], entry["out"], *(entry["dropped"].get(reason, 0) for reason in reasons)]
        rows.append([source, *(f"{count:,}" for count in counts)])
    if len(ledger) > 1:
        totals = [sum(int(row[column].replace(",", "")) for row in rows[1:]) for column in range(1, len(rows[0]))]
        rows.append(["total", *(f"{count:,}" for count in totals)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
