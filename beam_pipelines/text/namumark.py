"""NamuWiki's markup to prose, in one pass over the UTF-8 bytes of a page.

Headings, list items, quotes, folded text, link labels, formulas and code stay, as the page shows them. Tables,
footnotes, files, categories and macros go. The syntax is the one the wiki's own help describes (나무위키:문법 도움말).

The pass copies text as if every mark closed: whatever is left out is cut when its end is found, so markup that never
closes costs its own marks and not the rest of the page. Time is linear in the page whatever it holds. Cleaning a
cleaned text changes nothing.
"""

import numpy as np
import pyarrow as pa

from beam_pipelines.text.columns import Bytes, Offsets, flat, from_strings, to_column
from beam_pipelines.text.compiled import kernel
from beam_pipelines.text.namumark_braces import FOLDING, HTML, LITERAL, MATH, WIKI, brace_head, match_braces
from beam_pipelines.text.namumark_bytes import CLASSES, DOUBLED, PLAIN
from beam_pipelines.text.namumark_frames import (
    BLOCK,
    BRACE,
    BRACES,
    CALL,
    DASHES,
    DEEPEST,
    DEPTH,
    HEAD_END,
    HEAD_MARK,
    KIND,
    LIMIT,
    LINK,
    NOTE,
    OUT,
    ROW,
    STYLES,
    TILDES,
    WIDTH,
    Ints,
    abandon,
    begin,
    close_block,
    forget_styles,
    push_block,
)
from beam_pipelines.text.namumark_lines import LINE_MARKS, is_redirect, start_line
from beam_pipelines.text.namumark_links import close_link, open_link, plain_link
from beam_pipelines.text.namumark_macros import close_left_out, open_bracket
from beam_pipelines.text.namumark_settle import looks_marked, strip_marks
from beam_pipelines.text.namumark_styles import escape, style_mark, template_variable
from beam_pipelines.text.namumark_verbatim import copy_html, copy_literal, copy_math
from beam_pipelines.text.tidy import tidy_span

PAST_END = 128  # line ends after the page, so that looking ahead needs no check


@kernel
def _open_brace(page: Bytes, i: int, out: Bytes, at: int, stack: Ints, braces: Ints) -> tuple[int, int, bool]:
    """Read the ``{{{`` at ``i``; also whether a line starts where the page goes on."""
    while stack[0, BRACE] < stack[0, BRACES] and braces[stack[0, BRACE], 0] < i:
        stack[0, BRACE] += 1
    close = -1
    if stack[0, BRACE] < stack[0, BRACES] and braces[stack[0, BRACE], 0] == i:
        close = braces[stack[0, BRACE], 1]
    closed = 0 <= close < stack[0, LIMIT]
    holds, first = brace_head(page, i + 3, close if closed else stack[0, LIMIT])
    if holds in (LITERAL, HTML, MATH):
        if not closed:
            return i + 3, at, False
        if holds == LITERAL:
            return close + 3, copy_literal(page, first, close, out, at), False
        if holds == HTML:
            return close + 3, copy_html(page, first, close, out, at), False
        return close + 3, copy_math(page, first, close, out, at), False
    if closed:
        push_block(stack, at, close)
    if holds in (WIKI, FOLDING):
        out[at] = 0x0A
        at += 1
    return first, at, holds == WIKI and page[first - 1] == 0x0A


@kernel
def _close_bracket(page: Bytes, i: int, out: Bytes, at: int, stack: Ints) -> tuple[int, int]:
    """Read the ``]`` at ``i``, which may end the innermost link, footnote or include."""
    kind = stack[stack[0, DEPTH], KIND]
    if kind == LINK:
        if page[i + 1] == 0x5D:
            return i + 2, close_link(page, i + 2, out, at, stack)
    elif kind == NOTE or (kind == CALL and page[i - 1] == 0x29):
        return i + 1, close_left_out(page, i + 1, out, stack)
    out[at] = 0x5D
    return i + 1, at + 1


