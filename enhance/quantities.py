"""Numbers of a question that a text repeats with another value. Only sure contradictions count.

A reasoning may name limits, normal ranges and doses that the question does not have; it may not change what the
question says of its patient, nor the dose in an option. What stands beside a word such as 정상 or 이상, or in a range,
is taken for such a limit and let pass.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import regex

from beam_pipelines.records import Question

_SCALES: dict[str, tuple[str, Fraction]] = {
    unit: (dimension, Fraction(factor))
    for dimension, units in {
        "mass": {"kg": "1000", "g": "1", "그램": "1", "mg": "1/1000", "㎎": "1/1000", "밀리그램": "1/1000"}
        | {"mcg": "1/1000000", "μg": "1/1000000", "㎍": "1/1000000", "ng": "1/1000000000"},
        "volume": {"L": "1000", "dL": "100", "mL": "1", "㎖": "1", "cc": "1"},
        "per volume": {"g/dL": "1", "g/L": "1/10", "mg/dL": "1/1000", "mg/L": "1/10000", "μg/dL": "1/1000000"}
        | {"μg/mL": "1/10000", "ng/mL": "1/10000000", "ng/dL": "1/1000000000", "pg/mL": "1/10000000000"},
        "molar": {"mmol/L": "1", "μmol/L": "1/1000", "mEq/L": "1"},
        "dose by weight": {"mg/kg": "1/1000", "g/kg": "1", "μg/kg": "1/1000000", "mcg/kg": "1/1000000"},
        "length": {"m": "100", "cm": "1", "mm": "1/10"},
        "pressure": {"mmHg": "1"},
        "water pressure": {"cmH2O": "1"},
        "heat": {"℃": "1", "°C": "1", "도": "1"},
        "share": {"%": "1", "퍼센트": "1"},
        "per minute": {"회/분": "1", "/분": "1", "/min": "1", "bpm": "1"},
        "times": {"회": "1", "번": "1"},
        "cells": {"/mm³": "1", "/μL": "1", "/uL": "1", "/mm3": "1"},
        "enzyme": {"U/L": "1", "IU/L": "1"},
        "units": {"IU": "1", "단위": "1", "U": "1"},
        "time": {"초": "1/3600", "분": "1/60", "시간": "1", "일": "24", "주": "168", "주일": "168"}
        | {"개월": "730", "달": "730", "년": "8760"},
        "age": {"세": "1", "살": "1"},
    }.items()
    for unit, factor in units.items()
}
"""Units by what they measure, and how many of its base unit each is."""

_SPELLINGS = {"µ": "μ", "ml": "mL", "dl": "dL", "㎖": "mL", "㎎": "mg", "㎍": "μg", "mmhg": "mmHg", "l/": "L/"}
_UNIT = "|".join(regex.escape(unit) for unit in sorted(_SCALES, key=len, reverse=True))
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_QUANTITY = rf"(?P<number>{_NUMBER})(?:/(?P<second>{_NUMBER}))?(?:\s?(?P<unit>{_UNIT})(?![a-zA-Z/]))?"
_PLAIN = regex.compile(rf"(?<![\d.,/])(?P<number>{_NUMBER})")
_NAMED = regex.compile(
    r"(?<![\p{L}\p{N}])(?P<name>[가-힣A-Za-z][가-힣A-Za-z0-9₂]*[+-]?)(?:\([^()\d]{1,20}\))?"
    rf"(?P<josa>(?:\s(?:수치|농도|값))?(?:은|는|이|가|도|의|를|을)?\s?[:=]?\s?|\s)(?<![\d.,/~–-]){_QUANTITY}(?![\d~–]|[.,:]\d)"
)
_SAME_NAMES = {
    name: group
    for group in (
        ("혈압", "BP"),
        ("맥박", "맥박수", "심박수", "심박동수", "HR"),
        ("체온", "BT"),
        ("호흡", "호흡수", "RR"),
        ("혈색소", "헤모글로빈", "Hb", "hemoglobin"),
        ("백혈구", "WBC"),
        ("혈소판", "PLT"),
        ("나트륨", "Na", "Na+", "소듐"),
        ("칼륨", "K", "K+", "포타슘"),
        ("칼슘", "Ca"),
        ("크레아티닌", "Cr", "creatinine"),
        ("혈당", "glucose"),
        ("산소포화도", "SpO2", "SaO2"),
    )
    for name in group
}
_NO_NAMES = regex.compile(
    "약|총|하루|매일|각각|최대|최소|전|후|매|한|또는|및|그리고|이|그|저|즉|보통|대개|대략|평균|정상|이상|이하|출생|생후|"
    "내원|지난|최근|다시|주|일|년|월|시간|분|번|회|제|첫|생|만|에|에서|로|으로|부터|까지|하루에|용량|기준|성인|소아|환자"
)
_LIMIT = regex.compile(
    r"정상|기준|참고|범위|이상|이하|미만|초과|넘|목표|보다|~|∼|–|\d\s?-\s?\d|사이|내외|하한|상한|최대|최소|권장|평균|경우|이면|라면|"
    r"일 때|때는|까지|후에|뒤에|조절|낮추|올리|유지|증량|감량|추가|부하|체중|만큼|당 |씩|흔히|일반적|보통|대개|원칙|"
    r"예를 들|(?:치료|투여|수혈|수술) ?(?:후|뒤)|[르지되하으]면(?:\s|$)|가정|투여하(?:면|였|지)|맞추|도달"
)
_CLAUSE = regex.compile(r"[.!?](?=\s|$)|\n|,\s|(?<=고|며|나|만|서|면|데)\s")
_AGE = regex.compile(
    r"(?<![\d.,~–-])(?P<number>\d{1,3})\s?(?P<unit>세|살|개월)(?:의|인)?\s?(?:된\s)?"
    r"(?P<who>남자|여자|남성|여성|남아|여아|남학생|여학생|환자|환아|산모|임신부|임산부|영아|소아|노인|아이|아기)"
)
_SEX = {"남": "남", "여": "여", "산": "여", "임": "여"}
_ONSET = regex.compile(rf"(?<![\d.,~–-])(?P<number>{_NUMBER})\s?(?P<unit>분|시간|일|주일|주|개월|달|년)\s?전부터")


@dataclass(frozen=True)
class Quantity:
    """A number or a pair (``160/100``) as written, and its unit, empty where none was."""

    numbers: tuple[Fraction, ...]
    unit: str

    def agrees(self, other: "Quantity") -> bool:
        """Whether two quantities may be the same thing: equal after rounding, or not to be compared."""
        if len(self.numbers) != len(other.numbers):
            return True
        same_numbers = self.numbers == other.numbers
        if not self.unit or not other.unit or self.unit == other.unit:
            return same_numbers or all(map(_rounds, self.numbers, other.numbers))
        (kind, scale), (other_kind, other_scale) = _SCALES[self.unit], _SCALES[other.unit]
        if kind != other_kind:
            return not same_numbers
        slack = Fraction(1, 10) if kind == "time" else 0  # four weeks are a month
        pairs = [(a * scale, b * other_scale) for a, b in zip(self.numbers, other.numbers, strict=True)]
        return all(abs(a - b) <= slack * b for a, b in pairs)


def _rounds(one: Fraction, other: Fraction) -> bool:
    """7.2 for 7.24, or 37 for 36.8."""
    return any(round(a, digits) == b for a, b in ((one, other), (other, one)) for digits in (0, 1) if a.denominator > 1)


def _quantity(match: "regex.Match[str]") -> Quantity:
    groups = match.groupdict()
    numbers = [groups["number"], groups.get("second")]
    return Quantity(tuple(Fraction(n.replace(",", "")) for n in numbers if n), groups.get("unit") or "")


def _spelt(text: str) -> str:
    for wrong, right in _SPELLINGS.items():
        text = text.replace(wrong, right)
    text = regex.sub(r"분당\s?(\d+)\s?회", r"\1회/분", text)
    return regex.sub(r"mm\^3|㎣", "mm³", text)


def _key(name: str) -> str:
    name = name if name in _SAME_NAMES else regex.sub(r"(?<=..)(?:은|는|이|가|의|을|를)$", "", name)
    return _SAME_NAMES[name][0] if name in _SAME_NAMES else name.casefold()


def _named(text: str) -> Iterator[tuple[str, Quantity, "regex.Match[str]"]]:
    """Every ``혈색소 7.2 g/dL`` of a text, by the name of what is measured."""
    for match in _NAMED.finditer(text):
        if not _NO_NAMES.fullmatch(name := _key(match["name"])) and (len(name) > 1 or match["name"].isascii()):
            yield name, _quantity(match), match


def _clause(text: str, start: int, end: int) -> str:
    """The clause around a place."""
    begin = max((match.end() for match in _CLAUSE.finditer(text, 0, start)), default=0)
    stop = _CLAUSE.search(text, end)
    return text[begin : stop.start() if stop else len(text)]


def contradictions(text: str, question: Question) -> list[str]:
    """What a text says of a question's quantities that the question says otherwise, each as one line."""
    source, text = _spelt("\n".join((question.question, *question.options))), _spelt(text)
    found = [*_measured(text, source), *_ages(text, question.question), *_onsets(text, question.question)]
    return [*found, *_options(text, [_spelt(option) for option in question.options], _spelt(question.question))]


