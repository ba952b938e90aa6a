"""Numbers in English and Korean sentences: what is read, what agrees, and what does not."""

import hashlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beam_pipelines.text.columns import from_strings
from beam_pipelines.text.numbers_ko_en import MOST, agree, agree_text, quantities
from tests.oracle import uncompiled

SINO = "영일이삼사오육칠팔구"
PLACES = ["", "십", "백", "천"]
BIGS = ["", "만", "억", "조"]
ONES = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen
""".split()  # noqa: SIM905
TENS = "- ten twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905


def korean(number: int, *, space: str = "", one: str = "") -> str:
    """A number in Sino-Korean, ``space`` between 만 and what follows, ``one`` before 십, 백, 천 (일십 or 십)."""
    if number == 0:
        return "영"
    groups = []
    for big in BIGS:
        number, group = divmod(number, 10_000)
        digits = [(int(d), place) for d, place in zip(str(group)[::-1], PLACES, strict=False)]
        text = "".join((one if d == 1 and place else SINO[d]) + place for d, place in reversed(digits) if d)
        if text:
            groups.append(text + big)
    return space.join(reversed(groups))


def english(number: int, *, joint: str = " ") -> str:
    """A number in English words, ``joint`` between hundreds and the rest."""
    for value, name in ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand")):
        if number >= value:
            rest = f" {english(number % value, joint=joint)}" if number % value else ""
            return f"{english(number // value, joint=joint)} {name}{rest}"
    if number >= 100:
        rest = number % 100
        return f"{ONES[number // 100]} hundred" + (f"{joint}{english(rest)}" if rest else "")
    if number >= 20:
        return TENS[number // 10] + (f"-{ONES[number % 10]}" if number % 10 else "")
    return ONES[number]


def read(text: str, language: str) -> list[tuple[float, str]]:
    """What is stated for sure."""
    return [(q.value, q.unit) for q in quantities(text, language) if q.sure]


@pytest.mark.parametrize(
    ("language", "text", "stated"),
    [
        ("en", "1,000 and 1.5 and ½ and .5", [(1000, ""), (1.5, ""), (0.5, ""), (0.5, "")]),
        ("en", "two hundred and fifty thousand", [(250_000, "")]),
        ("en", "between two hundred and three hundred", [(200, ""), (300, "")]),
        ("en", "12.3 trillion, $10bn, $5m", [(12.3e12, ""), (1e10, "달러"), (5e6, "달러")]),
        ("en", "five and a half hours", [(5.5, "시간")]),
        ("en", "twice a day, three times a day", [(2, "번"), (3, "번")]),
        ("en", "two thirds", [(2 / 3, "")]),
        ("en", "at 3:30 p.m.", [(3, "시"), (30, "")]),
        ("en", "5 mg/kg and 7 mg per day", [(5, "mg"), (7, "mg")]),
        ("en", "2024.3.5", [(2024, ""), (3, ""), (5, "")]),
        ("en", "B12, COVID-19, F-16, H1N1", []),
        ("en", "twice as many, both, once, a second, the third", []),
        ("en", "minus 5 °C", [(-5, "℃")]),
        ("ko", "3만 5천 원, 1억 2000만, 27만5000", [(35_000, "원"), (1.2e8, ""), (275_000, "")]),
        ("ko", "12조3천억 달러, 제10조", [(12.3e12, "달러")]),
        ("ko", "이백오십 밀리그램과 이 점 오 리터", [(250, "mg"), (2.5, "l")]),
        ("ko", "세 번, 다섯 알, 스무 살", [(3, "번"), (5, "정"), (20, "살")]),
        ("ko", "열두 시, 스물다섯 명", [(12, "시"), (25, "명")]),
        ("ko", "3분의 2, 삼분의 이", [(2 / 3, ""), (2 / 3, "")]),
        ("ko", "1시간 30분", [(90, "분")]),
        ("ko", "세 시간 반", [(3.5, "시간")]),
        ("ko", "１０㎎, ３．５℃", [(10, "mg"), (3.5, "℃")]),
        ("ko", "사흘 동안, 열흘", [(3, "일"), (10, "일")]),
        ("ko", "영하 5도", [(-5, "도")]),
        ("ko", "100여 명, 50만여 척", [(100, "명"), (500_000, "인")]),
        # Homographs: this person, moving house, society, employee, the world, your name, employee, investigation.
        ("ko", "이 분, 이사, 사회, 사원, 세상, 네 이름, 사원과, 조사할, 구조대 두 명", [(2, "명")]),
        ("ko", "오늘 오후, 만일, 천사, 한국, 두 번 다시, 그런 이유로, 일이 많다, 십자가", []),
        ("ko", "한두 명, 두세 번, 서너 개, 수십만 명, 몇백 명", []),
    ],
)
def test_what_is_stated_for_sure(language: str, text: str, stated: list[tuple[float, str]]) -> None:
    found = read(text, language)
    assert [value for value, _ in found] == pytest.approx([value for value, _ in stated])
    assert [unit for _, unit in found] == [unit for _, unit in stated]


NUMBERS = st.one_of(st.integers(0, 10_000), st.integers(0, 10**12))


@settings(deadline=None)  # the first call compiles
@given(NUMBERS, st.sampled_from(["", " "]), st.sampled_from(["", "일"]), st.sampled_from([" ", " and "]))
def test_a_number_reads_the_same_however_it_is_written(number: int, space: str, one: str, joint: str) -> None:
    korean_forms = [f"{korean(number, space=space, one=one)} 원", f"{number}원", f"{number:,} 원"]
    english_forms = [f"{english(number, joint=joint)} won", f"{number} won", f"{number:,} won"]
    for form in korean_forms:
        assert number in [q.value for q in quantities(form, "ko")], form
        assert all(agree_text(other, form) for other in english_forms), form
    for form in english_forms:
        assert [q.value for q in quantities(form, "en")] == [number], form
    if number >= 2:
        assert not agree_text(english_forms[0], f"{number + 1}원")
        assert not agree_text(f"{number + 1} won", korean_forms[0])


AGREE = """
Take 1/2 tablet.|반 알 드세요.
1,000 mg|1 g
120/80 mmHg|수축기 120mmHg, 이완기 80mmHg
at half past three|세 시 반에
an hour and a half|90분
24 hours|하루
seven days|일주일
six months|반년, 6개월
on 3/5/2024|2024년 3월 5일에
on March 5|3월 5일에
in the '90s|1990년대에
a dozen eggs|달걀 12개
20%|이십 프로
the twenty-first century|21세기
98.6 °F|37℃
5 feet 6 inches|168 cm
2.5 mg|이 점 오 밀리그램
5 mg per kilogram|체중 1kg당 5mg
one in five|다섯 명 중 한 명
about 10k|만 명쯤
nineteen ninety-eight|1998년
every two hours|두 시간마다
COVID-19|코로나바이러스
a stage IV tumor|4기 종양
On Friday prices fell.|27일 물가가 내렸다.
the two leaders|양국 정상
three quarters of a liter|0.75리터
Don't do it again.|두 번 다시 하지 마.
"""
DISAGREE = """
3 mg|3 g
3 mg|삼십 밀리그램
100 mcg|100 mg
5 mg/kg|5 mg/dL
5 mg 10 times|10 mg을 5번
two tablets|세 알
twice a day|하루 세 번
twice a day|하루 한 번
three times a day|하루 네 번
0.5 mg|5 mg
1.5|15
250 mg|500 mg
-20 °C|20℃
37 °C|39℃
104 °F|39.5℃
two weeks|2개월
3 days|3시간
at 3 p.m.|네 시에
two thirds|3분의 1
ten dollars|10원
45 mL|많이
많은 사람|15명
"""


@pytest.mark.parametrize("pair", AGREE.strip().split("\n"))
def test_the_same_said_otherwise(pair: str) -> None:
    assert agree_text(*pair.split("|"))


@pytest.mark.parametrize("pair", DISAGREE.strip().split("\n"))
def test_another_number_or_unit(pair: str) -> None:
    assert not agree_text(*pair.split("|"))


def test_a_row_full_of_numbers_is_read_in_linear_time_and_not_taken_to_agree() -> None:
    table = " ".join(["7"] * MOST)
    assert agree_text("7 " * (MOST - 2), "7 " * (MOST - 2))
    assert not agree_text(table, table)
    assert not agree_text("7 mg " * 100_000, "7 mg " * 100_000)


PIECES = """
two |twenty|hundred |and |thousand|third|half a |once|twice|minus |$|hours| p.m.|tablets| per |and a half|세 |네|
한두|이|이십|삼백|만| 억|조|열|다섯|하루|수|제|영하 |반|여|분의 |점|mg|g| mL|시간|시|%|℃|정| 알|번 |개|월|일|년 |3|
0.5| .5|1,000|1/2|3:30|2024.3.5|½|１０|, |.|/|-|é|漢|😀
""".replace("\n", "").split("|")
WILD = st.one_of(st.text(max_size=30), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))


@settings(deadline=None)
@given(st.lists(st.tuples(WILD, WILD), min_size=1, max_size=4))
def test_pairs_are_judged_alone_and_nothing_raises(pairs: list[tuple[str, str]]) -> None:
    together = agree(from_strings(en for en, _ in pairs), from_strings(ko for _, ko in pairs))
    assert together.shape == (len(pairs),)
    assert together.tolist() == [agree_text(en, ko) for en, ko in pairs]


def _random_digest() -> str:
    rng = random.Random(11)
    sides = [["".join(rng.choices(PIECES, k=rng.randrange(12))) for _ in range(500)] for _ in range(2)]
    read = [quantities(text, language) for texts, language in zip(sides, ("en", "ko"), strict=True) for text in texts]
    return hashlib.sha256(repr((agree(*map(from_strings, sides)).tolist(), read)).encode()).hexdigest()


def test_compiled_and_uncompiled_agree() -> None:
    code = f"import runpy; print(runpy.run_path({__file__!r})['_random_digest']())"
    assert uncompiled(code).strip() == _random_digest()
