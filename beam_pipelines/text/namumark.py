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
from beam_pipelines.text.namumark_braces import (
    FOLDING,
    HTML,
    LITERAL,
    MATH,
    WIKI,
    brace_head,
    copy_html,
    copy_literal,
    copy_math,
    match_braces,
)
from beam_pipelines.text.namumark_frames import (
    BLOCK,
    BRACE,
    BRACES,
    CALL,
    DASHES,
    DEEPEST,
    DEPTH,
    FRAME_SIZE,
    HEAD_END,
    HEAD_MARK,
    KIND,
    LIMIT,
    LINK,
    NOTE,
    NUMBERED,
    OUT,
    ROW,
    STATE_SIZE,
    STYLES,
    TILDES,
    Ints,
    abandon,
    close_block,
    forget_styles,
    push_block,
)
from beam_pipelines.text.namumark_lines import is_redirect, start_line
from beam_pipelines.text.namumark_settle import looks_marked, strip_marks
from beam_pipelines.text.namumark_spans import (
    CLASSES,
    DOUBLED,
    PLAIN,
    close_left_out,
    close_link,
    escape,
    open_bracket,
    open_link,
    style_mark,
    template_variable,
)
from beam_pipelines.text.tidy import tidy_span

PAST_END = 16  # line ends after the page, so that looking ahead needs no check


@kernel
def _open_brace(
    page: Bytes, i: int, out: Bytes, at: int, frames: Ints, state: Ints, braces: Ints
) -> tuple[int, int, bool]:
    """Read the ``{{{`` at ``i``; also whether a line starts where the page goes on."""
    while state[BRACE] < state[BRACES] and braces[state[BRACE], 0] < i:
        state[BRACE] += 1
    close = -1
    if state[BRACE] < state[BRACES] and braces[state[BRACE], 0] == i:
        close = braces[state[BRACE], 1]
    closed = 0 <= close < state[LIMIT]
    holds, first = brace_head(page, i + 3, close if closed else state[LIMIT])
    if holds in (LITERAL, HTML, MATH):
        if not closed:
            return i + 3, at, False
        if holds == LITERAL:
            return close + 3, copy_literal(page, first, close, out, at), False
        if holds == HTML:
            return close + 3, copy_html(page, first, close, out, at), False
        return close + 3, copy_math(page, first, close, out, at), False
    if closed:
        push_block(frames, state, at, close)
    if holds in (WIKI, FOLDING):
        out[at] = 0x0A
        at += 1
    return first, at, holds == WIKI and page[first - 1] == 0x0A


@kernel
def _close_bracket(page: Bytes, i: int, out: Bytes, at: int, frames: Ints, state: Ints) -> tuple[int, int]:
    """Read the ``]`` at ``i``, which may end the innermost link, footnote or include."""
    kind = frames[state[DEPTH], KIND]
    if kind == LINK:
        if page[i + 1] == 0x5D:
            return i + 2, close_link(page, i + 2, out, at, frames, state)
    elif kind == NOTE or (kind == CALL and page[i - 1] == 0x29):
        return i + 1, close_left_out(page, i + 1, out, frames, state)
    out[at] = 0x5D
    return i + 1, at + 1


@kernel
def _bars(page: Bytes, i: int, out: Bytes, at: int, frames: Ints, state: Ints) -> tuple[int, int]:
    """Read the ``||`` at ``i`` inside a table row: the next cell, or the end of the row and its text."""
    k = i + 2
    while page[k] == 0x20 or page[k] == 0x0D or page[k] == 0x09:
        k += 1
    row = state[ROW]
    if page[k] == 0x0A or k >= state[LIMIT]:
        at = frames[row, OUT]
        state[DEPTH] = row - 1
        state[ROW] = 0
        return min(k, state[LIMIT]), at
    if state[DEPTH] == row:
        forget_styles(frames, row)
    out[at] = 0x7C
    out[at + 1] = 0x7C
    return i + 2, at + 2


@kernel
def _end_line(page: Bytes, i: int, out: Bytes, frames: Ints, state: Ints) -> None:
    """What cannot go on past the line end at ``i`` is given up."""
    depth = state[DEPTH]
    while frames[depth, KIND] == LINK:
        depth -= 1
    if page[i + 1] == 0x0A:
        while frames[depth, KIND] == NOTE or frames[depth, KIND] == CALL or frames[depth, KIND] == LINK:
            depth -= 1
    if depth < state[DEPTH]:
        abandon(frames, state, depth, out)
    frames[depth, STYLES + TILDES] = -1
    frames[depth, STYLES + DASHES] = -1


