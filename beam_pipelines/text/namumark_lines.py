"""What namumark says at the start of a line: comments, headings, quotes, lists, rules and table rows."""

from beam_pipelines.text import facts
from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.namumark_bytes import DIGIT, KINDS, LETTER, byte_table
from beam_pipelines.text.namumark_frames import (
    BLOCK,
    DEPTH,
    HEAD_END,
    HEAD_MARK,
    KIND,
    LIMIT,
    NUMBERED,
    ROW,
    SECTION_COUNT,
    SECTION_LEVEL,
    SECTIONS,
    TABLE_ROW,
    Ints,
    abandon,
    leave_styles,
    push,
)
from beam_pipelines.text.scan import find_line_end, starts_with_any_case, word

_REDIRECT = word("#redirect")
_REDIRECT_KOREAN = word("#넘겨주기")
_BYTE_ORDER_MARK = word("\ufeff")

LINE_MARKS = byte_table({b"= >#|-": 1})


@lean_kernel
def redirect_at(page: Bytes, i: int, limit: int) -> bool:
    """Whether ``#redirect X`` or ``#넘겨주기 X`` stands at ``i``."""
    k = i
    if starts_with_any_case(page, i, limit, _REDIRECT):
        k += len(_REDIRECT)
    elif starts_with_any_case(page, i, limit, _REDIRECT_KOREAN):
        k += len(_REDIRECT_KOREAN)
    return k > i and (k >= limit or page[k] == 0x20 or page[k] == 0x09 or page[k] == 0x0A or page[k] == 0x0D)


@lean_kernel
def is_redirect(data: Bytes, start: int, end: int) -> bool:
    """Whether the page ``data[start:end]`` only points to another, after a byte order mark or white space."""
    i = start
    while i < end:
        c = int(data[i])
        if c == 0x20 or 0x09 <= c <= 0x0D:
            i += 1
        elif c == 0xEF and starts_with_any_case(data, i, end, _BYTE_ORDER_MARK):
            i += 3
        else:
            break
    return i < end and redirect_at(data, i, end)


@lean_kernel
def _number_heading(stack: Ints, level: int, room: int, out: Bytes, at: int) -> int:
    """Write ``2.1. `` before a heading of this level, counted as the page shows it, if it fits in ``room`` bytes."""
    n = stack[0, SECTIONS]
    count = 0
    while n > 0 and stack[0, SECTION_LEVEL + n - 1] >= level:
        n -= 1
        count = stack[0, SECTION_COUNT + n]
    stack[0, SECTION_LEVEL + n] = level
    stack[0, SECTION_COUNT + n] = count + 1
    n += 1
    stack[0, SECTIONS] = n
    begin = at
    for k in range(n):
        count = stack[0, SECTION_COUNT + k]
        size = 1
        while count >= 10:
            count //= 10
            size += 1
        if at - begin + size + 2 > room:
            return begin
        count = stack[0, SECTION_COUNT + k]
        for digit in range(size):
            out[at + size - 1 - digit] = 0x30 + count % 10
            count //= 10
        out[at + size] = 0x2E
        at += size + 1
    out[at] = 0x20
    facts.add(stack, facts.HEADING_NUMBER, out, begin, at)
    return at + 1


@lean_kernel
def _heading(page: Bytes, i: int, out: Bytes, at: int, stack: Ints) -> tuple[int, int]:
    """Open a heading at ``i``: its marks balance, ``== X ==`` or ``==# X #==``. Unchanged where it is none."""
    level = 0
    while page[i + level] == 0x3D:
        level += 1
    if level > 6:
        return i, at
    eol = find_line_end(page, i, stack[0, LIMIT])
    mark = eol
    while mark > i and (page[mark - 1] == 0x20 or page[mark - 1] == 0x0D):
        mark -= 1
    closing = 0
    while mark > i + level and page[mark - 1] == 0x3D:
        mark -= 1
        closing += 1
    first = i + level
    if closing != level or first >= mark:
        return i, at
    if page[first] == 0x23 and page[mark - 1] == 0x23 and mark - 1 > first:
        first += 1
        mark -= 1
    if level == 1 and (page[first] != 0x20 or page[mark - 1] != 0x20):
        return i, at
    while first < mark and page[first] == 0x20:
        first += 1
    if first >= mark:
        return i, at
    abandon(stack, stack[0, BLOCK], out)
    leave_styles(stack, stack[0, DEPTH], out)
    if stack[0, NUMBERED]:
        at = _number_heading(stack, level, first - i + eol - mark, out, at)
    stack[0, HEAD_MARK] = mark
    stack[0, HEAD_END] = eol
    return first, at


