"""Namumark's ``{{{ }}}``: which braces belong together, and what each block is."""

from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.namumark_bytes import DIGIT, KINDS, LETTER
from beam_pipelines.text.namumark_frames import Ints
from beam_pipelines.text.scan import find_line_end, starts_with_any_case, word

_BLOCK = 64  # bytes looked at together

# What a block holds.
LITERAL, STYLED, WIKI, FOLDING, HTML, MATH = 0, 1, 2, 3, 4, 5

_IF = word("#!if")
_FOLDING = word("#!folding")
_HTML = word("#!html")
_SYNTAX = word("#!syntax")
_LATEX = word("#!latex")
_TRANSPARENT = word("transparent")


@lean_kernel
def _end_brace(braces: Ints, row: int, end: int) -> int:
    """Note where the brace of this row ends; returns the row of the one around it, or -1."""
    outer = -2 - braces[row, 1]
    braces[row, 1] = end
    return outer


@lean_kernel
def match_braces(page: Bytes, size: int, braces: Ints) -> int:
    """Pair every ``{{{`` with its ``}}}``: rows of (position, position of the end or -1). Returns the count.

    Of ``}}}}``, the first one is content, the end of a group in TeX or code.
    While a brace is open, the second column links to the brace around it, so nesting costs no memory of its own.
    """
    count = 0
    open_brace = -1
    i = 0
    while i < size:
        stop = i + _BLOCK
        block, ahead = page[i:stop], page[i + 1 : stop + 1]
        found = False
        for k in range(_BLOCK):  # without a branch, so that it compiles to vector instructions
            found |= (block[k] == ahead[k]) & ((block[k] | 6) == 0x7F)
        if not found:
            i = stop
        while i < stop:
            c = int(page[i])
            if (c != 0x7B and c != 0x7D) or page[i + 1] != c or page[i + 2] != c:
                i += 1
                continue
            if c == 0x7B:
                if i > 0 and page[i - 1] == 0x5C:  # escaped
                    i += 1
                    continue
                braces[count, 0] = i
                braces[count, 1] = -2 - open_brace
                open_brace = count
                count += 1
                i += 3
                continue
            run = i + 3
            while page[run] == 0x7D:
                run += 1
            i += (run - i) % 3
            while i < run:
                if open_brace >= 0:
                    open_brace = _end_brace(braces, open_brace, i)
                i += 3
    while open_brace >= 0:
        open_brace = _end_brace(braces, open_brace, -1)
    return count


@lean_kernel
def _colour_end(page: Bytes, i: int, end: int) -> int:
    """The position after ``#f00``, ``#ff0000`` or ``#name`` at ``i``; ``i`` where there is no colour."""
    k = i + 1
    hexadecimal = True
    letters = True
    while k < end and KINDS[page[k]] & (DIGIT | LETTER):
        c = int(page[k])
        letters = letters and KINDS[c] == LETTER
        hexadecimal = hexadecimal and (KINDS[c] == DIGIT or c | 0x20 <= 0x66)
        k += 1
    size = k - i - 1
    if (hexadecimal and (size == 3 or size == 6)) or (letters and size > 2):
        return i if starts_with_any_case(page, i + 1, k, _TRANSPARENT) else k
    return i


@lean_kernel
def _styled_end(page: Bytes, i: int, end: int) -> int:
    """The position after ``#colour(,#dark) `` or ``+1 `` at ``i``; ``i`` where neither stands there."""
    c = int(page[i])
    k = i
    if (c == 0x2B or c == 0x2D) and 0x31 <= int(page[i + 1]) <= 0x35:
        k = i + 2
    elif c == 0x23:
        k = _colour_end(page, i, end)
        if k > i and page[k] == 0x2C and page[k + 1] == 0x23:
            dark = _colour_end(page, k + 1, end)
            k = dark if dark > k + 1 else i
    if k > i and k < end and (page[k] == 0x20 or page[k] == 0x0A):
        return k + 1 if page[k] == 0x20 else k
    return i


@lean_kernel
def _attributes_end(page: Bytes, i: int, end: int) -> int:
    """The position after any ``name="value"`` or ``name='value'``; text that follows them is text of the page."""
    while True:
        k = i
        while k < end and page[k] == 0x20:
            k += 1
        name = k
        while k < end and (KINDS[page[k]] & LETTER or page[k] == 0x2D):
            k += 1
        if k == name:
            return k
        while k < end and page[k] == 0x20:
            k += 1
        if k >= end or page[k] != 0x3D:
            return i
        k += 1
        while k < end and page[k] == 0x20:
            k += 1
        quote = int(page[k])
        if k >= end or (quote != 0x22 and quote != 0x27):
            return i
        k += 1
        while k < end and page[k] != quote and page[k] != 0x0A:
            k += 1
        if k >= end or page[k] != quote:
            return i
        i = k + 1


@lean_kernel
def _word_end(page: Bytes, i: int, end: int) -> int:
    while i < end and page[i] != 0x20 and page[i] != 0x0A:
        i += 1
    return i


@lean_kernel
def brace_head(page: Bytes, i: int, end: int) -> tuple[int, int]:
    """(what the block holds, where its content starts) for a block whose braces are open before ``i``."""
    k = _styled_end(page, i, end)
    if k > i:
        return STYLED, k
    if page[i] != 0x23 or page[i + 1] != 0x21:
        return LITERAL, i
    k = _word_end(page, i, end)
    if starts_with_any_case(page, i, k, _FOLDING):
        return FOLDING, k
    if starts_with_any_case(page, i, k, _HTML):
        return HTML, k
    if starts_with_any_case(page, i, k, _SYNTAX):
        while k < end and page[k] == 0x20:
            k += 1
        return LITERAL, _word_end(page, k, end)
    if starts_with_any_case(page, i, k, _LATEX):
        return MATH, k
    k = find_line_end(page, k, end) if starts_with_any_case(page, i, k, _IF) else _attributes_end(page, k, end)
    return WIKI, k + 1 if k < end and page[k] == 0x0A else k
