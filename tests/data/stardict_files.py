"""Writes StarDict dictionaries in every variant of the format, for the tests of the reader."""

import gzip
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.stardict import Field

Entry = tuple[bytes, tuple[Field, ...]]


@dataclass(frozen=True)
class Variant:
    """How the files are laid out; ``types`` is the sametypesequence."""

    version: str = "2.4.2"
    offset_bits: int = 32
    index: str = ".idx"
    texts: str = ".dict"
    types: str = ""
    line_end: str = "\n"
    ends_last: bool = False
    """Whether the last text field of a sametypesequence ends in a zero byte, as some writers have it."""


PLAIN = Variant(types="m")


def dictzip(data: bytes, chunk: int = 1_000) -> bytes:
    """gzip with the table of chunks that dictzip puts into the header (RFC 1952 extra field ``RA``)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    chunks = [
        packer.compress(data[at : at + chunk]) + packer.flush(zlib.Z_FULL_FLUSH) for at in range(0, len(data), chunk)
    ]
    table = struct.pack("<HHH", 1, chunk, len(chunks)) + b"".join(struct.pack("<H", len(piece)) for piece in chunks)
    extra = b"RA" + struct.pack("<H", len(table)) + table
    header = b"\x1f\x8b\x08\x04" + bytes(4) + b"\x02\x03" + struct.pack("<H", len(extra)) + extra
    return header + b"".join(chunks) + packer.flush() + struct.pack("<II", zlib.crc32(data), len(data))


def _field(field: Field, *, typed: bool, open_end: bool, ends: bool) -> bytes:
    kind = field.kind.encode() if typed else b""
    if open_end:
        return field.data + (b"\0" if ends and field.kind.islower() else b"")
    if field.kind.isupper():
        return kind + struct.pack(">I", len(field.data)) + field.data
    return kind + field.data + b"\0"


def text_block(fields: Sequence[Field], variant: Variant) -> bytes:
    """The bytes of one entry in the ``.dict``."""
    typed = not variant.types
    return b"".join(
        _field(field, typed=typed, open_end=not typed and place == len(fields), ends=variant.ends_last)
        for place, field in enumerate(fields, 1)
    )


def write(
    folder: Path,
    entries: Sequence[Entry],
    variant: Variant = PLAIN,
    *,
    synonyms: Sequence[tuple[bytes, int]] = (),
    name: str = "사전",
    **options: object,
) -> Path:
    """Write a dictionary and return its ``.ifo``; ``options`` are further lines of it, or other values for them."""
    folder.mkdir(parents=True, exist_ok=True)
    index, texts = bytearray(), bytearray()
    for headword, fields in entries:
        block = text_block(fields, variant)
        numbers = struct.pack(">QI" if variant.offset_bits == 64 else ">II", len(texts), len(block))
        index += headword + b"\0" + numbers
        texts += block
    lines: dict[str, object] = {"bookname": name, "wordcount": len(entries), "idxfilesize": len(index)}
    if synonyms:
        lines["synwordcount"] = len(synonyms)
        listed = b"".join(word + b"\0" + struct.pack(">I", target) for word, target in synonyms)
        (folder / f"{name}.syn").write_bytes(listed)
    if variant.offset_bits == 64:
        lines["idxoffsetbits"] = 64
    if variant.types:
        lines["sametypesequence"] = variant.types
    ifo = ["StarDict's dict ifo file", f"version={variant.version}"]
    ifo += [f"{key}={value}" for key, value in {**lines, **options}.items()]
    path = folder / f"{name}.ifo"
    path.write_bytes((variant.line_end.join(ifo) + variant.line_end).encode())
    pack: dict[str, Callable[[bytes], bytes]] = {
        ".idx": bytes,
        ".dict": bytes,
        ".idx.gz": gzip.compress,
        ".dict.dz": dictzip,
    }
    (folder / f"{name}{variant.index}").write_bytes(pack[variant.index](bytes(index)))
    (folder / f"{name}{variant.texts}").write_bytes(pack[variant.texts](bytes(texts)))
    return path


def plain(pairs: Sequence[tuple[str, str]]) -> list[Entry]:
    """Entries of plain text."""
    return [(headword.encode(), (Field("m", text.encode()),)) for headword, text in pairs]
