"""Markup and encoding debris in a sentence: what has no place in prose, and tells that the pair was cut badly.

A compiled loop finds the few rows that hold a character of it; only those meet a regular expression.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import regex

from beam_pipelines.text.columns import Bytes, Offsets, flat
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.scan import byte_set

_TAGS = (
    "a|abbr|b|big|blockquote|body|br|center|code|del|div|em|figure|font|h[1-6]|head|hr|html|i|img|ins|li|link|math|"
    "meta|nowiki|ol|p|pre|ref|s|script|small|span|strike|strong|style|sub|sup|table|tbody|td|th|tr|tt|u|ul|video"
)
_TEX = (
    "alpha|beta|gamma|delta|Delta|mu|sigma|circ|times|cdot|pm|leq?|geq?|approx|infty|sum|int|rightarrow|to|left|right|"
    "begin|end|item|text|displaystyle|quad"
)
_DEBRIS = regex.compile(
    rf"""
      </?(?i:{_TAGS})(?:\s[^<>]*)?/?>                      # a tag
    | <!--|-->|<!\[CDATA\[|\]\]>|<!DOCTYPE|<\?xml
    | &(?:[A-Za-z]{{2,8}}|\#\d{{1,7}}|\#x[0-9A-Fa-f]{{1,6}});  # an entity
    | &(?:nbsp|amp|quot|lt|gt|apos)(?![A-Za-z])
    | \{{\{{|\}}\}}|\[\[|\]\]|'''[^']+'''|\{{\|               # wiki markup
    | \[/?(?i:b|i|u|url|img|quote|color|size)(?:=[^\]]*)?\]
    | \\(?:[a-zA-Z]+\s?\{{|(?:{_TEX})\b|[()\[\]])           # TeX
    | \\u[0-9A-Fa-f]{{4}}|\\x[0-9A-Fa-f]{{2}}|\\[nrt](?![a-z])
    | [\uFFFD-\uFFFF\uE000-\uF8FF]|锟斤拷
    | [ÃÂ][\u0080-\u00bf]|â[€\u0080]|[êëìí][\u0080-\u00bf]  # UTF-8 and CP949, wrongly decoded
    | (?:[\u00b0-\u00b6\u00b8-\u00c8][\u00a1-\u00fe]){{3}}
    """,
    regex.VERBOSE,
)
_ADDRESS = regex.compile(r"(?:https?://|ftp://|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.-]+")
_LETTER = regex.compile(r"\p{L}")

_SUSPECT = byte_set(b"<>&\\{}[]@\xee")


@lean_kernel
def _may_hold(data: Bytes, start: int, end: int) -> bool:
    """Whether ``data[start:end]`` may hold debris: a sign of markup, an address, a private or Latin-1 character."""
    latin = False
    before = 0
    for i in range(start, end):
        c = int(data[i])
        if _SUSPECT[c]:
            return True
        if c == before and (c == 0x27 or c == 0x2F or c == 0x77):  # '', // or ww
            return True
        if c == 0xEF and (data[i + 1] == 0xBF or data[i + 1] <= 0xA3):
            return True
        if c == 0xE9 and data[i + 1] == 0x94 and data[i + 2] == 0x9F:
            return True
        if c == 0xC2 or c == 0xC3:
            if latin:
                return True
            latin = True
        before = c
    return False


@lean_kernel
def _may_hold_rows(data: Bytes, offsets: Offsets, out: npt.NDArray[np.bool_]) -> None:
    for row in range(len(out)):
        out[row] = _may_hold(data, offsets[row], offsets[row + 1])


def _is_debris(text: str) -> bool:
    if _DEBRIS.search(text):
        return True
    rest = _ADDRESS.sub("", text)
    return rest != text and not _LETTER.search(rest)


def has_debris(texts: pa.Array) -> npt.NDArray[np.bool_]:
    """Which rows hold tags, entities, wiki or TeX markup, wrongly decoded text, or nothing but an address; (rows,)."""
    data, offsets = flat(texts)
    found = np.empty(len(offsets) - 1, np.bool_)
    _may_hold_rows(data, offsets, found)
    suspects = np.flatnonzero(found)
    found[suspects] = [_is_debris(text) for text in texts.take(pa.array(suspects)).to_pylist()]
    return found
