"""MediaWiki text as prose. All texts are our own."""

import hashlib
import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_pipelines.text import mediawiki_names
from beam_pipelines.text.columns import flat
from beam_pipelines.text.mediawiki import clean, clean_span, clean_text, new_frames, redirects
from tests.oracle import uncompiled

MARKS = """
[[ ]] {{ }} { } [ ] | = ' '' ''' < & _ __ __TOC__ -{ }- - {| |} a 가 1 10 <ref> </ref> <ref ref> <nowiki> </nowiki>
<math> </math> <!-- --> ! <br/> <sup> </sup> <table> </table> b <b> 파일: 분류: en: : * # ; == ---- &lt; &gt; &amp;
&#91; &#123; &#95; &#45; &#39; &#47; http:// // https:/ lang|en| 변환|500|mg val| 1= u= formatnum: \\frac {2} ^ frac|
nowrap| hlist| rquote| chem| ~ ⁹ 목차 p ul> ≥38.5℃ 120/80 <pre> <gallery> </gallery>
"""
PIECES = [*MARKS.split(), " ", "\n", "\n{|\n", "\n|}\n", "\u200b", "\u00a0", "\r", "\u0301", "[http://a 가]"]
OPENERS = """
[[ {{ {{{ {| <!-- <ref> <ref <nowiki> <math> <gallery> <table> <pre> [http://a.kr [[파일:a| {{lang|en| {{nowrap|
{{모름|a=b| -{ ''' '' <sup> <b <div __ &
"""
CLOSERS = "]] }} }}} |} --> </ref> </nowiki> </math> </table> ] }-"
WIKI = st.lists(st.one_of(st.sampled_from(PIECES), st.characters(codec="utf-8")), max_size=30).map("".join)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        # links
        ("[[고혈압]]은 [[혈압 (의학)|혈압]]이 높은 [[질병]]이다.", "고혈압은 혈압이 높은 질병이다."),
        ("[[:분류:약물]]과 [[#용법|용법]], [[아스피린|]]", "분류:약물과 용법, 아스피린"),
        ("[[파일:심장.png|섬네일|왼쪽|[[심장]]의 {{lang|en|heart}} [http://x.kr 그림]]]본문", "본문"),
        ("[[File:a.jpg]][[그림:b.png|작게]][[분류:의학]][[Category:약물|약]]본문[[en:Aspirin]]", "본문"),
        ("[[en:Aspirin|aspirin]]끝 [[:en:Aspirin|aspirin]] [[Re:제로]]", "끝 aspirin Re:제로"),
        ("[https://example.org/a?b=1 질병관리청] 고시[http://example.org]는", "질병관리청 고시는"),
        ("[1] 참고 [https://example.org", "[1] 참고 https://example.org"),
        # templates that carry content
        ("{{llang|en|aspirin}}({{lang-de|Aspirin}})", "aspirin(Aspirin)"),
        ("하루 {{변환|500|mg}}, {{convert|5|to|10|mL|oz}}, {{cvt|70|kg|lb|0}}", "하루 500 mg, 5 to 10 mL, 70 kg"),
        ("{{nowrap|75-100 mg}} {{nowrap|1=75–100 mg}}", "75-100 mg 75–100 mg"),
        ("{{formatnum:12345}} {{formatnum:{{val|1.5|e=9|u=/L}}|R}}", "12345 1.5×10^9 /L"),
        ("{{val|37.2|0.3|u=℃}} {{val|u=mg|250}}", "37.2 ± 0.3 ℃ 250 mg"),
        ("{{val|1.5|(2)|u=mg}}, {{val|10|-|20|u=mg}}, {{val|5|up=kg}}", "1.5(2) mg, 10 - 20 mg, 5/kg"),
        ("{{val|1.2|+0.1|-0.2}}, {{val|p=<|5|u=mg|s=!}}, {{val|≈|5}}", "1.2 +0.1 -0.2, <5 mg!, ≈ 5"),
        ("{{chem|H|2|O}} {{화학식|C|9|H|8|O|4}} {{chem|SO|4|2-}}", "H2O C9H8O4 SO4^2-"),
        ("{{한자|당뇨병|糖尿病}} {{한자|藥}}", "당뇨병(糖尿病) 藥"),
        ("{{ 틀:Nowrap |{{색|red|{{변환|0.5|mg/kg}}}} 이하}}", "0.5 mg/kg 이하"),
        ("{{frac|1|2}}정 또는 {{frac|1|1|2}}정, {{frac|4}}", "1/2정 또는 1 1/2정, 1/4"),
        ("{{약물|아목시실린|500 mg}}, {{단위|36.5|℃}}", "아목시실린 500 mg, 36.5 ℃"),
        ("{{용량|250|mg|1일 3회}}, 4{{,}}000 mg, {{라틴어|asthma}}", "250 mg 1일 3회, 4,000 mg, asthma"),
        ("{{인용문|약은 약사에게.|2=홍길동}}", "약은 약사에게. — 홍길동"),
        ("{{ubl|발열|기침}}\n{{hlist|두통|오한}}", "발열\n기침\n두통, 오한"),
        ("A{{!}}B{{=}}C {{·}} 10{{e|9}}/L {{lang|en}}", "A|B=C · 10×10^9/L"),
        ("{{nowrap|[[체온|체온]]<ref>{{cite|a|b}}</ref> 38℃}}", "체온 38℃"),
        # everything else between braces goes
        ("{{의학 정보\n| 이름 = 천식\n| 분류 = {{다른 틀|[[폐]]}}\n}}\n천식은", "천식은"),
        ("가{{출처 필요|날짜=2020-1-1}}나 {{#if:a|b}}{{{1|기본}}}다{{{{a}}}}", "가나 다"),
        ("{{DISPLAYTITLE:가}}{{틀 이름}}본문 __TOC__ __목차__", "본문"),
        # tags
        ("병<ref name=a>주석 [[a]] {{b</ref>원<ref name=a />에 <references />", "병원에"),
        ("<!-- 숨김 [[ -->보임<gallery>\n파일:a.jpg|그림\n</gallery>", "보임"),
        ("10<sup>9</sup>/L, kg/m<sup>2</sup>, H<sub>2</sub>O, 2<sup>nd</sup>", "10^9/L, kg/m^2, H2O, 2nd"),
        ("10<sup>−9</sup> 10<sup>[[9]]</sup> 10<sup>'''9'''</sup> 10<sup>{{nowrap|9}}</sup>", "10^−9 10^9 10^9 10^9"),
        ("5<sup>{{출처}}</sup>mg 5<sup>th</sup> 10<sup>9</sup>5 2<sub>10</sub>1", "5mg 5th 10^9 5 2_10 1"),
        ("5<ref>가</ref>10 5<ref name=a />10 5{{출처}}10 5[[파일:a.png]]10", "5 10 5 10 5 10 5 10"),
        ("한 줄<br />두 줄<BR>셋<span style='a'>째</span>", "한 줄\n두 줄\n셋째"),
        ("<nowiki>[[링크]] '''x''' {{틀}} &lt;b&gt;</nowiki>", "[링크] 'x' {틀} b>"),
        ("<nowiki />* 별표", "별표"),
        (
            "<환자> <- 표시, a<b이면, 체온 < 36.5 이고 맥박 > 100",
            "<환자> <- 표시, a<b이면, 체온 < 36.5 이고 맥박 > 100",
        ),
        ("<table><tr><td>표</td></tr></table>밖", "밖"),
        (r"용량은 <math>\frac{3}{4} \times 10^{-9}\,\mathrm{mg}</math>이다", "용량은 3/4 × 10^-9 mg이다"),
        (r"<math>T \ge 38.5^\circ\mathrm{C}, 36.5\,^{\circ}\text{C}</math>", "T ≥ 38.5°C, 36.5 °C"),
        (r"<math>5\5 \%\,2\>3</math>", "5 5 % 2 3"),
        (r"<math>\frac{a+b}{\sqrt{2}} \frac12 \log x_{i+1}</math>", "(a+b)/(√2) 1/2 log x_(i+1)"),
        ("<chem>CO2 + H2O</chem><math>" + "x+" * 150 + "</math>", "CO2 + H2O"),
        # references to characters
        ("&ge;38.5&#8451; &#x3bc;g&nbsp;&middot;&amp; &unknown R&D", "≥38.5℃ μg ·& &unknown R&D"),
        ("p &lt; 0.05, &lt;ref&gt;주&lt;/ref&gt;, &#91;&#91;가]]", "p < 0.05, ref>주 /ref>, [가"),
        ("&amp;lt; &amp;#53;", "&lt &#53"),
        # tables
        ('{| class="wikitable"\n! 약 !! 용량\n|-\n| a || {{변환|1|g}}\n{|\n| 안쪽\n|}\n|}\n본문', "본문"),
        (':{| border="1"\n|[[a|b]]\n|}\n뒤', "뒤"),
        ('{| class="wikitable"\n| 닫히지 않은 표', "| 닫히지 않은 표"),
        # lines
        ("== 용법 ==\n=== '''성인''' ===\n본문\n==끝", "용법\n성인\n본문\n==끝"),
        ("* 발열\n** 기침\n# 오한\n:; 두통 : 아픔\n----\n끝", "발열\n기침\n오한\n두통 : 아픔\n\n끝"),
        ("'''''굵은 기울임''''' '''굵게''' ''기울임'' 5' 4''''x", "굵은 기울임 굵게 기울임 5' 4'x"),
        ("-{가}-나 {a} -{{틀}}-", "가나 {a} --"),
        # prose is left alone
        (
            "2~3회, 120/80 mmHg, 120|80, a_b, 5'-CH3, 1*2, C#, x=1",
            "2~3회, 120/80 mmHg, 120|80, a_b, 5'-CH3, 1*2, C#, x=1",
        ),
        ("https://example.org/a_b?c=1&d=2 (a;b)", "https://example.org/a_b?c=1&d=2 (a;b)"),
    ],
)
def test_golden(raw: str, text: str) -> None:
    assert clean_text(raw) == text


