"""Is it UTF-8, and is it NFC? Decomposed Hangul would count as no Korean at all and never equal its composed twin."""

import functools
import unicodedata

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from beam_pipelines.text.columns import Bytes, Offsets, flat, from_strings
from beam_pipelines.text.compiled import lean_kernel

VALID, SUSPECT, INVALID = 0, 1, 2

_STRETCH = 1024
_JAMO_VOWELS, _JAMO_FINALS = range(0x1161, 0x1176), range(0x11A8, 0x11C3)


@functools.cache
def _suspects() -> tuple[Bytes, Bytes]:
    """Which characters of the basic plane may make a text differ from its NFC form, one by one and by 64s.

    Those whose Unicode NFC_Quick_Check is not Yes (UAX #15), and all with a combining class, whose order matters.
    """
    single = np.zeros(0x10000, np.uint8)
    for code in range(0x80, 0x10000):
        char = chr(code)
        if unicodedata.combining(char) or (not 0xD800 <= code <= 0xDFFF and unicodedata.normalize("NFC", char) != char):
            single[code] = 1
        parts = unicodedata.decomposition(char).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            single[int(parts[1], 16)] = 1
    single[_JAMO_VOWELS.start : _JAMO_VOWELS.stop] = single[_JAMO_FINALS.start : _JAMO_FINALS.stop] = 1
    blocks = single.reshape(-1, 64).max(axis=1)
    single.flags.writeable = blocks.flags.writeable = False
    return single, blocks


@lean_kernel
def _status_span(data: Bytes, start: int, end: int, single: Bytes, blocks: Bytes) -> int:
    status = VALID
    i = start
    while i < end:
        c = int(data[i])
        if c < 0x80:
            i += 1
            continue
        if c < 0xC2 or c > 0xF4:
            return INVALID
        width = 2 if c < 0xE0 else (3 if c < 0xF0 else 4)
        if i + width > end:
            return INVALID
        b1 = int(data[i + 1])
        if b1 & 0xC0 != 0x80:
            return INVALID
        if width == 2:
            if blocks[c & 0x1F] and single[(c & 0x1F) << 6 | (b1 & 0x3F)]:
                status = SUSPECT
            i += 2
            continue
        b2 = int(data[i + 2])
        if b2 & 0xC0 != 0x80:
            return INVALID
        if width == 3:
            if (c == 0xE0 and b1 < 0xA0) or (c == 0xED and b1 > 0x9F):
                return INVALID
            block = (c & 0x0F) << 6 | (b1 & 0x3F)
            if blocks[block] and single[block << 6 | (b2 & 0x3F)]:
                status = SUSPECT
            i += 3
            continue
        if int(data[i + 3]) & 0xC0 != 0x80 or (c == 0xF0 and b1 < 0x90) or (c == 0xF4 and b1 > 0x8F):
            return INVALID
        code = (c & 0x07) << 18 | (b1 & 0x3F) << 12 | (b2 & 0x3F) << 6
        # Beyond the basic plane only mathematical letters, emoji and plain ideographs are sure.
        if not (0x1D400 <= code < 0x1D800 or 0x1F000 <= code < 0x2F800):
            status = SUSPECT
        i += 4
    return status


@lean_kernel
def _malformed(data: Bytes, start: int, end: int) -> bool:
    """Whether any byte from ``start + 3`` on cannot follow the three before it. No branches, so it runs as vectors."""
    wrong = np.uint8(0)
    ahead = data[start + 3 : end]
    back1, back2, back3 = data[start + 2 : end - 1], data[start + 1 : end - 2], data[start : end - 3]
    for k in range(len(ahead)):
        a, p, q, r = ahead[k], back1[k], back2[k], back3[k]
        follows = (a & 0xC0) == 0x80
        must = (p >= 0xC0) | (q >= 0xE0) | (r >= 0xF0)
        never = (a == 0xC0) | (a == 0xC1) | (a > 0xF4)
        low = ((p == 0xE0) & (a < 0xA0)) | ((p == 0xF0) & (a < 0x90))
        high = ((p == 0xED) & (a > 0x9F)) | ((p == 0xF4) & (a > 0x8F))
        wrong = np.uint8(wrong | np.uint8((follows != must) | never | low | high))
    return wrong != 0


