"""What the download entries share: their flags, the table of a dry run, and a run over several sources."""

import argparse
import dataclasses
import importlib.util
import logging
from collections.abc import Sequence
from pathlib import Path

from beam_pipelines import options
from beam_pipelines.tables import aligned
from data.errors import DownloadError, explain
from data.registry import DEFAULT_ROOT, GB, Source

_LOG = logging.getLogger(__name__)


def flags(*, prog: str, doc: str | None, sources: Sequence[Source]) -> argparse.ArgumentParser:
    """The flags every download entry has, as far as they say something of its sources."""
    parser = options.plain_parser(prog=prog, description=(doc or "").splitlines()[0])
    add = parser.add_argument
    names = [source.name for source in sources]
    add("--output", default=DEFAULT_ROOT, metavar="DIR", help="the folder that all sources have theirs in")
    if len(names) > 1:
        add("--only", nargs="+", choices=names, metavar="NAME", help=f"these sources: {', '.join(names)}")
        add("--skip", nargs="+", choices=names, metavar="NAME", default=[], help="all but these sources")
    if any(source.form == "arrow" for source in sources):
        add("--max_gb", type=options.at_least(1e-6, float), metavar="GB", help="of each text corpus, at most this")
    if any(source.url for source in sources):
        add("--opus_url", metavar="URL", help="where else the OPUS zip lies, on a mirror for example")
    add("--dry_run", action="store_true", help="show what would be done, from the disk alone, and do nothing")
    return parser


def run(parsed: argparse.Namespace, sources: Sequence[Source]) -> None:
    """Download what was asked for, each source on its own. Raises DownloadError when one or more could not be had."""
    from data import landing

    given = vars(parsed)
    root, max_gb = Path(parsed.output), given.get("max_gb")
    max_bytes = None if max_gb is None else int(max_gb * GB)
    wanted = [source for source in sources if source.name in (given.get("only") or [source.name])]
    wanted = [source for source in wanted if source.name not in given.get("skip", [])]
    if given.get("opus_url"):
        wanted = [dataclasses.replace(s, url=parsed.opus_url) if s.url else s for s in wanted]
    if not wanted:
        raise options.UsageError("--only and --skip leave no source")
    if parsed.dry_run:
        _LOG.info("%s", table(wanted, root, max_bytes=max_bytes))
        return
    _check_libraries()
    failed = []
    for source in wanted:
        try:
            landing.download(source, root, max_bytes=max_bytes)
        except Exception as error:  # said here, and the exit code is not 0; the other sources do not depend on it
            _LOG.debug("failed", exc_info=True)
            _LOG.error("%s: %s", source.name, explain(error, source))
            failed.append(source.name)
    if failed:
        raise DownloadError(f"{len(failed)} of {len(wanted)} sources could not be had: {', '.join(failed)} (see above)")


def _check_libraries() -> None:
    """Raise DownloadError when what only downloads need is not installed."""
    missing = [name for name in ("datasets", "filelock", "huggingface_hub") if importlib.util.find_spec(name) is None]
    if missing:
        raise DownloadError(f"{', '.join(missing)} not installed: python -m pip install -e '.[hub]'")


def table(sources: Sequence[Source], root: Path, *, max_bytes: int | None) -> str:
    """A row a source: what, where, how large, under which terms, and how much of it is there."""
    from data import landing, provenance

    rows = [["source", "what", "where", "bytes", "licence", "state"]]
    for source in sources:
        target, limit = root / source.folder, landing.limit_of(source, max_bytes)
        try:
            state = provenance.state(source, target, limit=limit).value
        except DownloadError as error:
            state = str(error)
        what = " ".join(filter(None, (source.id, source.config, source.revision)))
        rows.append([source.name, what, str(target), _size(source, target, limit), source.licence, state])
    return aligned(rows, left=range(6))


def _size(source: Source, target: Path, limit: int | None) -> str:
    """What lies there, or else about what will."""
    from data import provenance

    facts = provenance.read(target)
    if facts is not None:
        return f"{facts['bytes']:,}"
    about = min(size for size in (source.about_bytes, limit) if size is not None)
    unit, name = (GB, "GB") if about >= GB / 10 else (10**6, "MB")
    return f"about {about / unit:.3g} {name}" if about else "not known"
