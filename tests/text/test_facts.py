"""Facts in, facts out: counting them, and the account of every cleaner."""

import json
import random
import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beam_pipelines.text import facts, namumark, unicode
from beam_pipelines.text.cleaners import CLEANERS
from beam_pipelines.text.columns import from_strings
from beam_pipelines.text.facts_count import SIGNS, SQUARED_UNITS
from tests.oracle import uncompiled
from tests.text import test_mediawiki, test_namumark, test_webtext

NOTHING = {"digits": 0, "signs": 0, "numbers": 0}
NOTHING_LOST = {"digits": 0, "signs": 0}
SAMPLED = "0159<>%~≤≥±℃°×−℉ℓ㎎㏟µμ½²·÷㏠→“”가나a, \n"


def counted(text: str) -> dict[str, int]:
    numbers = re.findall("[0-9]+", text)
    signs = sum(c in SIGNS for c in text)
    return {"digits": sum(map(len, numbers)), "signs": signs, "numbers": len(numbers)}


def accounts(source: str, texts: list[str]) -> tuple[list[str], list[facts.Account]]:
    """The cleaned texts, and the account of every one."""
    column = unicode.nfc(from_strings(texts))
    tally = facts.new_tally(len(texts))
    cleaned = unicode.nfc(CLEANERS[source].clean(column, tally))
    balances = facts.balance(column, tally, cleaned)
    return cleaned.to_pylist(), [facts.account(facts.total(balances.slice(n, 1))) for n in range(len(texts))]


def sums(counts: list[dict[str, int]]) -> dict[str, int]:
    return {kind: sum(count[kind] for count in counts) for kind in facts.KINDS}


def balances(account: facts.Account) -> bool:
    left = sums([account["in"], *account["added"].values()])
    return left == sums([account["out"], account["lost"] | account["joined"], *account["dropped"].values()])


@given(st.lists(st.text(st.sampled_from(SAMPLED), max_size=9), max_size=5), st.integers(0, 60))
def test_counting(parts: list[str], times: int) -> None:
    texts = [part * times for part in parts]  # long ones are counted in blocks
    column = pa.array(["버림 100%", *texts], pa.string()).slice(1)
    assert facts.count_rows(column).tolist() == [list(counted(text).values()) for text in texts]


@pytest.mark.parametrize("fact", [*SIGNS.replace(SQUARED_UNITS, "㎀㎎㏟"), "5", "50"])
def test_a_fact_counts_wherever_it_stands_in_a_block(fact: str) -> None:
    texts = ["a" * before + fact + "a" * after for before in range(390) for after in (0, 1, 2, 200)]
    assert facts.count_rows(from_strings(texts)).tolist() == [list(counted(fact).values())] * len(texts)


@given(st.text(st.sampled_from(SAMPLED), max_size=90), st.data())
def test_a_span_is_counted_for_itself(text: str, data: st.DataObject) -> None:
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    first, size = len(text[:start].encode()), len(text[start:end].encode())
    for room in ("", "5<" * 40):  # at the end of a column, where no block can be read, and before it
        array = np.frombuffer((text + room).encode(), np.uint8)
        assert facts.count(array, first, first + size) == tuple(counted(text[start:end]).values())


PROSE = [
    "아목시실린 500 mg을 8시간마다",
    "체온 < 36.5 이고 맥박 > 100",
    "38.5℃ 이상 ±0.3",
    "SpO2 ≥94%, 2~3회, 1×2",
    "약",
]
# The form of a piece of a page, and the facts of it that go, by region; N stands for a number chosen for every piece.
PIECES: dict[str, list[tuple[str, dict[str, str]]]] = {
    "namu_wiki": [
        ("{{{#ff0000 글}}}", {"markup": "0000"}),
        ('{{{#!wiki style="width:N"\n글}}}', {"markup": "N"}),
        ("{{{#!html <b>글</b><!-- N -->}}}", {"markup": "<><>", "comment": "<N>"}),
        ("[[문서 N|이름]]", {"link_target": "N"}),
        ("[[문서 N|'''이름''']]", {"link_target": "N"}),
        ("[[파일:N.jpg|width=N]]", {"hidden_link": "NN"}),
        ("[[파일:N.jpg|'''N''']]", {"hidden_link": "NN"}),
        ("[[분류:N]]", {"hidden_link": "N"}),
        ("[* 주석 N]", {"footnote": "N"}),
        ("[include(틀:N)]", {"template": "N"}),
        ("[anchor(N)]", {"macro": "N"}),
        ("[ruby(글, ruby=N)]", {"macro": "N"}),
        ("## N\n글", {"comment": "N"}),
        ('|| 칸 N || {{{#!wiki style="N"\n[[N|글]]}}} ||', {"table": "N", "markup": "N", "link_target": "N"}),
        ("> 인용", {"markup": ">"}),
    ],
    "mediawiki": [
        ("{{모름|N|[[N|글]]}}", {"template": "N", "link_target": "N"}),
        ("<ref name=a>N</ref>", {"footnote": "N", "markup": "<><>"}),
        ("<gallery>\nN.jpg\n</gallery>", {"markup": "<N><>"}),
        ("<!-- N -->", {"comment": "<N>"}),
        ("[[문서 N|이름]]", {"link_target": "N"}),
        ("[http://a.kr/N 이름]", {"link_target": "N"}),
        ("[[파일:N.jpg|섬네일|글 N]]", {"hidden_link": "NN"}),
        ("<span title='N'>글</span>", {"markup": "<N><>"}),
        ('{| class="a N"\n| N\n|}\n글', {"table": "NN"}),
        ("<table><tr><td>N</td></tr></table>", {"table": "N", "markup": "<><><><><><>"}),
        ("&#45;", {"entity": "45"}),
    ],
    "c4": [(line, {"boilerplate": line}) for line in test_webtext.BOILERPLATE],
}


