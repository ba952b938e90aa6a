"""What namumark says inside a line: links, macros, style marks, template variables and escapes."""

import numpy as np

from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import kernel
from beam_pipelines.text.namumark_braces import copy_literal, copy_math
from beam_pipelines.text.namumark_frames import (
    BEYOND_ASCII,
    BOLD,
    CALL,
    DASHES,
    DEPTH,
    DIGIT,
    ITALIC,
    KIND,
    KINDS,
    LABEL,
    LETTER,
    LIMIT,
    LINK,
    MARK_SIZE,
    NO_CALL_LINE,
    NO_CALL_PARAGRAPH,
    NOTE,
    OUT,
    ROW,
    STYLES,
    SUB,
    SUPER,
    TILDES,
    UNDERLINE,
    Ints,
    part_digits,
    push,
)
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


def _first_bytes() -> Bytes:
    first = np.zeros(256, np.uint8)
    for prefix in _LEFT_OUT:
        first[[prefix[0], int(prefix[0]) & 0xDF if prefix[0] < 0x80 else prefix[0]]] = 1
    first[[0x20, 0x3A]] = 1
    first.flags.writeable = False
    return first


_OPENS_LEFT_OUT = _first_bytes()

# What each macro leaves in the text. BARE ones also stand without arguments.
GOES, BREAKS, INCLUDES, IS_MATH, IS_RUBY = 1, 2, 3, 4, 5
_BARE = 8
_MACROS = {
    "br": BREAKS | _BARE,
    "목차": GOES | _BARE,
    "tableofcontents": GOES | _BARE,
    "toc": GOES | _BARE,
    "각주": GOES | _BARE,
    "footnote": GOES | _BARE,
    "clearfix": GOES | _BARE,
    "date": GOES | _BARE,
    "datetime": GOES | _BARE,
    "pagecount": GOES | _BARE,
    "include": INCLUDES,
    "anchor": GOES,
    "age": GOES,
    "dday": GOES,
    "math": IS_MATH,
    "ruby": IS_RUBY,
    "youtube": GOES,
    "kakaotv": GOES,
    "navertv": GOES,
    "nicovideo": GOES,
    "vimeo": GOES,
    "tvpot": GOES,
    "dailymotion": GOES,
    "twitch": GOES,
    "soundcloud": GOES,
    "spotify": GOES,
    "html": GOES,
}
_LONGEST_NAME = max(len(name.encode()) for name in _MACROS)


def _name_table() -> Bytes:
    """One row a macro: what it does, the length of its name, the name."""
    table = np.zeros((len(_MACROS), 2 + _LONGEST_NAME), np.uint8)
    for row, (name, action) in zip(table, _MACROS.items(), strict=True):
        row[0], row[1] = action, len(name.encode())
        row[2 : 2 + row[1]] = np.frombuffer(name.encode(), np.uint8)
    table.flags.writeable = False
    return table


_NAMES = _name_table()
_RUBY_TEXT = word("ruby=")
_RUBY_COLOUR = word("color=")
_PLAIN_BRACKET = 64  # longest "[1]" looked for inside a footnote

# Bytes that mean nothing, bytes that only mean something twice, and the rest.
PLAIN, DOUBLED, MARK = 0, 1, 2


def _byte_classes() -> Bytes:
    classes = np.zeros(256, np.uint8)
    classes[np.frombuffer(b"'~-_^,", np.uint8)] = DOUBLED
    classes[np.frombuffer(b"[]{}|=#\\@\n", np.uint8)] = MARK
    classes.flags.writeable = False
    return classes


CLASSES = _byte_classes()


def _styles() -> Bytes:
    styles = np.zeros(256, np.uint8)
    styles[np.frombuffer(b"'~-_^,", np.uint8)] = [ITALIC, TILDES, DASHES, UNDERLINE, SUPER, SUB]
    styles.flags.writeable = False
    return styles


_STYLE_OF = _styles()

# What a backslash takes its meaning from.
ESCAPED = np.zeros(256, np.uint8)
ESCAPED[np.frombuffer(b"[]{}|'~-_^,=>#*\\@", np.uint8)] = 1
ESCAPED.flags.writeable = False


@kernel
def _is_left_out(page: Bytes, i: int, end: int) -> bool:
    """Whether a link target names a file or a category."""
    while i < end and page[i] == 0x20:
        i += 1
    for prefix in _LEFT_OUT:  # noqa: SIM110 - a plain loop is what compiles well
        if starts_with_any_case(page, i, end, prefix):
            return True
    return False


