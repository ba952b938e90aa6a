"""What the namumark kernel remembers while it reads a page: a stack of open regions and a few positions.

A region (a block in braces, a table row, a link, a footnote, an include) is a row of ``frames``. Regions that are
left out are cut by moving the output back to where the region began, so one that never closes keeps its text.
"""

import numpy as np
import numpy.typing as npt

from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import kernel
from beam_pipelines.text.tidy import GONE

Ints = npt.NDArray[np.int64]

# The scalars of a page, in an array so that every kernel can change them.
DEPTH = 0  # index of the innermost region
BLOCK = 1  # index of the innermost block in braces, 0 for the page itself
LIMIT = 2  # input position where that block ends
ROW = 3  # index of the table row open in that block, 0 for none
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
STATE_SIZE = 32

# The columns of a region.
KIND = 0
OUT = 1  # output position where it began
MARK = 2  # how many bytes of its opening mark stand there
LABEL = 3  # link: output position of its label; -1: the whole link is left out
OUTER_BLOCK, OUTER_LIMIT, OUTER_ROW = 2, 3, 4  # block: what to go back to
STYLES = 5  # output position of each style mark still open, -1 for none
BOLD, ITALIC, TILDES, DASHES, UNDERLINE, SUPER, SUB = 0, 1, 2, 3, 4, 5, 6
FRAME_SIZE = STYLES + 7

PAGE, BRACED, TABLE_ROW, LINK, NOTE, CALL = 0, 1, 2, 3, 4, 5

DEEPEST = 256


@kernel
def forget_styles(frames: Ints, depth: int) -> None:
    """Style marks open in this region stay as they were written."""
    for k in range(STYLES, FRAME_SIZE):
        frames[depth, k] = -1


@kernel
def push(frames: Ints, state: Ints, kind: int, at: int, mark: int, label: int) -> bool:
    """Open a region; false where regions nest too deep, and the mark should go instead."""
    depth = state[DEPTH] + 1
    if depth >= DEEPEST:
        return False
    frames[depth, KIND] = kind
    frames[depth, OUT] = at
    frames[depth, MARK] = mark
    frames[depth, LABEL] = label
    forget_styles(frames, depth)
    state[DEPTH] = depth
    return True


@kernel
def push_block(frames: Ints, state: Ints, at: int, limit: int) -> bool:
    """Open a block in braces that ends at input position ``limit``."""
    if not push(frames, state, BRACED, at, 0, 0):
        return False
    depth = state[DEPTH]
    frames[depth, OUTER_BLOCK] = state[BLOCK]
    frames[depth, OUTER_LIMIT] = state[LIMIT]
    frames[depth, OUTER_ROW] = state[ROW]
    state[BLOCK] = depth
    state[LIMIT] = limit
    state[ROW] = 0
    return True


@kernel
def abandon(frames: Ints, state: Ints, depth: int, out: Bytes) -> None:
    """Give up the regions above ``depth``, which never closed: their marks go, their text stays."""
    for k in range(depth + 1, state[DEPTH] + 1):
        if frames[k, KIND] != BRACED:
            for at in range(frames[k, OUT], frames[k, OUT] + frames[k, MARK]):
                out[at] = GONE
    state[DEPTH] = depth
    if state[ROW] > depth:
        state[ROW] = 0


@kernel
def close_block(frames: Ints, state: Ints, out: Bytes) -> None:
    """Leave the innermost block in braces."""
    depth = state[BLOCK]
    abandon(frames, state, depth, out)
    state[BLOCK] = frames[depth, OUTER_BLOCK]
    state[LIMIT] = frames[depth, OUTER_LIMIT]
    state[ROW] = frames[depth, OUTER_ROW]
    state[DEPTH] = depth - 1


@kernel
def is_digit(c: int) -> bool:
    return 0x30 <= c <= 0x39


@kernel
def part_digits(page: Bytes, i: int, out: Bytes, at: int) -> int:
    """Where something was left out between two digits, a space keeps them two numbers."""
    if at > 0 and is_digit(int(out[at - 1])) and is_digit(int(page[i])):
        out[at] = 0x20
        return at + 1
    return at
