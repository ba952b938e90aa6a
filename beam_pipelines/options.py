"""The command line, shared by every refiner. Light: ``--help`` must not wait for Beam or a compiler.

Our flags are plain argparse; whatever is left must be a flag that Beam knows, or the run is refused before it starts.
"""

import argparse
import difflib
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

DIRECT = "DirectRunner"


class UsageError(ValueError):
    """A command line that cannot be run; the message is the one line to show."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise UsageError(message)


def plain_parser(*, prog: str, description: str, more: str = "") -> argparse.ArgumentParser:
    """No flags yet; what is wrong on the command line is raised as UsageError. ``more`` goes on in the last line."""
    return _Parser(
        prog=f"python -m {prog}",
        description=description,
        allow_abbrev=False,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        epilog=f"Flags may be written with hyphens too{more}.",
    )


def parser(*, prog: str, description: str, default_input: str, default_output: str) -> argparse.ArgumentParser:
    """The flags every refiner has."""
    beam = ", and every Apache Beam option is passed on to the runner"
    flags = plain_parser(prog=prog, description=description, more=beam)
    add = flags.add_argument
    add("--runner", type=_runner, default=DIRECT, help="DirectRunner, PrismRunner, FlinkRunner, DataflowRunner ...")
    workers = "workers of the DirectRunner; 0 = all cores"
    add("--direct_num_workers", type=at_least(0), default=0, metavar="N", help=workers)
    add("--input", action="append", metavar="PATH", help=f"folder, glob or file; may be repeated ({default_input})")
    add("--output", default=default_output, metavar="PATH", help="where the result goes, with _manifest.json beside it")
    add("--rejects", metavar="DIR", help="folder for rejected rows with their reason and origin; off by default")
    add("--strict", action="store_true", help="stop at the first row that cannot be read")
    page = "a page about the run, report.html beside the result"
    add("--report", default="on", choices=["on", "off"], help=page)
    add_guard(flags)
    return flags


def add_guard(flags: argparse.ArgumentParser) -> None:
    """The flags of whatever must not let through a benchmark."""
    add = flags.add_argument
    where = "auto: where there is a --guard_file or a refined KorMedMCQA test split"
    add("--guard", default="auto", choices=["auto", "on", "off"], help=f"drop what holds a benchmark item ({where})")
    add("--guard_file", action="append", default=[], metavar="PATH", help="benchmark questions; may be repeated")


_NOT_IN_THE_RESULT = {
    *("help", "runner", "direct_num_workers", "input", "output", "rejects", "char_dict", "report"),
    *("guard", "guard_file"),  # what is guarded stands in the manifest as files, items and hashes
}


def settings(flags: argparse.ArgumentParser, parsed: argparse.Namespace) -> dict[str, Any]:
    """The options that decide what the output is, in the manifest's words: all but where and by whom it is made."""
    names = [action.dest for action in flags._actions if action.dest not in _NOT_IN_THE_RESULT]
    return {name: getattr(parsed, name) for name in names}


def paths(parsed: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """``(flag, path)`` of everything that a run reads or writes, as the user gave it or by default."""
    for flag in ("input", "output", "rejects", "char_dict"):
        given = getattr(parsed, flag, None) or []
        yield from ((flag, path) for path in ([given] if isinstance(given, str) else given))


def at_least(least: float, kind: type = int) -> Callable[[str], Any]:
    """An argparse type: a number that is not below ``least``."""

    def convert(text: str) -> Any:
        value = kind(text)
        if not value >= least:
            raise argparse.ArgumentTypeError(f"{text} is less than {least}")
        return value

    convert.__name__ = kind.__name__  # what argparse calls it when the text is no number
    return convert


def share(text: str) -> float:
    """An argparse type: a number from 0 to 1."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


def _runner(text: str) -> str:
    """An argparse type: the DirectRunner by any of the names that Beam has for it."""
    return DIRECT if text.lower() in {"direct", "directrunner"} else text


def _underscored(argument: str) -> str:
    """``--min-chars=5`` as ``--min_chars=5``."""
    if not argument.startswith("--"):
        return argument
    name, equals, value = argument[2:].partition("=")
    return f"--{name.replace('-', '_')}{equals}{value}"


def parse(flags: argparse.ArgumentParser, argv: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """``(our options, what is left for Beam)``; raises UsageError for a value that does not fit."""
    return flags.parse_known_args([_underscored(argument) for argument in argv])


def parse_all(flags: argparse.ArgumentParser, argv: Sequence[str]) -> argparse.Namespace:
    """Our options where nothing is left for anyone else; raises UsageError for a flag that does not exist."""
    parsed, left = parse(flags, argv)
    _refuse(left, set(flags._option_string_actions))
    return parsed


def check_beam_flags(flags: argparse.ArgumentParser, left: Sequence[str], *, more: Sequence[str] = ()) -> None:
    """Raise UsageError for a flag that neither we nor Beam know, with the nearest one that exists.

    ``more`` are names of flags that only the runner knows.
    """
    from apache_beam.options.pipeline_options import PipelineOptions, _BeamArgumentParser

    beam_flags = _BeamArgumentParser(allow_abbrev=False, add_help=False)
    for options in {str(cls): cls for cls in PipelineOptions.__subclasses__()}.values():
        options._add_argparse_args(beam_flags)
    for name in more:
        beam_flags.add_argument(f"--{name}", nargs="?")
    known = {name for parser in (flags, beam_flags) for name in parser._option_string_actions}
    _, unknown = beam_flags.parse_known_args(list(left))
    _refuse(unknown, known)


def _refuse(unknown: Sequence[str], known: Collection[str]) -> None:
    """Raise UsageError for the first of the unknown arguments, with the nearest one that exists."""
    for argument in unknown:
        name = argument.partition("=")[0]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UsageError(f"unknown argument {name}{hint}")


def beam_options(options: argparse.Namespace, left: Sequence[str]) -> Any:
    """PipelineOptions for the runner that was asked for.

    DirectRunner becomes FnApiRunner, its own engine: the name alone would first try to download another runner.
    """
    from apache_beam.options.pipeline_options import PipelineOptions

    workers = options.direct_num_workers or len(os.sched_getaffinity(0))
    flags = [f"--direct_num_workers={workers}", "--no_save_main_session", *left]
    runner = "FnApiRunner" if options.runner == DIRECT else options.runner
    return PipelineOptions([f"--runner={runner}", *flags])
