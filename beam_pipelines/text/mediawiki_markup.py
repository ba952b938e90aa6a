"""MediaWiki text in one pass: links, templates, tables, tags and character references become text or nothing.

Source: https://www.mediawiki.org/wiki/Help:Formatting and the order in which MediaWiki's own preprocessor reads:
tags first, then templates, then tables and links. What a line starts with (lists, headings) is left to
:mod:`beam_pipelines.text.mediawiki_settle`.
"""

from beam_pipelines.text import facts
from beam_pipelines.text.columns import Bytes, Offsets
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.mediawiki_frames import (
    ARGUMENTS,
    COUNT,
    DEPTH,
    EQUALS,
    EXTERNAL,
    KIND,
    LINK,
    MARK,
    NEAR_LINK,
    NEAR_TABLE,
    NEAR_TEMPLATE,
    OUT,
    SPEC,
    STARTS,
    TABLE,
    TEMPLATE,
    TRIPLE,
    VARIANTS,
    blank,
    has_line_end,
    part_digits,
    push,
    reset,
    starts_line,
    trim,
)
from beam_pipelines.text.mediawiki_names import DROPPED, PREFIX, SWITCH, find
from beam_pipelines.text.mediawiki_tags import angle, decode
from beam_pipelines.text.mediawiki_templates import close_template, look_up
from beam_pipelines.text.scan import byte_set, starts_with_any_case, word
from beam_pipelines.text.tidy import GONE

SCHEMES = word("http://"), word("https://"), word("ftp://"), word("//"), word("mailto:")
_LONGEST_PREFIX = 40
_SHORT_LABEL = 64


_SPECIAL = byte_set(b"[]{}|='<&_")


@lean_kernel
def _count(data: Bytes, i: int, end: int) -> int:
    """How often the byte at ``i`` stands there in a row."""
    k = i + 1
    while k < end and data[k] == data[i]:
        k += 1
    return k - i


@lean_kernel
def _hides(out: Bytes, start: int, end: int) -> bool:
    """Whether a link to ``out[start:end]`` shows nothing where it stands: a file, a category, another language."""
    for k in range(start, min(end, start + _LONGEST_PREFIX)):
        if out[k] == 0x3A:
            first, last = trim(out, start, k)
            what = find(PREFIX, out, first, last)
            return what == DROPPED or (what > 0 and out[first] >= 0x61)
    return False


@lean_kernel
def _open_bracket(data: Bytes, i: int, end: int, out: Bytes, at: int, frames: Offsets) -> tuple[int, int]:
    size = _count(data, i, end)
    if size == 1 and i + 1 < end and (data[i + 1] == 0x2F or data[i + 1] >= 0x41):
        for scheme in SCHEMES:
            if starts_with_any_case(data, i + 1, end, scheme):
                return _open_external(data, i, end, out, at, frames)
    if size & 1:
        out[at] = 0x5B
        at += 1
        i += 1
    for _ in range(size >> 1):
        depth = frames[0, DEPTH]
        if frames[depth, KIND] == LINK and depth and frames[depth, MARK] < 0:
            frames[0, DEPTH] = depth - 1  # no target holds another link: the outer one was none
        push(frames, LINK, i, at)
        i += 2
    return i, at


@lean_kernel
def _open_external(data: Bytes, i: int, end: int, out: Bytes, at: int, frames: Offsets) -> tuple[int, int]:
    depth = frames[0, DEPTH]
    if depth and frames[depth, KIND] == EXTERNAL:
        frames[0, DEPTH] = depth - 1
    depth = push(frames, EXTERNAL, i, at)
    i += 1
    while i < end:
        c = data[i]
        if c <= 0x20 or c == 0x5B or c == 0x5D or c == 0x3C or c == 0x7B or c == 0x7D or c == 0x7C:
            break
        out[at] = c
        at += 1
        i += 1
    if depth:
        frames[depth, MARK] = at
    return i, at


@lean_kernel
def _take_out(out: Bytes, first: int, mark: int, at: int, stays: bool, frames: Offsets) -> int:
    """Leave out ``out[first:mark]``, a link's target; a long label stays where it is, for it may be one of many."""
    facts.drop(frames, facts.LINK_TARGET, out, first, mark)
    if stays or at - mark > _SHORT_LABEL:
        for k in range(first, mark):
            out[k] = GONE
        return at
    for k in range(mark, at):
        out[first + k - mark] = out[k]
    return first + at - mark


