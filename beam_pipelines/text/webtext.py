"""Leftovers and boilerplate lines in text from web pages and from plain-text Wikipedia: lines, never documents.

A line goes only if it *is* boilerplate: short, and covered by a pattern of ``webtext_rules.tsv`` from end to end. A
by-line or a notice behind prose is cut only where nothing else can be meant, and only after the end of a sentence.
Compiled loops find the few lines that hold a word of the table; only those meet a regular expression.

Empty brackets (``()``, ``(, )``) and lines of nothing but bullets go as well; ``( )`` stays, for it is a blank to be
filled in. Wrongly decoded Korean is decoded again, see :mod:`beam_pipelines.text.webtext_mojibake`.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from beam_pipelines.text import facts
from beam_pipelines.text.columns import Bytes, Offsets, flat, from_strings, to_column
from beam_pipelines.text.tidy import GONE
from beam_pipelines.text.webtext_lines import candidates, tidy_again, tidy_rows
from beam_pipelines.text.webtext_mojibake import repair
from beam_pipelines.text.webtext_rules import anchors_of_lines, kept, load_rules


def _delete(text: Bytes, offsets: Offsets, spans: Offsets, tally: facts.Tally) -> bool:
    """Overwrite what the rules take out of the lines at ``spans``; whether there was anything."""
    rules = load_rules()
    deleted = False
    rows = np.searchsorted(offsets, spans[:, 0], "right") - 1
    for row, (first, last) in zip(rows.tolist(), spans.tolist(), strict=True):
        line = text[first:last].tobytes().decode()
        start, end = kept(line, rules)
        if (start, end) == (0, len(line)):
            continue
        deleted = True
        for begin, stop in (first, first + len(line[:start].encode())), (first + len(line[:end].encode()), last):
            tally[row, facts.DROPPED, facts.BOILERPLATE] += facts.count(text, begin, stop)
            text[begin:stop] = GONE
        if start == end and text[last] == 0x0A:
            text[last] = GONE  # so that no empty line stands there; behind the last line the next row starts
    return deleted


def _repaired(texts: pa.Array, broken: Bytes) -> pa.Array | None:
    """The column with its broken rows decoded as they should have been, or None where that changes nothing."""
    mask = pa.array(broken.astype(np.bool_))
    before = texts.filter(mask)
    after = from_strings(repair(t.as_py()) for t in before)
    if after.equals(before.cast(after.type)):
        return None
    return pc.replace_with_mask(texts.cast(after.type), mask, after)


def tidied(texts: pa.Array, tally: facts.Tally | None = None) -> tuple[Bytes, Offsets]:
    """Every row tidy, without empty brackets, and decoded again where it was wrongly decoded; ValueError for nulls.

    The bytes have room for one more behind the last row, and are the caller's to change. The signs that decoding brings
    in or takes away are added to the ``tally`` of the rows.
    """
    data, offsets = flat(texts)
    out = np.empty(int(offsets[-1] - offsets[0]) + 1, np.uint8)  # one more, for a line feed after the last line
    out_offsets = np.empty(len(offsets), np.int64)
    broken = np.zeros(len(offsets) - 1, np.uint8)
    tidy_rows(data, offsets, out, out_offsets, broken)
    if broken.any() and (repaired := _repaired(texts, broken)) is not None:
        if tally is not None:
            facts.book_signs(tally, facts.ENCODING, texts, repaired)
        data, offsets = flat(repaired)
        tidy_rows(data, offsets, out, out_offsets, broken)
    return out, out_offsets


def clean(texts: pa.Array, tally: facts.Tally | None = None) -> pa.LargeStringArray:
    """Every row, tidy and without boilerplate. Shapes: (rows,) -> (rows,); ValueError for a column with nulls.

    The facts left out and put in are added to the ``tally`` of the rows.
    """
    tally = facts.new_tally(len(texts)) if tally is None else tally
    out, out_offsets = tidied(texts, tally)
    found = np.empty((64 + len(out) // 256, 2), np.int64)
    count = candidates(out, out_offsets, *anchors_of_lines(), found)
    if count > len(found):
        found = np.empty((count, 2), np.int64)
        candidates(out, out_offsets, *anchors_of_lines(), found)
    if _delete(out, out_offsets, found[:count], tally):
        tidy_again(out, out_offsets)
    return to_column(out[: out_offsets[-1]], out_offsets)


def clean_text(text: str) -> str:
    """:func:`clean` of one string."""
    return str(clean(from_strings([text]))[0])
