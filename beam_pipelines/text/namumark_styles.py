"""Namumark inside words: style marks, template variables and escapes."""

from beam_pipelines.text import facts
from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.namumark_bytes import BEYOND_ASCII, DIGIT, ESCAPED, KINDS, LETTER, byte_table
from beam_pipelines.text.namumark_frames import (
    BOLD,
    DASHES,
    DEPTH,
    ITALIC,
    LIMIT,
    STYLES,
    SUB,
    SUPER,
    TILDES,
    UNDERLINE,
    Ints,
    part_digits,
)
from beam_pipelines.text.namumark_verbatim import copy_literal
from beam_pipelines.text.scan import starts_with, word
from beam_pipelines.text.tidy import GONE

_MINUS = word("−")
_STYLE_OF = byte_table({b"'": ITALIC, b"~": TILDES, b"-": DASHES, b"_": UNDERLINE, b"^": SUPER, b",": SUB})


@lean_kernel
def _in_range(page: Bytes, i: int, after: int) -> bool:
    """Whether ``~~`` or ``--`` at ``i`` stands between two quantities: ``2~~3회``, ``10mg--20mg``, ``2주~~3주``."""
    if not KINDS[page[after]] & DIGIT:
        return False
    k = i - 1
    while k >= 0 and k >= i - 16 and int(page[k]) > 0x20:
        c = int(page[k])
        if KINDS[c] & DIGIT:
            return True
        if c == 0x2C or c == 0x28 or c == 0x7E or c == 0x7C:
            return False
        k -= 1
    return False


@lean_kernel
def _is_number(text: Bytes, i: int, end: int) -> bool:
    """Whether a digit or a sign stands at ``i``."""
    if i >= end:
        return False
    c = int(text[i])
    return KINDS[c] == DIGIT or c == 0x2D or c == 0x2B or starts_with(text, i, end, _MINUS)


@lean_kernel
def _toggle(out: Bytes, at: int, stack: Ints, style: int, mark: int) -> int:
    """Open a style, its mark written as it stands; or close one, and both marks are gone."""
    depth = stack[0, DEPTH]
    width = 3 if style == BOLD else 2
    first = stack[depth, STYLES + style]
    if first < 0 or first + width == at:  # an empty style is none
        stack[depth, STYLES + style] = at
        for k in range(width):
            out[at + k] = mark
        return at + width
    stack[depth, STYLES + style] = -1
    for k in range(first, first + width):
        out[k] = GONE
    if style == TILDES:
        facts.drop_signs(stack, facts.MARKUP, 2 * width)
    if style in (SUPER, SUB) and first > 0 and KINDS[out[first - 1]] == DIGIT:
        k = first + width
        while k < at and out[k] == GONE:
            k += 1
        if _is_number(out, k, at):  # 10^^9^^ is not 109
            out[first] = mark if style == SUPER else 0x5F
    return at


@lean_kernel
def style_mark(page: Bytes, i: int, out: Bytes, at: int, stack: Ints) -> tuple[int, int]:
    """Read the run of ``'``, ``~``, ``-``, ``_``, ``^`` or ``,`` (two or more) at ``i``."""
    mark = int(page[i])
    style = int(_STYLE_OF[mark])
    n = 2
    while page[i + n] == mark:
        n += 1
    depth = stack[0, DEPTH]
    toggles = n == 2
    second = -1
    if style == ITALIC and n > 2:
        bold = stack[depth, STYLES + BOLD]
        toggles = n < 6 or (n == 6 and bold >= 0)
        style = BOLD
        if n == 4:
            out[at] = mark
            at += 1
        elif n == 5:
            second = ITALIC
            if bold <= stack[depth, STYLES + ITALIC]:  # the one opened last closes first
                style, second = ITALIC, BOLD
        elif n == 6:  # one ends, the next begins
            second = BOLD
    elif style in (TILDES, DASHES):
        toggles = toggles and not _in_range(page, i, i + 2)
    if toggles:
        at = _toggle(out, at, stack, style, mark)
        if second >= 0:
            at = _toggle(out, at, stack, second, mark)
        return i + n, part_digits(page, i + n, out, at) if style in (SUPER, SUB) else at
    for k in range(n):
        out[at + k] = mark
    return i + n, at + n


@lean_kernel
def _name_end(page: Bytes, i: int) -> int:
    """The position after the name of a template variable."""
    k = i
    while k - i < 64:
        c = int(page[k])
        if not (KINDS[c] & (DIGIT | LETTER | BEYOND_ASCII) or c == 0x5F):
            break
        k += 1
    return k


@lean_kernel
def template_variable(page: Bytes, i: int, out: Bytes, at: int, stack: Ints) -> tuple[int, int]:
    """Read ``@name@``, which is nothing here, or ``@name=default@``, at ``i``; an address is left as it is."""
    c = int(page[i - 1]) if i > 0 else 0
    k = _name_end(page, i + 1)
    limit = stack[0, LIMIT]
    if k > i + 1 and not KINDS[c] & (DIGIT | LETTER):
        if page[k] == 0x40 and k < limit:
            facts.drop(stack, facts.TEMPLATE, page, i, k)
            return k + 1, part_digits(page, k + 1, out, at)
        if page[k] == 0x3D:
            end = k + 1
            while end < limit and page[end] != 0x40 and page[end] != 0x0A:
                end += 1
            if end < limit and page[end] == 0x40:
                facts.drop(stack, facts.TEMPLATE, page, i, k)
                return end + 1, copy_literal(page, k + 1, end, out, at)
    out[at] = 0x40
    return i + 1, at + 1


@lean_kernel
def escape(page: Bytes, i: int, out: Bytes, at: int, stack: Ints) -> tuple[int, int]:
    r"""Read the backslash at ``i``: before a mark it makes it text, elsewhere (``\5,000``) it is text itself."""
    if ESCAPED[page[i + 1]] and i + 1 < stack[0, LIMIT]:
        out[at] = page[i + 1]
        return i + 2, at + 1
    out[at] = 0x5C
    return i + 1, at + 1
