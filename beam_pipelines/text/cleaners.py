"""Which cleaner serves which source, and what each can do to the text."""

from collections.abc import Callable
from typing import NamedTuple

import pyarrow as pa

from beam_pipelines.text import mediawiki, namumark, tidy


class Cleaner(NamedTuple):
    """``clean`` turns raw texts into prose; ``redirects`` tells wiki pages that only point to another page.

    ``decodes`` says whether cleaning can bring in characters that the raw text spells otherwise (``&#769;``).
    """

    clean: Callable[[pa.Array], pa.LargeStringArray]
    redirects: Callable[[pa.Array], pa.BooleanArray] | None = None
    decodes: bool = False


CLEANERS = {
    "namu_wiki": Cleaner(namumark.clean, namumark.redirects),
    "wikipedia": Cleaner(tidy.tidy),
    "c4": Cleaner(tidy.tidy),
    "mediawiki": Cleaner(mediawiki.clean, mediawiki.redirects, decodes=True),
}
"""By source name."""
