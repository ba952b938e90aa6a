"""StarDict dictionaries as the five medical dictionary files that the refiner reads.

``python -m data.convert_stardict FILE.ifo [FILE.ifo ...] --out data/01_raw/01_medical_dict/``; see MANUAL_DATA.md.
"""

import argparse
import logging
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from beam_pipelines import launch, options
from beam_pipelines.dictionary_files import DEFAULT_INPUT, DictionaryFile
from beam_pipelines.reasons import Reason
from data import stardict, stardict_dictionary
from data.dictionary_output import Senses, json_bytes
from data.stardict_dictionary import KINDS, Dictionary, Reject

log = logging.getLogger(__name__)

_NAMED = 5  # rejects shown on the screen for each dictionary; --rejects has them all


def flags() -> argparse.ArgumentParser:
    """The command line of the converter."""
    parser = options.plain_parser(prog="data.convert_stardict", description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("ifo", nargs="+", type=Path, metavar="FILE.ifo", help="with its .idx, .dict and .syn beside it")
    add("--out", type=Path, default=Path(DEFAULT_INPUT), metavar="DIR", help="where the dictionary files go")
    add("--kind", default="auto", choices=["auto", *KINDS], help="which file to make; auto: by the languages in it")
    add("--rejects", type=Path, metavar="DIR", help="folder for the entries that were left out; off by default")
    add("--encoding", type=_encoding, default="cp949", help="of text in a local encoding (type l) that is not UTF-8")
    most = "most bytes to unpack from one file"
    add("--max_bytes", type=options.at_least(1), default=stardict.MAX_BYTES, metavar="N", help=most)
    add("--force", action="store_true", help="write over files that are there")
    return parser


def _encoding(text: str) -> str:
    """An argparse type: an encoding that Python knows."""
    try:
        "".encode(text)
    except LookupError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def merge(file: DictionaryFile, found: Sequence[Dictionary]) -> Senses:
    """The readings of all dictionaries of one kind, in the order given; what repeats joins the rejects."""
    senses = Senses(file)
    for one in found:
        for row, sense in one.rows:
            if senses.add(sense):
                one.landed += 1
            else:
                one.rejects.append(Reject(row, sense.headword, Reason.DUPLICATE, "headword and text came before"))
    return senses


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


def _say_rejects(one: Dictionary, folder: Path | None) -> None:
    """Name what was left out, the first few on the screen."""
    for reject in one.rejects[:_NAMED]:
        where = f"{one.info.path}: entry {reject.row}, {reject.headword!r}"
        log.warning("%s: %s (%s)", where, reject.reason.value, reject.why)
    if len(one.rejects) > _NAMED:
        more = f"see {folder}" if folder else "--rejects DIR keeps them"
        log.warning("%s: and %d more; %s", one.info.path, len(one.rejects) - _NAMED, more)


def _reject_lines(found: Sequence[Dictionary], source: str) -> Iterator[bytes]:
    """In the words of the refiners' rejects; ``text`` is the headword, ``why`` what is wrong."""
    for one in found:
        same = {"source": source, "file": str(one.info.path)}
        for row, headword, reason, why in one.rejects:
            yield json_bytes({**same, "row": row, "reason": reason.value, "text": headword, "why": why}) + b"\n"


def _origin(found: Sequence[Dictionary], senses: Senses) -> Iterator[bytes]:
    """Where a file comes from, and what the makers of the dictionaries say of themselves: their licence, if at all."""
    origins = [
        {
            "bookname": one.info.bookname,
            "about": dict(one.info.notes),
            "files": stardict.digests(one.info),
            "in": one.entries,
            "out": one.landed,
            "dropped": _dropped(one),
        }
        for one in found
    ]
    facts = {"file": senses.file.name, "licence": senses.file.licence, "readings": senses.count(), "made_from": origins}
    yield json_bytes(facts, indent=2) + b"\n"


def write(path: Path, lines: Iterable[bytes]) -> None:
    """Put a file in place whole."""
    from beam_pipelines.transforms import files

    files.make_folder(str(path.parent))
    with files.write_whole(str(path)) as out:
        out.writelines(lines)


def _refuse_existing(out: Path, sources: Iterable[str], *, force: bool) -> None:
    for path in (out / KINDS[source].name for source in sources):
        if path.exists() and not force:
            raise options.UsageError(f"{path} is there already; --force writes over it")


def run(argv: Sequence[str]) -> None:
    """Convert. Raises UsageError, StarDictError, ValueError for a dictionary without Korean, LedgerError."""
    parsed = options.parse_all(flags(), argv)
    if parsed.rejects and parsed.rejects.resolve() == parsed.out.resolve():
        raise options.UsageError("--rejects needs a folder of its own: its files are named as the dictionaries are")
    kinds: dict[str, list[Dictionary]] = {}
    for path in dict.fromkeys(parsed.ifo):
        found = stardict_dictionary.read(path, encoding=parsed.encoding, max_bytes=parsed.max_bytes)
        file = stardict_dictionary.kind_of(found, parsed.kind)
        log.info("%s: %s, to %s (%s)", path, found.info.bookname, file.name, file.about)
        kinds.setdefault(file.source, []).append(found)
    _refuse_existing(parsed.out, kinds, force=parsed.force)
    merged = {source: merge(KINDS[source], found) for source, found in kinds.items()}
    everything = [one for found in kinds.values() for one in found]
    table = balance(everything, written=sum(senses.count() for senses in merged.values()))
    for source, senses in merged.items():
        write(parsed.out / KINDS[source].name, senses.lines())
        write(parsed.out / f"_source.{source}.json", _origin(kinds[source], senses))
        if parsed.rejects:
            write(parsed.rejects / f"{source}.jsonl", _reject_lines(kinds[source], source))
    for one in everything:
        _say_rejects(one, parsed.rejects)
    log.info("%s", table)


if __name__ == "__main__":
    sys.exit(launch.main(run))
