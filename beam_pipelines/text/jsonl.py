"""Documents as JSON Lines, the bytes ``json.dumps({"text": text}, ensure_ascii=False)`` would give, and fast."""

import numpy as np
import pyarrow as pa

from beam_pipelines.text.columns import Bytes, Offsets, flat
from beam_pipelines.text.compiled import kernel
from beam_pipelines.text.scan import word

PREFIX = word('{"text": "')
SUFFIX = word('"}\n')


def _escapes() -> tuple[Bytes, Bytes]:
    """Per byte: how many bytes it becomes, and the letter after the backslash (0 for plain and \\u00XX)."""
    width, letter = np.ones(256, np.uint8), np.zeros(256, np.uint8)
    width[:0x20] = 6
    for char, name in {'"': '"', "\\": "\\", "\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}.items():
        width[ord(char)], letter[ord(char)] = 2, ord(name)
    width.flags.writeable = letter.flags.writeable = False
    return width, letter


_WIDTH, _LETTER = _escapes()
_HEX = word("0123456789abcdef")


@kernel
def _encoded_size(data: Bytes, start: int, end: int) -> int:
    size = end - start
    for i in range(start, end):
        c = data[i]
        size += ((c == 0x22) | (c == 0x5C) | (c < 0x20)) + 4 * ((c < 0x20) & (_LETTER[c] == 0))
    return size


@kernel
def _encode_rows(data: Bytes, offsets: Offsets, out: Bytes, lengths: Offsets) -> None:
    at = 0
    for row in range(len(lengths)):
        begin = at
        for k in range(len(PREFIX)):
            out[at + k] = PREFIX[k]
        at += len(PREFIX)
        for i in range(offsets[row], offsets[row + 1]):
            c = int(data[i])
            width = int(_WIDTH[c])
            if width == 1:
                out[at] = c
            else:
                out[at] = 0x5C
                if width == 2:
                    out[at + 1] = _LETTER[c]
                else:
                    out[at + 1] = 0x75
                    out[at + 2] = out[at + 3] = 0x30
                    out[at + 4] = _HEX[c >> 4]
                    out[at + 5] = _HEX[c & 15]
            at += width
        for k in range(len(SUFFIX)):
            out[at + k] = SUFFIX[k]
        at += len(SUFFIX)
        lengths[row] = at - begin


def encode(texts: pa.Array) -> tuple[Bytes, Offsets]:
    """The lines of all rows, and the length in bytes of each, its newline included."""
    data, offsets = flat(texts)
    size = _encoded_size(data, offsets[0], offsets[-1]) + len(texts) * (len(PREFIX) + len(SUFFIX))
    out, lengths = np.empty(size, np.uint8), np.empty(len(texts), np.int64)
    _encode_rows(data, offsets, out, lengths)
    return out, lengths