@kernel
def _copy_target(page: Bytes, i: int, end: int, out: Bytes, at: int) -> int:
    """Copy a link target as the page shows it: unescaped, and without the colon that links to a category."""
    if page[i] == 0x3A and _is_left_out(page, i + 1, end):
        i += 1
    while i < end:
        if page[i] == 0x5C and i + 1 < end and ESCAPED[page[i + 1]]:
            i += 1
        out[at] = page[i]
        at += 1
        i += 1
    return at


@kernel
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


@kernel
def plain_link(page: Bytes, i: int, out: Bytes, at: int) -> tuple[int, int]:
    """Read the link at ``i`` if target and label are plain text, as in most; positions stay where they are not."""
    k = i + 2
    if _OPENS_LEFT_OUT[page[k]]:
        return i, at
    first = at
    labelled = False
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
        elif c == 0x5D and page[k + 1] == 0x5D:
            return k + 2, first
        else:
            return i, at


@kernel
def open_link(page: Bytes, i: int, out: Bytes, at: int, stack: Ints) -> tuple[int, int]:
    """Read the link at ``i``, up to its label where that holds markup; returns the new positions."""
    limit = stack[0, LIMIT]
    first = i + 2
    end = _target_end(page, first, limit)
    if end < 0:
        return first, at
    left_out = _is_left_out(page, first, end)
    if page[end] == 0x5D:
        if left_out:
            return end + 2, part_digits(page, end + 2, out, at)
        return end + 2, _copy_target(page, first, end, out, at)
    if stack[0, ROW] and page[end + 1] == 0x7C:  # the next cell
        return first, at
    k = end + 1
    while k < limit:
        kind = int(CLASSES[page[k]])
        if kind != PLAIN and (kind != DOUBLED or page[k + 1] == page[k]):
            break
        k += 1
    if k < limit and page[k] == 0x5D and page[k + 1] == 0x5D:
        if left_out:
            return k + 2, part_digits(page, k + 2, out, at)
        if k == end + 1:
            return k + 2, _copy_target(page, first, end, out, at)
        return k + 2, copy_literal(page, end + 1, k, out, at)
    depth = push(stack, at)
    if depth == 0:
        return first, at
    out[at] = 0x5B
    out[at + 1] = 0x5B
    at = _copy_target(page, first, end, out, at + 2)
    out[at] = 0x7C
    stack[depth, KIND] = LINK
    stack[depth, MARK_SIZE] = 2
    stack[depth, LABEL] = -1 if left_out else at + 1
    return end + 1, at + 1


@kernel
def close_link(page: Bytes, i: int, out: Bytes, at: int, stack: Ints) -> int:
    """Leave the innermost region, a link, before input position ``i``; returns the new output position."""
    depth = stack[0, DEPTH]
    first = stack[depth, OUT]
    label = stack[depth, LABEL]
    stack[0, DEPTH] = depth - 1
    if label < 0:
        return part_digits(page, i, out, first)
    for k in range(first, label):
        out[k] = GONE
    return at


@kernel
def close_left_out(page: Bytes, i: int, out: Bytes, stack: Ints) -> int:
    """Leave the innermost region, a footnote or an include, and all of its text."""
    first = stack[stack[0, DEPTH], OUT]
    stack[0, DEPTH] -= 1
    return part_digits(page, i, out, first)


@kernel
def _macro(page: Bytes, i: int, limit: int) -> tuple[int, int]:
    """(what the macro named at ``i`` does, position after its name); (0, i) for a name that is none."""
    k = i
    while k < limit and k - i <= _LONGEST_NAME:
        c = int(page[k])
        if not KINDS[c] & (LETTER | BEYOND_ASCII):
            break
        k += 1
    size = k - i
    for row in range(len(_NAMES)):
        if _NAMES[row, 1] == size and starts_with_any_case(page, i, k, _NAMES[row, 2 : 2 + size]):
            return int(_NAMES[row, 0]), k
    return 0, i


@kernel
def _call_end(page: Bytes, i: int, stack: Ints, lines: bool) -> int:
    """Where the next ``)]`` stands, on this line or (``lines``) in this paragraph; -1 for nowhere."""
    memory = NO_CALL_PARAGRAPH if lines else NO_CALL_LINE
    if i < stack[0, memory]:
        return -1
    k = i
    while k < stack[0, LIMIT]:
        if page[k] == 0x29 and page[k + 1] == 0x5D:
            return k
        if page[k] == 0x0A and (not lines or page[k + 1] == 0x0A):
            break
        k += 1
    stack[0, memory] = k
    return -1


@kernel
def _ruby_base_end(page: Bytes, i: int, end: int) -> int:
    """Where the options of a ruby macro begin."""
    for k in range(i, end):
        if page[k] == 0x2C:
            option = k + 1
            while page[option] == 0x20:
                option += 1
            if starts_with_any_case(page, option, end, _RUBY_TEXT) or starts_with_any_case(
                page, option, end, _RUBY_COLOUR
            ):
                return k
    return end


