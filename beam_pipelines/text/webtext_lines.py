"""Finding the few lines that a rule about web pages may concern, and all that can be done without one."""

from beam_pipelines.text.columns import Bytes, Offsets
from beam_pipelines.text.compiled import kernel, lean_kernel
from beam_pipelines.text.scan import find_line_end
from beam_pipelines.text.tidy import tidy_span
from beam_pipelines.text.webtext_mojibake import is_suspect

_TAIL = 300  # bytes at the end of a longer line that are looked at
_HEAD = 60  # and at its start
_BLOCK = 128  # bytes looked at together


@lean_kernel
def pair(first: int, second: int) -> int:
    if first == 0xA9 or first == 0x24D2:  # the signs of copyright say enough by themselves
        second = 0
    return (first * 7919 ^ second) & 0xFFFF


@lean_kernel
def _lower(c: int) -> int:
    return c + 0x20 if 0x41 <= c <= 0x5A else c


@lean_kernel
def _close_bracket(out: Bytes, base: int, at: int, opener: int) -> int:
    """Where the output ends without the empty pair whose closer comes next, or -1 if it is not empty."""
    k = at - 1
    spaces, marks = 0, 0
    while k >= base and (out[k] == 0x20 or out[k] == 0x2C or out[k] == 0x3B):
        if out[k] == 0x20:
            spaces += 1
        else:
            marks += 1
        k -= 1
    # "(, )" is what is left of "(영어, 독일어)"; "( )" is a blank to be filled in, "(,)" a comma.
    if k < base or out[k] != opener or (spaces > 0) != (marks > 0):
        return -1
    before = int(out[k - 1]) if k > base else 0
    if 0x30 <= before <= 0x39 or 0x41 <= (before & 0xDF) <= 0x5A or before == 0x5F:
        return -1  # f()
    while k > base and out[k - 1] == 0x20:
        k -= 1
    return k


@lean_kernel
def _is_digit(c: int) -> bool:
    return 0x30 <= c <= 0x39


@lean_kernel
def _perhaps_empty(block: Bytes) -> bool:
    """Whether a closing bracket in the block may close an empty pair; that of its last byte but one is looked at."""
    found = False
    for k in range(len(block) - 1):  # without a branch, so that it runs as vectors
        c, d = block[k], block[k + 1]
        found |= ((d == 0x29) | (d == 0x5D)) & ((c == 0x28) | (c == 0x5B) | (c == 0x20) | (c == 0x2C) | (c == 0x3B))
    return found


@lean_kernel
def _take_out_empty_brackets(text: Bytes, base: int, end: int) -> int:
    """Take empty brackets out of the tidy ``text[base:end]`` in place; returns the new end."""
    first = base
    while first + _BLOCK <= end and not _perhaps_empty(text[first : first + _BLOCK + 1]):
        first += _BLOCK
    at = first
    for i in range(first, end):
        c = text[i]
        if c == 0x29 or c == 0x5D:
            before = _close_bracket(text, base, at, 0x28 if c == 0x29 else 0x5B)
            if before >= 0:
                at = before
                if at > base and _is_digit(int(text[at - 1])) and i + 1 < end and _is_digit(int(text[i + 1])):
                    text[at] = 0x20  # two numbers stay two
                    at += 1
                continue
        text[at] = c
        at += 1
    return at


@lean_kernel
def _looks_broken(data: Bytes, start: int, end: int) -> bool:
    """Whether something in ``data[start:end]`` may be wrongly decoded Korean."""
    while start < end:
        block = data[start : min(start + _BLOCK, end)]
        found = False
        for k in range(len(block)):  # without a branch, so that it runs as vectors
            found |= (block[k] | 1) == 0xC3
        if found:
            for i in range(start, start + len(block)):
                if (data[i] | 1) == 0xC3 and is_suspect(data, i, end):
                    return True
        start += len(block)
    return False


@lean_kernel
def _is_clean(text: Bytes) -> bool:
    """Whether certainly nothing in ``text`` is to be tidied, to be taken out or wrongly decoded.

    Comparisons of neighbours without any branch, many bytes at a time: nearly all text is clean, and this is ten times
    as fast as finding out by tidying it.
    """
    size = len(text)
    if size < 3 or text[0] <= 0x20 or text[size - 1] <= 0x20 or text[size - 2] <= 0x20 or text[size - 1] == 0x7F:
        return False
    if text[size - 2] == 0xC2 or text[size - 2] == 0x7F or text[size - 1] == 0x29 or text[size - 1] == 0x5D:
        return False
    bad = False
    for k in range(size - 2):
        c, d, e = text[k], text[k + 1], text[k + 2]
        bad |= ((c < 0x20) & (c != 0x0A)) | (c == 0x7F)
        bad |= ((c == 0x20) & (d <= 0x20)) | ((c == 0x0A) & (d == 0x20)) | ((c == 0x0A) & (d == 0x0A) & (e == 0x0A))
        bad |= (c == 0xC2) & ((d <= 0xA0) | (d == 0xAD))
        bad |= ((c == 0xC2) | (c == 0xC3)) & (((e >= 0xC2) & (e <= 0xCB)) | (e == 0xE2))
        bad |= (c == 0xE2) & (d == 0x80) & ((e < 0x90) | (e > 0xA7)) & (e < 0xB0)
        bad |= ((c == 0xE2) & (d == 0x81) & (e >= 0x9F)) | ((c == 0xE1) & ((d == 0x9A) | (d == 0xA0)))
        bad |= ((c == 0xE3) & ((d == 0x80) & (e == 0x80))) | ((c == 0xE3) & (d == 0x85) & (e == 0xA4))
        bad |= (c == 0xEF) & ((d == 0xBB) | (d == 0xBE))
        bad |= ((d == 0x29) | (d == 0x5D)) & ((c == 0x28) | (c == 0x5B) | (c == 0x20) | (c == 0x2C) | (c == 0x3B))
    return not bad


