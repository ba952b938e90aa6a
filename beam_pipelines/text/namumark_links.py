"""Namumark's ``[[links]]``: their text stays; files and categories go."""

from beam_pipelines.text import facts
from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.namumark_bytes import CLASSES, DIGIT, DOUBLED, ESCAPED, KINDS, PLAIN, byte_table
from beam_pipelines.text.namumark_frames import (
    DEPTH,
    KIND,
    LABEL,
    LIMIT,
    LINK,
    MARK_SIZE,
    OUT,
    PARTED,
    ROW,
    Ints,
    leave_styles,
    meet,
    part_digits,
    push,
)
from beam_pipelines.text.namumark_verbatim import copy_literal
from beam_pipelines.text.scan import starts_with_any_case, word
from beam_pipelines.text.tidy import GONE

_LEFT_OUT = (
    word("파일:"),
    word("file:"),
    word("이미지:"),
    word("image:"),
    word("분류:"),
    word("category:"),
)
# Bytes that one of them, or a colon or space before it, can begin with.
_OPENS_LEFT_OUT = byte_table({b" :" + b"".join(bytes(p[:1]) + bytes(p[:1]).upper() for p in _LEFT_OUT): 1})


@lean_kernel
def _is_left_out(page: Bytes, i: int, end: int) -> bool:
    """Whether a link target names a file or a category."""
    while i < end and page[i] == 0x20:
        i += 1
    for prefix in _LEFT_OUT:  # noqa: SIM110 - a plain loop is what compiles well
        if starts_with_any_case(page, i, end, prefix):
            return True
    return False


@lean_kernel
def _section_start(page: Bytes, i: int, end: int) -> int:
    """Where ``#s-2.1``, which leads to a numbered section and is not shown, stands at the end of a target."""
    k = end
    while k > i and (KINDS[page[k - 1]] == DIGIT or page[k - 1] == 0x2E):
        k -= 1
    if k < end and k - 3 > i and page[k - 3] == 0x23 and page[k - 2] == 0x73 and page[k - 1] == 0x2D:
        return k - 3
    return end


@lean_kernel
def _copy_target(page: Bytes, i: int, end: int, out: Bytes, at: int, stack: Ints) -> int:
    """Copy a link target as the page shows it: unescaped, and without the colon that links to a category."""
    if page[i] == 0x3A and _is_left_out(page, i + 1, end):
        i += 1
    shown = _section_start(page, i, end)
    if shown < end:
        facts.drop(stack, facts.LINK_TARGET, page, shown, end)
        end = shown
    while i < end:
        if page[i] == 0x5C and i + 1 < end and ESCAPED[page[i + 1]]:
            i += 1
        out[at] = page[i]
        at += 1
        i += 1
    return at


@lean_kernel
def _target_end(page: Bytes, i: int, limit: int) -> int:
    """Where a link target ends: at ``|`` or ``]]``; -1 where its line, its block or another link comes first."""
    while i < limit:
        c = int(page[i])
        if c == 0x7C or (c == 0x5D and page[i + 1] == 0x5D):
            return i
        if c == 0x0A or (c == 0x5B and page[i + 1] == 0x5B):
            return -1
        i += 2 if c == 0x5C and page[i + 1] != 0x0A else 1
    return -1


@lean_kernel
def plain_link(page: Bytes, i: int, out: Bytes, at: int, stack: Ints) -> tuple[int, int]:
    """Read the link at ``i`` if target and label are plain text, as in most; positions stay where they are not."""
    k = i + 2
    if _OPENS_LEFT_OUT[page[k]]:
        return i, at
    first = at
    labelled = False
    label = k
    while True:
        c = int(page[k])
        kind = int(CLASSES[c])
        if kind == PLAIN or (kind == DOUBLED and (not labelled or page[k + 1] != c)):
            out[first] = c
            first += 1
            k += 1
        elif c == 0x7C and not labelled and page[k + 1] != 0x7C and page[k + 1] != 0x5D:
            labelled = True
            first = at
            k += 1
            label = k
        elif c == 0x5D and page[k + 1] == 0x5D:
            if labelled:
                facts.drop(stack, facts.LINK_TARGET, page, i + 2, label)
            return k + 2, first
        else:
            return i, at


@lean_kernel
def open_link(page: Bytes, i: int, out: Bytes, at: int, stack: Ints) -> tuple[int, int]:
    """Read the link at ``i``, up to its label where that holds markup; returns the new positions."""
    limit = stack[0, LIMIT]
    first = i + 2
    end = _target_end(page, first, limit)
    if end < 0:
        return first, part_digits(page, first, out, at)
    left_out = _is_left_out(page, first, end)
    if page[end] == 0x5D:
        if left_out:
            facts.drop(stack, facts.HIDDEN_LINK, page, first, end)
            return end + 2, part_digits(page, end + 2, out, at)
        return end + 2, _copy_target(page, first, end, out, at, stack)
    if stack[0, ROW] and page[end + 1] == 0x7C:  # the next cell
        return first, part_digits(page, first, out, at)
    k = end + 1
    while k < limit:
        kind = int(CLASSES[page[k]])
        if kind != PLAIN and (kind != DOUBLED or page[k + 1] == page[k]):
            break
        k += 1
    if k < limit and page[k] == 0x5D and page[k + 1] == 0x5D:
        if left_out:
            facts.drop(stack, facts.HIDDEN_LINK, page, first, k)
            return k + 2, part_digits(page, k + 2, out, at)
        if k == end + 1:
            return k + 2, _copy_target(page, first, end, out, at, stack)
        facts.drop(stack, facts.LINK_TARGET, page, first, end)
        return k + 2, copy_literal(page, end + 1, k, out, at)
    depth = push(stack, at)
    if depth == 0:
        return first, part_digits(page, first, out, at)
    stack[depth, PARTED] = meet(page, first, out, at)
    out[at] = 0x5B
    out[at + 1] = 0x5B
    at = _copy_target(page, first, end, out, at + 2, stack)
    out[at] = 0x7C
    stack[depth, KIND] = LINK
    stack[depth, MARK_SIZE] = 2
    stack[depth, LABEL] = -1 if left_out else at + 1
    return end + 1, at + 1


@lean_kernel
def close_link(page: Bytes, i: int, out: Bytes, at: int, stack: Ints) -> int:
    """Leave the innermost region, a link, before input position ``i``; returns the new output position."""
    depth = stack[0, DEPTH]
    first = stack[depth, OUT]
    label = stack[depth, LABEL]
    stack[0, DEPTH] = depth - 1
    if label < 0:
        facts.drop(stack, facts.HIDDEN_LINK, out, first, at)
        return part_digits(page, i, out, first)
    leave_styles(stack, depth, out)
    facts.drop(stack, facts.LINK_TARGET, out, first, label)
    if at == label:  # of a file or a category
        return part_digits(page, i, out, first)
    for k in range(first, label):
        out[k] = GONE
    return at