@lean_kernel
def _perhaps_suspect(data: Bytes, start: int, end: int) -> bool:
    """Whether a byte from ``start + 3`` on may belong to a suspect character; a superset, but rare in Korean text."""
    rare = np.uint8(0)
    ahead, back1, back2 = data[start + 3 : end], data[start + 2 : end - 1], data[start + 1 : end - 2]
    for k in range(len(ahead)):
        a, p, q = ahead[k], back1[k], back2[k]
        two = (a == 0xCC) | (a == 0xCD) | ((a >= 0xD6) & (a <= 0xE1)) | ((p == 0xCE) & (a == 0x87))
        spaces = (p == 0x80) & (a <= 0x81)
        letters = (p == 0x84) & ((a == 0xA6) | (a == 0xAA) | (a == 0xAB))
        symbols = (q == 0xE2) & (spaces | letters | ((p == 0x8C) & (a >= 0xA9)) | ((p == 0xAB) & (a == 0x9C)))
        kana = (q == 0xE3) & (p == 0x82) & ((a == 0x99) | (a == 0x9A))
        hangul_edges = ((p == 0xEA) & (a < 0xB0)) | ((p == 0xED) & (a >= 0x9E))
        compatibility = (p == 0xEF) & (((a >= 0xA4) & (a <= 0xAD)) | (a == 0xB8))
        beyond = ((p == 0xF0) & (a != 0x9F)) | (a > 0xF0)
        rare = np.uint8(rare | np.uint8(two | symbols | kana | hangul_edges | compatibility | beyond))
    return rare != 0


@lean_kernel
def _surely_valid(data: Bytes, start: int, end: int, single: Bytes, blocks: Bytes) -> bool:
    if end - start < 8:
        return False
    seam = start + 3  # what the vectors do not look at: the first characters, and a last one that is cut
    while seam < start + 7 and data[seam] & 0xC0 == 0x80:
        seam += 1
    if (data[end - 1] >= 0xC0) | (data[end - 2] >= 0xE0) | (data[end - 3] >= 0xF0):
        return False
    if _status_span(data, start, seam, single, blocks) != VALID:
        return False
    return not _malformed(data, start, end) and not _perhaps_suspect(data, start, end)


@lean_kernel
def _status_row(data: Bytes, start: int, end: int, single: Bytes, blocks: Bytes) -> int:
    """In stretches cut between characters, so that one rare character slows only its own stretch."""
    status = VALID
    while start < end:
        stop = min(start + _STRETCH, end)
        while stop < end and data[stop] & 0xC0 == 0x80 and stop < start + _STRETCH + 4:
            stop += 1
        if not _surely_valid(data, start, stop, single, blocks):
            status = max(status, _status_span(data, start, stop, single, blocks))
        start = stop
    return status


@lean_kernel
def _status_rows(data: Bytes, offsets: Offsets, single: Bytes, blocks: Bytes, out: Bytes) -> None:
    for row in range(len(out)):
        out[row] = _status_row(data, offsets[row], offsets[row + 1], single, blocks)


def status(texts: pa.Array) -> npt.NDArray[np.uint8]:
    """Per row VALID (UTF-8 and NFC), SUSPECT (UTF-8, perhaps not NFC) or INVALID (not UTF-8); RFC 3629, UAX #15."""
    data, offsets = flat(texts)
    out = np.empty(len(offsets) - 1, np.uint8)
    _status_rows(data, offsets, *_suspects(), out)
    return out


def nfc(texts: pa.Array, row_status: npt.NDArray[np.uint8] | None = None) -> pa.Array:
    """Every row in NFC; ``row_status`` saves the pass when :func:`status` was asked before. Rows must be UTF-8."""
    row_status = status(texts) if row_status is None else row_status
    suspect = row_status == SUSPECT
    if not suspect.any():
        return texts
    mask = pa.array(suspect)
    fixed = [unicodedata.normalize("NFC", text) for text in texts.filter(mask).to_pylist()]
    return pc.replace_with_mask(texts, mask, pa.array(fixed, texts.type))


def nfc_text(text: str) -> str:
    """:func:`nfc` of one string."""
    return str(nfc(from_strings([text]))[0])
