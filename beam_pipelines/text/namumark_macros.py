"""Namumark's single brackets: macros, footnotes, and brackets that are only brackets."""

import numpy as np

from beam_pipelines.text import facts
from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.namumark_bytes import BEYOND_ASCII, KINDS, LETTER
from beam_pipelines.text.namumark_frames import (
    CALL,
    DEPTH,
    KIND,
    LIMIT,
    MARK_SIZE,
    NO_CALL_LINE,
    NO_CALL_PARAGRAPH,
    NOTE,
    OUT,
    PARTED,
    Ints,
    meet,
    part_digits,
    push,
)
from beam_pipelines.text.namumark_verbatim import copy_literal, copy_math
from beam_pipelines.text.scan import starts_with_any_case, word

# What each macro leaves in the text. BARE ones also stand without arguments.
GOES, BREAKS, INCLUDES, IS_MATH, IS_RUBY = 1, 2, 3, 4, 5
_BARE = 8
_MACROS = {
    "br": BREAKS | _BARE,
    "목차": GOES | _BARE,
    "tableofcontents": GOES | _BARE,
    "toc": GOES | _BARE,
    "각주": GOES | _BARE,
    "footnote": GOES | _BARE,
    "clearfix": GOES | _BARE,
    "date": GOES | _BARE,
    "datetime": GOES | _BARE,
    "pagecount": GOES | _BARE,
    "include": INCLUDES,
    "anchor": GOES,
    "age": GOES,
    "dday": GOES,
    "math": IS_MATH,
    "ruby": IS_RUBY,
    "youtube": GOES,
    "kakaotv": GOES,
    "navertv": GOES,
    "nicovideo": GOES,
    "vimeo": GOES,
    "tvpot": GOES,
    "dailymotion": GOES,
    "twitch": GOES,
    "soundcloud": GOES,
    "spotify": GOES,
    "html": GOES,
}
_LONGEST_NAME = max(len(name.encode()) for name in _MACROS)


def _name_table() -> Bytes:
    """One row a macro: what it does, the length of its name, the name."""
    table = np.zeros((len(_MACROS), 2 + _LONGEST_NAME), np.uint8)
    for row, (name, action) in zip(table, _MACROS.items(), strict=True):
        row[0], row[1] = action, len(name.encode())
        row[2 : 2 + row[1]] = np.frombuffer(name.encode(), np.uint8)
    table.flags.writeable = False
    return table


_NAMES = _name_table()
_RUBY_TEXT = word("ruby=")
_RUBY_COLOUR = word("color=")
_PLAIN_BRACKET = 64  # longest "[1]" looked for inside a footnote


@lean_kernel
def _macro(page: Bytes, i: int, limit: int) -> tuple[int, int]:
    """(what the macro named at ``i`` does, position after its name); (0, i) for a name that is none."""
    k = i
    while k < limit and k - i <= _LONGEST_NAME:
        c = int(page[k])
        if not KINDS[c] & (LETTER | BEYOND_ASCII):
            break
        k += 1
    size = k - i
    for row in range(len(_NAMES)):
        if _NAMES[row, 1] == size and starts_with_any_case(page, i, k, _NAMES[row, 2 : 2 + size]):
            return int(_NAMES[row, 0]), k
    return 0, i


@lean_kernel
def _call_end(page: Bytes, i: int, stack: Ints, lines: bool) -> int:
    """Where the next ``)]`` stands, on this line or (``lines``) in this paragraph; -1 for nowhere."""
    memory = NO_CALL_PARAGRAPH if lines else NO_CALL_LINE
    if i < stack[0, memory]:
        return -1
    k = i
    while k < stack[0, LIMIT]:
        if page[k] == 0x29 and page[k + 1] == 0x5D:
            return k
        if page[k] == 0x0A and (not lines or page[k + 1] == 0x0A):
            break
        k += 1
    stack[0, memory] = k
    return -1


