"""StarDict dictionaries as the five medical dictionary files that the refiner reads.

``python -m data.convert_stardict FILE.ifo [FILE.ifo ...] --out data/01_raw/01_medical_dict/``; see MANUAL_DATA.md.
"""

import argparse
import logging
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from beam_pipelines import launch, options
from beam_pipelines.dictionary_files import DEFAULT_INPUT, DictionaryFile
from beam_pipelines.reasons import Reason
from data import stardict, stardict_dictionary, stardict_report
from data.dictionary_output import Senses
from data.stardict_dictionary import KINDS, Dictionary, Reject

log = logging.getLogger(__name__)


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
    table = stardict_report.balance(everything, written=sum(senses.count() for senses in merged.values()))
    for source, senses in merged.items():
        write(parsed.out / KINDS[source].name, senses.lines())
        write(parsed.out / f"_source.{source}.json", stardict_report.origin(kinds[source], senses))
        if parsed.rejects:
            write(parsed.rejects / f"{source}.jsonl", stardict_report.reject_lines(kinds[source], source))
    for one in everything:
        stardict_report.say_rejects(one, parsed.rejects)
    log.info("%s", table)


if __name__ == "__main__":
    sys.exit(launch.main(run))
