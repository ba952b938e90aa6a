"""Small searches that every kernel over UTF-8 bytes needs. Words are ASCII or whole UTF-8 characters."""

import numpy as np

from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import lean_kernel


def word(text: str) -> Bytes:
    """A constant that kernels can compare with."""
    array = np.frombuffer(text.encode(), np.uint8)
    array.flags.writeable = False
    return array


_BLOCK = 64  # bytes looked at together
VECTOR = 192
"""Bytes counted in one go: no more than a uint8 can hold, so that counting loops run as vectors of bytes, and whole
pairs of vectors of 32, which leave no rest (240 took up to a third longer)."""


def byte_set(members: bytes) -> Bytes:
    """A constant of 256 that is 1 at the given bytes."""
    table = np.zeros(256, np.uint8)
    table[list(members)] = 1
    table.flags.writeable = False
    return table


@lean_kernel
def _count_line_ends(data: Bytes) -> int:
    total = 0
    for start in range(0, len(data), VECTOR):
        block = data[start : min(start + VECTOR, len(data))]
        found = np.uint8(0)
        for k in range(len(block)):  # without a branch, so that it runs as vectors
            found = np.uint8(found + np.uint8(block[k] == 0x0A))
        total += int(found)
    return total


def count_line_ends(data: bytes) -> int:
    """``data.count(b"\\n")``, many times as fast where there are many."""
    return int(_count_line_ends(np.frombuffer(data, np.uint8)))


@lean_kernel
def find_line_end(data: Bytes, start: int, end: int) -> int:
    """The place of the first line feed of ``data[start:end]``, or ``end``."""
    while start + _BLOCK <= end:
        block = data[start : start + _BLOCK]
        found = False
        for k in range(_BLOCK):  # without a branch, so that it runs as vectors
            found |= block[k] == 0x0A
        if found:
            break
        start += _BLOCK
    while start < end and data[start] != 0x0A:
        start += 1
    return start


@lean_kernel
def starts_with(data: Bytes, at: int, end: int, prefix: Bytes) -> bool:
    """Whether ``data[at:end]`` begins with ``prefix``."""
    if end - at < len(prefix):
        return False
    for k in range(len(prefix)):  # noqa: SIM110 - a plain loop is what compiles well
        if data[at + k] != prefix[k]:
            return False
    return True


@lean_kernel
def starts_with_any_case(data: Bytes, at: int, end: int, prefix: Bytes) -> bool:
    """:func:`starts_with` where ASCII letters of ``data`` match a lower-case ``prefix``."""
    if end - at < len(prefix):
        return False
    for k in range(len(prefix)):
        c = int(data[at + k])
        if 0x41 <= c <= 0x5A:
            c += 0x20
        if c != prefix[k]:
            return False
    return True