@kernel
def _read(page: Bytes, size: int, out: Bytes, at: int, frames: Ints, state: Ints, braces: Ints) -> int:
    """Copy the prose of ``page[:size]`` to ``out``, with what is gone marked; returns the new output position."""
    state[:] = 0
    state[LIMIT] = size
    state[HEAD_MARK] = -1
    frames[0, KIND] = 0
    forget_styles(frames, 0)
    state[BRACES] = match_braces(page, size, braces)
    state[NUMBERED] = 1
    i, at = start_line(page, 0, out, at, frames, state)
    while i < size:
        c = int(page[i])
        kind = int(CLASSES[c])
        if kind == PLAIN:
            out[at] = c
            at += 1
            i += 1
            continue
        if kind == DOUBLED:
            if page[i + 1] != c:
                out[at] = c
                at += 1
                i += 1
            else:
                i, at = style_mark(page, i, out, at, frames, state)
            continue
        if c == 0x0A:
            _end_line(page, i, out, frames, state)
            out[at] = c
            i, at = start_line(page, i + 1, out, at + 1, frames, state)
            continue
        if c == 0x5B:
            if page[i + 1] == 0x5B:
                i, at = open_link(page, i, out, at, frames, state)
            else:
                i, at = open_bracket(page, i, out, at, frames, state)
            continue
        if c == 0x5D:
            i, at = _close_bracket(page, i, out, at, frames, state)
            continue
        if c == 0x7C and state[ROW] and page[i + 1] == 0x7C:
            i, at = _bars(page, i, out, at, frames, state)
            continue
        if c == 0x7B and page[i + 1] == 0x7B and page[i + 2] == 0x7B:
            i, at, line = _open_brace(page, i, out, at, frames, state, braces)
            if line:
                i, at = start_line(page, i, out, at, frames, state)
            continue
        if c == 0x7D and state[BLOCK] and i == state[LIMIT]:
            close_block(frames, state, out)
            i += 3
            continue
        if c == 0x5C:
            i, at = escape(page, i, out, at, state)
            continue
        if c == 0x40:
            i, at = template_variable(page, i, out, at, state)
            continue
        if i == state[HEAD_MARK] and state[HEAD_END] > i:
            i = state[HEAD_END]
            continue
        out[at] = c
        at += 1
        i += 1
    abandon(frames, state, 0, out)
    return at


@kernel
def clean_span(
    data: Bytes, start: int, end: int, out: Bytes, at: int, page: Bytes, frames: Ints, state: Ints, braces: Ints
) -> int:
    """Clean the page ``data[start:end]`` to ``out[at:]`` and return the new output position.

    ``out`` has room for twice the page. The others come from :func:`scratch` and are used again for the next page.
    """
    size = end - start
    page[:size] = data[start:end]
    page[size : size + PAST_END] = 0x0A
    done = tidy_span(out, at, _read(page, size, out, at, frames, state, braces))
    if not looks_marked(out, at, done):
        return done
    size = done - at
    page[:size] = out[at:done]
    page[size : size + PAST_END] = 0x0A
    again = tidy_span(out, done, _read(page, size, out, done, frames, state, braces))
    same = again - done == size
    k = 0
    while same and k < size:
        same = out[at + k] == out[done + k]
        k += 1
    if same:
        return done
    return tidy_span(out, at, strip_marks(out, at, done))


@kernel
def _clean_rows(
    data: Bytes,
    offsets: Offsets,
    out: Bytes,
    out_offsets: Offsets,
    page: Bytes,
    frames: Ints,
    state: Ints,
    braces: Ints,
) -> None:
    at = 0
    out_offsets[0] = 0
    for row in range(len(offsets) - 1):
        at = clean_span(data, offsets[row], offsets[row + 1], out, at, page, frames, state, braces)
        out_offsets[row + 1] = at


@kernel
def _redirect_rows(data: Bytes, offsets: Offsets, found: Bytes) -> None:
    for row in range(len(offsets) - 1):
        found[row] = is_redirect(data, offsets[row], offsets[row + 1])


def scratch(longest: int) -> tuple[Bytes, Ints, Ints, Ints]:
    """``(page, frames, state, braces)`` for :func:`clean_span` and pages of up to ``longest`` bytes."""
    page = np.empty(longest + PAST_END, np.uint8)
    frames = np.empty((DEEPEST, FRAME_SIZE), np.int64)
    state = np.empty(STATE_SIZE, np.int64)
    braces = np.empty((longest // 3 + 1, 2), np.int64)
    return page, frames, state, braces


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
