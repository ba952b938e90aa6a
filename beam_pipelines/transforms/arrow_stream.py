"""Where the record batches of an Arrow IPC stream lie, found by its message headers without reading the bodies.

Source: the Arrow columnar format, "Encapsulated message format" and ``Message.fbs``. The file format holds the same
stream behind its magic. A 580 MB shard costs some hundred small reads.
"""

import struct
from collections.abc import Callable
from typing import NamedTuple

FILE_MAGIC = b"ARROW1\0\0"
_CONTINUATION = 0xFFFFFFFF
_SCHEMA, _DICTIONARY, _RECORD_BATCH = 1, 2, 3
_HEADER_BYTES = 4096


class Batch(NamedTuple):
    """One record batch message: its bytes ``[start, end)`` in the file and its number of rows."""

    start: int
    end: int
    rows: int


class Layout(NamedTuple):
    """What a walk found; ``damage`` says what is wrong from byte ``end`` on, ``lost_rows`` what that costs at least."""

    schema: tuple[int, int]
    batches: list[Batch]
    dictionaries: bool
    end: int
    damage: str = ""
    lost_rows: int = 1


def _field(table: memoryview, at: int, slot: int) -> int:
    """The position of a flatbuffer table's field, 0 when it is absent."""
    vtable = at - struct.unpack_from("<i", table, at)[0]
    if 4 + 2 * slot >= struct.unpack_from("<H", table, vtable)[0]:
        return 0
    offset = struct.unpack_from("<H", table, vtable + 4 + 2 * slot)[0]
    return at + offset if offset else 0


def _message(metadata: bytes) -> tuple[int, int, int]:
    """``(header type, body length, rows)`` of a Message; rows only for a record batch."""
    view = memoryview(metadata)
    root = struct.unpack_from("<I", view, 0)[0]
    kind_at, header_at, body_at = (_field(view, root, slot) for slot in (1, 2, 3))
    kind = view[kind_at] if kind_at else 0
    body = struct.unpack_from("<q", view, body_at)[0] if body_at else 0
    rows = 0
    if kind == _RECORD_BATCH and header_at:
        header = header_at + struct.unpack_from("<I", view, header_at)[0]
        length_at = _field(view, header, 0)
        rows = struct.unpack_from("<q", view, length_at)[0] if length_at else 0
    if body < 0 or rows < 0:
        raise ValueError("a negative length")
    return kind, body, rows


def walk(read: Callable[[int, int], bytes], size: int) -> Layout:
    """Lay out a stream (or a file) of ``size`` bytes, of which ``read(start, end)`` gives any range.

    Raises ValueError when it is no Arrow stream at all; damage after the schema is told in the result.
    """
    at = len(FILE_MAGIC) if read(0, len(FILE_MAGIC)) == FILE_MAGIC else 0
    schema: tuple[int, int] | None = None
    batches: list[Batch] = []
    dictionaries = False
    damage = ""
    lost_rows = 1
    while at < size:
        head = read(at, min(at + _HEADER_BYTES, size))
        if len(head) < 8:
            damage = "cut inside a message header"
            break
        mark, length = struct.unpack_from("<Ii", head, 0)
        skip = 8
        if mark != _CONTINUATION:  # streams written before Arrow 0.15
            length, skip = struct.unpack_from("<i", head, 0)[0], 4
        if length == 0:  # end of stream
            break
        if length < 0 or at + skip + length > size:
            damage = "cut inside a message header" if length > 0 else "a damaged message header"
            break
        metadata = head[skip : skip + length]
        if len(metadata) < length:
            metadata = read(at + skip, at + skip + length)
        try:
            kind, body, rows = _message(metadata)
        except (struct.error, IndexError, ValueError):
            damage = "a damaged message header"
            break
        end = at + skip + length + body
        if end > size:
            damage, lost_rows = f"cut inside a record batch of {rows} rows", max(1, rows)
            break
        if kind == _SCHEMA:
            schema = (at, end)
        elif kind == _RECORD_BATCH:
            batches.append(Batch(at, end, rows))
        elif kind == _DICTIONARY:
            dictionaries = True
        else:
            damage = f"an unknown message of type {kind}"
            break
        at = end
    if schema is None:
        raise ValueError(f"no Arrow file: {damage or 'it holds no schema'}")
    return Layout(schema, batches, dictionaries, at, damage, lost_rows)
