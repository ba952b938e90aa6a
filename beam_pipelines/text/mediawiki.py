"""MediaWiki text (Korean Wikipedia) as prose, in one linear pass over a column's bytes.

Templates, references, comments, tables, galleries, files, categories and links to other languages go; the templates
that carry content leave the text that ``mediawiki_templates.tsv`` says. Headings, list items, quotations and the
labels of links stay as prose on their lines. Decisions that show:

- Unclosed markup loses its own characters only. A region is dropped when its closer is read, never before.
- ``10<sup>9</sup>`` is ``10^9``: neither 109 nor a character that a later normalisation would make 109 of.
- A formula of at most 200 bytes stays in readable form, whatever it holds; a longer one or a matrix is dropped.
- Text that would be markup when read again gives up a marker character, never a letter or digit, so that
  ``clean(clean(x)) == clean(x)``; see :mod:`beam_pipelines.text.mediawiki_settle`.
- Bare addresses stay; an external link leaves its label, or nothing.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from beam_pipelines.text import facts
from beam_pipelines.text.columns import Bytes, Offsets, flat, from_strings, to_column
from beam_pipelines.text.compiled import kernel
from beam_pipelines.text.mediawiki_frames import new_frames
from beam_pipelines.text.mediawiki_markup import read_span
from beam_pipelines.text.mediawiki_settle import settle_span
from beam_pipelines.text.tidy import tidy_span

__all__ = ["clean", "clean_span", "clean_text", "new_frames", "redirects"]

_REDIRECT = r"^[\s\x{feff}]*#(?i:redirect|넘겨주기)\s*:?\s*\[\["


@kernel
def clean_span(data: Bytes, start: int, end: int, out: Bytes, at: int, frames: Offsets) -> int:
    """Write ``data[start:end]`` as prose to ``out[at:]`` and return the new end; never more bytes than were read.

    Behind that end ``out`` needs room for as many bytes again, in which templates are put together.
    ``frames`` is scratch from :func:`new_frames`, which any number of calls may use one after the other.
    """
    stop = read_span(data, start, end, out, at, frames)
    stop = tidy_span(out, at, stop)
    return int(settle_span(out, at, stop, frames))


@kernel
def _clean_rows(
    data: Bytes, offsets: Offsets, out: Bytes, out_offsets: Offsets, frames: Offsets, tally: facts.Tally
) -> None:
    out_offsets[0] = 0
    at = out_offsets[0]  # not the literal 0, for which numba would compile everything once more
    for row in range(len(offsets) - 1):
        at = clean_span(data, offsets[row], offsets[row + 1], out, at, frames)
        out_offsets[row + 1] = at
        facts.close_page(frames, tally[row])


def clean(texts: pa.Array, tally: facts.Tally | None = None) -> pa.LargeStringArray:
    """Every row of MediaWiki text as tidy prose. Shapes: (rows,) -> (rows,); ValueError for a column with nulls.

    The facts left out and put in are added to the ``tally`` of the rows.
    """
    data, offsets = flat(texts)
    longest = int(np.diff(offsets).max(initial=0))
    out = np.empty(int(offsets[-1] - offsets[0]) + longest, np.uint8)
    out_offsets = np.empty(len(offsets), np.int64)
    tally = facts.new_tally(len(texts)) if tally is None else tally
    _clean_rows(data, offsets, out, out_offsets, new_frames(), tally)
    return to_column(out[: out_offsets[-1]], out_offsets)


def clean_text(text: str) -> str:
    """:func:`clean` of one string."""
    return str(clean(from_strings([text]))[0])


def redirects(texts: pa.Array) -> pa.BooleanArray:
    """Whether each page only sends its reader elsewhere (``#REDIRECT [[X]]``, ``#넘겨주기 [[X]]``)."""
    return pc.match_substring_regex(texts, _REDIRECT)
