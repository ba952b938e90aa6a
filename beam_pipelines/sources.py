"""The kinds of raw text we know: where each lies, under which licence, and which wins among equal documents."""

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True)
class Source:
    """One row of the table; ``folders`` are the names under which it lies on disk, ``hub`` its dataset on the Hub."""

    name: str
    folders: tuple[str, ...]
    licence: str
    hub: str = ""


_NAMU = Source("namu_wiki", ("namu_wiki", "namuwiki"), "CC BY-NC-SA 2.0 KR (NamuWiki contributors)", "heegyu/namuwiki")
_WIKIPEDIA = Source(
    "wikipedia", ("wikipedia-korean", "wikipedia"), "CC BY-SA 4.0 (Wikipedia contributors)", "wikimedia/wikipedia"
)
_C4 = Source("c4", ("c4_korean", "c4"), "ODC-BY 1.0 (allenai/c4; the Common Crawl terms of use apply)", "allenai/c4")
_MEDIAWIKI = Source("mediawiki", ("mediawiki",), "CC BY-SA 4.0 (Wikipedia contributors)")

SOURCES = {source.name: source for source in (_NAMU, _WIKIPEDIA, _C4, _MEDIAWIKI)}
"""By name, in order of priority: of two equal documents the one from the earlier source stays."""

PRIORITY = {name: place for place, name in enumerate(SOURCES)}
KORMEDMCQA_LICENCE = "CC BY-NC 2.0 (KorMedMCQA)"
ORIGIN = "_source.json"
"""The name of the record that a download leaves beside its files."""

DEFAULT_INPUT = "data/01_raw/00_korean"


def source_of(path: str) -> str | None:
    """The source that the innermost folder with a known name stands for; None when no folder has one."""
    for part in reversed(PurePosixPath(path.replace("\\", "/")).parts):
        for source in SOURCES.values():
            if part in source.folders:
                return source.name
    return None