@lean_kernel
def _close_bracket(data: Bytes, i: int, end: int, out: Bytes, at: int, frames: Offsets) -> tuple[int, int]:
    depth = frames[0, DEPTH]
    if depth and frames[depth, KIND] == EXTERNAL:
        frames[0, DEPTH] = depth - 1
        first, mark = frames[depth, OUT], frames[depth, MARK]
        if not has_line_end(out, mark, at):
            if blank(out, mark, at):
                facts.drop(frames, facts.LINK_TARGET, out, first, at)
                return i + 1, part_digits(data, i + 1, end, out, int(first), frames)
            return i + 1, _take_out(out, int(first), int(mark), at, frames[depth, COUNT] > 0, frames)
        depth -= 1
    if i + 1 >= end or data[i + 1] != 0x5D:
        out[at] = 0x5D
        return i + 1, at + 1
    near = frames[depth, NEAR_LINK]
    if not near:
        return i + 2, part_digits(data, i + 2, end, out, at, frames)
    frames[0, DEPTH] = near - 1
    first = int(frames[near, OUT])
    at = _close_link(out, first, int(frames[near, MARK]), int(frames[near, SPEC]), at, frames)
    return i + 2, part_digits(data, i + 2, end, out, at, frames) if at == first else at


@lean_kernel
def _close_link(out: Bytes, first: int, mark: int, spec: int, at: int, frames: Offsets) -> int:
    if mark < 0:
        if _hides(out, first, at):
            facts.drop(frames, facts.HIDDEN_LINK, out, first, at)
            return first
        start, _ = trim(out, first, at)
        if start < at and out[start] == 0x3A:  # [[:분류:약물]] links to what [[분류:약물]] would do
            out[start] = GONE
        return at
    if spec == DROPPED:
        facts.drop(frames, facts.HIDDEN_LINK, out, first, at)
        return first
    if blank(out, mark, at):
        return mark - 1
    return _take_out(out, first, mark, at, False, frames)


@lean_kernel
def _skip_attributes(data: Bytes, i: int, end: int) -> int:
    """The end of the line at ``i`` if that holds a table's attributes (``class="wikitable"``), else ``i``."""
    quoted = False
    k = i
    while k < end and data[k] != 0x0A and data[k] < 0x7B:  # neither {, | nor a letter beyond ASCII
        quoted = quoted or (data[k] == 0x22 and data[k - 1] == 0x3D)
        k += 1
    return k if quoted and (k == end or data[k] == 0x0A) else i


@lean_kernel
def _open_brace(data: Bytes, i: int, end: int, out: Bytes, at: int, base: int, frames: Offsets) -> tuple[int, int]:
    size = _count(data, i, end)
    if size == 1:
        if i + 1 < end and data[i + 1] == 0x7C and starts_line(out, base, at):
            push(frames, TABLE, i, at)
            stop = _skip_attributes(data, i + 2, end)
            facts.drop(frames, facts.TABLE, data, i + 2, stop)
            return stop, at
        if at > base and out[at - 1] == 0x2D:  # "-{" of "-{ }-"
            frames[0, VARIANTS] += 1
            out[at - 1] = GONE
            return i + 1, at
        out[at] = 0x7B
        return i + 1, at + 1
    while size > 1:
        width = 3 if size == 3 else 2
        depth = push(frames, TEMPLATE, i, at)
        if depth:
            frames[depth, TRIPLE] = width == 3
        i += width
        size -= width
    return i, at


@lean_kernel
def _close_brace(data: Bytes, i: int, end: int, out: Bytes, at: int, frames: Offsets) -> tuple[int, int]:
    size = _count(data, i, end)
    if size == 1:
        if frames[0, VARIANTS] and i + 1 < end and data[i + 1] == 0x2D:
            frames[0, VARIANTS] -= 1
            return i + 2, at
        out[at] = 0x7D
        return i + 1, at + 1
    while size > 1:
        near = frames[frames[0, DEPTH], NEAR_TEMPLATE]
        if not near:
            return i + size, part_digits(data, i + size, end, out, at, frames)
        width = 3 if frames[near, TRIPLE] and size > 2 else 2
        i += width
        size -= width
        at = close_template(out, frames, near, i, at)
        frames[0, DEPTH] = near - 1
        at = part_digits(data, i, end, out, at, frames)
    return i, at  # a single one that is left is the next to be read


@lean_kernel
def _bar(data: Bytes, i: int, end: int, out: Bytes, at: int, base: int, frames: Offsets) -> tuple[int, int]:
    depth = frames[0, DEPTH]
    if i + 1 < end and data[i + 1] == 0x7D and _count(data, i + 1, end) % 2 and starts_line(out, base, at):
        near = frames[depth, NEAR_TABLE]
        if near:
            facts.drop(frames, facts.TABLE, out, frames[near, OUT], at)
            at = int(frames[near, OUT])
            frames[0, DEPTH] = near - 1
        return i + 2, part_digits(data, i + 2, end, out, at, frames)
    if depth and frames[depth, KIND] == EXTERNAL:
        frames[depth, COUNT] = 1  # its label has to stay where it is, for the region around it knows a place in it
        depth -= 1
    kind = frames[depth, KIND] if depth else 0
    if kind == TEMPLATE:
        return i + 1, _argument(out, at, frames, depth)
    out[at] = 0x7C
    if kind == LINK and frames[depth, MARK] < 0:
        first = frames[depth, OUT]
        if has_line_end(out, first, at):
            frames[0, DEPTH] = depth - 1
        else:
            frames[depth, MARK] = at + 1
            frames[depth, SPEC] = DROPPED if _hides(out, first, at) else 0
    return i + 1, at + 1