def _measured(text: str, source: str) -> Iterator[str]:
    known: dict[str, list[Quantity]] = defaultdict(list)
    for name, quantity, _ in _named(source):
        known[name].append(quantity)
    for name, quantity, match in _named(text):
        if not (values := known.get(name)) or _LIMIT.search(_clause(text, *match.span())):
            continue
        if not any(quantity.agrees(value) for value in values):
            yield f"{match[0].strip()}: not what the question says of {name}"


def _ages(text: str, stem: str) -> Iterator[str]:
    ages = list(_AGE.finditer(stem))
    if len(ages) != 1:
        return
    (own,) = ages
    for match in _AGE.finditer(text):
        if not _quantity(match).agrees(_quantity(own)):
            yield f"{match[0]}: the patient is {own[0]}"
        sexes = [_SEX.get(found["who"][0]) for found in (match, own)]
        if None not in sexes and sexes[0] != sexes[1]:
            yield f"{match[0]}: the patient is {own[0]}"


def _onsets(text: str, stem: str) -> Iterator[str]:
    known = [_quantity(match) for match in _ONSET.finditer(stem)]
    for match in _ONSET.finditer(text):
        quantity = _quantity(match)
        if known and not any(quantity.agrees(value) for value in known):
            yield f"{match[0]}: not what the question says"


