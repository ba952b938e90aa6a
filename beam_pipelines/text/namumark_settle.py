"""Text that would read as namumark again: found, and as a last resort taken apart.

Escapes, literal blocks and texts that only meet once something between them is gone can leave what looks like
markup. Cleaning must not change its own output, so such a look-alike loses its marks here: never a letter or digit.
"""

from beam_pipelines.text import facts
from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.namumark_bytes import BEYOND_ASCII, DIGIT, ESCAPED, KINDS, LETTER, OPENS_LINE, byte_table
from beam_pipelines.text.namumark_frames import Ints

_DOUBLED, _OTHER = 1, 2
_BLOCK = 128  # bytes looked at together
_CLASSES = byte_table({b"'~-_^,": _DOUBLED, b"[{\\@\n": _OTHER})


@lean_kernel
def _is_mark(text: Bytes, i: int, end: int) -> bool:
    """Whether the byte at ``i``, one of those classed, may mean something before the one that follows it."""
    if i + 1 >= end:
        return False
    c = int(text[i])
    following = int(text[i + 1])
    kind = int(KINDS[following])
    if c == 0x0A:
        return kind == OPENS_LINE
    if c == 0x5B:
        return following == 0x5B or following == 0x2A or kind & (LETTER | BEYOND_ASCII) != 0
    if c == 0x7B:
        return following == 0x7B and i + 2 < end and text[i + 2] == 0x7B
    if c == 0x5C:
        return ESCAPED[following] != 0
    if c == 0x40:
        return kind & (LETTER | BEYOND_ASCII | DIGIT) != 0 or following == 0x5F
    return c == following


@lean_kernel
def _perhaps_marked(text: Bytes, start: int, end: int) -> bool:
    """Whether anything in ``text[start:end]``, behind which there is one more byte, is perhaps a mark."""
    block, ahead = text[start:end], text[start + 1 : end + 1]
    found = False
    for k in range(len(block)):  # without a branch, so that it runs as vectors
        c, following = block[k], ahead[k]
        doubled = (c == following) & ((c == 0x27) | ((c | 1) == 0x2D) | ((c | 1) == 0x5F) | (c == 0x7E) | (c == 0x7B))
        opens = (c == 0x0A) & ((following == 0x23) | ((following | 3) == 0x3F) | (following == 0x7C))
        found |= doubled | opens | (c == 0x5B) | (c == 0x5C) | (c == 0x40)
    return found


@lean_kernel
def looks_marked(text: Bytes, start: int, end: int) -> bool:
    """Whether anything in the tidy ``text[start:end]`` may read as namumark."""
    if start < end and KINDS[text[start]] == OPENS_LINE:
        return True
    while start < end:
        stop = min(start + _BLOCK, end)
        if stop + 1 > len(text) or _perhaps_marked(text, start, stop):
            for i in range(start, stop):
                if _CLASSES[text[i]] and _is_mark(text, i, end):
                    return True
        start = stop
    return False


@lean_kernel
def strip_marks(text: Bytes, start: int, i: int, end: int, at: int, stack: Ints) -> int:
    """Take every look-alike in the tidy lines ``text[i:end]`` apart, while they move to ``at``; returns their new end.

    Doubled marks become single ones, others a space. A line that starts with ``>`` joins the one before, unless that
    ends at ``start``: there it may compare two numbers.
    """
    line_start = True
    while i < end:
        c = int(text[i])
        kind = int(_CLASSES[c])
        width = 1
        if line_start and KINDS[c] == OPENS_LINE:
            while c == 0x3E and at > start and (text[at - 1] == 0x0A or text[at - 1] == 0x20):
                at -= 1
            joins = c == 0x3E and at > start
            if not joins:
                facts.drop(stack, facts.MARKUP, text, i, i + 1)
            text[at] = 0x20
            at += joins
            c = c if joins else 0x20
        elif kind == _DOUBLED or c == 0x5D:
            while i + width < end and text[i + width] == c:
                width += 1
            facts.drop(stack, facts.MARKUP, text, i + 1, i + width)
        elif kind == _OTHER and c != 0x0A and _is_mark(text, i, end):
            c = 0x20
        text[at] = c
        at += 1
        i += width
        line_start = c == 0x0A or (line_start and c == 0x20)
    return at
