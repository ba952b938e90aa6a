"""Namumark to prose."""

import json
import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from beam_pipelines.text.namumark import clean, clean_text, redirects
from beam_pipelines.text.namumark_settle import _CLASSES, _is_mark, looks_marked
from tests.oracle import uncompiled

GOLDEN = [
    # plain text and facts
    ("", ""),
    ("혈압은 120/80 mmHg이다.", "혈압은 120/80 mmHg이다."),
    ("하루 2~3회, 1회 500mg", "하루 2~3회, 1회 500mg"),
    ("체온 < 36.5 이고 맥박 > 100", "체온 < 36.5 이고 맥박 > 100"),
    ("혈압 > 140 이고 체온 ≥38.5℃", "혈압 > 140 이고 체온 ≥38.5℃"),
    ("백혈구 10<sup>9</sup>/L", "백혈구 10<sup>9</sup>/L"),
    ("120|80 mmHg로 재었다. 다음 문장.", "120|80 mmHg로 재었다. 다음 문장."),
    ("2~~3회~~ 복용", "2~~3회~~ 복용"),
    ("2~~3회, 4~~5회", "2~~3회, 4~~5회"),
    ("2주~~3주 뒤, 10mg--20mg 또는 30mg--40mg", "2주~~3주 뒤, 10mg--20mg 또는 30mg--40mg"),
    ("[0, 1)과 [2] 및 (3)", "[0, 1)과 [2] 및 (3)"),
    ("문의: help@example.com, a@b@c", "문의: help@example.com, a@b@c"),
    (r"약값은 \5,000", r"약값은 \5,000"),
    ("a || b 이면", "a || b 이면"),
    ("|x| < 5 이면 정상\n|| 표 ||", "|x| < 5 이면 정상"),
    ("1회 5mg[* 성인 기준]10회", "1회 5mg10회"),
    ("용량 5[* 성인 기준]10", "용량 5 10"),
    # styles
    ("'''심근경색'''은 ''급성''이다", "심근경색은 급성이다"),
    ("'''''굵고 기운'''''글", "굵고 기운글"),
    ("''기움 '''굵게''' 기움''", "기움 굵게 기움"),
    ("'''굵게 ''겹친''' 기움''", "굵게 겹친 기움"),
    ("~~옛 이름~~ --옛 값-- __밑줄__ H,,2,,O", "옛 이름 옛 값 밑줄 H2O"),
    ("10^^9^^/L, m^^2^^, 10^^-3^^", "10^9/L, m2, 10^-3"),
    ("10^^−3^^ 10^^'''9'''^^ 10^^9^^5 2,,10,, x,,1,,^^2^^", "10^−3 10^9 10^9 5 2_10 x1^2"),
    ("와~~~ 좋다~~~", "와~~~ 좋다~~~"),
    ("'''두 줄\n굵게''' 끝", "두 줄\n굵게 끝"),
    ("'''안 닫음", "'''안 닫음"),
    ("''거꾸로''' 닫음", "거꾸로' 닫음"),
    (" * '''가'' 나\n * 다'' 라", "'가 나\n다'' 라"),
    ("~~안 닫음\n다음~~", "~~안 닫음\n다음~~"),
    ("''''''", "''''''"),
    ("'따옴표' 하나", "'따옴표' 하나"),
    # braces
    ("{{{#red 글씨}}} 뒤", "글씨 뒤"),
    ("{{{#f00,#00ff00 글씨}}} {{{+1 크게}}} {{{-5 작게}}}", "글씨 크게 작게"),
    ("{{{#red {{{+2 '''겹친''' 글}}}}}} 뒤", "겹친 글 뒤"),
    ("{{{그대로 '''굵지 않게}}} 뒤", "그대로 '''굵지 않게 뒤"),
    (
        "{{{+6 범위 밖}}} {{{#ff000080 반투명}}} {{{#transparent 투명}}}",
        "+6 범위 밖 #ff000080 반투명 #transparent 투명",
    ),
    ('{{{#!wiki style="color:red" dark-style="x: y"\n내용\n}}}\n뒤', "내용\n\n뒤"),
    ("{{{#!wiki style='a' 한 줄}}}", "한 줄"),
    ("{{{#!folding [ 펼치기 · 접기 ]\n증상은 '''발열'''이다.\n}}}", "[ 펼치기 · 접기 ]\n증상은 발열이다."),
    ('{{{#!wiki style="a"\n{{{#!folding 접기\n안\n}}}\n}}}끝', "접기\n안\n\n끝"),
    ("{{{#!if 나이 >= 65\n노인\n}}}", "노인"),
    ("{{{#!html <b>굵게</b> 10<sup>9</sup> &lt; 5 < 6<script>x()</script>}}}끝", "굵게 10^9 < 5 < 6끝"),
    ("{{{#!syntax python\nprint(1)\n}}}", "print(1)"),
    ("{{{#!latex \\frac{1}{2}}}} 뒤", "\\( \\frac{1}{2}\\) 뒤"),
    ("{{{+1 {{{#red {가}}}}}}} {{{if (a) {b}}}} 뒤", "{가} if (a) {b} 뒤"),
    ("{{{#!새것 글\n안\n}}}", "글\n안"),
    ("앞 {{{#red 안 닫음\n다음 줄", "앞 안 닫음\n다음 줄"),
    ('{{{#!wiki style="a"\n안 닫음\n== 제목 ==', "안 닫음\n1. 제목"),
    ("본문 }}}", "본문 }}}"),
    # links
    ("[[아스피린]]과 [[아세트아미노펜|타이레놀]]", "아스피린과 타이레놀"),
    ("[[약#용법|용법]] [[#부작용]] [[/하위]] [[../]]", "용법 #부작용 /하위 ../"),
    ("[[https://example.com/a?b=c|'''안내''' {{{#red 글}}}]]", "안내 글"),
    ("[[https://example.com]]", "https://example.com"),
    ("[[심장#s-2.1]]과 [[심장#판막]], [[#s-3]]", "심장과 심장#판막, #s-3"),
    ("앞[[파일:심전도.png|width=100&align=left]][[File:a.svg]]뒤", "앞뒤"),
    ("[[파일:그림[1].png|'''설명''' [[링크]]]] 뒤", "뒤"),
    ("앞[[파일:심전도.png|width=100%\nalign=left|[[심장]]의\n전기]]뒤", "앞뒤"),
    ("앞[[파일:심전도.png|width=10\n\n뒤", "앞파일:심전도.png|width=10\n\n뒤"),
    ("본문\n[[분류:질병]][[분류:심장|정렬]]\n끝", "본문\n\n끝"),
    ("[[:분류:질병]] [[:파일:a.png]]", "분류:질병 파일:a.png"),
    ("[[en:Aspirin]] [[위키백과:의학|의학]]", "en:Aspirin 의학"),
    ("[[심장|[[파일:심장.png]]]]", ""),
    ("[[문서|[[안쪽]]]] 뒤", "안쪽 뒤"),
    ("[[문서\\|표시]] [[|표시]] [[문서|]]", "문서|표시 표시 문서"),
    ("[[안 닫음 본문", "안 닫음 본문"),
    ("[[대상|'''안''' 닫음\n다음 [[링크]]", "대상|안 닫음\n다음 링크"),
    ("[[바깥 [[안|글]] 뒤", "바깥 글 뒤"),
    ("[[가(나)]|다]] 뒤", "다 뒤"),
    ("[[심방|심방[*주 내용] 세동]]", "심방 세동"),
    # headings
    ("== 개요 ==\n본문", "1. 개요\n본문"),
    ("== 가 ==\n=== 나 ===\n=== 다 ===\n== 라 ==", "1. 가\n1.1. 나\n1.2. 다\n2. 라"),
    ("==# 접힌 문단 #==\n본문", "1. 접힌 문단\n본문"),
    ("== [[심장|심장]]과 '''폐'''[* 각주] ==", "1. 심장과 폐"),
    ("== 안 맞음 ===", "== 안 맞음 ==="),
    ("A == B", "A == B"),
    # lists, quotes, rules
    (
        " * 발열\n  * 오한\n 1. 첫째\n 1.#42 마흔둘\n a. 가\n A. 나\n i. 다\n I. 라",
        "발열\n오한\n첫째\n마흔둘\n가\n나\n다\n라",
    ),
    (" 1.5mg 투여\n 2. 둘째\n a.m. 9시", "1.5mg 투여\n2. 둘째\na.m. 9시"),
    ("* 목록 아님", "* 목록 아님"),
    (" 들여쓰기\n  더", "들여쓰기\n더"),
    (">인용\n>>겹친 인용\n> * 목록", "인용\n겹친 인용\n목록"),
    ("위\n----\n아래\n---\n----------", "위\n\n아래\n---\n----------"),
    # tables
    ("앞\n|| 가 || 나 ||\n|| 다 || 라 ||\n뒤", "앞\n\n뒤"),
    ("앞\n||<-2><|3><tablealign=center><bgcolor=#fff,#000><:> [[가|나]] {{{#red 다}}} ||\n뒤", "앞\n\n뒤"),
    ("|| 여러\n줄\n\n칸 || 나 ||\n뒤", "뒤"),
    ('||{{{#!wiki style="a"\n||<tablewidth=1> 안 || 표 ||}}}||\n뒤', "뒤"),
    ("|| {{{#!folding 접기\n 글\n || 안 || 표 ||\n}}} || 끝 ||\n뒤", "뒤"),
    ("|캡션| 칸 || 칸 ||\n뒤", "뒤"),
    ("> || 인용 속 표 ||\n * || 목록 속 표 ||\n뒤", "뒤"),
    ("|| 하나 || 둘", "|| 하나 || 둘"),
    ("|| 안 닫음\n본문\n== 제목 ==\n|| 표 ||", "|| 안 닫음\n본문\n1. 제목"),
    ("|| [* 각주 ||\n뒤", "뒤"),
    ("|| {{{+1 안 닫음 ||\n뒤", "뒤"),
    # footnotes
    ("심박수[* 분당 횟수]는 60~100회", "심박수는 60~100회"),
    ("가[*이름 내용] 나[*이름] 다", "가 나 다"),
    ("가[* 바깥 [* 안] [[링크|라벨]] [math(x)] [1] [0, 1) '''b'''] 나", "가 나"),
    ("가[* 두 줄\n각주] 나", "가 나"),
    ("가[* 안 닫음\n\n나 [1] 다", "가 안 닫음\n\n나 [1] 다"),
    # macros
    ("[목차]\n[tableofcontents]\n[목차(hide)]\n본문\n[각주]", "본문"),
    ("첫 줄[br]둘째 줄[BR]셋째 줄", "첫 줄\n둘째 줄\n셋째 줄"),
    ("수축기[br]> 140 이면", "수축기 > 140 이면"),
    ("[include(틀:약, 이름=[[아스피린|(가)]], 각주=[* 나(다)],\n용량=[include(틀:안)])] 뒤", "뒤"),
    ("[anchor(약)][clearfix][date][datetime][age(1990-01-01)][dday(2020-01-01)][pagecount][pagecount(문서)]끝", "끝"),
    ("[ruby(心臟, ruby=심장)]과 [ruby(肺,color=red,ruby=폐)]", "心臟과 肺"),
    ("[math(x^2 + \\frac{1}{2} [a])]이다", "\\(x^2 + \\frac{1}{2} [a]\\)이다"),
    ("[youtube(abc,width=1)][kakaotv(1)][nicovideo(sm1)][vimeo(1)][navertv(1)]끝", "끝"),
    ("[모르는 것(1)] [NaCl(aq)] [date 없음]", "[모르는 것(1)] [NaCl(aq)] [date 없음]"),
    ("[age(1990-01-01\n다음 (가)]", "[age(1990-01-01\n다음 (가)]"),
    ("[include(틀:안 닫음\n\n본문", "틀:안 닫음\n\n본문"),
    # comments, redirects, variables, escapes
    ("가\n## 주석 [[가]]\n##주석\n나", "가\n나"),
    ("#redirect 아스피린", ""),
    ("본문\n#넘겨주기 아스피린", "본문"),
    ("@이름=기본값@을 @이름@", "기본값을"),
    (r"\[[문서]] \'굵지 않게\' \\", "문서] '굵지 않게' \\"),
    # literal marks cost their own line some of its marks, and no other line
    (
        "약 [성인] 5mg, 2~~3회\n\\~~취소 아님\\~~\n= 5mg (각)\n|x| < 5",
        "약 [성인] 5mg, 2~~3회\n~취소 아님~\n= 5mg (각)\n|x| < 5",
    ),
    ("[가] 열\n\\> 38.5℃이면\n[나] 다음", "[가] 열 > 38.5℃이면\n[나] 다음"),
    ("[가] 나\n{{{[[문서]]}}}\n\\== 다 ==\n[라]", "[가] 나\n문서]\n다 ==\n[라]"),
    ("[가] 나\n\\'\\'\\'두 줄\n굵지 않게\\'\\'\\'\n라", "가] 나\n'두 줄\n굵지 않게'\n라"),
    # what other cleaners left behind or lost
    ("가 {{{+1 {{{#red 나}}} 다}}} 라 [[가|{{{-1 [[나|다]]}}}]] }}", "가 나 다 라 다 }}"),
    ("[date]에 잰 [age()]", "에 잰"),
    ("\ufeff체온\u200b 38.5\u00a0℃\r\n== 다음 ==\r\n", "체온 38.5 ℃\n1. 다음"),
]


