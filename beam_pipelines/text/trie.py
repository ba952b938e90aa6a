"""Many words looked up at once, in compiled code: a trie over UTF-8 bytes, packed into one flat array.

``build`` packs words into a double array (Aoe, 1989): the child of a node by byte b is at ``base + column[b]``, if the
slot there names that node as its parent. A thousand Korean terms take some 150 KB, of which a walk touches few lines.
Words match in any ASCII case. ``starts`` and ``candidate`` pass over the text that cannot start a word: six bytes
at a time, two syllables, are looked up in a table that turns away all but one or two in a hundred.
"""

import functools
import itertools
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from beam_pipelines.text.columns import Bytes, Offsets
from beam_pipelines.text.compiled import lean_kernel

# [0:256] is 3 x the column of each byte, 0 for a byte that no word has. A node is the index of its three numbers:
# base, parent, value (-1 where no word ends). ROOT leaves room for any column below it, so no index is negative.
Trie = npt.NDArray[np.int32]
ROOT = 768

_WINDOW = 6  # bytes: two Hangul syllables
_MASK = 0x3FFFF  # 18 bits


def _nested(values: Mapping[str, int]) -> dict[int, Any]:
    """The words as dicts of dicts by byte; the value of a word stands under the key -1."""
    root: dict[int, Any] = {}
    for word, value in values.items():
        if not word or value < 0:
            raise ValueError(f"a trie takes non-empty words with values >= 0, not {word!r}: {value}")
        node = root
        for byte in word.encode().lower():
            node = node.setdefault(byte, {})
        if -1 in node:
            raise ValueError(f"{word!r} is listed twice (case does not count)")
        node[-1] = value
    return root


def build(values: Mapping[str, int]) -> Trie:
    """Pack words and the values (>= 0) that they stand for. Linear in their bytes.

    Raises ValueError for an empty word, a negative value, or two words that differ in ASCII case only.
    """
    root = _nested(values)
    used = sorted({byte for word in values for byte in word.encode().lower()})
    column = {byte: 3 * rank for rank, byte in enumerate(used, 1)}
    slots: dict[int, tuple[int, int]] = {ROOT: (-1, root.get(-1, -1))}  # of each node, its parent and its value
    base = {ROOT: 0}
    free = ROOT + 3
    holes: list[int] = []  # free slots between siblings, for only children
    waiting = [(ROOT, root)]
    for slot, node in waiting:  # grows while it is read: breadth first
        children = sorted((column[byte], child) for byte, child in node.items() if byte >= 0) if len(node) else []
        if not children:
            continue
        first = children[0][0]
        if len(children) == 1 and holes:
            base[slot] = holes.pop() - first
        else:
            base[slot] = free - first
            taken = {base[slot] + c for c, _ in children}
            free = max(taken) + 3
            holes.extend(at for at in range(min(taken), free, 3) if at not in taken)
        for c, child in children:
            slots[base[slot] + c] = (slot, child.get(-1, -1))
            waiting.append((base[slot] + c, child))

    trie = np.full(free + 3 * len(used) + 3, -1, np.int32)
    trie[:ROOT] = 0
    for byte, at in column.items():
        trie[list({byte, *chr(byte).upper().encode()} if byte < 0x80 else {byte})] = at
    for at, (parent, value) in slots.items():
        trie[at : at + 3] = base.get(at, 0), parent, value
    trie.flags.writeable = False
    return trie


class Starts(NamedTuple):
    """How words may begin. Shapes: marks (524288,) uint8, jumps (524288,) int64.

    Where six bytes that begin a word hash to h, ``marks[h]`` is 1, ``jumps[2 * h]`` is these bytes and
    ``jumps[2 * h + 1]`` the node that they lead to; -1 and ROOT if two beginnings share h. Words that are short or
    begin with Latin letters are marked by their first two bytes, in the second half of ``marks``.
    """

    marks: Bytes
    jumps: Offsets


