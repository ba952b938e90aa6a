"""What is said of a conversion: a ledger that balances, what was left out and why, and where each file comes from."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from data import stardict_info
from data.dictionary_output import Senses, json_bytes
from data.stardict_dictionary import Dictionary

log = logging.getLogger(__name__)

_NAMED = 5  # rejects shown on the screen for each dictionary; --rejects has them all


def _dropped(one: Dictionary) -> dict[str, int]:
    return dict(Counter(reject.reason.value for reject in one.rejects))


def balance(found: Sequence[Dictionary], *, written: int) -> str:
    """The ledger as a table; LedgerError unless every entry is in a file or dropped for a reason."""
    from beam_pipelines.transforms import ledger

    rows: ledger.Ledger = {}
    for one in found:
        rows[str(one.info.path)] = {"in": one.entries, "out": one.landed, "dropped": _dropped(one)}
    ledger.check(rows, written=written)
    return ledger.table(rows)


def say_rejects(one: Dictionary, folder: Path | None) -> None:
    """Name what was left out, the first few on the screen."""
    for reject in one.rejects[:_NAMED]:
        where = f"{one.info.path}: entry {reject.row}, {reject.headword!r}"
        log.warning("%s: %s (%s)", where, reject.reason.value, reject.why)
    if len(one.rejects) > _NAMED:
        more = f"see {folder}" if folder else "--rejects DIR keeps them"
        log.warning("%s: and %d more; %s", one.info.path, len(one.rejects) - _NAMED, more)


def reject_lines(found: Sequence[Dictionary], source: str) -> Iterator[bytes]:
    """In the words of the refiners' rejects; ``text`` is the headword, ``why`` what is wrong."""
    for one in found:
        same = {"source": source, "file": str(one.info.path)}
        for row, headword, reason, why in one.rejects:
            yield json_bytes({**same, "row": row, "reason": reason.value, "text": headword, "why": why}) + b"\n"


def origin(found: Sequence[Dictionary], senses: Senses) -> Iterator[bytes]:
    """Where a file comes from, and what the makers of the dictionaries say of themselves: their licence, if at all."""
    origins = [
        {
            "bookname": one.info.bookname,
            "about": dict(one.info.notes),
            "files": stardict_info.digests(one.info),
            "in": one.entries,
            "out": one.landed,
            "dropped": _dropped(one),
        }
        for one in found
    ]
    facts = {"file": senses.file.name, "licence": senses.file.licence, "readings": senses.count(), "made_from": origins}
    yield json_bytes(facts, indent=2) + b"\n"
