"""Templates of MediaWiki text: which ones carry content, and the text that each of those leaves.

What is kept is said in ``mediawiki_templates.tsv``. Nothing is expanded: arguments are the text already written to
the output, each used at most as often as the table names it, and the result is never longer than its source.
"""

import numpy as np

from beam_pipelines.text import facts
from beam_pipelines.text.columns import Bytes, Offsets
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.mediawiki_frames import (
    BASE,
    COUNT,
    EQUALS,
    IN,
    OUT,
    SPEC,
    STARTS,
    has_line_end,
    is_digit,
    part_before,
    trim,
)
from beam_pipelines.text.mediawiki_names import (
    ALL,
    ARGUMENT,
    CLOSE,
    END,
    MEASURE,
    NAMED,
    OPEN,
    PROGRAMS,
    TEMPLATE,
    TEXT,
    VALUE,
    find,
    value_of,
    wide,
)
from beam_pipelines.text.scan import starts_with_any_case, word

DROP, KEEP_ALL = -1, -2  # beside the start of a program: what COUNT 0 .. a template's SPEC can say
_NAMESPACES = word("틀:"), word("template:")
_LANG, _LLANG = word("lang-"), word("llang-")
_ANY_LANGUAGE = value_of(TEMPLATE, "lang-xx")
_FIRST, _THIRD, _FOURTH, _SPACE, _SLASH, _ONE = (wide(k) for k in (1, 3, 4, 0x20, 0x2F, 0x31))
_PLUS_MINUS = word("± ")
_LONGEST_NAME = 255  # a page title is no longer


@lean_kernel
def look_up(out: Bytes, frames: Offsets, depth: int, at: int) -> None:
    """Read the name of the template open at ``depth``, ``out[start:at]``: set its SPEC, and its first argument."""
    start, end = trim(out, frames[depth, OUT], at)
    frames[depth, COUNT] = 1
    frames[depth, STARTS] = at
    frames[depth, EQUALS] = -1
    for prefix in _NAMESPACES:
        if starts_with_any_case(out, start, end, prefix):
            start, end = trim(out, start + len(prefix), end)
    if starts_with_any_case(out, start, end, _LANG) or starts_with_any_case(out, start, end, _LLANG):
        spec = _ANY_LANGUAGE
    else:
        spec = find(TEMPLATE, out, start, end)
    if spec < 0:
        for k in range(start, min(end, start + 32)):  # a parser function: "formatnum:12345"
            if out[k] == 0x3A:
                spec = find(TEMPLATE, out, start, k + 1)
                if spec >= 0:
                    frames[depth, STARTS] = k + 1
                break
    if spec < 0:
        # No page can be named so: the braces are not those of a template.
        prose = end - start > _LONGEST_NAME or has_line_end(out, start, end)
        spec = KEEP_ALL if prose and end > start and out[start] != 0x23 else DROP
    frames[depth, SPEC] = spec


@lean_kernel
def _value(out: Bytes, frames: Offsets, depth: int, at: int, k: int) -> tuple[int, int]:
    """The text of argument ``k`` in the order of the source, without its name."""
    start = frames[depth, STARTS + k]
    end = frames[depth, STARTS + k + 1] - 1 if k + 1 < frames[depth, COUNT] else at
    if frames[depth, EQUALS + k] >= 0:
        start = frames[depth, EQUALS + k] + 1
    return trim(out, start, end)


@lean_kernel
def _positional(out: Bytes, frames: Offsets, depth: int, at: int, number: int) -> tuple[int, int]:
    """Argument ``number`` (from 1), by its place or by the name ``number``; (0, 0) where there is none."""
    found = 0, 0
    place = 0
    for k in range(frames[depth, COUNT]):
        equals = frames[depth, EQUALS + k]
        if equals < 0:
            place += 1
            if place == number:
                found = _value(out, frames, depth, at, k)
        else:
            start, end = trim(out, frames[depth, STARTS + k], equals)
            if end - start == 1 and out[start] == 0x30 + number:
                found = _value(out, frames, depth, at, k)
    return found


@lean_kernel
def _named(out: Bytes, frames: Offsets, depth: int, at: int, first: int, size: int) -> tuple[int, int]:
    """The argument whose name is ``PROGRAMS[first:first + size]``; (0, 0) where there is none."""
    for k in range(frames[depth, COUNT]):
        equals = frames[depth, EQUALS + k]
        if equals >= 0:
            start, end = trim(out, frames[depth, STARTS + k], equals)
            same = end - start == size
            for j in range(min(size, end - start)):
                same = same and out[start + j] == PROGRAMS[first + j]
            if same:
                return _value(out, frames, depth, at, k)
    return 0, 0


@lean_kernel
def _digit_first(out: Bytes, start: int, end: int) -> bool:
    return start < end and is_digit(int(out[start]))


@lean_kernel
def _copy(source: Bytes, start: int, end: int, out: Bytes, to: int, limit: int) -> int:
    """Write ``source[start:end]`` to ``out[to:]`` and return the new end, past ``limit`` if there is no room."""
    if to + end - start > limit:
        return limit + 1
    for k in range(start, end):
        out[to + k - start] = source[k]
    return to + end - start


@lean_kernel
def _put(c: int, out: Bytes, to: int, limit: int) -> int:
    """:func:`_copy` of one byte."""
    if to < limit:
        out[to] = c
    return min(to, limit) + 1