def either_case(word: bytes, at: int) -> set[int]:
    """The bytes that may stand at a place of a word in any ASCII case; every byte behind its end."""
    return {*word[at : at + 1].lower(), *word[at : at + 1].upper()} if at < len(word) else set(range(256))


def starts(words: Iterable[str], trie: Trie) -> Starts:
    """The tables for :func:`candidate`, of the words that ``trie`` was built from."""
    marks = np.zeros(2 * (_MASK + 1), np.uint8)
    jumps = np.full(2 * (_MASK + 1), -1, np.int64)
    for word in words:
        raw = word.encode()
        first = raw[:_WINDOW]
        if len(first) == _WINDOW and first.lower() == first.upper():
            window = int.from_bytes(first, "big")
            at = _spread(window)
            node = functools.reduce(lambda node, byte: int(step(trie, node, byte)), first, ROOT)
            shared = marks[at] and jumps[2 * at] != window
            marks[at] = 1
            jumps[2 * at : 2 * at + 2] = (-1, ROOT) if shared else (window, node)
            continue
        for pair in itertools.product(either_case(raw, 0), either_case(raw, 1)):
            marks[_MASK + 1 + int.from_bytes(pair, "big")] = 1
    marks.flags.writeable = jumps.flags.writeable = False
    return Starts(marks, jumps)


@lean_kernel
def _spread(window: int) -> int:
    """18 bits of six bytes. Of two Hangul syllables all but the lead bytes, which hardly vary, come through."""
    return (window ^ window >> 22) & _MASK


@lean_kernel
def candidate(data: Bytes, at: int, end: int, marks: Bytes, jumps: Offsets) -> tuple[int, int, int]:
    """``(begin, node, k)``: a word may start at ``begin``; ``data[begin:k]`` leads to ``node``. Or (end, ROOT, end).

    ``begin`` is the first such place at or after ``at``. The loop goes byte by byte because a step as wide as the
    character makes the processor guess, and wait.
    """
    last = min(end, len(data) - _WINDOW + 1)
    window = 0
    for k in range(at, min(at + _WINDOW - 1, len(data))):
        window = window << 8 | int(data[k]) & 0xFF
    while at < last:
        window = (window << 8 | int(data[at + _WINDOW - 1]) & 0xFF) & 0xFFFFFFFFFFFF
        spread = _spread(window)
        short = int(marks[_MASK + 1 + (window >> 32)])
        if int(marks[spread]) | short:
            if short or jumps[2 * spread] < 0:
                return at, ROOT, at
            if jumps[2 * spread] == window and at + _WINDOW <= end:
                return at, int(jumps[2 * spread + 1]), at + _WINDOW
        at += 1
    at = min(at, end)  # the last five bytes of the data are not looked up
    return at, ROOT, at


@lean_kernel
def may_start(data: Bytes, at: int, marks: Bytes) -> bool:
    """Whether :func:`candidate` would look closer at ``at``, behind which there are six bytes."""
    window = 0
    for k in range(at, at + _WINDOW):
        window = window << 8 | int(data[k])
    return bool(int(marks[_spread(window)]) | int(marks[_MASK + 1 + (window >> 32)]))


@lean_kernel
def step(trie: Trie, node: int, byte: int) -> int:
    """The child of ``node`` by ``byte``, or -1. Begin at ROOT; ``trie[node + 2]`` is the word that ends there."""
    column = int(trie[byte])
    child = int(trie[node]) + column
    return child if column and int(trie[child + 1]) == node else -1


@lean_kernel
def longest(data: Bytes, at: int, end: int, trie: Trie) -> tuple[int, int]:
    """``(value, stop)`` of the longest word that starts at ``at``; (-1, at) where none does."""
    value = -1
    stop = at
    node = ROOT
    k = at
    while k < end:
        node = step(trie, node, int(data[k]))
        if node < 0:
            break
        k += 1
        if trie[node + 2] >= 0:
            value = int(trie[node + 2])
            stop = k
    return value, stop
