"""Korean that was decoded wrongly: UTF-8 read as Windows-1252, CP949 read as Latin-1.

A run of such characters is decoded again only if all of it is valid, and gives what Korean text holds; everything
else is left as it is. The library for this, ftfy (Apache-2.0), knows many more ways to break text, but not the second
of these; on the first it repairs the same texts.
"""

import re

from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import lean_kernel

_ROUNDS = 3  # text can have been broken more than once


def _byte_of() -> dict[int, int]:
    """The byte of every character that Windows-1252 or Latin-1 has beyond ASCII."""
    table = {point: point for point in range(0x80, 0x100)}
    for byte in range(0x80, 0xA0):
        try:
            table[ord(bytes([byte]).decode("cp1252"))] = byte
        except UnicodeDecodeError:
            continue
    return table


_BYTE_OF = _byte_of()
_RUN = re.compile("[" + "".join(map(re.escape, map(chr, _BYTE_OF))) + "]{2,}")
# What wrongly decoded UTF-8 may turn out to be: Windows-1252 once more, Greek, and the three-byte characters, Hangul
# among them. "ß”" would be a letter of N'Ko.
_LIKELY = re.compile("[\u0080-\u00ffŒœŠšŸŽžƒˆ˜\u0391-\u03c9\u2000-\uffef\U0001f300-\U0001faff]+")
_WORD = re.compile("[가-힣]{2,}")
_WORDS = 3  # that many runs have to be words of Hangul before a text is taken for CP949


def _bytes(run: str) -> bytes:
    return bytes(_BYTE_OF[ord(c)] for c in run)


def _as_utf8(found: re.Match[str]) -> str:
    try:
        text = _bytes(found[0]).decode()
    except UnicodeDecodeError:
        return found[0]
    return text if _LIKELY.fullmatch(text) else found[0]


def _as_cp949(found: re.Match[str]) -> str:
    try:
        return _bytes(found[0]).decode("cp949")
    except UnicodeDecodeError:
        return found[0]


def repair(text: str) -> str:
    """The text with every run of wrongly decoded Korean decoded as it should have been."""
    for _ in range(_ROUNDS):
        before, text = text, _RUN.sub(_as_utf8, text)
        if text == before:
            break
    if sum(bool(_WORD.fullmatch(_as_cp949(run))) for run in _RUN.finditer(text)) >= _WORDS:
        text = _RUN.sub(_as_cp949, text)
    return text


@lean_kernel
def is_suspect(data: Bytes, i: int, end: int) -> bool:
    """Whether :func:`repair` could concern the C2 or C3 at ``i``, seen from the next character.

    UTF-8 read as Windows-1252 starts with one of Â Ã â ã and ê .. ï, and any of its characters may follow; CP949 read
    as Latin-1 is pairs of Latin-1 characters. A lone ``·`` or ``×`` before a quotation mark is neither.
    """
    if i + 2 >= end:
        return False
    following = data[i + 2]
    if following == 0xC2 or following == 0xC3:
        return True
    second = data[i + 1]
    first = second == 0x82 or second == 0x83 or second == 0xA2 or second == 0xA3 or 0xAA <= second <= 0xAF
    return data[i] == 0xC3 and first and (0xC5 <= following <= 0xCB or following == 0xE2)
