"""``numbers_words.tsv`` and ``numbers_units.tsv``: the words that state numbers in English and Korean, and units.

What each column means stands in the heads of the tables.
"""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from beam_pipelines.text.trie import Trie, build
from beam_pipelines.text.words import PARTICLES

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

KINDS = (
    *("ones", "tens", "hundred", "big", "ordinal", "half", "article", "hint", "weekday", "often"),
    *("digit", "place", "few", "loose", "native", "score", "prefix", "vague", "days"),
)
MARKS = "mijnydkep"
MEASURE, FOREIGN, JOINS, NATIVE, YOURS, DATE, CLOCK, ERA, DOSED = (1 << k for k in range(len(MARKS)))
COUNT = 0
"""The dimension of counters that say nothing about what is counted, and of bare numbers; so is the unit."""
NO_VALUE = -1.0

# What may follow a Korean counter without a space, besides particles.
_FOLLOWERS = """
씩 쯤 째 간 동안 정도 전 후 뒤 여 짜리 이상 이하 미만 초과 만에 가량 경 내 안 당 마다 넘게 중 중에 가운데 모두 전부
다 더 된 반 말 초 때 새 남짓 여간 이내 쯤에 인데 짜리가 였던 이었던 차 된다 입니까 이니 이니까 이라서 이서 이면 면
일 사이 사이에 생 들이
"""


NAMED = ("dollar", "euro", "yen", "won", "월", "시", "일", "m", "℃", "℉", "도", "분", "times")
DOLLAR, EURO, YEN, WON, MONTH, HOUR_OF_DAY, DAY, METRE, CELSIUS, FAHRENHEIT, DEGREE, MINUTE, TIMES = range(len(NAMED))
"""Units that kernels ask for by name: indices into ``named``."""


class Lexicon(NamedTuple):
    """Words and units as kernels read them; unit 0 is no unit.

    Shapes: kinds (words,) of indices into KINDS; values (words, 3) with NO_VALUE where there are fewer; units (words,);
    dims, sizes and marks (units,), marks being bits; named (NAMED,) of units.
    """

    english: Trie
    korean: Trie
    unit_words: Trie
    followers: Trie
    kinds: Codes
    values: Floats
    units: Codes
    dims: Codes
    sizes: Floats
    marks: Codes
    named: Codes


def rows(name: str) -> Iterator[list[str]]:
    """The rows of a table beside this file, without its comments."""
    for line in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("# "):
            yield line.split("\t")


def _words(field: str) -> list[str]:
    return [word.replace("~", " ") for word in field.split(" ")]


def _spell(table: dict[str, int], words: str, value: int) -> None:
    for word in _words(words):
        if word in table:
            raise ValueError(f"the tables of numbers list {word!r} twice")
        table[word] = value


@functools.cache
def unit_names() -> tuple[str, ...]:
    """The first word of every unit, for people; the unit 0 has none."""
    return ("", *(_words(row[3])[0] for row in rows("numbers_units.tsv")))


@functools.cache
def lexicon() -> Lexicon:
    """Both tables, packed once per process. Raises ValueError for an unknown kind or a word listed twice."""
    dimensions = {"count": COUNT}
    spelled: dict[str, int] = {}
    dims, sizes, marks = [COUNT], [1.0], [0]
    for unit, (dimension, size, bits, words) in enumerate(rows("numbers_units.tsv"), 1):
        dims.append(dimensions.setdefault(dimension, len(dimensions)))
        sizes.append(float(size))
        marks.append(sum(1 << MARKS.index(mark) for mark in bits if mark != "-"))
        _spell(spelled, words, unit)
    numbers: dict[str, dict[str, int]] = {"en": {}, "ko": {}}
    kinds, values, units = [], [], []
    for rank, (language, kind, value, words) in enumerate(rows("numbers_words.tsv")):
        figures, _, unit_word = value.partition(" ")
        kinds.append(KINDS.index(kind))
        values.append(([float(v) for v in figures.split(",")] + [NO_VALUE] * 2)[:3])
        units.append(spelled[unit_word] if unit_word else 0)
        _spell(numbers[language], words, rank)
    followers = dict.fromkeys((*PARTICLES, *_FOLLOWERS.split()), 0)
    named = [spelled[name] for name in NAMED]
    tables = [np.array(table) for table in (kinds, values, units, dims, sizes, marks, named)]
    for table in tables:
        table.flags.writeable = False
    return Lexicon(build(numbers["en"]), build(numbers["ko"]), build(spelled), build(followers), *tables)
