"""Says of each of the five medical dictionary files whether it is there and can be used; writes nothing.

``python -m data.validate_manual_data``; see MANUAL_DATA.md. Exit code 0: at least one file is there, and those that
are can be used; 1: one is malformed; 2: a wrong command line; 3: none is there.
"""

import argparse
import difflib
import logging
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from beam_pipelines import launch, options
from beam_pipelines.dictionary_files import DEFAULT_INPUT, FILES, DictionaryFile, Entry, Malformed, Shape, entries
from data.dictionary_output import korean_rows

log = logging.getLogger(__name__)

ALL_MISSING = 3
_SHOWN = 3  # samples and complaints a file
_WIDTH = 60


@dataclass
class Report:
    """What was found in one file; ``problems`` are empty when it can be used."""

    file: DictionaryFile
    present: bool = False
    entries: list[Entry] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        """present, missing or malformed."""
        return "malformed" if self.problems else "present" if self.present else "missing"


def flags() -> argparse.ArgumentParser:
    """The command line of the check."""
    parser = options.plain_parser(prog="data.validate_manual_data", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--input", type=Path, default=Path(DEFAULT_INPUT), metavar="DIR", help="the dictionaries")
    return parser


def _repeats(file: DictionaryFile, found: Sequence[Entry]) -> int:
    """Entries beyond the first of their key, of which a usual JSON reader would keep the last alone."""
    if file.shape is Shape.TERMS:
        return 0
    by_term = file.shape is Shape.KOREAN_ENGLISH
    keys = Counter((entry.category, entry.term if by_term else entry.definition) for entry in found)
    return sum(keys.values()) - len(keys)


def check(file: DictionaryFile, folder: Path) -> Report:
    """Read one file and judge it."""
    report = Report(file)
    path = folder / file.name
    if not path.exists():
        return report
    report.present = True
    for found in entries(file, path.read_bytes()):
        if isinstance(found, Malformed):
            report.problems.append(f"line {found.line}, column {found.column}: {found.why}")
        else:
            report.entries.append(found)
    korean = korean_rows(entry.term for entry in report.entries)
    if not report.entries and not report.problems:
        report.problems.append("no entries")
    elif report.entries and not korean:
        report.problems.append(f"no Korean where {file.shape.value} has it: the languages may be the wrong way round")
    elif korean < len(report.entries):
        report.notes.append(f"{len(report.entries) - korean:,} entries without Korean; the refiner will drop them")
    if repeats := _repeats(file, report.entries):
        report.notes.append(f"{repeats:,} entries repeat a key; all of them are read")
    return report


def strangers(folder: Path) -> list[str]:
    """Files that look like a dictionary under a wrong name."""
    names = sorted(path.name for path in folder.glob("*.json*") if path.name not in FILES and path.name[0] not in "._")
    near = {name: difflib.get_close_matches(name, FILES, n=1, cutoff=0.8) for name in names}
    return [
        f"{name}: not one of the five names" + (f"; is it {near[name][0]}?" if near[name] else "") for name in names
    ]


def _short(text: str) -> str:
    text = text.replace("\n", " / ")
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def lines(report: Report) -> list[str]:
    """What to say of one file."""
    said = f"{report.file.name:42}{report.state:11}"
    said += f"{len(report.entries):,} entries" if report.present else report.file.about
    shown = [f"    {problem}" for problem in report.problems[:_SHOWN]]
    if len(report.problems) > _SHOWN:
        shown.append(f"    and {len(report.problems) - _SHOWN:,} more like these")
    count = len(report.entries)
    samples = [report.entries[place] for place in sorted({0, count // 2, count - 1})] if count else []
    shown += [f"    {note}" for note in report.notes]
    shown += [f"    {_short(entry.term)} = {_short(entry.definition)}" for entry in samples]
    return [said.rstrip(), *shown]


def run(argv: Sequence[str]) -> None:
    """Check all five. Raises UsageError, ValueError when a file is malformed, SystemExit(3) when there is none."""
    folder = options.parse_all(flags(), argv).input
    reports = [check(file, folder) for file in FILES.values()]
    for line in [line for report in reports for line in lines(report)] + strangers(folder):
        log.info("%s", line)
    malformed = [report.file.name for report in reports if report.problems]
    if malformed:
        raise ValueError(f"{', '.join(malformed)} in {folder} cannot be used as it is")
    if not any(report.present for report in reports):
        log.error("error: none of the five files is in %s; data/MANUAL_DATA.md says how they are made", folder)
        raise SystemExit(ALL_MISSING)


if __name__ == "__main__":
    sys.exit(launch.main(run))
