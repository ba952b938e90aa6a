"""Open links, templates and tables while MediaWiki text is read: a stack of fixed size, one row per opener.

Text is copied to the output as if nothing were open; when a region closes, its opener's row says where its output
began. So an opener that never closes costs its own characters and nothing else, and every byte is read once.
"""

import numpy as np

from beam_pipelines.text import facts
from beam_pipelines.text.columns import Bytes, Offsets
from beam_pipelines.text.compiled import lean_kernel, wide
from beam_pipelines.text.scan import find_line_end
from beam_pipelines.text.tidy import GONE

DEEPEST = 256  # an opener deeper than this loses its characters and opens nothing
ARGUMENTS = 24  # a template's further arguments count as part of the last one

LINK, EXTERNAL, TEMPLATE, TABLE = (wide(k) for k in range(1, 5))  # kinds of openers

# Columns of a row. The last three before SPEC name the nearest open row of a kind that a closer may reach, or 0.
KIND, IN, OUT, MARK, NEAR_LINK, NEAR_TEMPLATE, NEAR_TABLE, SPEC, COUNT, TRIPLE = range(10)
STARTS = 10  # where each argument of a template starts in the output
EQUALS = STARTS + ARGUMENTS  # where its first "=" stands, or -1
WIDTH = EQUALS + ARGUMENTS

# Row 0 holds the state of the whole text: the depth, where its output began, ends that were looked for in vain (bits),
# open "-{". The last two rows are the tally of facts.
DEPTH, BASE, MISSING, VARIANTS = KIND, OUT, SPEC, COUNT


def new_frames() -> Offsets:
    """The scratch that :func:`beam_pipelines.text.mediawiki.clean_span` needs, to be used again for any text."""
    return np.zeros((DEEPEST + 1 + facts.TALLY_ROWS, max(WIDTH, facts.TALLY_WIDTH)), np.int64)


@lean_kernel
def reset(frames: Offsets, base: int) -> None:
    """Nothing is open, and the output begins at ``base``."""
    facts.forget(frames)
    frames[0, :STARTS] = 0
    frames[0, BASE] = base


@lean_kernel
def push(frames: Offsets, kind: int, i: int, at: int) -> int:
    """Open a row for a region that starts at ``i`` of the input and ``at`` of the output; 0 where none is left."""
    below = frames[0, DEPTH]
    if below >= DEEPEST:
        return 0
    depth = below + 1
    frames[0, DEPTH] = depth
    frames[depth, KIND] = kind
    frames[depth, IN] = i
    frames[depth, OUT] = at
    frames[depth, MARK] = -1
    frames[depth, SPEC] = -1
    frames[depth, COUNT] = 0
    frames[depth, TRIPLE] = 0
    # "}}" reaches through links and tables that did not close, "|}" through links, "]]" only through "[http://".
    frames[depth, NEAR_LINK] = depth if kind == LINK else frames[below, NEAR_LINK] if kind == EXTERNAL else 0
    frames[depth, NEAR_TEMPLATE] = depth if kind == TEMPLATE else frames[below, NEAR_TEMPLATE]
    frames[depth, NEAR_TABLE] = depth if kind == TABLE else 0 if kind == TEMPLATE else frames[below, NEAR_TABLE]
    return int(depth)


@lean_kernel
def is_digit(c: int) -> bool:
    """Whether an ASCII digit."""
    return 0x30 <= c <= 0x39


@lean_kernel
def part_digits(data: Bytes, i: int, end: int, out: Bytes, at: int, frames: Offsets) -> int:
    """Where something was left out between two digits, a space keeps them two numbers; returns the new end."""
    if i < end and at > frames[0, BASE] and is_digit(int(out[at - 1])) and is_digit(int(data[i])):
        out[at] = 0x20
        return at + 1
    return at


@lean_kernel
def part_before(out: Bytes, first: int, stop: int, frames: Offsets) -> int:
    """The same before ``out[first:stop]``, which was put in for markup: returns its end, one further with a space."""
    if stop > first > frames[0, BASE] and is_digit(int(out[first - 1])) and is_digit(int(out[first])):
        for k in range(stop, first, -1):
            out[k] = out[k - 1]
        out[first] = 0x20
        return stop + 1
    return stop


@lean_kernel
def blank(data: Bytes, start: int, end: int) -> bool:
    """Whether ``data[start:end]`` shows nothing."""
    for k in range(start, end):  # noqa: SIM110 - a plain loop is what compiles well
        if data[k] > 0x20 and data[k] != GONE:
            return False
    return True


@lean_kernel
def has_line_end(data: Bytes, start: int, end: int) -> bool:
    """Whether ``data[start:end]`` holds a line feed."""
    return bool(find_line_end(data, start, end) < end)


@lean_kernel
def trim(data: Bytes, start: int, end: int) -> tuple[int, int]:
    """``data[start:end]`` without white space at either end."""
    while start < end and (data[start] <= 0x20 or data[start] == GONE):
        start += 1
    while end > start and (data[end - 1] <= 0x20 or data[end - 1] == GONE):
        end -= 1
    return start, end


@lean_kernel
def starts_line(out: Bytes, base: int, at: int) -> bool:
    """Whether only space, indents and list marks stand before ``at`` in its line of the output ``out[base:at]``."""
    for k in range(at - 1, max(base, at - 64) - 1, -1):
        c = out[k]
        if c == 0x0A:
            return True
        if not (c <= 0x20 or c == GONE or c == 0x3A or c == 0x2A or c == 0x23 or c == 0x3B):
            return False
    return at - 64 <= base