@kernel
def _bars(page: Bytes, i: int, out: Bytes, at: int, stack: Ints) -> tuple[int, int]:
    """Read the ``||`` at ``i`` inside a table row: the next cell, or the end of the row and its text."""
    k = i + 2
    while page[k] == 0x20 or page[k] == 0x0D or page[k] == 0x09:
        k += 1
    row = stack[0, ROW]
    if page[k] == 0x0A or k >= stack[0, LIMIT]:
        at = stack[row, OUT]
        stack[0, DEPTH] = row - 1
        stack[0, ROW] = 0
        return min(k, stack[0, LIMIT]), at
    if stack[0, DEPTH] == row:
        forget_styles(stack, row)
    out[at] = 0x7C
    out[at + 1] = 0x7C
    return i + 2, at + 2


@kernel
def _end_line(page: Bytes, i: int, out: Bytes, stack: Ints) -> None:
    """What cannot go on past the line end at ``i`` is given up."""
    depth = stack[0, DEPTH]
    while stack[depth, KIND] == LINK:
        depth -= 1
    if page[i + 1] == 0x0A:
        while stack[depth, KIND] == NOTE or stack[depth, KIND] == CALL or stack[depth, KIND] == LINK:
            depth -= 1
    if depth < stack[0, DEPTH]:
        abandon(stack, depth, out)
    stack[depth, STYLES + TILDES] = -1
    stack[depth, STYLES + DASHES] = -1


@kernel
def _copy_plain(page: Bytes, i: int, end: int, out: Bytes, at: int) -> int:
    """Copy bytes that mean nothing; returns how many. Counting from 0 spares a check of every index."""
    source = page[i:end]
    target = out[at:]
    for k in range(len(source)):
        c = source[k]
        if CLASSES[c]:
            return k
        target[k] = c
    return len(source)


@kernel
def _read(page: Bytes, size: int, out: Bytes, at: int, stack: Ints, braces: Ints) -> int:
    """Copy the prose of ``page[:size]`` to ``out``, with what is gone marked; returns the new output position."""
    begin(stack, size)
    stack[0, BRACES] = match_braces(page, size, braces)
    i = size - size  # 0, but not the constant, for which numba would compile everything below once more
    i, at = start_line(page, i, out, at, stack)
    while i < size:
        c = int(page[i])
        kind = int(CLASSES[c])
        if kind == PLAIN:
            size_of_run = _copy_plain(page, i, size, out, at)
            at += size_of_run
            i += size_of_run
            continue
        if kind == DOUBLED:
            if page[i + 1] != c:
                out[at] = c
                at += 1
                i += 1
            else:
                i, at = style_mark(page, i, out, at, stack)
            continue
        if c == 0x0A:
            _end_line(page, i, out, stack)
            out[at] = c
            at += 1
            i += 1
            if LINE_MARKS[page[i]]:
                i, at = start_line(page, i, out, at, stack)
            continue
        if c == 0x5B:
            if page[i + 1] == 0x5B:
                first = i
                i, at = plain_link(page, i, out, at)
                if i == first:
                    i, at = open_link(page, i, out, at, stack)
            else:
                i, at = open_bracket(page, i, out, at, stack)
            continue
        if c == 0x5D:
            i, at = _close_bracket(page, i, out, at, stack)
            continue
        if c == 0x7C and stack[0, ROW] and page[i + 1] == 0x7C:
            i, at = _bars(page, i, out, at, stack)
            continue
        if c == 0x7B and page[i + 1] == 0x7B and page[i + 2] == 0x7B:
            i, at, line = _open_brace(page, i, out, at, stack, braces)
            if line:
                i, at = start_line(page, i, out, at, stack)
            continue
        if c == 0x7D and i == stack[0, LIMIT]:
            close_block(stack, out)
            i += 3
            continue
        if c == 0x5C:
            i, at = escape(page, i, out, at, stack)
            continue
        if c == 0x40:
            i, at = template_variable(page, i, out, at, stack)
            continue
        if i == stack[0, HEAD_MARK] and stack[0, HEAD_END] > i:
            i = stack[0, HEAD_END]
            continue
        out[at] = c
        at += 1
        i += 1
    abandon(stack, stack[0, BLOCK], out)
    return at


