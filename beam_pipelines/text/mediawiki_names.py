"""The names that MediaWiki markup knows, as one hash table that kernels can search.

The names stand in tables beside this file: templates that carry content and the text each leaves
(``mediawiki_templates.tsv``), tags, link prefixes and behaviour switches (``mediawiki_names.tsv``), TeX commands
(``mediawiki_tex.tsv``). HTML entities come from the standard library. A name is found by its kind and its bytes,
ASCII letters in either case (TeX and entities: as written), an underscore being a space.
"""

from collections.abc import Iterator
from html.entities import name2codepoint
from pathlib import Path
from typing import Any

import numpy as np

from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import lean_kernel, wide

TEMPLATE, TAG, PREFIX, SWITCH, ENTITY, TEX = (wide(k) for k in range(1, 7))
STRIP, LINE, RAW, LITERAL, FORMULA, TABLE, SUP, SUB = 1, 2, 3, 4, 5, 6, 7, 8
DROPPED, LANGUAGE = 1, 2
ACTION = 0xF  # of a tag's value; the bits above number the tags whose end has to be looked for
ACTION_BITS = 4
LONGEST = 64

# A template's text as a program: an operation, then what the comment says.
END, TEXT, ARGUMENT, NAMED, OPEN, CLOSE, ALL, MEASURE, FRACTION, VALUE = range(10)  # TEXT, NAMED, ALL: length, bytes

_KINDS = {"tag": TAG, "prefix": PREFIX, "switch": SWITCH}
_ACTIONS = {
    "strip": STRIP,
    "line": LINE,
    "raw": RAW,
    "literal": LITERAL,
    "formula": FORMULA,
    "table": TABLE,
    "sup": SUP,
    "sub": SUB,
    "drop": DROPPED,
    "language": LANGUAGE,
}
_SEPARATORS = {"*": "", ",": ", ", "/": "\n", " ": " ", "^": "^"}
_FORMS = {"m": MEASURE, "f": FRACTION, "v": VALUE}


