"""Facts in, facts out: digits and signs, counted where a text comes in, where a piece of it goes, and where it ends.

A fact is a digit or one of ``< > % ≤ ≥ ± ℃ ° ×``: what a dose, a limit or a lab value cannot lose. The account of a
cleaned text is double entry: facts in + added = out + dropped + lost. A cleaner names the region of every span that
it leaves out or puts in; what it took without saying so is lost, and a test or the manifest shows it.

Only cleaners that leave something out do any work for it, and only there: copying is not touched. A tally is an
array of int64, (added and dropped) x regions x (digits, signs); kernels keep that of the page they read in the last
two rows of their scratch.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from beam_pipelines.text.columns import Bytes, Offsets, flat
from beam_pipelines.text.compiled import lean_kernel, wide

Tally = npt.NDArray[np.int64]
Account = dict[str, Any]
"""See :func:`account`."""

SIGNS = "<>%≤≥±℃°×"
KINDS = ("digits", "signs")

REGIONS = (
    "table",
    "footnote",
    "hidden_link",  # files, categories, other languages
    "link_target",
    "template",
    "macro",
    "formula",
    "markup",
    "comment",
    "heading_number",
    "entity",
    "boilerplate",
    "encoding",  # wrongly decoded text that was decoded again
    "unexplained",
)
"""Where facts go, or come from: a decoded ``&lt;`` adds one, and the number of a heading does."""

(
    TABLE,
    FOOTNOTE,
    HIDDEN_LINK,
    LINK_TARGET,
    TEMPLATE,
    MACRO,
    FORMULA,
    MARKUP,
    COMMENT,
    HEADING_NUMBER,
    ENTITY,
    BOILERPLATE,
    ENCODING,
    UNEXPLAINED,
) = (wide(k) for k in range(len(REGIONS)))
ADDED, DROPPED = 0, 1

TALLY_ROWS = 2  # of a kernel's scratch
TALLY_WIDTH = len(REGIONS) * len(KINDS)

_DIGIT, _SIGN, _LEAD = 1, 2, 3
_BLOCK = 32  # bytes counted in one go: a vector, for most of what is left out is short


def _byte_kinds() -> Bytes:
    kinds = np.zeros(256, np.uint8)
    kinds[0x30:0x3A] = _DIGIT
    for sign in SIGNS:
        kinds[sign.encode()[0]] = _SIGN if sign.isascii() else _LEAD
    kinds.flags.writeable = False
    return kinds


_KINDS = _byte_kinds()


@lean_kernel
def _is_sign(data: Bytes, at: int, end: int) -> bool:
    """Whether the character beyond ASCII at ``at`` is a sign."""
    if at + 1 >= end:
        return False
    lead, second = int(data[at]), int(data[at + 1])
    if lead == 0xC2:
        return second == 0xB0 or second == 0xB1
    if lead == 0xC3:
        return second == 0x97
    if at + 2 >= end:
        return False
    third = int(data[at + 2])
    return (second == 0x89 and (third == 0xA4 or third == 0xA5)) or (second == 0x84 and third == 0x83)


@lean_kernel
def _count_wide_signs(data: Bytes, start: int) -> int:
    """How many characters beyond ASCII that start in the block at ``start`` are signs; two more bytes are there."""
    found = np.uint8(0)
    first, second, third = data[start : start + _BLOCK], data[start + 1 :], data[start + 2 :]
    for k in range(_BLOCK):
        a, b, c = first[k], second[k], third[k]
        latin = ((a == 0xC2) & ((b == 0xB0) | (b == 0xB1))) | ((a == 0xC3) & (b == 0x97))
        wider = (a == 0xE2) & (((b == 0x89) & ((c == 0xA4) | (c == 0xA5))) | ((b == 0x84) & (c == 0x83)))
        found = np.uint8(found + np.uint8(latin | wider))
    return int(found)


@lean_kernel
def count(data: Bytes, start: int, end: int) -> tuple[int, int]:
    """``(digits, signs)`` of ``data[start:end]``, which is cut between characters."""
    digits, signs = 0, 0
    while end - start >= _BLOCK + 2:
        block = data[start : start + _BLOCK]
        found_digits, found_signs, leads = np.uint8(0), np.uint8(0), np.uint8(0)
        for k in range(_BLOCK):  # without a branch, so that it runs as vectors
            c = block[k]
            found_digits = np.uint8(found_digits + np.uint8((c >= 0x30) & (c <= 0x39)))
            found_signs = np.uint8(found_signs + np.uint8((c == 0x3C) | (c == 0x3E) | (c == 0x25)))
            leads = np.uint8(leads | np.uint8((c >= 0xC2) & (c <= 0xE2)))
        digits += int(found_digits)
        signs += int(found_signs)
        if leads:  # seldom in Korean
            signs += _count_wide_signs(data, start)
        start += _BLOCK
    for k in range(start, end):
        kind = int(_KINDS[data[k]])
        if kind:
            digits += kind == _DIGIT
            signs += kind == _SIGN or (kind == _LEAD and _is_sign(data, k, end))
    return digits, signs


@lean_kernel
def forget(scratch: Tally) -> None:
    """Begin the tally of a page, in the last rows of a kernel's scratch."""
    scratch[len(scratch) - TALLY_ROWS :, :TALLY_WIDTH] = 0


@lean_kernel
def _book(scratch: Tally, side: int, region: int, digits: int, signs: int) -> None:
    row = len(scratch) - TALLY_ROWS + side
    scratch[row, 2 * region] += digits
    scratch[row, 2 * region + 1] += signs