@kernel
def _load(data: Bytes, start: int, end: int, page: Bytes) -> int:
    """Copy ``data[start:end]`` to the scratch page, line ends after it; returns its size."""
    size = end - start
    source = data[start:end]
    for k in range(size):
        page[k] = source[k]
    for k in range(size, size + PAST_END):
        page[k] = 0x0A
    return size


@kernel
def _same(out: Bytes, first: int, second: int, end: int) -> bool:
    """Whether ``out[first:second]`` equals ``out[second:end]``."""
    if end - second != second - first:
        return False
    for k in range(end - second):  # noqa: SIM110 - a plain loop is what compiles well
        if out[first + k] != out[second + k]:
            return False
    return True


@kernel
def clean_span(data: Bytes, start: int, end: int, out: Bytes, at: int, page: Bytes, stack: Ints, braces: Ints) -> int:
    """Clean the page ``data[start:end]`` to ``out[at:]`` and return the new output position.

    ``out`` has room for twice the page. The others come from :func:`scratch` and are used again for the next page.
    """
    size = _load(data, start, end, page)
    done = at
    for again in range(2):
        first = done
        done = tidy_span(out, first, _read(page, size, out, first, stack, braces))
        if again:
            return first if _same(out, at, first, done) else tidy_span(out, at, strip_marks(out, at, first))
        if not looks_marked(out, at, done):
            break
        size = _load(out, at, done, page)
    return done


@kernel
def _clean_rows(
    data: Bytes,
    offsets: Offsets,
    out: Bytes,
    out_offsets: Offsets,
    page: Bytes,
    stack: Ints,
    braces: Ints,
) -> None:
    out_offsets[0] = 0
    at = out_offsets[0]  # 0, but not the constant: see _read
    for row in range(len(offsets) - 1):
        at = clean_span(data, offsets[row], offsets[row + 1], out, at, page, stack, braces)
        out_offsets[row + 1] = at


@kernel
def _redirect_rows(data: Bytes, offsets: Offsets, found: Bytes) -> None:
    for row in range(len(offsets) - 1):
        found[row] = is_redirect(data, offsets[row], offsets[row + 1])


def scratch(longest: int) -> tuple[Bytes, Ints, Ints]:
    """``(page, stack, braces)`` for :func:`clean_span` and pages of up to ``longest`` bytes."""
    page = np.empty(longest + PAST_END, np.uint8)
    stack = np.empty((DEEPEST, WIDTH), np.int64)
    braces = np.empty((longest // 3 + 1, 2), np.int64)
    return page, stack, braces


def clean(texts: pa.Array) -> pa.LargeStringArray:
    """The prose of every page of namumark. Rows are valid UTF-8 and NFC, without nulls (ValueError)."""
    data, offsets = flat(texts)
    longest = int(np.diff(offsets).max(initial=0))
    out = np.empty(int(offsets[-1] - offsets[0]) + longest + PAST_END, np.uint8)
    out_offsets = np.empty(len(offsets), np.int64)
    _clean_rows(data, offsets, out, out_offsets, *scratch(longest))
    return to_column(out[: out_offsets[-1]], out_offsets)


def clean_text(text: str) -> str:
    """:func:`clean` of one page."""
    return str(clean(from_strings([text]))[0])


def redirects(texts: pa.Array) -> pa.BooleanArray:
    """Whether each row only points to another page: ``#redirect X`` or ``#넘겨주기 X``."""
    data, offsets = flat(texts)
    found = np.zeros(len(offsets) - 1, np.uint8)
    _redirect_rows(data, offsets, found)
    return pa.array(found.astype(bool))
