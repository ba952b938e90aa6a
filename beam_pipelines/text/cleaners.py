"""Which cleaner serves which source."""

from collections.abc import Callable

import pyarrow as pa

from beam_pipelines.text import tidy

CLEANERS: dict[str, Callable[[pa.Array], pa.LargeStringArray]] = {
    "namu_wiki": tidy.tidy,
    "wikipedia": tidy.tidy,
    "c4": tidy.tidy,
    "mediawiki": tidy.tidy,
}
"""By source name: raw texts in, prose out."""

REDIRECTS: dict[str, Callable[[pa.Array], pa.BooleanArray]] = {}
"""By source name, for raw wiki source: which rows only point to another page."""
