"""Lines of text that was MediaWiki: no list marks, no headings' signs, and nothing left that would be markup.

Text that was literal on the page (``<nowiki>[[</nowiki>``, ``&lt;ref&gt;``) or broken can look like markup again. It
gives up the least that changes that: the second of ``[[ ]] {{ }} ''``, the ``{`` of ``-{``, the ``;`` of ``&lt;``,
the last ``_`` of ``__TOC__``, a ``/`` of ``[http://``, and the ``<`` before a tag's name, for which a space stands.
So cleaning a clean text changes nothing, and no letter or digit is ever lost here.

Only the character that would complete a mark is left out, and what stands before it stays, so that leaving one out
cannot make another.
"""

from beam_pipelines.text import facts
from beam_pipelines.text.columns import Bytes, Offsets
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.mediawiki_names import SWITCH, find, is_name_byte
from beam_pipelines.text.mediawiki_tags import tag_name
from beam_pipelines.text.scan import byte_set, starts_with_any_case, word

_SCHEMES = word("[http:/"), word("[https:/"), word("[ftp:/"), word("[/")


_SPECIAL = byte_set(b"\n[]{}'<;_/")


@lean_kernel
def _completes(text: Bytes, first: int, at: int, c: int) -> bool:
    """Whether ``c`` after ``text[first:at]``, a part of one line, completes a mark."""
    if at == first:
        return False
    last = text[at - 1]
    if c == 0x7B:
        return last == c or last == 0x2D
    if c == 0x2F:
        if last == c:
            for scheme in _SCHEMES:
                if at - first >= len(scheme) and starts_with_any_case(text, at - len(scheme), at, scheme):
                    return True
        return False
    if c == 0x3B:
        k = at - 1
        while k > first and at - k < 14 and (is_name_byte(int(text[k])) or text[k] == 0x23):
            k -= 1
        return text[k] == 0x26
    if c == 0x5F:
        if last != c:
            return False
        k = at - 2
        while k > first and at - k < 64 and text[k] != 0x5F and text[k] > 0x20:
            k -= 1
        return k > first and text[k] == 0x5F and text[k - 1] == 0x5F and find(SWITCH, text, k + 1, at - 1) > 0
    return last == c


@lean_kernel
def _lead(text: Bytes, start: int, end: int) -> tuple[int, int]:
    """The line ``text[start:end]`` without list marks, rules, tables' signs and the signs of a heading."""
    before = -1
    while start < end and before != end - start:
        before = end - start
        while start < end:
            c = text[start]
            if c == 0x2A or c == 0x23 or c == 0x3A or c == 0x3B or c <= 0x20:
                start += 1
            elif end - start > 1 and (
                (c == 0x7B and text[start + 1] == 0x7C) or (c == 0x7C and text[start + 1] == 0x7D)
            ):
                start += 2
            else:
                break
        rule = start
        while rule < end and text[rule] == 0x2D:
            rule += 1
        if rule - start > 3:
            start = rule
        if start < end and text[start] == 0x3D and text[end - 1] == 0x3D:
            while start < end and text[start] == 0x3D:
                start += 1
            while end > start and (text[end - 1] == 0x3D or text[end - 1] <= 0x20):
                end -= 1
    return start, end


@lean_kernel
def _end_line(text: Bytes, base: int, first: int, at: int) -> int:
    """Settle the line written last, ``text[first:at]``, and return the new end without any line feed."""
    start, end = _lead(text, first, at)
    if start > first:
        for k in range(start, end):
            text[first + k - start] = text[k]
    at = first + end - start
    if at == first:  # empty: at most one empty line in a row, and none before the first
        while at > base and text[at - 1] == 0x0A and (at - base < 2 or text[at - 2] == 0x0A):
            at -= 1
    return at


@lean_kernel
def _move_plain(text: Bytes, i: int, end: int, at: int) -> int:
    """Move bytes that complete nothing from ``i`` to ``at``, which is not ahead; returns how many.

    Counting from 0 spares a check of every index.
    """
    source = text[i:end]
    target = text[at:end]
    for k in range(len(source)):
        c = source[k]
        if _SPECIAL[c]:
            return k
        target[k] = c
    return len(source)


@lean_kernel
def settle_span(text: Bytes, base: int, end: int, frames: Offsets) -> int:
    """Settle the tidy ``text[base:end]`` in place and return the new end. The output is never ahead of the input."""
    i, at, first = base, base, base
    while i < end:
        run = _move_plain(text, i, end, at)
        i += run
        at += run
        if i >= end:
            break
        c = int(text[i])
        i += 1
        if c == 0x0A:
            at = _end_line(text, base, first, at)
            if at > base:
                text[at] = c
                at += 1
            first = at
        elif c == 0x3C:
            value = tag_name(text, i - 1, end)[0]
            if value >= 0 or (i < end and text[i] == 0x21):
                facts.drop(frames, facts.MARKUP, text, i - 1, i)
                if at == first or text[at - 1] == 0x20:
                    continue
                c = 0x20
            text[at] = c
            at += 1
        elif not _completes(text, first, at, c):
            text[at] = c
            at += 1
    at = _end_line(text, base, first, at)
    while at > base and text[at - 1] <= 0x20:
        at -= 1
    return at