@lean_kernel
def _ruby_base_end(page: Bytes, i: int, end: int) -> int:
    """Where the options of a ruby macro begin."""
    for k in range(i, end):
        if page[k] == 0x2C:
            option = k + 1
            while page[option] == 0x20:
                option += 1
            if starts_with_any_case(page, option, end, _RUBY_TEXT) or starts_with_any_case(
                page, option, end, _RUBY_COLOUR
            ):
                return k
    return end


@lean_kernel
def _break_line(page: Bytes, i: int, out: Bytes, at: int) -> int:
    """A line end, or a space where what follows would mean something else at the start of a line."""
    while page[i] == 0x20:
        i += 1
    c = int(page[i])
    marks = c == 0x3D or c == 0x3E or c == 0x23 or c == 0x7C
    out[at] = 0x20 if marks else 0x0A
    return at + 1


@lean_kernel
def open_bracket(page: Bytes, i: int, out: Bytes, at: int, stack: Ints) -> tuple[int, int]:
    """Read the single ``[`` at ``i``: a footnote, a macro, or just a bracket."""
    limit = stack[0, LIMIT]
    if page[i + 1] == 0x2A:
        depth = push(stack, at)
        if depth == 0:
            return i + 2, part_digits(page, i + 2, out, at)
        stack[depth, PARTED] = meet(page, i + 2, out, at)
        stack[depth, KIND] = NOTE
        stack[depth, MARK_SIZE] = 2
        out[at] = 0x5B
        out[at + 1] = 0x2A
        return i + 2, at + 2
    action, k = _macro(page, i + 1, limit)
    if action & _BARE and page[k] == 0x5D and k < limit:
        if action & 7 == BREAKS:
            return k + 1, _break_line(page, k + 1, out, at)
        return k + 1, part_digits(page, k + 1, out, at)
    if action and page[k] == 0x28:
        action &= 7
        if action == INCLUDES:
            depth = push(stack, at)
            if depth == 0:
                return k + 1, part_digits(page, k + 1, out, at)
            stack[depth, PARTED] = meet(page, k + 1, out, at)
            stack[depth, KIND] = CALL
            stack[depth, MARK_SIZE] = k + 1 - i
            return k + 1, copy_literal(page, i, k + 1, out, at)
        end = _call_end(page, k + 1, stack, action == IS_MATH)
        if end >= 0:
            if action == IS_MATH:
                return end + 2, copy_math(page, k + 1, end, out, at, stack)
            if action == IS_RUBY:
                base_end = _ruby_base_end(page, k + 1, end)
                facts.drop(stack, facts.MACRO, page, base_end, end)
                return end + 2, copy_literal(page, k + 1, base_end, out, at)
            facts.drop(stack, facts.MACRO, page, k + 1, end)
            return end + 2, part_digits(page, end + 2, out, at)
    elif stack[stack[0, DEPTH], KIND] == NOTE:  # "[1]" or "[0, 1]" does not end the footnote
        k = i + 1
        stop = min(limit, k + _PLAIN_BRACKET)
        depth = 0
        while k < stop and depth >= 0 and page[k] != 0x5B and page[k] != 0x0A and page[k] != 0x5D:
            c = int(page[k])
            depth += (c == 0x28) - (c == 0x29)
            k += 1
        if depth >= 0 and k < stop and page[k] == 0x5D:
            return k + 1, copy_literal(page, i, k + 1, out, at)
    out[at] = 0x5B
    return i + 1, at + 1


@lean_kernel
def close_left_out(page: Bytes, i: int, out: Bytes, at: int, stack: Ints) -> int:
    """Leave the innermost region, a footnote or an include, and all of its text; returns the new output position."""
    depth = stack[0, DEPTH]
    first = stack[depth, OUT]
    facts.drop(stack, facts.FOOTNOTE if stack[depth, KIND] == NOTE else facts.TEMPLATE, out, first, at)
    stack[0, DEPTH] -= 1
    return part_digits(page, i, out, first)
