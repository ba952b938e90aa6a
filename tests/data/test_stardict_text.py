"""What the fields of a StarDict entry say: markup goes; doses, units and comparators stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.stardict import Field
from data.stardict_text import TYPES, decode, text_of


def text(kind: str, markup: str, encoding: str = "cp949") -> str:
    return text_of([Field(kind, markup.encode())], encoding=encoding)


CASES = [
    ("m", "고혈압\r\n수축기 혈압 < 140 & 이완기 <90 mmHg", "고혈압\n수축기 혈압 < 140 & 이완기 <90 mmHg"),
    ("m", "  아목시실린 <b>250 mg</b> &lt; 1 g  ", "아목시실린 <b>250 mg</b> &lt; 1 g"),
    ("h", "<p>고혈압</p>\n<p>혈압 &gt; 140/90&nbsp;mmHg</p>", "고혈압\n혈압 > 140/90 mmHg"),
    ("h", "첫째<br>둘째<BR/>셋째<br />넷째", "첫째\n둘째\n셋째\n넷째"),
    ("h", "<ul><li>두통<li>발열</ul><ol><li>기침</li></ol>", "두통\n발열\n기침"),
    ("h", "백혈구 10<sup>9</sup>/L, 10<sup><i>&minus;3</i></sup>, 2<sup>nd</sup>", "백혈구 10^9/L, 10^−3, 2nd"),
    ("h", 'm<span style="vertical-align: super">2</span>, CO<sub>2</sub>', "m^2, CO2"),
    ("h", "<table><tr><th>약</th><th>용량</th></tr><tr><td>갑</td><td>5 mg</td></tr></table>", "약 용량\n갑 5 mg"),
    ("h", "혈당 <70 또는 >180, p<0.05, x < y", "혈당 <70 또는 >180, p<0.05, x < y"),
    ("h", "<통증>은 <주증상>이다", "<통증>은 <주증상>이다"),
    ("h", "농도 <c 5 그리고 d> 3", "농도 <c 5 그리고 d> 3"),
    ("h", "앞<script>if (a<b) x()</script><style>p {}</style><!-- 숨김 <b> -->뒤", "앞뒤"),
    ("h", "앞 <script>뒤 <!-- 끝까지", "앞 뒤 <!-- 끝까지"),
    ("h", "앞</script> 뒤 <script>5 mg", "앞 뒤 5 mg"),
    ("h", "앞<style><!-- </style>5 mg<!-- -->뒤", "앞5 mg뒤"),
    ("h", '<a href="x" title=\'5 > 3\'>혈압</a><!DOCTYPE html><?xml version="1"?>', "혈압"),
    ("h", "여러   칸과\n줄은  한 칸", "여러 칸과 줄은 한 칸"),
    ("h", "&#48;.5 mg &#x3BC;g &unknown; AT&T &amp;lt;", "0.5 mg μg &unknown; AT&T &lt;"),
    ("g", "<span color='red'>열</span>\n  <b>38</b> &lt; 40, 10<span rise='4000'>3</span>", "열\n38 < 40, 10^3"),
    ("g", "값 <y> 3 &amp; <li>", "값 <y> 3 & <li>"),
    ("x", "<k>hypertension</k>\n<tr>hai</tr><dtrn>고혈압</dtrn> <co>의학</co>", "고혈압 의학"),
    ("x", "<ar><def>고혈압</def><def>높은 <kref>혈압</kref></def><rref>a.png</rref></ar>", "고혈압\n높은 혈압"),
    ("k", "<C><E><![CDATA[열 <5 &lt; 6]]></E><F>발열</F></C>", "열 <5 &lt; 6\n발열"),
    ("n", "<type>n</type><gloss>열 &gt; 38</gloss>", "n\n열 > 38"),
    ("w", "'''고혈압'''은 [[혈압|높은 혈압]], 10<sup>9</sup>", "고혈압은 높은 혈압, 10^9"),
    *((kind, "내용 없음", "") for kind in "tyrWPX"),
]


@pytest.mark.parametrize(("kind", "markup", "want"), CASES)
def test_each_type_as_plain_text(kind: str, markup: str, want: str) -> None:
    assert text(kind, markup) == want


def test_every_type_has_a_case() -> None:
    assert {kind for kind, _, _ in CASES} | {"l"} == set(TYPES)


def test_fields_stand_on_lines_of_their_own() -> None:
    fields = [Field("t", b"hai"), Field("m", "고혈압".encode()), Field("h", "<p>설명</p>".encode())]
    assert text_of(fields, encoding="cp949") == "고혈압\n설명"
    assert text_of([], encoding="cp949") == ""


def test_a_local_encoding_is_for_type_l_alone() -> None:
    assert text_of([Field("l", "고혈압".encode("cp949"))], encoding="cp949") == "고혈압"
    assert text_of([Field("l", "고혈압".encode())], encoding="cp949") == "고혈압"
    with pytest.raises(UnicodeDecodeError):
        text_of([Field("m", "고혈압".encode("cp949"))], encoding="cp949")
    with pytest.raises(UnicodeDecodeError):
        decode(b"\xff\xff", encoding="cp949")
    with pytest.raises(ValueError, match="type 'q' is not known"):
        text_of([Field("q", b"x")], encoding="cp949")


@given(st.text("가a5< >&;/!-[]CDATA'\"=br\n"), st.sampled_from("ghxkn"))
def test_no_letter_or_digit_outside_a_tag_is_lost(markup: str, kind: str) -> None:
    """Digits stand only in text here unless a complete ``<...>`` holds them."""
    outside = "".join(
        character
        for character, depth in zip(markup, _inside(markup), strict=True)
        if character in "가5" and not depth and "&" not in markup
    )
    kept = iter(text(kind, markup))
    assert all(character in kept for character in outside)


def _inside(markup: str) -> list[bool]:
    """For each character, whether some ``<`` before it has a ``>`` after it: what a reader might take for a tag."""
    first, last = markup.find("<"), markup.rfind(">")
    return [0 <= first <= place <= last for place in range(len(markup))]


@given(st.text("가나 5<>.,mg/^%≤", min_size=1).filter(lambda text: "<" not in text or " " in text))
def test_plain_text_is_untouched(plain: str) -> None:
    assert text("m", plain) == plain.strip()
    if not any(f"<{letter}" in plain for letter in "가나mg/"):
        assert text("g", plain) == "\n".join(line.strip() for line in plain.split("\n") if line.strip())


@pytest.mark.parametrize(
    "opener", ["<a ", '<a "', "<a '", "<!--", "--><!--", "<![CDATA[", "<?x", "</a ", "&#", "<sup>9", "< ", "<a\"'"]
)
def test_a_hundred_thousand_openers_cost_nothing_after_them(opener: str) -> None:
    # Each of them may run to the end of the text: were every one followed there, this would not come to its end.
    assert text("h", opener * 100_000 + "\n> 끝 <5 mg").endswith("끝 <5 mg")