def test_what_is_dropped_and_added_is_named() -> None:
    for page, dropped, added in [
        ("{{{#!html 1 &lt; 2<br>}}}", {"markup": counted("<>")}, {"entity": counted("<")}),
        ("== 가 ==\n=== 나 ===", {}, {"heading_number": counted("1 1 1")}),
        ("[[가#s-2.1]] \\> {{{+1 나}}}", {"link_target": counted("2.1"), "markup": counted("1")}, {}),
        ("@변수1=250@ mg, @변수2@", {"template": counted("1 2")}, {}),
        ("[math(5\\>3)]", {"formula": counted(">")}, {}),
    ]:
        _, (account,) = accounts("namu_wiki", [page])
        assert (account["dropped"], account["added"]) == (dropped, added), page
        assert (account["lost"], account["joined"]) == (NOTHING_LOST, {"numbers": 0}), page
    for page, dropped, added in [
        ("&ge;38&#8451;", {"entity": counted("8451")}, {"entity": counted("≥℃")}),
        ("{{frac|2}} {{val|5|0.3}}", {}, {"template": counted("1±")}),
        ("{{변환|500|mg|oz|3}}", {"template": counted("3")}, {}),
        (
            "<math>5 \\times 3 \\> 2</math>",
            {"markup": counted("<><>"), "formula": counted(">")},
            {"formula": counted("×")},
        ),
    ]:
        _, (account,) = accounts("mediawiki", [page])
        assert (account["dropped"], account["added"]) == (dropped, added), page
        assert (account["lost"], account["joined"]) == (NOTHING_LOST, {"numbers": 0}), page
    _, (account,) = accounts("c4", ["체온 38â„ƒ, 0Â±1"])
    assert (account["dropped"], account["added"]) == ({}, {"encoding": counted("℃")})
    assert account["lost"] == NOTHING_LOST


@settings(max_examples=150, deadline=None)
@given(st.data())
@pytest.mark.parametrize("source", PIECES)
def test_of_a_page_that_was_built_every_fact_is_where_it_belongs(source: str, data: st.DataObject) -> None:
    pieces = st.tuples(
        st.sampled_from(PROSE), st.sampled_from(PIECES[source]), st.from_regex(r"[0-9]{1,4}[%°]?", fullmatch=True)
    )
    page, expected = "", dict[str, str]()
    built = data.draw(st.lists(pieces, max_size=12))
    for prose, (form, gone), number in built:
        page += f"{prose}\n\n{form.replace('N', number)}\n\n"
        for region, those in gone.items():
            expected[region] = expected.get(region, "") + those.replace("N", f" {number} ") + " "
    (cleaned,), (account,) = accounts(source, [page])
    at = 0
    for prose, *_ in built:
        at = cleaned.index(prose, at) + len(prose)
    dropped = {region: counted(gone) for region, gone in expected.items()}
    assert account["dropped"] == {region: count for region, count in dropped.items() if count != NOTHING}
    assert account["lost"] == NOTHING_LOST and account["added"] == {} and account["joined"] == {"numbers": 0}
    assert balances(account)


WILD = {
    "namu_wiki": [*test_namumark.PIECES, "[age(2020-01-01)]", "[[a#s-2.1]]", "<b>", "&lt;", "@v1=2@", "1. ", " 1.#42 "],
    "mediawiki": test_mediawiki.PIECES,
    "c4": [*test_webtext.PIECES, "Â±", "â‰¥", "â„ƒ"],
}