@lean_kernel
def _list_mark_end(page: Bytes, i: int) -> int:
    """The position after the list mark at ``i``; ``i`` where a number or letter there is part of the text."""
    c = int(page[i])
    if c == 0x2A:
        return i + 1
    if page[i + 1] != 0x2E or not (c == 0x31 or c | 0x20 == 0x61 or c | 0x20 == 0x69):
        return i
    following = int(page[i + 2])
    if following == 0x23 and KINDS[page[i + 3]] & DIGIT:  # where counting starts: 1.#42
        k = i + 3
        while KINDS[page[k]] & DIGIT:
            k += 1
        return k
    if KINDS[following] & (DIGIT | LETTER) or following == 0x2E:
        return i
    return i + 2


@lean_kernel
def _rule_end(page: Bytes, i: int, limit: int) -> int:
    """The end of the line where only a rule, 4 to 9 dashes, is left on it; ``i`` otherwise."""
    k = i
    while page[k] == 0x2D:
        k += 1
    if k - i < 4 or k - i > 9:
        return i
    while page[k] == 0x20 or page[k] == 0x0D:
        k += 1
    return k if page[k] == 0x0A or k >= limit else i


@lean_kernel
def _has_caption(page: Bytes, i: int, limit: int) -> bool:
    """Whether ``|caption| cell ||`` starts at ``i``: a prose line may begin with ``|`` too."""
    k = i + 1
    while k < limit and page[k] != 0x0A and page[k] != 0x7C:
        k += 1
    if k >= limit or page[k] != 0x7C or page[k + 1] == 0x7C or k == i + 1:
        return False
    k += 1
    while k < limit and page[k] != 0x0A:
        if page[k] == 0x7C and page[k + 1] == 0x7C:
            return True
        k += 1
    return False


@lean_kernel
def start_line(page: Bytes, i: int, out: Bytes, at: int, stack: Ints) -> tuple[int, int]:
    """Read the marks at the start of a line; returns where its text goes on and the new output position."""
    limit = stack[0, LIMIT]
    while i < limit and page[i] == 0x23 and (page[i + 1] == 0x23 or redirect_at(page, i, limit)):
        eol = find_line_end(page, i, limit)
        facts.drop(stack, facts.COMMENT, page, i, eol)
        i = eol
        if i >= limit:
            return i, at
        i += 1
    if page[i] == 0x3D:
        return _heading(page, i, out, at, stack)
    first = i
    spaced = False
    while i < limit:
        c = int(page[i])
        if c == 0x20:
            spaced = True
            i += 1
        elif c == 0x3E:
            spaced = False
            i += 1
        else:
            break
    if spaced:
        k = _list_mark_end(page, i)
        if k > i:
            i = k
            while page[i] == 0x20:
                i += 1
    if i > first:
        facts.drop(stack, facts.MARKUP, page, first, i)
        leave_styles(stack, stack[0, DEPTH], out)
    i = _rule_end(page, i, limit)
    if i < limit and page[i] == 0x7C and stack[0, ROW] == 0 and (page[i + 1] == 0x7C or _has_caption(page, i, limit)):
        width = 2 if page[i + 1] == 0x7C else 1
        row = push(stack, at)
        if row:
            stack[row, KIND] = TABLE_ROW
            stack[0, ROW] = row
        for k in range(width):
            out[at + k] = 0x7C
        return i + width, at + width
    return i, at