PROSE = "아스피린 75~100 mg을 하루 1회, 혈압 120/80 mmHg 이하"


@pytest.mark.parametrize("opener", OPENERS.split())
@pytest.mark.parametrize("before", ["", "앞\n"])
def test_unclosed_markup_costs_only_itself(before: str, opener: str) -> None:
    for raw in (f"{before}{opener}\n{PROSE}\n\n끝", f"{before}{opener}\n{PROSE}{opener} 끝"):
        text = clean_text(raw)
        assert PROSE in text
        assert text.endswith("끝")


@pytest.mark.parametrize("closer", CLOSERS.split())
def test_a_closer_without_opener_costs_only_itself(closer: str) -> None:
    text = clean_text(f"앞 문장\n{closer}{PROSE}\n끝")
    assert PROSE in text and text.startswith("앞 문장") and text.endswith("끝")


def test_markup_that_crosses() -> None:
    assert clean_text("{{틀|<ref>}}</ref>}}밖") == "밖"
    assert clean_text("[[파일:a|{{틀|]]}}]]밖") == "밖"
    assert clean_text("{{틀|[[안 닫힌}}밖 [[a]]") == "밖 a"
    assert clean_text("{{틀|\n{|\n|a\n}}밖") == "밖"
    assert clean_text("{{틀\n|a=b\n|}}밖") == "밖"
    assert clean_text("[[a [[b]] c") == "a b c"
    assert clean_text("[[둘째 줄\n까지|a]]") == "둘째 줄\n까지|a"
    assert clean_text("2<sup><table></sup>약</table>회") == "2회"  # a byte of the table would come back
    assert clean_text("[[:[http://3|]]]") == ""  # the label moves over the target, and places in it no longer hold
    assert clean_text("[[가 [http://a.kr 나|10 mg]]]") == "10 mg"
    assert clean_text("{{변환|[http://a.kr 가|500]|mg}}") == "가 500"
    assert clean_text("{{" + "긴 문장이다. " * 30 + "}}").startswith("긴 문장이다.")


