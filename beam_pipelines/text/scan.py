"""Small searches that every kernel over UTF-8 bytes needs. Words are ASCII or whole UTF-8 characters."""

import numpy as np

from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import lean_kernel


def word(text: str) -> Bytes:
    """A constant that kernels can compare with."""
    array = np.frombuffer(text.encode(), np.uint8)
    array.flags.writeable = False
    return array


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
