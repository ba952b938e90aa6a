"""Facts in, facts out: numbers and signs, counted where a text comes in, where a piece of it goes, and where it ends.

A fact is a digit or one of the signs of :mod:`beam_pipelines.text.facts_count`: what a dose, a limit or a lab value
cannot lose. The account of a cleaned text is double entry: facts in + added = out + dropped + lost. A cleaner names the
region of every span that it leaves out or puts in; what it took without saying so is lost, and a test or the manifest
shows it.

Numbers are counted as well, as runs of digits, for digits cannot see that two numbers become one where markup between
them goes (``1{{frac|1|2}}`` as ``11/2``). What is missing of them is ``joined``, for the page itself may join them:
``'''1'''0`` is 10.

Only cleaners that leave something out do any work for it, and only there: copying is not touched. A tally is an
array of int64, (added and dropped) x regions x (digits, signs, numbers); kernels keep that of the page they read in the
last two rows of their scratch.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from beam_pipelines.text.columns import Bytes, Offsets, flat
from beam_pipelines.text.compiled import lean_kernel, wide
from beam_pipelines.text.facts_count import KINDS, count

Tally = npt.NDArray[np.int64]
Account = dict[str, Any]
"""See :func:`account`."""

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


@lean_kernel
def forget(scratch: Tally) -> None:
    """Begin the tally of a page, in the last rows of a kernel's scratch."""
    scratch[len(scratch) - TALLY_ROWS :, :TALLY_WIDTH] = 0


@lean_kernel
def _book(scratch: Tally, side: int, region: int, digits: int, signs: int, numbers: int) -> None:
    row = len(scratch) - TALLY_ROWS + side
    scratch[row, len(KINDS) * region] += digits
    scratch[row, len(KINDS) * region + 1] += signs
    scratch[row, len(KINDS) * region + 2] += numbers


@lean_kernel
def drop(scratch: Tally, region: int, data: Bytes, start: int, end: int) -> None:
    """Say that ``data[start:end]`` is left out, before it is overwritten."""
    digits, signs, numbers = count(data, start, end)
    if digits or signs:
        _book(scratch, DROPPED, region, digits, signs, numbers)


@lean_kernel
def add(scratch: Tally, region: int, data: Bytes, start: int, end: int) -> None:
    """Say that ``data[start:end]`` was put in."""
    digits, signs, numbers = count(data, start, end)
    if digits or signs:
        _book(scratch, ADDED, region, digits, signs, numbers)


@lean_kernel
def drop_signs(scratch: Tally, region: int, signs: int) -> None:
    """Say that so many signs are left out where it is known that they are."""
    _book(scratch, DROPPED, region, 0, signs, 0)


@lean_kernel
def replace(scratch: Tally, region: int, data: Bytes, start: int, end: int, stop: int) -> None:
    """Say that ``data[end:stop]`` takes the place of ``data[start:end]``: only the difference is dropped or added."""
    old, new = count(data, start, end), count(data, end, stop)
    more = new[0] - old[0], new[1] - old[1], new[2] - old[2]
    _book(scratch, DROPPED, region, max(-more[0], 0), max(-more[1], 0), max(-more[2], 0))
    _book(scratch, ADDED, region, max(more[0], 0), max(more[1], 0), max(more[2], 0))


@lean_kernel
def close_page(scratch: Tally, tally: Tally) -> None:
    """Add the tally in a kernel's scratch to that of a row."""
    for side in range(TALLY_ROWS):
        for region in range(len(REGIONS)):
            for kind in range(len(KINDS)):
                tally[side, region, kind] += scratch[len(scratch) - TALLY_ROWS + side, len(KINDS) * region + kind]


@lean_kernel
def _count_rows(data: Bytes, offsets: Offsets, counts: Tally) -> None:
    for row in range(len(counts)):
        counts[row, 0], counts[row, 1], counts[row, 2] = count(data, offsets[row], offsets[row + 1])


def count_rows(texts: pa.Array) -> Tally:
    """(rows, 3): the digits, signs and numbers of every row of a column without nulls."""
    data, offsets = flat(texts)
    counts = np.empty((len(offsets) - 1, len(KINDS)), np.int64)
    _count_rows(data, offsets, counts)
    return counts


def new_tally(rows: int) -> Tally:
    """(rows, 2, regions, 3): nothing added or dropped yet."""
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
    kinds = len(KINDS)
    for row in range(len(tally)):
        for kind in range(kinds):
            rest = came[row, kind] - went[row, kind]
            for region in range(len(REGIONS)):
                added, dropped = tally[row, ADDED, region, kind], tally[row, DROPPED, region, kind]
                balances[row, kinds * region + kind] = added
                balances[row, TALLY_WIDTH + kinds * region + kind] = dropped
                rest += added - dropped
            balances[row, kinds * UNEXPLAINED + kind] += max(-rest, 0)
            for place, value in enumerate((came[row, kind], went[row, kind], max(rest, 0))):
                balances[row, 2 * TALLY_WIDTH + kinds * place + kind] = value


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
    """Sums of :func:`total` as a record: ``in``, ``added`` and ``dropped`` by region, ``out``, ``lost``, ``joined``.

    Each is ``{"digits": n, "signs": n, "numbers": n}``, and in + added = out + dropped + lost; of numbers, ``joined``
    stands for what is lost.
    """

    def counts(name: str, kinds: tuple[str, ...] = KINDS) -> dict[str, int]:
        return {kind: totals.get(f"{name} {kind}", 0) for kind in kinds}

    def by_region(side: str) -> dict[str, dict[str, int]]:
        return {r: found for r in REGIONS if any((found := counts(f"{side} {r}")).values())}

    return {
        "in": counts("in"),
        "added": by_region("added"),
        "dropped": by_region("dropped"),
        "out": counts("out"),
        "lost": counts("lost", KINDS[:2]),
        "joined": counts("lost", KINDS[2:]),
    }


def wrong(account: Account) -> str:
    """What an account of facts has to answer for, in words; empty where it balances."""
    lost, more = account["lost"], account["added"].get(REGIONS[-1], {})
    told = [f"{count:,} {kind} lost" for kind, count in lost.items() if count]
    told += [f"{more[kind]:,} {kind} too many" for kind in KINDS if more.get(kind)]
    return ", ".join(told)