@settings(max_examples=300, deadline=None)
@given(st.data())
@pytest.mark.parametrize("source", WILD)
def test_the_account_of_any_text_balances(source: str, data: st.DataObject) -> None:
    pieces = st.one_of(st.sampled_from([*WILD[source], *SAMPLED]), st.characters(codec="utf-8"))
    texts = data.draw(st.lists(st.lists(pieces, max_size=30).map("".join), max_size=4))
    cleaned, every = accounts(source, texts)
    assert [account["out"] for account in every] == [counted(text) for text in cleaned]
    assert all(map(balances, every))
    assert [account["lost"] for account in every] == [NOTHING_LOST] * len(texts)
    assert not any("unexplained" in account["added"] for account in every)


def random_tallies(source: str) -> str:
    chance = random.Random(11)
    texts = ["".join(chance.choices([*WILD[source], *SAMPLED], k=chance.randrange(40))) for _ in range(300)]
    tally = facts.new_tally(len(texts))
    CLEANERS[source].clean(unicode.nfc(from_strings(texts)), tally)
    return json.dumps([int(n) for n in np.flatnonzero(tally)] + tally[tally != 0].tolist())


@pytest.mark.parametrize("source", WILD)
def test_compiled_and_uncompiled_agree(source: str) -> None:
    code = f"import runpy; print(runpy.run_path({__file__!r})['random_tallies']({source!r}))"
    assert uncompiled(code).strip() == random_tallies(source)


def test_a_rule_that_eats_a_digit_is_noticed() -> None:
    code = """
from beam_pipelines.text import facts, namumark_links, namumark
from beam_pipelines.text.columns import from_strings
from beam_pipelines.text.facts_count import SIGNS, SQUARED_UNITS
whole = namumark_links.copy_literal
namumark_links.copy_literal = lambda page, i, end, out, at: whole(page, i + 1, end, out, at)  # a slip of one
page, tally = from_strings(["하루 [[복용량|2~3회]]"]), facts.new_tally(1)
print(facts.wrong(facts.account(facts.total(facts.balance(page, tally, namumark.clean(page, tally))))))
"""
    assert uncompiled(code) == "1 digits lost\n"


@pytest.mark.parametrize(
    ("source", "page", "joined"),
    [
        ("mediawiki", "하루 1{{frac|1|2}}정", 0),
        ("mediawiki", "하루 1<ref>주석</ref>2정", 0),
        ("namu_wiki", "하루 1[* 주석]2정", 0),
        ("namu_wiki", "하루 '''1'''0정", 1),  # as the page shows it
        ("namu_wiki", "하루 2~~3회", 0),
    ],
)
def test_numbers_that_meet_are_told(source: str, page: str, joined: int) -> None:
    _, (account,) = accounts(source, [page])
    assert account["joined"] == {"numbers": joined} and account["lost"] == NOTHING_LOST


def test_two_numbers_made_one_are_noticed_though_no_digit_is_gone() -> None:
    code = """
from beam_pipelines.text import facts, mediawiki, mediawiki_templates
from beam_pipelines.text.columns import from_strings
from beam_pipelines.text.facts_count import SIGNS, SQUARED_UNITS
mediawiki_templates.part_before = lambda out, first, stop, frames: stop  # as it was before two numbers stayed two
page, tally = from_strings(["하루 1{{frac|1|2}}정"]), facts.new_tally(1)
cleaned = mediawiki.clean(page, tally)
account = facts.account(facts.total(facts.balance(page, tally, cleaned)))
print(cleaned[0], account["lost"], account["joined"])
"""
    assert uncompiled(code) == "하루 11/2정 {'digits': 0, 'signs': 0} {'numbers': 1}\n"


def test_rows_do_not_make_up_for_each_other() -> None:
    before, after = from_strings(["500 mg", "5 mg <", "1"]), from_strings(["50 mg", "50 mg", "1"])
    account = facts.account(facts.total(facts.balance(before, facts.new_tally(3), after)))
    assert account == {
        "in": {"digits": 5, "signs": 1, "numbers": 3},
        "added": {"unexplained": {"digits": 1, "signs": 0, "numbers": 0}},
        "dropped": {},
        "out": {"digits": 5, "signs": 0, "numbers": 3},
        "lost": {"digits": 1, "signs": 1},
        "joined": {"numbers": 0},
    }
    assert facts.wrong(account) == "1 digits lost, 1 signs lost, 1 digits too many"


def test_a_second_look_counts_for_nothing() -> None:
    page = "\\[[분류:1]] \\{{{#!wiki 2\n3}}} > 4"  # literal, so it is looked at again, and taken apart
    (cleaned,), (account,) = accounts("namu_wiki", [page])
    assert namumark.clean_text(cleaned) == cleaned
    assert account["dropped"] == {} and account["out"] == account["in"]
