"""The pass over a page of namumark: every mark is handed to the module that knows it, the rest is copied."""

from beam_pipelines.text import facts
from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.namumark_braces import FOLDING, HTML, LITERAL, MATH, WIKI, brace_head, match_braces
from beam_pipelines.text.namumark_bytes import CLASSES, DOUBLED, PLAIN
from beam_pipelines.text.namumark_frames import (
    BLOCK,
    BRACE,
    BRACES,
    CALL,
    DASHES,
    DEPTH,
    HEAD_END,
    HEAD_MARK,
    KIND,
    LABEL,
    LIMIT,
    LINK,
    NOTE,
    OUT,
    PARTED,
    ROW,
    STYLES,
    TILDES,
    Ints,
    abandon,
    begin,
    close_block,
    leave_styles,
    part_digits,
    push_block,
)
from beam_pipelines.text.namumark_lines import LINE_MARKS, start_line
from beam_pipelines.text.namumark_links import close_link, open_link, plain_link
from beam_pipelines.text.namumark_macros import close_left_out, open_bracket
from beam_pipelines.text.namumark_styles import escape, style_mark, template_variable
from beam_pipelines.text.namumark_verbatim import copy_html, copy_literal, copy_math


@lean_kernel
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
            return i + 3, part_digits(page, i + 3, out, at), False
        facts.drop(stack, facts.MARKUP, page, i + 3, first)
        if holds == LITERAL:
            return close + 3, copy_literal(page, first, close, out, at), False
        if holds == HTML:
            return close + 3, copy_html(page, first, close, out, at, stack), False
        return close + 3, copy_math(page, first, close, out, at, stack), False
    facts.drop(stack, facts.MARKUP, page, i + 3, first)
    apart = holds in (WIKI, FOLDING)
    if closed:
        push_block(stack, at, close, apart)
    if apart:
        out[at] = 0x0A
        at += 1
    elif not closed:
        at = part_digits(page, first, out, at)
    return first, at, holds == WIKI and page[first - 1] == 0x0A


@lean_kernel
def _close_bracket(page: Bytes, i: int, out: Bytes, at: int, stack: Ints) -> tuple[int, int]:
    """Read the ``]`` at ``i``, which may end the innermost link, footnote or include."""
    kind = stack[stack[0, DEPTH], KIND]
    if kind == LINK:
        if page[i + 1] == 0x5D:
            return i + 2, close_link(page, i + 2, out, at, stack)
    elif kind == NOTE or (kind == CALL and page[i - 1] == 0x29):
        return i + 1, close_left_out(page, i + 1, out, at, stack)
    out[at] = 0x5D
    return i + 1, at + 1


@lean_kernel
def _bars(page: Bytes, i: int, out: Bytes, at: int, stack: Ints) -> tuple[int, int]:
    """Read the ``||`` at ``i`` inside a table row: the next cell, or the end of the row and its text."""
    k = i + 2
    while page[k] == 0x20 or page[k] == 0x0D or page[k] == 0x09:
        k += 1
    row = stack[0, ROW]
    if page[k] == 0x0A or k >= stack[0, LIMIT]:
        facts.drop(stack, facts.TABLE, out, stack[row, OUT], at)
        at = stack[row, OUT]
        stack[0, DEPTH] = row - 1
        stack[0, ROW] = 0
        return min(k, stack[0, LIMIT]), at
    if stack[0, DEPTH] == row:
        leave_styles(stack, row, out)
    out[at] = 0x7C
    out[at + 1] = 0x7C
    return i + 2, at + 2


@lean_kernel
def _end_line(page: Bytes, i: int, out: Bytes, stack: Ints) -> None:
    """What cannot go on past the line end at ``i`` is given up: links, but not a file's many options."""
    depth = stack[0, DEPTH]
    while stack[depth, KIND] == LINK and stack[depth, LABEL] >= 0:
        depth -= 1
    if page[i + 1] == 0x0A:
        while stack[depth, KIND] == NOTE or stack[depth, KIND] == CALL or stack[depth, KIND] == LINK:
            depth -= 1
    if depth < stack[0, DEPTH]:
        abandon(stack, depth, out)
    stack[depth, STYLES + TILDES] = -1
    stack[depth, STYLES + DASHES] = -1


@lean_kernel
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


@lean_kernel
def read_page(page: Bytes, size: int, out: Bytes, at: int, stack: Ints, braces: Ints, numbered: bool) -> int:
    """Copy the prose of ``page[:size]`` to ``out``, with what is gone marked; returns the new output position."""
    begin(stack, size, numbered)
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
                i, at = plain_link(page, i, out, at, stack)
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
            apart = stack[stack[0, BLOCK], PARTED] != 0
            close_block(stack, out)
            i += 3
            if apart:
                at = part_digits(page, i, out, at)
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
    leave_styles(stack, stack[0, BLOCK], out)
    return at