def test_redirects() -> None:
    pages = [
        "#REDIRECT [[X]]",
        "#redirect:[[X]]",
        " #넘겨주기[[가]]\n[[분류:나]]",
        "#redirect",
        "본문 #redirect [[X]]",
        "",
    ]
    assert redirects(pa.array(pages)).to_pylist() == [True, True, True, False, False, False]


def test_rows_keep_their_place_in_a_slice() -> None:
    texts = pa.array(["버림", "[[가]]", "", "'''나'''", "[["])
    assert clean(texts.slice(1)).to_pylist() == ["가", "", "나", ""]
    assert clean(pa.array([], pa.string())).to_pylist() == []
    with pytest.raises(ValueError, match="nulls"):
        clean(pa.array(["가", None]))


def test_a_span_leaves_its_neighbours_alone() -> None:
    data, offsets = flat(pa.array(["앞", "[[가|나]] '''다'''", "뒤"]))
    out = np.full(64, 7, np.uint8)
    stop = clean_span(data, int(offsets[1]), int(offsets[2]), out, 5, new_frames())
    assert out[5:stop].tobytes().decode() == "나 다"
    assert set(out[:5]) == {7}


@given(WIKI)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    column = clean(pa.array([text, "경계", text]))
    column.validate(full=True)
    once = column[0].as_py()
    assert column.to_pylist() == [once, "경계", once]
    assert len(once.encode()) <= len(text.encode())
    assert clean_text(once) == once