@pytest.mark.parametrize(("page", "prose"), GOLDEN)
def test_golden(page: str, prose: str) -> None:
    assert clean_text(page) == prose


@pytest.mark.parametrize(("page", "prose"), GOLDEN)
def test_a_cleaned_page_stays_as_it_is(page: str, prose: str) -> None:
    assert clean_text(prose) == prose


PIECES = [
    *"[]{}|'~-_^,=>#*\\@\n ()1a가<.:!",
    *("[[", "]]", "{{{", "}}}", "'''", "''", "~~", "--", "__", "^^", ",,", "||", "\n||", "||\n", "[*", "[* ", "\n\n"),
    *('{{{#!wiki style="a"\n', "{{{#!folding 접기\n", "{{{#!html ", "{{{#!if x\n", "{{{#!syntax py\n"),
    *("{{{#red ", "{{{+1 ", "[include(", "[math(", "[ruby(", ")]", "[br]", "[목차]", "[date]", "[anchor("),
    *("\n== ", " ==\n", "\n==# ", " #==\n", "\n * ", "\n 1. ", "\n 1.5", "\n> ", "\n----\n", "\n##", "\n#redirect "),
    *("[[파일:", "[[분류:", "|", "@가=", "@가@", "<script>", "</script>", "<!--", "-->", "&lt;"),
    *("\u200b", "\u3000", "\u2028", "\t", "\r\n", "\x0b", "\u00ad"),
    *("아스피린", "500mg", "2~3회", "120/80", "ruby=", "틀:"),
]
MARKUP = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
WILD = st.one_of(MARKUP, st.text(st.characters(codec="utf-8")))


