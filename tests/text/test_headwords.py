"""Headwords and readings of dictionary entries: what is taken, and what is rather left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_pipelines.text import headwords


@pytest.mark.parametrize(
    ("raw", "terms"),
    [
        ("고혈압", ["고혈압"]),
        (" 고혈압(高血壓) ", ["고혈압"]),
        ("고혈압 [高血壓·高血圧]", ["고혈압"]),
        ("고혈압（원발성）", ["고혈압(원발성)"]),
        ("심근염; 심장근육염", ["심근염", "심장근육염"]),
        ("심근염\n심장근육염(心臟筋肉炎)", ["심근염", "심장근육염"]),
        ("고혈압, 고혈압증", ["고혈압", "고혈압증"]),
        ("급성, 만성 신부전", ["급성, 만성 신부전"]),  # 급성 is no term of its own
        ("비타민 B1, B2", ["비타민 B1, B2"]),
        ("간염(A형, B형)", ["간염(A형, B형)"]),
        ("1. 고혈압", ["고혈압"]),
        ("③ 고혈압", ["고혈압"]),
        ("• “고혈압”.", ["고혈압"]),
        ("(주)약", ["(주)약"]),
        ("β-차단제", ["β-차단제"]),
        ("5-에이치티", ["5-에이치티"]),
        ("제1형 당뇨병", ["제1형 당뇨병"]),
        ("각막염)", ["각막염"]),
        ("고혈압", ["고혈압"]),  # decomposed
        ("", []),
        (" ,; ", []),
    ],
)
def test_terms(raw: str, terms: list[str]) -> None:
    assert headwords.terms(raw) == terms


@pytest.mark.parametrize(
    ("definition", "senses"),
    [
        ("Hypertension", ["Hypertension"]),
        ("(hypertension)", ["hypertension"]),
        ("hypertension.", ["hypertension"]),
        ("高血壓, hypertension", ["hypertension"]),
        ("고혈압\n高血壓, hypertension", ["hypertension"]),
        ("고혈압(hypertension)은 혈압이 높은 상태이다.", ["hypertension"]),
        ("고혈압(高血壓, hypertension)은 혈압이 높은 상태이다.", ["hypertension"]),
        ("[영] hypertension", ["hypertension"]),
        ("영: hypertension", ["hypertension"]),
        ("hypertension; high blood pressure\n혈압이 높은 상태", ["hypertension", "high blood pressure"]),
        ("hypertension, high blood pressure", ["hypertension, high blood pressure"]),
        ("1. hypertension\n2. high blood pressure\n혈압이 높은 상태", ["hypertension", "high blood pressure"]),
        ("Hypertension\nhypertensions\nhyper-tension", ["Hypertension"]),
        ("hypertension\nA state in which the pressure of the blood stays high.", ["hypertension"]),
        ("hypertension - 고혈압", ["hypertension"]),
        ("adrenal gland (부신)", ["adrenal gland"]),
        ("adrenal gland (suprarenal)", ["adrenal gland (suprarenal)"]),
        ("α,β-unsaturated ketone", ["α,β-unsaturated ketone"]),
        ("1,25-dihydroxyvitamin D3", ["1,25-dihydroxyvitamin D3"]),
        ("5-fluorouracil", ["5-fluorouracil"]),
        ("anti-", ["anti-"]),
        ("-SH group", ["-SH group"]),
        ("twice a day, b.i.d.", ["twice a day, b.i.d."]),
        ("Na+", ["Na+"]),
        # Latin letters in Korean prose are no translation.
        ("MRI를 쓰는 검사", []),
        ("MRI 검사를 말한다", []),
        ("Helicobacter pylori 감염에 의한 위염", []),
        ("수축기 혈압이 140 mmHg 이상인 상태", []),
        ("아스피린(aspirin)을 쓰는 병", []),
        ("혈압이 높은 상태", []),
        ("高血壓", []),
        ("120/80", []),
        ("", []),
    ],
)
def test_senses_of_hypertension(definition: str, senses: list[str]) -> None:
    assert headwords.senses(definition, ["고혈압"]) == senses


@pytest.mark.parametrize(
    "same",
    [
        ("Hypertension", "hypertension", "HYPERTENSION"),
        ("disease", "Diseases"),
        ("biopsy", "biopsies"),
        ("virus", "viruses"),
        ("liver", "the liver", "Liver"),
        ("non-steroidal", "nonsteroidal", "non steroidal"),
        ("Ménière disease", "Meniere Disease"),
        ("X-ray", "X ray", "x-rays"),
    ],
)
def test_readings_that_differ_in_case_plural_hyphen_or_accent_are_one(same: tuple[str, ...]) -> None:
    assert len({headwords.sense_key(sense) for sense in same}) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("type 1 diabetes", "type 2 diabetes"),
        ("IL-1", "IL-10"),
        ("vitamin B1", "vitamin B12"),
        ("hypertension", "hypotension"),
        ("type I", "type II"),
        ("T3", "T4"),
    ],
)
def test_readings_that_differ_in_a_number_are_two(first: str, second: str) -> None:
    assert headwords.sense_key(first) != headwords.sense_key(second)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_taken_and_cleaning_twice_changes_nothing(term: str, definition: str) -> None:
    terms = headwords.terms(term)
    assert all(terms)
    for sense in headwords.senses(definition, terms):
        assert sense.strip() == sense != ""
        assert not headwords.has_hangul(sense)