@lean_kernel
def _several(out: Bytes, frames: Offsets, depth: int, at: int, first: int, size: int, to: int, limit: int) -> int:
    """All positional arguments with ``PROGRAMS[first:first + size]`` between them; a ``^`` only where digits meet."""
    begun = to
    power = size == 1 and PROGRAMS[first] == 0x5E
    for k in range(frames[depth, COUNT]):
        if frames[depth, EQUALS + k] < 0:
            start, end = _value(out, frames, depth, at, k)
            if end > start:
                if to > begun and (not power or (_digit_first(out, start, end) and is_digit(int(out[to - 1])))):
                    to = _copy(PROGRAMS, first, first + size, out, to, limit)
                to = _copy(out, start, end, out, to, limit)
    return to


@lean_kernel
def _measure(out: Bytes, frames: Offsets, depth: int, at: int, to: int, limit: int) -> int:
    """``500|mg`` or ``5|to|10|mg`` or ``6|ft|2|in``: further arguments say what to convert into, and how exactly."""
    third, fourth = _positional(out, frames, depth, at, _THIRD), _positional(out, frames, depth, at, _FOURTH)
    pair = _digit_first(out, third[0], third[1]) and fourth[1] > fourth[0]
    for number in range(1, 5 if pair and not _digit_first(out, fourth[0], fourth[1]) else 3):
        start, end = _positional(out, frames, depth, at, number)
        if end > start:
            if number > 1:
                to = _put(_SPACE, out, to, limit)
            to = _copy(out, start, end, out, to, limit)
    return to


@lean_kernel
def _value_with_error(out: Bytes, frames: Offsets, depth: int, at: int, to: int, limit: int) -> int:
    """``5|0.3`` is 5 ± 0.3, ``5|+0.3|-0.2`` is 5 +0.3 -0.2, ``1.5|(2)`` is 1.5(2), ``10|-|20`` is a range."""
    start, end = _positional(out, frames, depth, at, _FIRST)
    error = _digit_first(out, start, end)
    to = _copy(out, start, end, out, to, limit)
    for number in range(2, 10):
        start, end = _positional(out, frames, depth, at, number)
        if end > start:
            if out[start] != 0x28:
                to = _put(_SPACE, out, to, limit)
            if number == 2 and error and _digit_first(out, start, end):
                to = _copy(_PLUS_MINUS, 0, len(_PLUS_MINUS), out, to, limit)
            to = _copy(out, start, end, out, to, limit)
    return to


@lean_kernel
def _fraction(out: Bytes, frames: Offsets, depth: int, at: int, to: int, limit: int) -> int:
    """``2`` is 1/2, ``3|4`` is 3/4, ``1|3|4`` is 1 3/4."""
    for number in range(1, 4):
        start, end = _positional(out, frames, depth, at, number)
        following = _positional(out, frames, depth, at, number + 1) if number < 3 else (0, 0)
        last = following[1] == following[0]
        if number == 1 and last:
            to = _put(_ONE, out, to, limit)
        if number > 1 or last:
            to = _put(_SLASH if last else _SPACE, out, to, limit)
        to = _copy(out, start, end, out, to, limit)
        if last:
            break
    return to


@lean_kernel
def _run(out: Bytes, frames: Offsets, depth: int, at: int, limit: int) -> int:
    """Write the template's text behind the output, to ``out[at:]``, and return its end; past ``limit``: too long."""
    k = frames[depth, SPEC]
    to = at
    undo = -1
    wanted, filled, filled_here = False, False, False
    while PROGRAMS[k] != END and to <= limit:
        operation = PROGRAMS[k]
        size = np.int64(PROGRAMS[k + 1])
        before = to
        if operation == TEXT:
            to = _copy(PROGRAMS, k + 2, k + 2 + size, out, to, limit)
            k += 2 + size
            continue
        if operation == OPEN:
            undo = to
            filled_here = False
            k += 1
            continue
        if operation == CLOSE:
            if not filled_here:
                to = undo
            undo = -1
            k += 1
            continue
        if operation == ARGUMENT:
            start, end = _positional(out, frames, depth, at, size)
            to = _copy(out, start, end, out, to, limit)
            k += 2
        elif operation == NAMED:
            start, end = _named(out, frames, depth, at, k + 2, size)
            to = _copy(out, start, end, out, to, limit)
            k += 2 + size
        elif operation == ALL:
            to = _several(out, frames, depth, at, k + 2, size, to, limit)
            k += 2 + size
        elif operation == MEASURE:
            to = _measure(out, frames, depth, at, to, limit)
            k += 1
        elif operation == VALUE:
            to = _value_with_error(out, frames, depth, at, to, limit)
            k += 1
        else:
            to = _fraction(out, frames, depth, at, to, limit)
            k += 1
        filled_here = filled_here or to > before
        filled = filled or to > before
        wanted = wanted or undo < 0
    if PROGRAMS[k] != END:
        return limit + 1
    return at if wanted and not filled else to


@lean_kernel
def close_template(out: Bytes, frames: Offsets, depth: int, i: int, at: int) -> int:
    """Replace the output of the template open at ``depth``, which ends before ``data[i]``; returns the new end."""
    if frames[depth, COUNT] == 0:
        look_up(out, frames, depth, at)
    first = frames[depth, OUT]
    spec = frames[depth, SPEC]
    if spec == DROP:
        facts.drop(frames, facts.TEMPLATE, out, first, at)
        return int(first)
    if spec == KEEP_ALL:
        return at
    limit = at + i - frames[depth, IN]
    stop = _run(out, frames, depth, at, limit)
    full = stop == limit and first > frames[0, BASE] and is_digit(int(out[first - 1]))  # no room for a space
    if stop > limit or full:
        return at
    facts.replace(frames, facts.TEMPLATE, out, first, at, stop)
    for k in range(at, stop):
        out[first + k - at] = out[k]
    return part_before(out, int(first), int(first + stop - at), frames)