@kernel
def tidy_rows(data: Bytes, offsets: Offsets, out: Bytes, out_offsets: Offsets, broken: Bytes) -> None:
    out_offsets[0] = 0
    at = out_offsets[0]
    for row in range(len(offsets) - 1):
        start, end = offsets[row], offsets[row + 1]
        source, target = data[start:end], out[at : at + end - start]
        for k in range(len(source)):  # of slices, or it is not compiled to vectors
            target[k] = source[k]
        if _is_clean(data[start:end]):
            broken[row] = 0
            at += end - start
        else:
            broken[row] = _looks_broken(data, start, end)
            tidied = tidy_span(out, at, at + end - start)
            stop = _take_out_empty_brackets(out, at, tidied)
            at = stop if stop == tidied else tidy_span(out, at, stop)
        out_offsets[row + 1] = at


@kernel
def tidy_again(text: Bytes, offsets: Offsets) -> None:
    """Close the gaps that deleted bytes left; the rows move together."""
    at = offsets[0]
    start = offsets[0]
    for row in range(len(offsets) - 1):
        end = offsets[row + 1]
        stop = tidy_span(text, start, end)
        for k in range(start, stop):
            text[at + k - start] = text[k]
        at += stop - start
        start = end
        offsets[row + 1] = at


@lean_kernel
def _is_anchor(text: Bytes, i: int, end: int, size: int, anchors: Bytes, bounds: Offsets, limits: Offsets) -> bool:
    """Whether an anchor stands at ``i`` that makes a line of ``size`` bytes (negative: a sentence) a candidate."""
    for a in range(len(limits)):
        if abs(size) <= abs(limits[a]) and (size > 0 or limits[a] < 0):
            k = 0
            width = bounds[a + 1] - bounds[a]
            while k < width and i + k < end and _lower(int(text[i + k])) == anchors[bounds[a] + k]:
                k += 1
            if k == width:
                return True
    return False


@lean_kernel
def _holds(
    text: Bytes, start: int, end: int, size: int, anchors: Bytes, bounds: Offsets, limits: Offsets, starts: Bytes
) -> bool:
    """Whether such an anchor stands in ``text[start:end]``; it may start within a character."""
    i = start
    previous, at = 0, start
    while i < end:
        c = int(text[i])
        first = i
        if c < 0x80:
            c = _lower(c)
            i += 1
        elif c < 0xE0:
            c = (c & 0x1F) << 6 | int(text[i + 1]) & 0x3F if i + 1 < end else 0
            i += 2
        elif c < 0xF0:
            c = (c & 0xF) << 12 | (int(text[i + 1]) & 0x3F) << 6 | int(text[i + 2]) & 0x3F if i + 2 < end else 0
            i += 3
        else:
            i += 4
        if starts[pair(previous, c)] and _is_anchor(text, at, end, size, anchors, bounds, limits):
            return True
        previous = c
        at = first
    return False


@lean_kernel
def _has_letter(text: Bytes, start: int, end: int) -> bool:
    """Whether a letter or digit stands in ``text[start:end]``, as far as the first bytes of characters tell."""
    for i in range(start, end):
        c = int(text[i])
        if 0x30 <= c <= 0x39 or 0x41 <= (c & 0xDF) <= 0x5A or 0xC3 <= c <= 0xE1 or c >= 0xE3:
            return True
    return False


@lean_kernel
def _sentence(text: Bytes, start: int, end: int) -> int:
    """0 for a line that does not end like a sentence, 1 for one in the style of notices (-니다. -요.), 2 for -다."""
    if end - start < 7 or text[end - 1] != 0x2E:
        return 0
    c, d, e = text[end - 4], text[end - 3], text[end - 2]
    if c == 0xEC and d == 0x9A and e == 0x94:
        return 1
    if c != 0xEB or d != 0x8B or e != 0xA4:
        return 0
    return 1 if text[end - 7] == 0xEB and text[end - 6] == 0x8B and text[end - 5] == 0x88 else 2


@kernel
def candidates(
    text: Bytes, offsets: Offsets, anchors: Bytes, bounds: Offsets, limits: Offsets, starts: Bytes, found: Offsets
) -> int:
    """Write ``(start, end)`` of every line that a rule may concern to ``found``; returns how many there are.

    Where ``found`` is too small, the number is right and the rest of the lines is missing.
    """
    count = 0
    for row in range(len(offsets) - 1):
        start = offsets[row]
        while start < offsets[row + 1]:
            end = find_line_end(text, start, offsets[row + 1])
            size = end - start
            if size > 0:
                sentence = _sentence(text, start, end)
                if sentence == 2 or size > _TAIL + _HEAD:
                    hit = _holds(text, start, min(start + _HEAD, end), -size, anchors, bounds, limits, starts)
                    if sentence != 2:
                        hit = hit or _holds(text, end - _TAIL, end, -size, anchors, bounds, limits, starts)
                else:
                    signed = -size if sentence else size
                    hit = _holds(text, start, end, signed, anchors, bounds, limits, starts)
                    hit = hit or not _has_letter(text, start, end)
                if hit:
                    if count < len(found):
                        found[count, 0] = start
                        found[count, 1] = end
                    count += 1
            start = end + 1
    return count
