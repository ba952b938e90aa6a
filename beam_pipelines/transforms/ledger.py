"""The ledger: documents in = documents out + dropped by reason, for every source. A run that cannot show it fails."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from beam_pipelines.reasons import BY_NAME, Reason
from beam_pipelines.tables import aligned
from beam_pipelines.transforms.parts import Part

Ledger = dict[str, dict[str, Any]]
"""``{source: {"in": n, "out": n, "dropped": {reason: n}}}``."""


class LedgerError(RuntimeError):
    """Documents are missing or too many; nothing was put in place."""


def build(parts: Iterable[Part]) -> Ledger:
    """The ledger over all parts."""
    rows: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    lost: Counter[tuple[str, Reason]] = Counter()
    for part in parts:
        rows[part.source] += part.rows
        kept[part.source] += part.documents
        for reason, count in part.dropped.items():
            lost[part.source, BY_NAME[reason]] += count
    return of_counts(rows=rows, kept=kept, lost=lost)


def of_counts(*, rows: Counter[str], kept: Counter[str], lost: Counter[tuple[str, Reason]]) -> Ledger:
    """The ledger of counts by source, in the order of ``rows``."""
    return {
        source: {
            "in": count,
            "out": kept[source],
            "dropped": {reason.value: lost[source, reason] for reason in Reason if lost[source, reason]},
        }
        for source, count in rows.items()
    }


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
    return aligned(rows)
