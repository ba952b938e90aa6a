"""Namumark's ``{{{ }}}``: which braces belong together, what each block is, and the blocks that hold no namumark."""

from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import kernel
from beam_pipelines.text.namumark_frames import DIGIT, KINDS, LETTER, Ints
from beam_pipelines.text.scan import starts_with, starts_with_any_case, word

_BLOCK = 64  # bytes looked at together

# What a block holds.
LITERAL, STYLED, WIKI, FOLDING, HTML, MATH = 0, 1, 2, 3, 4, 5

_WIKI = word("#!wiki")
_IF = word("#!if")
_FOLDING = word("#!folding")
_HTML = word("#!html")
_SYNTAX = word("#!syntax")
_LATEX = word("#!latex")
_TRANSPARENT = word("transparent")


@kernel
def match_braces(page: Bytes, size: int, braces: Ints) -> int:
    """Pair every ``{{{`` with its ``}}}``: rows of (position, position of the end or -1). Returns the count.

    While a brace is open, the second column links to the brace around it, so nesting costs no memory of its own.
    """
    count = 0
    open_brace = -1
    i = 0
    while i < size:
        stop = i + _BLOCK
        block = page[i:stop]
        found = False
        for k in range(_BLOCK):  # without a branch, so that it compiles to vector instructions
            found |= (block[k] | 6) == 0x7F
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
            elif open_brace >= 0:
                outer = -2 - braces[open_brace, 1]
                braces[open_brace, 1] = i
                open_brace = outer
            i += 3
    while open_brace >= 0:
        outer = -2 - braces[open_brace, 1]
        braces[open_brace, 1] = -1
        open_brace = outer
    return count


@kernel
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


@kernel
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


@kernel
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


@kernel
def line_end(page: Bytes, i: int, limit: int) -> int:
    """Where the line of ``i`` ends, inside its block."""
    while i < limit and page[i] != 0x0A:
        i += 1
    return i


@kernel
def _word_end(page: Bytes, i: int, end: int) -> int:
    while i < end and page[i] != 0x20 and page[i] != 0x0A:
        i += 1
    return i


@kernel
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
    k = line_end(page, k, end) if starts_with_any_case(page, i, k, _IF) else _attributes_end(page, k, end)
    return WIKI, k + 1 if k < end and page[k] == 0x0A else k


@kernel
def copy_literal(page: Bytes, i: int, end: int, out: Bytes, at: int) -> int:
    """Copy ``page[i:end]`` as it is; returns the new output position."""
    size = end - i
    source = page[i:end]
    target = out[at : at + size]
    for k in range(size):
        target[k] = source[k]
    return at + size


@kernel
def copy_math(page: Bytes, i: int, end: int, out: Bytes, at: int) -> int:
    r"""Copy TeX as the page shows it, ``\(...\)``, but for escaped characters that namumark would read again."""
    out[at] = 0x5C
    out[at + 1] = 0x28
    at += 2
    while i < end:
        c = int(page[i])
        following = int(page[i + 1]) if i + 1 < end else 0
        if c == 0x5C and (following == 0x5C or following == 0x2C or following == 0x2D or following == 0x3E):
            out[at] = 0x20  # a line break or a thin space
            i += 2
        elif c == 0x5C and (following == 0x7B or following == 0x7D or following == 0x7C or following == 0x5F):
            out[at] = following
            i += 2
        elif c == 0x5C and following == 0x23:
            out[at] = 0x23
            i += 2
        else:
            out[at] = c
            i += 1
        at += 1
    out[at] = 0x5C
    out[at + 1] = 0x29
    return at + 2


_SCRIPT = word("<script")
_SCRIPT_END = word("</script")
_STYLE = word("<style")
_STYLE_END = word("</style")
_COMMENT = word("<!--")
_COMMENT_END = word("-->")
_SUP = word("<sup")
_BLOCK_TAGS = (word("<br"), word("</p"), word("</div"), word("</li"), word("</tr"), word("</h"))
_ENTITY_LT = word("&lt;")
_ENTITY_GT = word("&gt;")
_ENTITY_AMP = word("&amp;")
_ENTITY_QUOT = word("&quot;")
_ENTITY_NBSP = word("&nbsp;")


@kernel
def _find(page: Bytes, i: int, end: int, what: Bytes) -> int:
    """Where ``what`` (lower case) next stands in any case, or ``end``."""
    while i < end and not starts_with_any_case(page, i, end, what):
        i += 1
    return i


@kernel
def _tag_end(page: Bytes, i: int, end: int) -> int:
    """The position after the tag at ``i``, or ``i`` where the ``<`` there is a comparison."""
    c = int(page[i + 1])
    if not (KINDS[c] & LETTER or c == 0x2F or c == 0x21):
        return i
    k = i + 1
    while k < end and page[k] != 0x3E and page[k] != 0x3C:
        k += 1
    return k + 1 if k < end and page[k] == 0x3E else i


@kernel
def _entity(page: Bytes, i: int, end: int) -> tuple[int, int]:
    """(character, position after it) of an entity at ``i``; the ``&`` itself where it is none that is known."""
    if starts_with(page, i, end, _ENTITY_LT):
        return 0x3C, i + 4
    if starts_with(page, i, end, _ENTITY_GT):
        return 0x3E, i + 4
    if starts_with(page, i, end, _ENTITY_AMP):
        return 0x26, i + 5
    if starts_with(page, i, end, _ENTITY_QUOT):
        return 0x22, i + 6
    if starts_with(page, i, end, _ENTITY_NBSP):
        return 0x20, i + 6
    return 0x26, i + 1


@kernel
def _tag_text(page: Bytes, i: int, k: int, out: Bytes, at: int) -> int:
    """What a tag leaves in the text: a line end, the caret of a power, or nothing."""
    if starts_with_any_case(page, i, k, _SUP):
        if at > 0 and KINDS[out[at - 1]] & DIGIT:
            out[at] = 0x5E
            return at + 1
        return at
    for tag in _BLOCK_TAGS:
        if starts_with_any_case(page, i, k, tag):
            out[at] = 0x0A
            return at + 1
    return at


@kernel
def copy_html(page: Bytes, i: int, end: int, out: Bytes, at: int) -> int:
    """Copy the text of an HTML block: tags go, scripts and style sheets go with what they hold."""
    script_closes = True
    style_closes = True
    comment_closes = True
    while i < end:
        c = int(page[i])
        if c == 0x26:
            c, i = _entity(page, i, end)
            out[at] = c
            at += 1
            continue
        if c == 0x3C:
            found = end
            if script_closes and starts_with_any_case(page, i, end, _SCRIPT):
                found = _find(page, i, end, _SCRIPT_END)
                script_closes = found < end
            elif style_closes and starts_with_any_case(page, i, end, _STYLE):
                found = _find(page, i, end, _STYLE_END)
                style_closes = found < end
            elif comment_closes and starts_with(page, i, end, _COMMENT):
                found = _find(page, i, end, _COMMENT_END)
                comment_closes = found < end
                if found < end:
                    i = found + 3
                    continue
            if found < end:
                i = found
            k = _tag_end(page, i, end)
            if k > i:
                at = _tag_text(page, i, k, out, at)
                i = k
                continue
        out[at] = page[i]
        at += 1
        i += 1
    return at
