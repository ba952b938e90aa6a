"""Blocks of a namumark page that hold no namumark: code, formulas, HTML."""

from beam_pipelines.text import facts
from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.namumark_bytes import DIGIT, KINDS, LETTER
from beam_pipelines.text.namumark_frames import Ints
from beam_pipelines.text.scan import starts_with, starts_with_any_case, word


@lean_kernel
def copy_literal(page: Bytes, i: int, end: int, out: Bytes, at: int) -> int:
    """Copy ``page[i:end]`` as it is; returns the new output position."""
    size = end - i
    source = page[i:end]
    target = out[at : at + size]
    for k in range(size):
        target[k] = source[k]
    return at + size


@lean_kernel
def copy_math(page: Bytes, i: int, end: int, out: Bytes, at: int, stack: Ints) -> int:
    r"""Copy TeX as the page shows it, ``\(...\)``, but for escaped characters that namumark would read again."""
    out[at] = 0x5C
    out[at + 1] = 0x28
    at += 2
    while i < end:
        c = int(page[i])
        following = int(page[i + 1]) if i + 1 < end else 0
        if c == 0x5C and (following == 0x5C or following == 0x2C or following == 0x2D or following == 0x3E):
            facts.drop(stack, facts.FORMULA, page, i, i + 2)
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


@lean_kernel
def _find(page: Bytes, i: int, end: int, what: Bytes) -> int:
    """Where ``what`` (lower case) next stands in any case, or ``end``."""
    while i < end and not starts_with_any_case(page, i, end, what):
        i += 1
    return i


@lean_kernel
def _tag_end(page: Bytes, i: int, end: int) -> int:
    """The position after the tag at ``i``, or ``i`` where the ``<`` there is a comparison."""
    c = int(page[i + 1])
    if not (KINDS[c] & LETTER or c == 0x2F or c == 0x21):
        return i
    k = i + 1
    while k < end and page[k] != 0x3E and page[k] != 0x3C:
        k += 1
    return k + 1 if k < end and page[k] == 0x3E else i


@lean_kernel
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


@lean_kernel
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


@lean_kernel
def copy_html(page: Bytes, i: int, end: int, out: Bytes, at: int, stack: Ints) -> int:
    """Copy the text of an HTML block: tags go, scripts and style sheets go with what they hold."""
    script_closes = True
    style_closes = True
    comment_closes = True
    while i < end:
        c = int(page[i])
        if c == 0x26:
            c, i = _entity(page, i, end)
            out[at] = c
            facts.add(stack, facts.ENTITY, out, at, at + 1)
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
                    facts.drop(stack, facts.COMMENT, page, i, found + 3)
                    i = found + 3
                    continue
            if found < end:
                facts.drop(stack, facts.MARKUP, page, i, found)
                i = found
            k = _tag_end(page, i, end)
            if k > i:
                facts.drop(stack, facts.MARKUP, page, i, k)
                at = _tag_text(page, i, k, out, at)
                i = k
                continue
        out[at] = page[i]
        at += 1
        i += 1
    return at
