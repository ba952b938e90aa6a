"""HTML and extension tags, comments and formulas of MediaWiki text.

A ``<`` is markup only before a known name (``mediawiki_names.tsv``) and where the ``>`` is there too, so comparators
stay. Regions that hold no prose (``<ref>``, ``<gallery>``) are skipped up to their end tag. A formula of one line
(``<math>``, ``<chem>``) stays in a form that reads as text, for it may be a dose; a long one, or a matrix, goes.
"""

from beam_pipelines.text import facts
from beam_pipelines.text.columns import Bytes, Offsets
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.mediawiki_frames import (
    DEPTH,
    MARK,
    MISSING,
    NEAR_TABLE,
    OUT,
    TABLE,
    is_digit,
    part_before,
    part_digits,
    push,
)
from beam_pipelines.text.mediawiki_names import (
    ACTION,
    ACTION_BITS,
    FORMULA,
    LINE,
    LITERAL,
    RAW,
    SUB,
    SUP,
    TAG,
    TEX,
    entity,
    find,
    is_name_byte,
    put_character,
    value_of,
)
from beam_pipelines.text.mediawiki_names import TABLE as TABLE_TAG
from beam_pipelines.text.scan import starts_with, word
from beam_pipelines.text.tidy import GONE

LONGEST_FORMULA = 200  # bytes; a longer one is mathematics rather than part of a sentence
_COMMENT, _COMMENT_END = word("<!--"), word("-->")
_REF = value_of(TAG, "ref")
_MINUS, _DASH = word("−"), word("–")
_NESTED = -2  # an end that was not found because the region starts again before


@lean_kernel
def tag_name(data: Bytes, at: int, end: int) -> tuple[int, int, int]:
    """``(value, start, end)`` of the tag name after the ``<`` at ``at``; value -1 where it is none that is known.

    A name before ``<`` or ``=`` is none for the reader, but it may be once the lines are settled.
    """
    start = at + 1
    if start < end and data[start] == 0x2F:
        start += 1
    stop = start
    while stop < end and stop - start < 16 and is_name_byte(int(data[stop])):
        stop += 1
    if stop < end:
        c = data[stop]
        if not (c <= 0x20 or c == 0x2F or 0x3C <= c <= 0x3E):
            return -1, start, stop
    return find(TAG, data, start, stop), start, stop


@lean_kernel
def _tag_end(data: Bytes, at: int, end: int) -> int:
    """The ``>`` of the tag whose name ends at ``at``, or -1."""
    for k in range(at, end):
        if data[k] == 0x3E:
            return k
        if data[k] == 0x3C:
            return -1
    return -1


@lean_kernel
def _same_name(data: Bytes, first: int, last: int, at: int, end: int) -> bool:
    """Whether the tag name ``data[first:last]`` stands at ``at`` too."""
    if at + last - first > end:
        return False
    for k in range(last - first):
        if int(data[first + k]) | 0x20 != int(data[at + k]) | 0x20:
            return False
    return at + last - first == end or not is_name_byte(int(data[at + last - first]))


@lean_kernel
def _region_end(data: Bytes, first: int, last: int, at: int, end: int) -> tuple[int, int]:
    """Where the end tag of ``data[first:last]`` starts and ends at or after ``at``; -1 or _NESTED instead."""
    k = at
    while True:
        while k < end and data[k] != 0x3C:
            k += 1
        if k >= end:
            return -1, -1
        if k + 1 < end and data[k + 1] == 0x2F and _same_name(data, first, last, k + 2, end):
            stop = _tag_end(data, k + 2, end)
            if stop >= 0:
                return k, stop + 1
        elif _same_name(data, first, last, k + 1, end):
            stop = _tag_end(data, k + 1, end)
            if stop >= 0 and data[stop - 1] != 0x2F:
                return _NESTED, _NESTED
        k += 1


@lean_kernel
def decode(data: Bytes, at: int, end: int, out: Bytes, to: int, frames: Offsets) -> tuple[int, int]:
    """Write the character reference at ``data[at]``: returns its bytes, 0 where there is none, and the new end."""
    point, size = entity(data, at, end)
    if size == 0:
        return 0, to
    stop = put_character(out, to, point)
    facts.drop(frames, facts.ENTITY, data, at, at + size)
    facts.add(frames, facts.ENTITY, out, to, stop)
    return size, stop


@lean_kernel
def _literal(data: Bytes, start: int, end: int, out: Bytes, at: int, frames: Offsets) -> int:
    """Copy text in which only character references mean something."""
    while start < end:
        c = int(data[start])
        if c == 0x26:
            size, at = decode(data, start, end, out, at, frames)
            if size:
                start += size
                continue
        out[at] = c
        at += 1
        start += 1
    return at