@settings(max_examples=400, deadline=None)
@given(WILD)
@example("'[br]''가'''")
@example("\\[[가\\]]\n\\|| 가 \\||\n> 1\n\\> 2")
def test_cleaning_twice_changes_nothing(page: str) -> None:
    once = clean_text(page)
    assert clean_text(once) == once


@settings(max_examples=200, deadline=None)
@given(st.lists(WILD, max_size=6))
def test_rows_do_not_touch_each_other(pages: list[str]) -> None:
    column = clean(pa.array(["버림", *pages], pa.string()).slice(1))
    column.validate(full=True)
    assert column.to_pylist() == [clean_text(page) for page in pages]


OPENERS = (
    *("[[", "[[파일:", "[[가|", "{{{", "{{{#red ", "{{{+1 ", "{{{#!folding ", '{{{#!wiki style="a"\n', "{{{#!html "),
    *(
        "'''",
        "''",
        "~~",
        "--",
        "__",
        "^^",
        ",,",
        "[*",
        "[* ",
        "[include(",
        "[math(",
        "[ruby(",
        "[anchor(",
        "\n||",
        "\n|가|",
    ),
    *("\n== ", "\n> ", "\n * ", "\n 1. ", "|", "||", "<", ">", "\\", "@"),
)


@settings(max_examples=300, deadline=None)
@given(st.permutations(OPENERS), st.integers(1, len(OPENERS)))
def test_unclosed_markup_costs_no_word(openers: list[str], count: int) -> None:
    words = [f"낱말{n}mg" for n in range(count)]
    page = " ".join(opener + word for opener, word in zip(openers, words, strict=False))
    text = clean_text(page)
    assert [word for word in words if word not in text] == []