@kernel
def _break_line(page: Bytes, i: int, out: Bytes, at: int) -> int:
    """A line end, or a space where what follows would mean something else at the start of a line."""
    while page[i] == 0x20:
        i += 1
    c = int(page[i])
    marks = c == 0x3D or c == 0x3E or c == 0x23 or c == 0x7C
    out[at] = 0x20 if marks else 0x0A
    return at + 1


@kernel
def open_bracket(page: Bytes, i: int, out: Bytes, at: int, stack: Ints) -> tuple[int, int]:
    """Read the single ``[`` at ``i``: a footnote, a macro, or just a bracket."""
    limit = stack[0, LIMIT]
    if page[i + 1] == 0x2A:
        depth = push(stack, at)
        if depth == 0:
            return i + 2, at
        stack[depth, KIND] = NOTE
        stack[depth, MARK_SIZE] = 2
        out[at] = 0x5B
        out[at + 1] = 0x2A
        return i + 2, at + 2
    action, k = _macro(page, i + 1, limit)
    if action & _BARE and page[k] == 0x5D and k < limit:
        if action & 7 == BREAKS:
            return k + 1, _break_line(page, k + 1, out, at)
        return k + 1, part_digits(page, k + 1, out, at)
    if action and page[k] == 0x28:
        action &= 7
        if action == INCLUDES:
            depth = push(stack, at)
            if depth == 0:
                return k + 1, at
            stack[depth, KIND] = CALL
            stack[depth, MARK_SIZE] = k + 1 - i
            return k + 1, copy_literal(page, i, k + 1, out, at)
        end = _call_end(page, k + 1, stack, action == IS_MATH)
        if end >= 0:
            if action == IS_MATH:
                return end + 2, copy_math(page, k + 1, end, out, at)
            if action == IS_RUBY:
                return end + 2, copy_literal(page, k + 1, _ruby_base_end(page, k + 1, end), out, at)
            return end + 2, part_digits(page, end + 2, out, at)
    elif stack[stack[0, DEPTH], KIND] == NOTE:  # "[1]" or "[0, 1]" does not end the footnote
        k = i + 1
        stop = min(limit, k + _PLAIN_BRACKET)
        depth = 0
        while k < stop and depth >= 0 and page[k] != 0x5B and page[k] != 0x0A and page[k] != 0x5D:
            c = int(page[k])
            depth += (c == 0x28) - (c == 0x29)
            k += 1
        if depth >= 0 and k < stop and page[k] == 0x5D:
            return k + 1, copy_literal(page, i, k + 1, out, at)
    out[at] = 0x5B
    return i + 1, at + 1


@kernel
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


@kernel
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
    if style == SUPER and first > 0 and KINDS[out[first - 1]] == DIGIT:
        c = int(out[first + width])
        if KINDS[c] == DIGIT or c == 0x2D or c == 0x2B:  # 10^^9^^ is not 109
            out[first] = mark
    return at


@kernel
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
        return i + n, at
    for k in range(n):
        out[at + k] = mark
    return i + n, at + n


@kernel
def _name_end(page: Bytes, i: int) -> int:
    """The position after the name of a template variable."""
    k = i
    while k - i < 64:
        c = int(page[k])
        if not (KINDS[c] & (DIGIT | LETTER | BEYOND_ASCII) or c == 0x5F):
            break
        k += 1
    return k


@kernel
def template_variable(page: Bytes, i: int, out: Bytes, at: int, stack: Ints) -> tuple[int, int]:
    """Read ``@name@``, which is nothing here, or ``@name=default@``, at ``i``; an address is left as it is."""
    c = int(page[i - 1]) if i > 0 else 0
    k = _name_end(page, i + 1)
    limit = stack[0, LIMIT]
    if k > i + 1 and not KINDS[c] & (DIGIT | LETTER):
        if page[k] == 0x40 and k < limit:
            return k + 1, part_digits(page, k + 1, out, at)
        if page[k] == 0x3D:
            end = k + 1
            while end < limit and page[end] != 0x40 and page[end] != 0x0A:
                end += 1
            if end < limit and page[end] == 0x40:
                return end + 1, copy_literal(page, k + 1, end, out, at)
    out[at] = 0x40
    return i + 1, at + 1


@kernel
def escape(page: Bytes, i: int, out: Bytes, at: int, stack: Ints) -> tuple[int, int]:
    r"""Read the backslash at ``i``: before a mark it makes it text, elsewhere (``\5,000``) it is text itself."""
    if ESCAPED[page[i + 1]] and i + 1 < stack[0, LIMIT]:
        out[at] = page[i + 1]
        return i + 2, at + 1
    out[at] = 0x5C
    return i + 1, at + 1