@lean_kernel
def drop(scratch: Tally, region: int, data: Bytes, start: int, end: int) -> None:
    """Say that ``data[start:end]`` is left out, before it is overwritten."""
    digits, signs = count(data, start, end)
    if digits or signs:
        _book(scratch, DROPPED, region, digits, signs)


@lean_kernel
def add(scratch: Tally, region: int, data: Bytes, start: int, end: int) -> None:
    """Say that ``data[start:end]`` was put in."""
    digits, signs = count(data, start, end)
    if digits or signs:
        _book(scratch, ADDED, region, digits, signs)


@lean_kernel
def replace(scratch: Tally, region: int, data: Bytes, start: int, end: int, stop: int) -> None:
    """Say that ``data[end:stop]`` takes the place of ``data[start:end]``: only the difference is dropped or added."""
    digits, signs = count(data, start, end)
    new_digits, new_signs = count(data, end, stop)
    _book(scratch, DROPPED, region, max(digits - new_digits, 0), max(signs - new_signs, 0))
    _book(scratch, ADDED, region, max(new_digits - digits, 0), max(new_signs - signs, 0))


@lean_kernel
def close_page(scratch: Tally, tally: Tally) -> None:
    """Add the tally in a kernel's scratch to that of a row."""
    for side in range(TALLY_ROWS):
        for region in range(len(REGIONS)):
            for kind in range(2):
                tally[side, region, kind] += scratch[len(scratch) - TALLY_ROWS + side, 2 * region + kind]


@lean_kernel
def _count_rows(data: Bytes, offsets: Offsets, counts: Tally) -> None:
    for row in range(len(counts)):
        counts[row, 0], counts[row, 1] = count(data, offsets[row], offsets[row + 1])


def count_rows(texts: pa.Array) -> Tally:
    """(rows, 2): the digits and signs of every row of a column without nulls."""
    data, offsets = flat(texts)
    counts = np.empty((len(offsets) - 1, len(KINDS)), np.int64)
    _count_rows(data, offsets, counts)
    return counts


def new_tally(rows: int) -> Tally:
    """(rows, 2, regions, 2): nothing added or dropped yet."""
    return np.zeros((rows, TALLY_ROWS, len(REGIONS), len(KINDS)), np.int64)


def book_signs(tally: Tally, region: int, before: pa.Array, after: pa.Array) -> None:
    """Add to the tally of every row by how many signs a rule that touches no digit has changed it."""
    more = count_rows(after)[:, 1] - count_rows(before)[:, 1]
    tally[:, ADDED, region, 1] += np.maximum(more, 0)
    tally[:, DROPPED, region, 1] += np.maximum(-more, 0)


_NAMES = (
    *(f"{side} {region} {kind}" for side in ("added", "dropped") for region in REGIONS for kind in KINDS),
    *(f"{name} {kind}" for name in ("in", "out", "lost") for kind in KINDS),
)


@lean_kernel
def _balance_rows(came: Tally, tally: Tally, went: Tally, balances: Tally) -> None:
    for row in range(len(tally)):
        for kind in range(2):
            rest = came[row, kind] - went[row, kind]
            for region in range(len(REGIONS)):
                added, dropped = tally[row, ADDED, region, kind], tally[row, DROPPED, region, kind]
                balances[row, 2 * region + kind] = added
                balances[row, TALLY_WIDTH + 2 * region + kind] = dropped
                rest += added - dropped
            balances[row, 2 * UNEXPLAINED + kind] += max(-rest, 0)
            for place, value in enumerate((came[row, kind], went[row, kind], max(rest, 0))):
                balances[row, 2 * (TALLY_WIDTH + place) + kind] = value


def balance(before: pa.Array, tally: Tally, after: pa.Array) -> pa.FixedSizeListArray:
    """The account of every row of a text that was ``before`` and is ``after``, one list of counts a row.

    What a row has too few is lost, what it has too many is added and unexplained: rows do not make up for each other.
    """
    balances = np.empty((len(tally), len(_NAMES)), np.int64)
    _balance_rows(count_rows(before), tally, count_rows(after), balances)
    return pa.FixedSizeListArray.from_arrays(pa.array(balances.ravel()), len(_NAMES))


def total(balances: pa.FixedSizeListArray) -> Counter[str]:
    """The sums over the rows of :func:`balance`, by name; those that are 0 have none."""
    counts = balances.flatten().to_numpy().reshape(-1, len(_NAMES))
    return Counter({name: count for name, count in zip(_NAMES, counts.sum(0).tolist(), strict=True) if count})


def account(totals: Mapping[str, int]) -> Account:
    """Sums of :func:`total` as a record: ``in``, ``added`` and ``dropped`` by region, ``out``, ``lost``.

    Each is ``{"digits": n, "signs": n}``, and in + added = out + dropped + lost.
    """

    def counts(name: str) -> dict[str, int]:
        return {kind: totals.get(f"{name} {kind}", 0) for kind in KINDS}

    def by_region(side: str) -> dict[str, dict[str, int]]:
        return {r: found for r in REGIONS if any((found := counts(f"{side} {r}")).values())}

    return {
        "in": counts("in"),
        "added": by_region("added"),
        "dropped": by_region("dropped"),
        "out": counts("out"),
        "lost": counts("lost"),
    }


def wrong(account: Account) -> str:
    """What an account of facts has to answer for, in words; empty where it balances."""
    lost, more = account["lost"], account["added"].get(REGIONS[-1], {})
    told = [f"{lost[kind]:,} {kind} lost" for kind in KINDS if lost[kind]]
    told += [f"{more[kind]:,} {kind} too many" for kind in KINDS if more.get(kind)]
    return ", ".join(told)