@given(st.lists(st.from_regex(r"[<>≥≤±=]? ?[0-9]{1,4}([.,/~|-][0-9]{1,3})? ?(mg|mL|%|℃|회|/L|mmHg)?", fullmatch=True)))
def test_quantities_stay(quantities: list[str]) -> None:
    text = clean_text(f"값은 {' 그리고 '.join(quantities)} 이다.")
    assert text == " ".join(f"값은 {' 그리고 '.join(quantities)} 이다.".split())


def test_headings_without_numbers() -> None:
    assert clean_text("== 가 ==\n=== 나 ===", numbered=False) == "가\n나"


def test_a_page_inside_a_table_cell_or_256_braces_deep() -> None:
    deep = "{{{#red " * 300 + "깊은 곳" + "}}}" * 300
    assert clean_text(f"앞 {deep} 뒤").startswith("앞 깊은 곳")
    assert clean_text(f"앞\n|| {deep} ||\n뒤") == "앞\n\n뒤"


@pytest.mark.parametrize(
    "mark",
    [
        "[[",
        "{{{",
        "'''",
        "[*",
        "||",
        "\n||",
        "{{",
        "{{{#!wiki",
        "[include(",
        "[[a|",
        "[math(",
        "{{{#!html <!--",
        "@a=",
        "~~1",
    ],
)
def test_a_million_openers_end_and_cost_nothing_after_them(mark: str) -> None:
    facts = "체온 < 36.5 이고 맥박 > 100\n\n혈압 120/80 mmHg 유지"
    assert clean_text(mark * 1_000_000 + "\n\n" + facts).endswith(facts)  # a quadratic rule would never come back