@lean_kernel
def _plain_group(data: Bytes, start: int, end: int) -> bool:
    """Whether the TeX group after its brace is one number or word, so that it needs no parentheses."""
    for k in range(start, end):
        c = int(data[k])
        if c == 0x7D:
            return True
        if not (is_name_byte(c) or c >= 0x80 or c == 0x2E or c == 0x25 or c == 0x5C or (k == start and c == 0x2D)):
            return False
    return False


@lean_kernel
def _command(data: Bytes, start: int, end: int, out: Bytes, at: int, frames: Offsets) -> tuple[int, int, bool, bool]:
    """Write the TeX command at the backslash: ``(i, at, a font or the like, a fraction)``."""
    stop = start + 1
    while stop < end and 0x41 <= (int(data[stop]) & 0xDF) <= 0x5A:
        stop += 1
    if stop == start + 1:  # a single character: a space, or itself
        if stop < end and data[stop] < 0x80:
            c = int(data[stop])
            if c == 0x25 or c == 0x26 or c == 0x24 or c == 0x23 or c == 0x5F or c == 0x7B or c == 0x7D:
                out[at] = c
                return stop + 1, at + 1, False, False
            if c == 0x21:
                return stop + 1, at, False, False
            if not is_digit(c):
                facts.drop(frames, facts.FORMULA, data, stop, stop + 1)
                stop += 1
        out[at] = 0x20
        return stop, at + 1, False, False
    point = find(TEX, data, start + 1, stop)
    if point > 0:
        after = put_character(out, at, point)
        facts.add(frames, facts.FORMULA, out, at, after)
        return stop, after, False, False
    if point == 0:
        return stop, at, True, False
    fraction = stop - start >= 5 and data[stop - 4] == 0x66 and data[stop - 3] == 0x72 and data[stop - 1] == 0x63
    if not fraction:
        for k in range(start + 1, stop):
            out[at] = data[k]
            at += 1
    return stop, at, False, fraction


@lean_kernel
def _is_degree(out: Bytes, start: int, end: int) -> bool:
    """Whether ``out[start:end]`` is a degree sign."""
    return end - start == 2 and out[start] == 0xC2 and out[start + 1] == 0xB0


@lean_kernel
def formula(data: Bytes, start: int, end: int, out: Bytes, at: int, frames: Offsets) -> int:
    r"""Write TeX as text: ``\frac{3}{4} \times 10^{-9}\,\mathrm{mg}`` becomes ``3/4 × 10^-9 mg``. Never longer."""
    first = at
    shown = 0  # for each open brace, whether it shows as a parenthesis (a bit)
    fractions = 0
    font = False
    i = start
    while i < end:
        c = int(data[i])
        if c == 0x5C:
            before = at
            i, at, font, fraction = _command(data, i, end, out, at, frames)
            if before > first and out[before - 1] == 0x5E and _is_degree(out, before, at):
                out[before - 1], out[before] = 0xC2, 0xB0  # 38^\circ
                at -= 1
            fractions += fraction
            if fraction and i + 1 < end and 0x30 <= data[i] <= 0x39:  # \frac12
                out[at] = data[i]
                out[at + 1] = 0x2F
                at += 2
                i += 1
                fractions -= 1
            continue
        i += 1
        if c == 0x7B:
            show = not font and not _plain_group(data, i, end)
            shown = (shown << 1 | show) & 0xFFFFFFFFFFFF
            if show:
                out[at] = 0x28
                at += 1
        elif c == 0x7D:
            if shown & 1:
                out[at] = 0x29
                at += 1
            shown >>= 1
            if fractions and i < end and data[i] == 0x7B:
                out[at] = 0x2F
                at += 1
                fractions -= 1
        elif c == 0x7E or c == 0x0A:
            out[at] = 0x20
            at += 1
        else:
            out[at] = c
            at += 1
        if c != 0x20:
            font = False
    return at


@lean_kernel
def _is_short(data: Bytes, start: int, end: int) -> bool:
    """Whether a formula reads as part of a sentence: no longer than a line, and no matrix."""
    if end - start > LONGEST_FORMULA:
        return False
    for k in range(start, end):  # noqa: SIM110
        if data[k] == 0x26 and data[k - 1] != 0x5C:
            return False
    return True


