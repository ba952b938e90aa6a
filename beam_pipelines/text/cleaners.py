"""Which cleaner serves which source, and what each can do to the text."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import pyarrow as pa

from beam_pipelines.text import mediawiki, namumark, webtext
from beam_pipelines.text.facts import Tally


class Clean(Protocol):
    """Raw texts, and the tally of their facts if that is wanted."""

    def __call__(self, texts: pa.Array, tally: Tally | None = None, /) -> pa.LargeStringArray: ...


class Cleaner(NamedTuple):
    """``clean`` turns raw texts into prose; ``redirects`` tells wiki pages that only point to another page.

    Given a :data:`beam_pipelines.text.facts.Tally` too, ``clean`` adds the facts that it leaves out or puts in.
    ``decodes`` says whether cleaning can bring in characters that the raw text spells otherwise (``&#769;``).
    """

    clean: Clean
    redirects: Callable[[pa.Array], pa.BooleanArray] | None = None
    decodes: bool = False


def _wiki_source(texts: pa.Array, tally: Tally | None = None) -> pa.LargeStringArray:
    # A template that was dropped can leave empty brackets behind, which the web rules know.
    return webtext.clean(mediawiki.clean(texts, tally), tally)


CLEANERS = {
    "namu_wiki": Cleaner(namumark.clean, namumark.redirects),
    "wikipedia": Cleaner(webtext.clean, decodes=True),
    "c4": Cleaner(webtext.clean, decodes=True),
    "mediawiki": Cleaner(_wiki_source, mediawiki.redirects, decodes=True),
}
"""By source name."""