def _options(text: str, options: list[str], stem: str) -> Iterator[str]:
    """An option repeated word for word with numbers that neither it, its like among the options nor the stem has."""
    known: dict[str, set[tuple[Fraction, ...]]] = defaultdict(set)
    for option in options:
        if (pattern := _skeleton(option)) is not None:
            known[pattern] |= {tuple(map(_value, match.groups())) for match in regex.finditer(pattern, option)}
    for pattern, values in known.items():
        values |= {tuple(map(_value, match.groups())) for match in regex.finditer(pattern, stem)}
        for match in regex.finditer(pattern, text):
            if tuple(map(_value, match.groups())) not in values:
                yield f"{match[0]}: no option has this number"


def _skeleton(option: str) -> str | None:
    """A pattern for an option with any other numbers; None for one without numbers or with too few words to tell."""
    parts = _PLAIN.split(option)[::2]
    if len(parts) < 2 or len(regex.sub(r"[\s.]", "", "".join(parts))) < 3:
        return None
    words = (r"\s*".join(map(regex.escape, "".join(part.split()))) for part in parts)
    return r"(?<![\p{L}\d.,/])" + rf"\s*({_NUMBER})\s*".join(words)


def _value(number: str) -> Fraction:
    return Fraction(number.replace(",", ""))
