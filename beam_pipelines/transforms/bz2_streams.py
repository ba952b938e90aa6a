"""The streams that a bz2 file is a chain of: found from any byte on, and unpacked one after the other.

A stream begins with ``BZh``, its block size and the magic of its first block, on a byte boundary; inside a stream that
sequence of ten bytes does not occur but by a chance of 2^-77 a byte. Source: the bzip2 file format.
"""

import bz2
import re
from collections.abc import Iterator

from beam_pipelines.transforms import files

_BEGIN = re.compile(rb"BZh[1-9]1AY&SY")
_BEGIN_BYTES = 10
_READ = 1 << 18
_MOST = 64 << 20
"""Unpacked bytes at a time; more than the 47 MB that one block can hold."""


def starts(path: str, start: int, end: int) -> Iterator[int]:
    """Where streams begin in bytes ``[start, end)`` of a file, in order."""
    for at in range(start, end, _READ):
        window = files.read_range(path, at, min(at + _READ, end) + _BEGIN_BYTES - 1)
        yield from (at + found.start() for found in _BEGIN.finditer(window))


def unpack(path: str, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """``(where its stream begins, bytes)`` for all streams in bytes ``[start, end)`` of a file, which tile them.

    ValueError names the stream that is damaged, breaks off or is none. What comes before that was checked: bytes are
    handed out when the sum behind their block has been.
    """
    with files.open_read(path) as file:
        file.seek(start)
        at = stream = start
        packed = b""
        while stream < end:
            unpacker = bz2.BZ2Decompressor()
            held = b""
            while not unpacker.eof:
                if unpacker.needs_input and not packed:
                    packed = file.read(min(_READ, end - at))
                    at += len(packed)
                    if not packed:
                        raise ValueError(f"the bz2 stream at byte {stream} breaks off")
                try:
                    block = unpacker.decompress(packed, _MOST)
                except OSError as error:
                    raise ValueError(f"the bz2 stream at byte {stream} is damaged: {error}") from None
                packed = b""
                if held:
                    yield stream, held
                    held = b""
                if unpacker.needs_input or unpacker.eof:
                    if block:
                        yield stream, block
                else:  # cut short inside a block whose sum has not been looked at yet
                    held = block
            packed = unpacker.unused_data
            stream = at - len(packed)