def test_redirects() -> None:
    pages = [
        "#redirect 가",
        "\ufeff \n#REDIRECT 나",
        "#넘겨주기 다",
        "# redirect",
        "#redirected 라",
        "본문 #redirect 마",
        "",
    ]
    assert redirects(pa.array(pages)).to_pylist() == [True, True, True, False, False, False, False]


def random_pages(count: int) -> list[str]:
    chance = random.Random(7)
    return ["".join(chance.choices(PIECES, k=chance.randrange(60))) for _ in range(count)]


def test_compiled_and_uncompiled_agree() -> None:
    pages = [page for page, _ in GOLDEN] + random_pages(300)
    script = (
        "import json, sys\n"
        "from beam_pipelines.text.namumark import clean_text\n"
        "json.dump([clean_text(page) for page in json.load(sys.stdin)], sys.stdout)\n"
    )
    assert json.loads(uncompiled(script, stdin=json.dumps(pages))) == [clean_text(page) for page in pages]


def test_no_two_bytes_that_mean_something_are_passed_over() -> None:
    """What is looked for in blocks is all that is looked for byte by byte."""
    passed = [
        (first, second)
        for first in range(256)
        for second in range(256)
        for text in [np.array([0x61, first, second, 0x61, 0x61], np.uint8)]
        if looks_marked(text, 0, 4) != any(_CLASSES[text[k]] and _is_mark(text, k, 4) for k in range(4))
    ]
    assert passed == []