def _rows(name: str) -> Iterator[list[str]]:
    for line in (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("# "):
            yield line.split("\t")


def _spaced(text: str) -> str:
    """``_`` at either end of a table's text is a space there."""
    if text.startswith("_"):
        text = " " + text[1:]
    return text[:-1] + " " if text.endswith("_") else text


def compile_text(text: str) -> bytes:
    """The program of one template text; ValueError where the text breaks the rules in the table's head."""
    program = bytearray()
    literal = ""
    text = _spaced(text).replace("\\n", "\n")
    at, opened = 0, False

    def flush() -> None:
        nonlocal literal
        if literal:
            program.extend((TEXT, len(literal.encode()), *literal.encode()))
            literal = ""

    while at < len(text):
        c = text[at]
        if c not in "$[]":
            literal += c
            at += 1
            continue
        flush()
        if c in "[]":
            if opened == (c == "["):
                raise ValueError(f"brackets do not pair: {text!r}")
            opened = c == "["
            program.append(OPEN if opened else CLOSE)
            at += 1
            continue
        what = text[at + 1 : at + 2]
        at += 2
        if what.isdigit():
            program.extend((ARGUMENT, int(what)))
        elif what in _SEPARATORS and what:
            program.extend((ALL, len(_SEPARATORS[what]), *_SEPARATORS[what].encode()))
        elif what == "(" and ")" in text[at:]:
            name = text[at : text.index(")", at)].encode()
            program.extend((NAMED, len(name), *name))
            at = text.index(")", at) + 1
        elif what in _FORMS:
            program.append(_FORMS[what])
        else:
            raise ValueError(f"unknown argument ${what} in {text!r}")
    flush()
    if opened:
        raise ValueError(f"brackets do not pair: {text!r}")
    return bytes((*program, END))


def _entries() -> tuple[dict[tuple[int, bytes], int], bytes]:
    """``({(kind, name): value}, programs)``; a template's value is where its program starts."""
    entries: dict[tuple[int, bytes], int] = {}
    programs = bytearray()
    for names, text, *_ in _rows("mediawiki_templates.tsv"):
        for name in names.split(", "):
            entries[TEMPLATE, name.lower().encode()] = len(programs)
        programs += compile_text(text)
    raw = 0
    for kind, action, names in _rows("mediawiki_names.tsv"):
        for name in names.split(" "):
            region = kind == "tag" and action in ("raw", "literal", "formula")
            raw += region
            entries[_KINDS[kind], name.replace("_", " ").encode()] = _ACTIONS[action] | region * raw << ACTION_BITS
    for name, text in _rows("mediawiki_tex.tsv"):
        entries[TEX, name.encode()] = ord(_spaced(text)) if text else 0
    for name, point in name2codepoint.items():
        entries[ENTITY, name.encode()] = point
    return entries, bytes(programs)


def _hash(kind: int, name: bytes) -> int:
    value = 2166136261 ^ kind
    for c in name:
        value = ((value ^ c) * 16777619) & 0xFFFFFFFF
    return value


def _table() -> tuple[Bytes, Any, Any, Bytes]:
    """``(names, slots, found, programs)``: open addressing over slots, which hold a row of ``found`` plus one.

    A row of ``found`` is (kind, start, length, value). The tables are small types, for each compiled kernel that
    searches holds a copy.
    """
    entries, programs = _entries()
    slots = np.zeros(4096, np.int16)
    found = np.zeros((len(entries), 4), np.int32)
    names = bytearray()
    for row, ((kind, name), value) in enumerate(entries.items()):
        at = _hash(kind, name) % len(slots)
        while slots[at]:
            at = (at + 1) % len(slots)
        slots[at] = row + 1
        found[row] = kind, len(names), len(name), value
        names += name
    arrays = np.frombuffer(bytes(names), np.uint8), slots, found, np.frombuffer(programs, np.uint8)
    for array in arrays:
        array.flags.writeable = False
    return arrays


def _digit_values() -> Any:
    values = np.full(256, 99, np.int64)
    for value, c in enumerate("0123456789abcdefghijklmnopqrstuvwxyz"):
        values[[ord(c), ord(c.upper())]] = value
    values.flags.writeable = False
    return values


_NAMES, _SLOTS, _FOUND, PROGRAMS = _table()
_DIGITS = _digit_values()  # of a letter or digit as one of a number of base 36; 99 for any other byte


def value_of(kind: int, name: str) -> Any:
    """:func:`find` of a name that is known, for constants."""
    encoded = name.encode()
    for row_kind, first, size, value in _FOUND:
        if row_kind == kind and _NAMES[first : first + size].tobytes() == encoded:
            return wide(value)
    raise KeyError(name)


@lean_kernel
def _folded(c: int, fold: bool) -> int:
    if fold:
        if 0x41 <= c <= 0x5A:
            return c + 0x20
        if c == 0x5F:
            return 0x20
    return c


@lean_kernel
def find(kind: int, data: Bytes, start: int, end: int) -> int:
    """The value of the name ``data[start:end]`` of this kind, or -1."""
    if end <= start or end - start > LONGEST:
        return -1
    fold = kind != ENTITY and kind != TEX
    value = 2166136261 ^ kind
    for k in range(start, end):
        value = ((value ^ _folded(int(data[k]), fold)) * 16777619) & 0xFFFFFFFF
    at = value & (len(_SLOTS) - 1)
    while _SLOTS[at] != 0:
        row = int(_SLOTS[at]) - 1
        if _FOUND[row, 0] == kind and _FOUND[row, 2] == end - start:
            first = int(_FOUND[row, 1])
            k = 0
            while k < end - start and _folded(int(data[start + k]), fold) == _NAMES[first + k]:
                k += 1
            if k == end - start:
                return int(_FOUND[row, 3])
        at = (at + 1) & (len(_SLOTS) - 1)
    return -1


@lean_kernel
def put_character(out: Bytes, at: int, point: int) -> int:
    """Write a code point as UTF-8 and return the new end."""
    if point < 0x80:
        out[at] = point
        return at + 1
    if point < 0x800:
        out[at] = 0xC0 | point >> 6
        out[at + 1] = 0x80 | point & 0x3F
        return at + 2
    if point < 0x10000:
        out[at] = 0xE0 | point >> 12
        out[at + 1] = 0x80 | point >> 6 & 0x3F
        out[at + 2] = 0x80 | point & 0x3F
        return at + 3
    out[at] = 0xF0 | point >> 18
    out[at + 1] = 0x80 | point >> 12 & 0x3F
    out[at + 2] = 0x80 | point >> 6 & 0x3F
    out[at + 3] = 0x80 | point & 0x3F
    return at + 4


@lean_kernel
def is_name_byte(c: int) -> bool:
    """Whether an ASCII letter or digit."""
    return bool(_DIGITS[c] < 36)


@lean_kernel
def entity(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """``(code point, bytes)`` of the character reference at the ``&`` in ``data[at]``; (0, 0) where there is none.

    References to control characters, to surrogates and beyond Unicode are none.
    """
    k = at + 1
    if k < end and data[k] == 0x23:
        k += 1
        base = 10
        if k < end and (data[k] == 0x78 or data[k] == 0x58):
            k += 1
            base = 16
        first = k
        point = 0
        while k < end and k - first < 10 and _DIGITS[data[k]] < base:
            point = point * base + _DIGITS[data[k]]
            k += 1
        if k == first or point > 0x10FFFF or (point >> 11) == 0x1B or (point < 0x20 and point != 9 and point != 10):
            return 0, 0
    else:
        while k < end and k - at < 10 and _DIGITS[data[k]] < 36:
            k += 1
        point = find(ENTITY, data, at + 1, k)
    if k >= end or data[k] != 0x3B or point < 0:
        return 0, 0
    return point, k + 1 - at
