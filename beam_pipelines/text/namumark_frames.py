"""What the namumark kernel remembers while it reads a page: a stack of open regions and a few positions.

Both stand in one array, ``stack``: row 0 holds the positions, row 1 the page itself, the next rows the regions open
in it (a block in braces, a table row, a link, a footnote, an include), and the last two rows the tally of facts.
Regions that are left out are cut by moving the output back to where the region began, so one that never closes keeps
its text.
"""

import numpy as np
import numpy.typing as npt

from beam_pipelines.text import facts
from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.namumark_bytes import DIGIT, KINDS
from beam_pipelines.text.tidy import GONE

Ints = npt.NDArray[np.int64]

# The columns of row 0.
DEPTH = 0  # the innermost region
BLOCK = 1  # the innermost block in braces, or the page
LIMIT = 2  # input position where that block ends
ROW = 3  # the table row open in that block, 0 for none
BRACE = 4  # the next opening brace that the page has not passed yet
BRACES = 5  # how many there are
HEAD_MARK = 6  # input position of the closing marks of the heading being read
HEAD_END = 7  # input position of the end of its line
NO_CALL_LINE = 8  # before this input position no ")]" stands on the same line,
NO_CALL_PARAGRAPH = 9  # or in the same paragraph: remembered so that failing again costs nothing
NUMBERED = 10  # whether headings are numbered
SECTIONS = 11  # how many heading levels are open; then their levels, then their counts
SECTION_LEVEL = 12
SECTION_COUNT = 20
WIDTH = 32

# The columns of a region.
KIND = 0
OUT = 1  # output position where it began
MARK_SIZE = 2  # how many bytes of its opening mark stand there
LABEL = 3  # link: output position of its label; -1: the whole link is left out
OUTER_BLOCK, OUTER_LIMIT, OUTER_ROW = 2, 3, 4  # block: what to go back to
STYLES = 5  # output position of each style mark still open, -1 for none
PARTED = 12  # whether two numbers would meet: where its mark goes, or behind a block of its own lines
BOLD, ITALIC, TILDES, DASHES, UNDERLINE, SUPER, SUB = 0, 1, 2, 3, 4, 5, 6

PAGE, BRACED, TABLE_ROW, LINK, NOTE, CALL = 0, 1, 2, 3, 4, 5

DEEPEST = 256


@lean_kernel
def begin(stack: Ints, size: int, numbered: bool) -> None:
    """A page of ``size`` bytes, in which nothing is open."""
    facts.forget(stack)
    stack[0, :] = 0
    stack[0, DEPTH] = 1
    stack[0, BLOCK] = 1
    stack[0, LIMIT] = size
    stack[0, HEAD_MARK] = -1
    stack[0, NUMBERED] = numbered
    stack[1, KIND] = PAGE
    forget_styles(stack, stack[0, DEPTH])


@lean_kernel
def forget_styles(stack: Ints, depth: int) -> None:
    """No style mark is open in this region."""
    for k in range(STYLES, STYLES + 7):
        stack[depth, k] = -1


@lean_kernel
def leave_styles(stack: Ints, depth: int, out: Bytes) -> None:
    """Style marks still open in this region stay as they were written.

    But a ``'''`` and a ``''`` that were left alone are a pair, and one apostrophe, as MediaWiki's doQuotes has it.
    """
    bold, italic = stack[depth, STYLES + BOLD], stack[depth, STYLES + ITALIC]
    if bold >= 0 and italic >= 0:
        out[bold + 1] = out[bold + 2] = out[italic] = out[italic + 1] = GONE
    forget_styles(stack, depth)


@lean_kernel
def push(stack: Ints, at: int) -> int:
    """Open a region and return its row, to be filled in; 0 where regions nest too deep, and the mark should go."""
    depth = stack[0, DEPTH] + 1
    if depth >= DEEPEST:
        return 0
    stack[depth, OUT] = at
    stack[depth, MARK_SIZE] = 0
    stack[depth, PARTED] = 0
    forget_styles(stack, depth)
    stack[0, DEPTH] = depth
    return depth


@lean_kernel
def push_block(stack: Ints, at: int, limit: int, parted: bool) -> None:
    """Open a block in braces that ends at input position ``limit``; ``parted`` if it stands on lines of its own."""
    depth = push(stack, at)
    if depth == 0:
        return
    stack[depth, KIND] = BRACED
    stack[depth, PARTED] = parted
    stack[depth, OUTER_BLOCK] = stack[0, BLOCK]
    stack[depth, OUTER_LIMIT] = stack[0, LIMIT]
    stack[depth, OUTER_ROW] = stack[0, ROW]
    stack[0, BLOCK] = depth
    stack[0, LIMIT] = limit
    stack[0, ROW] = 0


@lean_kernel
def abandon(stack: Ints, depth: int, out: Bytes) -> None:
    """Give up the regions above ``depth``, which never closed: their marks go, their text stays."""
    for k in range(depth + 1, stack[0, DEPTH] + 1):
        leave_styles(stack, k, out)
        if stack[k, KIND] != BRACED:
            for at in range(stack[k, OUT], stack[k, OUT] + stack[k, MARK_SIZE]):
                out[at] = GONE
            if stack[k, PARTED]:
                out[stack[k, OUT]] = 0x20
    stack[0, DEPTH] = depth
    if stack[0, ROW] > depth:
        stack[0, ROW] = 0


@lean_kernel
def close_block(stack: Ints, out: Bytes) -> None:
    """Leave the innermost block in braces."""
    depth = stack[0, BLOCK]
    abandon(stack, depth, out)
    leave_styles(stack, depth, out)
    stack[0, BLOCK] = stack[depth, OUTER_BLOCK]
    stack[0, LIMIT] = stack[depth, OUTER_LIMIT]
    stack[0, ROW] = stack[depth, OUTER_ROW]
    stack[0, DEPTH] = depth - 1


@lean_kernel
def meet(page: Bytes, i: int, out: Bytes, at: int) -> bool:
    """Whether ``out[:at]`` ends and ``page[i:]`` begins with a digit."""
    return at > 0 and KINDS[out[at - 1]] & DIGIT != 0 and KINDS[page[i]] & DIGIT != 0


@lean_kernel
def part_digits(page: Bytes, i: int, out: Bytes, at: int) -> int:
    """Where something was left out between two digits, a space keeps them two numbers."""
    if meet(page, i, out, at):
        out[at] = 0x20
        return at + 1
    return at
