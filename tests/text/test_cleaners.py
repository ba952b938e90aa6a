"""What holds for the cleaner of every source: facts stay, and no page costs more than its size."""

import tracemalloc
from pathlib import Path

import pyarrow as pa
import pytest

from beam_pipelines.text.cleaners import CLEANERS
from beam_pipelines.text.columns import from_strings

PAGES = Path(__file__).parent.parent / "fixtures" / "pages"

PROSE = [
    "아목시실린 1000mg을 8시간마다, 2000000 IU는 한 번만 쓴다.",  # repeated characters are not emoticons
    "혈소판 150000/uL, 백혈구 11000/uL에 CRP 0.0003",
    "혈압은 120|80 mmHg이고 맥박은 분당 72회이다.",
    "체온 < 36.5 이고 맥박 > 100",
    "혈압 > 140 이고 체온 ≥38.5℃",
    "하루 2~3회, 1회 500 mg, 75-100 mg 또는 5~10 mL/kg",
    "p<0.05, SpO2>94%, 10^9/L, 1:1000, 0.9%, 3/4정",
    "[0, 1)과 (2)와 [3]",
    "250mg을 8시간마다 또는 500mg을 12시간마다",
    "ㅋㅋㅋㅋ 하하하하 1111 !!! 3333",
]


@pytest.mark.parametrize("text", PROSE)
@pytest.mark.parametrize("source", CLEANERS)
def test_numbers_units_and_comparators_of_prose_stay(source: str, text: str) -> None:
    page = f"복용 안내는 다음과 같다.\n\n{text}\n\n이상이다."
    assert CLEANERS[source].clean(from_strings([text, page])).to_pylist() == [text, page]


HOSTILE = ["{{", "''[[", "{{nowrap|", "{{{1|", "{{ubl|약|", "[[a|'''", "{{{#red ", "[* ", "<ref>{{", "\n* ''", "&lt;"]


@pytest.mark.parametrize("mark", HOSTILE)
@pytest.mark.parametrize("source", CLEANERS)
def test_a_page_of_80_kb_takes_memory_by_its_size(source: str, mark: str) -> None:
    text = mark * (80_000 // len(mark))
    column = from_strings([text + "약 500 mg" + close for close in ("", "}}" * (80_000 // len(mark)))])
    CLEANERS[source].clean(column)  # compiles
    tracemalloc.start()
    cleaned = CLEANERS[source].clean(column)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 * column.nbytes  # of many short lines; a peer takes 30 GB for such a page
    assert cleaned.nbytes <= column.nbytes
    assert all("500 mg" in text for text in cleaned.to_pylist()[:1])


def test_templates_that_would_double_at_every_level_do_not() -> None:
    page = "약 500 mg"
    for _ in range(14):
        page = "{{ubl|" + page + "|{{frac|1|2}}}}{{nowrap|{{{1|}}}}}"
    (cleaned,) = CLEANERS["mediawiki"].clean(pa.array([page])).to_pylist()
    assert cleaned.startswith("약 500 mg")
    assert cleaned.count("1/2") == 14
    assert len(cleaned) < len(page)


SOURCES = {".namu": "namu_wiki", ".wikitext": "mediawiki", ".web": "c4"}


@pytest.mark.parametrize(
    "page", sorted(path for path in PAGES.iterdir() if path.suffix in SOURCES), ids=lambda p: p.name
)
def test_whole_pages_before_and_after(page: Path) -> None:
    cleaner = CLEANERS[SOURCES[page.suffix]]
    (cleaned,) = cleaner.clean(from_strings([page.read_text(encoding="utf-8")])).to_pylist()
    assert cleaned + "\n" == page.with_suffix(".txt").read_text(encoding="utf-8")
    assert cleaner.clean(from_strings([cleaned])).to_pylist() == [cleaned]


@pytest.mark.parametrize(
    ("source", "raw", "clean"),
    [
        ("mediawiki", "1{{frac|1|2}}정", "1 1/2정"),
        ("mediawiki", r"5<math>\frac12</math>정", "5 1/2정"),
        ("mediawiki", "5<math>7</math>6", "5 7 6"),
        ("mediawiki", "5{{sub|7}}6", "5 7 6"),
        ("mediawiki", "2{{val|5|0.3}}6", "2 5 ± 0.3 6"),
        ("mediawiki", "10{{e|7}}6", "10×10^7 6"),
        ("mediawiki", "5<table><tr><td>x</td></tr></table>6", "5 6"),
        ("mediawiki", "5[http://a.b]6", "5 6"),
        ("mediawiki", "5__TOC__6", "5 6"),
        ("mediawiki", "5]]6", "5 6"),
        ("mediawiki", "5}}6", "5 6"),
        ("mediawiki", "가 5 ()6", "가 5 6"),
        ("c4", "가 5 (, )6", "가 5 6"),
        ("namu_wiki", "5[[6", "5 6"),
        ("namu_wiki", "5[[6|'''가", "5 6|'''가"),
        ("namu_wiki", "5{{{6", "5 6"),
        ("namu_wiki", "5{{{#red 6", "5 6"),
        ("namu_wiki", "5[include(6", "5 6"),
        ("namu_wiki", "5[*6", "5 6"),
        ("namu_wiki", "5[[가|[[파일:b.png]]]]6", "5 6"),
        ("namu_wiki", "5{{{#!folding 열기\n7}}}6", "5\n열기\n7 6"),
        # What a page shows as one number stays one.
        ("namu_wiki", "1{{{+1 0}}} mg, 5'''7'''6", "10 mg, 576"),
        ("mediawiki", "5'''7'''6, 5[[7]]6, 10{{nowrap|mg}}", "576, 576, 10mg"),
    ],
)
def test_two_numbers_never_become_one(source: str, raw: str, clean: str) -> None:
    cleaned = CLEANERS[source].clean(from_strings([raw, "사이", raw])).to_pylist()
    assert cleaned == [clean, "사이", clean]
    assert CLEANERS[source].clean(from_strings([clean])).to_pylist() == [clean]