@lean_kernel
def _region(
    data: Bytes, tag: tuple[int, int, int], i: int, end: int, out: Bytes, at: int, frames: Offsets
) -> tuple[int, int]:
    """A region whose content is no MediaWiki text, and which starts at ``i``."""
    value, first, last = tag
    bit = 1 << (value >> ACTION_BITS)
    if frames[0, MISSING] & bit:
        return i, at
    stop, after = _region_end(data, first, last, i, end)
    if stop < 0:
        if stop != _NESTED:
            frames[0, MISSING] |= bit
        return i, at
    facts.drop(frames, facts.MARKUP, data, stop, after)
    action = value & ACTION
    if action == LITERAL:
        return after, _literal(data, i, stop, out, at, frames)
    if action == FORMULA and _is_short(data, i, stop):
        written = part_before(out, at, formula(data, i, stop, out, at, frames), frames)
        return after, part_digits(data, after, end, out, written, frames)
    region = facts.FORMULA if action == FORMULA else facts.FOOTNOTE if value == _REF else facts.MARKUP
    facts.drop(frames, region, data, i, stop)
    return after, part_digits(data, after, end, out, at, frames)


@lean_kernel
def _comment(data: Bytes, i: int, end: int, frames: Offsets) -> int:
    """After the comment at ``i``, or after its first four characters if it never ends."""
    k = i + 4
    if not frames[0, MISSING] & 1:
        while k + 2 < end:
            if data[k] == 0x2D and starts_with(data, k, end, _COMMENT_END):
                return k + 3
            k += 1
        frames[0, MISSING] |= 1
    return i + 4


@lean_kernel
def _is_power(data: Bytes, i: int, end: int, after_digit: bool) -> bool:
    """Whether what stands raised at ``i`` is a number: 10<sup>9</sup> must not become 109, and 2<sup>nd</sup> is 2nd.

    After a digit, markup that may hold a number counts as one.
    """
    if i + 1 >= end:
        return False
    c, following = int(data[i]), int(data[i + 1])
    if is_digit(c) or c == 0x2B or c == 0x2D:
        return True
    if starts_with(data, i, end, _MINUS) or starts_with(data, i, end, _DASH):
        return True
    marks = c == 0x20 or c == 0x3C or c == 0x26 or (c == following and (c == 0x27 or c == 0x5B or c == 0x7B))
    return after_digit and marks


@lean_kernel
def _script(data: Bytes, i: int, end: int, out: Bytes, at: int, raised: bool, closing: bool, frames: Offsets) -> int:
    """What a tag before ``data[i]`` that raises or lowers leaves behind ``out[:at]``, so that no two numbers meet."""
    before = int(out[at - 1])
    if closing:
        if raised and before == 0x5E:  # nothing stood there
            depth = frames[0, DEPTH]
            if at > max(frames[depth, OUT], frames[depth, MARK]):
                return at - 1
            out[at - 1] = GONE  # before a region that is open now
            return at
        if i < end and is_digit(before) and is_digit(int(data[i])):
            out[at] = 0x20
            return at + 1
    elif raised and before > 0x20 and _is_power(data, i, end, is_digit(before)):
        out[at] = 0x5E
        return at + 1
    elif not raised and i < end and is_digit(before) and is_digit(int(data[i])):  # log of 2<sub>10</sub>
        out[at] = 0x5F
        return at + 1
    return at


@lean_kernel
def angle(data: Bytes, i: int, end: int, out: Bytes, at: int, base: int, frames: Offsets) -> tuple[int, int]:
    """The ``<`` at ``data[i]``: returns the new ``(i, at)``."""
    if starts_with(data, i, end, _COMMENT):
        stop = _comment(data, i, end, frames)
        facts.drop(frames, facts.COMMENT, data, i, stop)
        return stop, at
    tag = tag_name(data, i, end)
    value, _, last = tag
    stop = _tag_end(data, last, end) if value >= 0 and last < end and data[last] != 0x3D else -1
    if stop < 0:
        out[at] = 0x3C
        return i + 1, at + 1
    closing = data[i + 1] == 0x2F
    complete = closing or data[stop - 1] == 0x2F
    action = value & ACTION
    stop += 1
    facts.drop(frames, facts.MARKUP, data, i, stop)
    if action == LINE:
        out[at] = 0x0A
        at += 1
    elif action in (SUP, SUB) and at > base:
        at = _script(data, stop, end, out, at, action == SUP, closing, frames)
    elif action == TABLE_TAG:
        near = frames[frames[0, DEPTH], NEAR_TABLE]
        if not complete:
            push(frames, TABLE, i, at)
        elif closing and near:
            facts.drop(frames, facts.TABLE, out, frames[near, OUT], at)
            at = int(frames[near, OUT])
            frames[0, DEPTH] = near - 1
            at = part_digits(data, stop, end, out, at, frames)
    elif RAW <= action <= FORMULA:
        if not complete:
            return _region(data, tag, stop, end, out, at, frames)
        at = part_digits(data, stop, end, out, at, frames)
    return stop, at