@lean_kernel
def _argument(out: Bytes, at: int, frames: Offsets, depth: int) -> int:
    """The ``|`` before an argument of the template open at ``depth``."""
    count = frames[depth, COUNT]
    if count == 0:
        look_up(out, frames, depth, at)
        if frames[depth, STARTS] == at:  # else the first argument stood behind a colon
            frames[depth, STARTS] = at + 1
        else:
            count = 1
    if frames[depth, SPEC] < 0:
        frames[depth, MARK] = at  # no further | concerns it
        out[at] = 0x7C
        return at + 1
    if 0 < count < ARGUMENTS:
        frames[depth, STARTS + count] = at + 1
        frames[depth, EQUALS + count] = -1
        frames[depth, COUNT] = count + 1
    out[at] = 0x20
    return at + 1


@lean_kernel
def _equals(out: Bytes, at: int, frames: Offsets) -> int:
    """An ``=``, which in an argument ends its name."""
    depth = frames[0, DEPTH]
    if depth and frames[depth, KIND] == TEMPLATE and frames[depth, SPEC] >= 0:
        last = EQUALS + frames[depth, COUNT] - 1
        if frames[depth, last] < 0:
            frames[depth, last] = at
    out[at] = 0x3D
    return at + 1


@lean_kernel
def _underscore(data: Bytes, i: int, end: int, out: Bytes, at: int, frames: Offsets) -> tuple[int, int]:
    if i + 1 < end and data[i + 1] == 0x5F:
        k = i + 2
        while k < end and k - i < 64 and data[k] != 0x5F and data[k] > 0x20:
            k += 1
        if k + 1 < end and data[k] == 0x5F and data[k + 1] == 0x5F and find(SWITCH, data, i + 2, k) > 0:
            return k + 2, part_digits(data, k + 2, end, out, at, frames)
    out[at] = 0x5F
    return i + 1, at + 1


@lean_kernel
def _quote(data: Bytes, i: int, end: int, out: Bytes, at: int) -> tuple[int, int]:
    """``''`` and ``'''`` are fonts; of four and of more than five, what is over is text."""
    size = _count(data, i, end)
    if size == 1 or size == 4 or size > 5:
        out[at] = 0x27
        at += 1
    return i + size, at


@lean_kernel
def _ampersand(data: Bytes, i: int, end: int, out: Bytes, at: int, frames: Offsets) -> tuple[int, int]:
    size, stop = decode(data, i, end, out, at, frames)
    if size:
        return i + size, stop
    out[at] = 0x26
    return i + 1, at + 1


@lean_kernel
def _is_text(data: Bytes, i: int, end: int) -> bool:
    """Whether a ``|`` before ``i`` ends no table."""
    return i >= end or data[i] != 0x7D


@lean_kernel
def read_span(data: Bytes, start: int, end: int, out: Bytes, base: int, frames: Offsets) -> int:
    """Write ``data[start:end]`` without markup to ``out[base:]``, :data:`GONE` bytes in it; returns the new end.

    The output is never ahead of the input.
    """
    reset(frames, base)
    i, at = start, base
    bars, names = False, False  # whether | and = may mean something where the text stands now
    while i < end:
        c = int(data[i])
        if _SPECIAL[c] == 0 or (c == 0x3D and not names) or (c == 0x7C and not bars and _is_text(data, i + 1, end)):
            out[at] = c
            at += 1
            i += 1
            continue
        if c == 0x5B:
            i, at = _open_bracket(data, i, end, out, at, frames)
        elif c == 0x5D:
            i, at = _close_bracket(data, i, end, out, at, frames)
        elif c == 0x7B:
            i, at = _open_brace(data, i, end, out, at, base, frames)
        elif c == 0x7D:
            i, at = _close_brace(data, i, end, out, at, frames)
        elif c == 0x7C:
            i, at = _bar(data, i, end, out, at, base, frames)
        elif c == 0x3D:
            at = _equals(out, at, frames)
            i += 1
        elif c == 0x3C:
            i, at = angle(data, i, end, out, at, base, frames)
        elif c == 0x26:
            i, at = _ampersand(data, i, end, out, at, frames)
        elif c == 0x27:
            i, at = _quote(data, i, end, out, at)
        else:
            i, at = _underscore(data, i, end, out, at, frames)
        depth = frames[0, DEPTH]
        kind = frames[depth, KIND] if depth else 0
        names = kind == TEMPLATE and frames[depth, SPEC] >= 0
        bars = names or kind == EXTERNAL or (kind != 0 and kind != TABLE and frames[depth, MARK] < 0)
    return at