@given(st.text(st.sampled_from("가나다 0123456789.,~±≥≤%/()+→·℃²ab-"), max_size=200))
def test_prose_is_left_alone(text: str) -> None:
    expected = " ".join(text.split(" ")).strip()
    while expected.startswith("----") or "  " in expected:
        expected = expected.lstrip("-").strip() if expected.startswith("----") else expected.replace("  ", " ")
    assert clean_text(text) == expected


def _random_digest() -> str:
    rng = random.Random(7)
    texts = ["".join(rng.choices(PIECES, k=rng.randint(1, 40))) for _ in range(1500)]
    return hashlib.sha256("\0".join(clean(pa.array(texts)).to_pylist()).encode()).hexdigest()


def test_compiled_and_uncompiled_agree() -> None:
    code = f"import runpy; print(runpy.run_path({__file__!r})['_random_digest']())"
    assert uncompiled(code).strip() == _random_digest()


@pytest.mark.parametrize(
    "marker",
    ["[[", "{{", "'''", "{|", "\n{|\n", "<ref>", "<!--", "[[a|", "{{a|", "<math>", "{{lang|", "<b ", "&lt", "__"],
)
def test_a_million_openers_end_and_cost_nothing_after_them(marker: str) -> None:
    facts = "체온 < 36.5 이고 맥박 > 100\n\n혈압 120/80 mmHg 유지"
    assert clean_text(marker * 1_000_000 + "\n\n" + facts).endswith(facts)  # a quadratic rule would never come back


def test_the_tables_hold_their_promises() -> None:
    for names, text, *_ in mediawiki_names._rows("mediawiki_templates.tsv"):
        assert names and mediawiki_names.compile_text(text), names
    for name, text in mediawiki_names._rows("mediawiki_tex.tsv"):
        # A formula is written in place, so a command's text must not be longer than the command.
        assert len(text.encode()) <= len(name) + 1, name
    every = [n for names, *_ in mediawiki_names._rows("mediawiki_templates.tsv") for n in names.split(", ")]
    assert len(every) == len(set(every)), sorted(n for n in set(every) if every.count(n) > 1)
    for wrong in ("[$1", "$1]", "$x", "$(a"):
        with pytest.raises(ValueError, match=r"pair|argument"):
            mediawiki_names.compile_text(wrong)
