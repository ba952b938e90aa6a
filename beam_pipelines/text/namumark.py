"""NamuWiki's markup to prose, in one pass over the UTF-8 bytes of a page.

Headings, list items, quotes, folded text, link labels, formulas and code stay, as the page shows them. Tables,
footnotes, files, categories and macros go. The syntax is the one the wiki's own help describes (나무위키:문법 도움말).

The pass copies text as if every mark closed: whatever is left out is cut when its end is found, so markup that never
closes costs its own marks and not the rest of the page. Time is linear in the page whatever it holds. Cleaning a
cleaned text changes nothing.
"""

import numpy as np
import pyarrow as pa

from beam_pipelines.text import facts
from beam_pipelines.text.columns import Bytes, Offsets, flat, from_strings, to_column
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.namumark_frames import (
    DEEPEST,
    WIDTH,
    Ints,
)
from beam_pipelines.text.namumark_lines import is_redirect
from beam_pipelines.text.namumark_page import read_page
from beam_pipelines.text.namumark_settle import looks_marked, strip_marks
from beam_pipelines.text.scan import find_line_end
from beam_pipelines.text.tidy import tidy_span

PAST_END = 128  # line ends after the page, so that looking ahead needs no check


@lean_kernel
def _load(data: Bytes, start: int, end: int, page: Bytes) -> int:
    """Copy ``data[start:end]`` to the scratch page, line ends after it; returns its size."""
    size = end - start
    source = data[start:end]
    for k in range(size):
        page[k] = source[k]
    for k in range(size, size + PAST_END):
        page[k] = 0x0A
    return size


@lean_kernel
def _read(
    data: Bytes, start: int, end: int, out: Bytes, at: int, page: Bytes, stack: Ints, braces: Ints, numbered: bool
) -> int:
    """Write ``data[start:end]`` as tidy prose to ``out[at:]``; returns the new output position."""
    size = _load(data, start, end, page)
    return tidy_span(out, at, read_page(page, size, out, at, stack, braces, numbered))


@lean_kernel
def _stays(out: Bytes, start: int, end: int, at: int, page: Bytes, stack: Ints, braces: Ints, numbered: bool) -> bool:
    """Whether reading ``out[start:end]`` changes nothing; what it reads as stands at ``out[at:]``, which is free."""
    rows = stack[: len(stack) - facts.TALLY_ROWS]  # only looking again has a tally of its own, never read
    stop = _read(out, start, end, out, at, page, rows, braces, numbered)
    if stop - at != end - start:
        return False
    for k in range(end - start):  # noqa: SIM110 - a plain loop is what compiles well
        if out[start + k] != out[at + k]:
            return False
    return True


@lean_kernel
def _settle_lines(out: Bytes, start: int, end: int, page: Bytes, stack: Ints, braces: Ints, numbered: bool) -> int:
    """Take the marks out of those lines of the tidy ``out[start:end]`` that would change if read alone, in place."""
    i = start
    at = start
    while i < end:
        eol = find_line_end(out, i, end)
        stop = min(eol + 1, end)
        if looks_marked(out, i, eol) and not _stays(out, i, eol, end, page, stack, braces, numbered):
            at = strip_marks(out, start, i, stop, at, stack)
        else:
            for k in range(i, stop):
                out[at] = out[k]
                at += 1
        i = stop
    return tidy_span(out, start, at)


@lean_kernel
def clean_span(
    data: Bytes,
    start: int,
    end: int,
    out: Bytes,
    at: int,
    page: Bytes,
    stack: Ints,
    braces: Ints,
    numbered: bool,
) -> int:
    """Clean the page ``data[start:end]`` to ``out[at:]`` and return the new output position; see :func:`clean`.

    ``out`` has room for twice the page. The others come from :func:`scratch` and are used again for the next page.
    What would read as markup again is taken apart in the lines that show it by themselves; where that is not enough, as
    with marks that belong together over lines, on the whole page.
    """
    done = _read(data, start, end, out, at, page, stack, braces, numbered)
    if not looks_marked(out, at, done) or _stays(out, at, done, done, page, stack, braces, numbered):
        return done
    settled = _settle_lines(out, at, done, page, stack, braces, numbered)
    if _stays(out, at, settled, done, page, stack, braces, numbered):
        return settled
    return tidy_span(out, at, strip_marks(out, at, at, settled, at, stack))


@lean_kernel
def _clean_rows(
    data: Bytes,
    offsets: Offsets,
    out: Bytes,
    out_offsets: Offsets,
    page: Bytes,
    stack: Ints,
    braces: Ints,
    numbered: bool,
    tally: facts.Tally,
) -> None:
    out_offsets[0] = 0
    at = out_offsets[0]  # 0, but not the constant: see read_page
    for row in range(len(offsets) - 1):
        at = clean_span(data, offsets[row], offsets[row + 1], out, at, page, stack, braces, numbered)
        out_offsets[row + 1] = at
        facts.close_page(stack, tally[row])


@lean_kernel
def _redirect_rows(data: Bytes, offsets: Offsets, found: Bytes) -> None:
    for row in range(len(offsets) - 1):
        found[row] = is_redirect(data, offsets[row], offsets[row + 1])


def scratch(longest: int) -> tuple[Bytes, Ints, Ints]:
    """``(page, stack, braces)`` for :func:`clean_span` and pages of up to ``longest`` bytes."""
    page = np.empty(longest + PAST_END, np.uint8)
    stack = np.empty((DEEPEST + 2 * facts.TALLY_ROWS, max(WIDTH, facts.TALLY_WIDTH)), np.int64)
    braces = np.empty((longest // 3 + 1, 2), np.int64)
    return page, stack, braces


def clean(texts: pa.Array, tally: facts.Tally | None = None, *, numbered: bool = True) -> pa.LargeStringArray:
    """The prose of every page of namumark. Rows are valid UTF-8 and NFC, without nulls (ValueError).

    Headings are ``numbered`` as on the page that readers see: ``2.1. 증상``. The facts left out and put in are added to
    the ``tally`` of the rows.
    """
    data, offsets = flat(texts)
    longest = int(np.diff(offsets).max(initial=0))
    out = np.empty(int(offsets[-1] - offsets[0]) + longest + PAST_END, np.uint8)
    out_offsets = np.empty(len(offsets), np.int64)
    tally = facts.new_tally(len(texts)) if tally is None else tally
    _clean_rows(data, offsets, out, out_offsets, *scratch(longest), numbered, tally)
    return to_column(out[: out_offsets[-1]], out_offsets)


def clean_text(text: str, *, numbered: bool = True) -> str:
    """:func:`clean` of one page."""
    return str(clean(from_strings([text]), numbered=numbered)[0])


def redirects(texts: pa.Array) -> pa.BooleanArray:
    """Whether each row only points to another page: ``#redirect X`` or ``#넘겨주기 X``."""
    data, offsets = flat(texts)
    found = np.zeros(len(offsets) - 1, np.uint8)
    _redirect_rows(data, offsets, found)
    return pa.array(found.astype(bool))
