"""Leftovers and boilerplate of web pages. All texts are our own."""

import hashlib
import random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_pipelines.text.tidy import tidy_text
from beam_pipelines.text.webtext import clean, clean_text
from beam_pipelines.text.webtext_mojibake import repair
from beam_pipelines.text.webtext_rules import load_rules
from tests.oracle import uncompiled

BOILERPLATE = [
    "홍길동 기자",
    "홍길동 기자 hong@example.com",
    "홍길동기자 hong@example.com",
    "사진=홍길동 기자",
    "서울=홍길동 의학전문기자 (hong.gd@news.example.co.kr)",
    "hong@example.com",
    "ⓒ 한국의학신문",
    "© 2020 Example Inc.",
    "Copyright (c) 2020 한국의학신문. All rights reserved.",
    "<저작권자(c) 한국의학신문, 무단 전재-재배포 금지>",
    "ⓒ한국의학신문, 무단전재 및 재배포, AI학습 및 활용 금지",
    "이 기사의 무단 전재 및 재배포를 금지합니다.",
    "이 사이트는 더 나은 서비스를 위해 쿠키를 사용합니다.",
    "쿠키 설정",
    "We use cookies to give you the best experience.",
    "입력 2020.01.02 10:30 | 수정 2020-01-03 11:00",
    "페이스북 트위터 카카오톡 공유하기",
    "로그인 | 회원가입 | 고객센터",
    "이전글 다음글 목록",
    "관련기사",
    "많이 본 뉴스 더보기",
    "▶ 의학뉴스 구독하기",
    "(사진=한국병원)",
    "광고",
    "분류:심혈관계 질환",
    "·",
    "■ ■ ■",
    "-----",
    "()",
]

PROSE = [
    "홍길동 기자는 병원을 취재했다.",
    "여기자 3명이 입원했다",
    "말린구기자",
    "이메일 help@example.com로",
    "저작권자는 창작과 동시에 권리를 갖는다.",
    "무단 복제를 금지한 법이 시행됐다.",
    "병원은 환자의 무단 이탈을 금지합니다.",
    "쿠키를 먹은 환자에게 두드러기가 났다.",
    "Copyright law protects authors.",
    "페이스북",
    "페이스북, 트위터, 블로그",
    "입력 용량은 500 mg이다",
    "분류: 제1형 당뇨병, 제2형 당뇨병",
    "사진: 정상 심장의 단면",
    "문의: help@example.com",
    "신청은 홍길동 기자가 아닌 담당자 help@example.com 으로 하면 된다.",
    "광고 심리학의 역사",
    "다음",
    "38.5℃ 이상, 120/80 mmHg 미만",
    "→",
    "……",
    "다음 ( ) 안에 들어갈 말은? f() 쉼(,) [1]",
    "관련 기사에 따르면 환자는 30% 늘었다",
    "5) 신장 기능이 나쁜 환자",
    "* 1일 3회, 1회 500 mg",
]


@pytest.mark.parametrize("line", BOILERPLATE)
def test_a_boilerplate_line_goes_wherever_it_stands(line: str) -> None:
    assert clean_text(line) == ""
    text = "고혈압은 흔한 병이다.\n\n{}\n\n혈압을 잰다."
    assert clean_text(text.format(line)) == "고혈압은 흔한 병이다.\n\n혈압을 잰다."
    assert clean(pa.array([f"가\n{line}", "나\n다", line, line, "라"])).to_pylist() == ["가", "나\n다", "", "", "라"]


@pytest.mark.parametrize("line", PROSE)
def test_prose_stays(line: str) -> None:
    assert clean_text(line) == line
    assert clean_text(f"고혈압은 병이다.\n{line}\n끝") == f"고혈압은 병이다.\n{line}\n끝"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("혈압이 높다. 홍길동 기자 hong@example.com", "혈압이 높다."),
        ("혈압이 높다.” 서울=홍길동 인턴기자 hong@example.com ⓒ 한국신문, 무단 전재 및 재배포 금지", "혈압이 높다.”"),
        ("혈압이 높다. ⓒ 한국의학신문, 무단전재 및 재배포 금지", "혈압이 높다."),
        ("혈압이 높다. " * 40 + "홍길동 기자 hong@example.com", ("혈압이 높다. " * 40).strip()),
        ("혈압이 높다고 홍길동 기자 hong@example.com", "혈압이 높다고 홍길동 기자 hong@example.com"),
        ("섬네일|왼쪽|200px|심장의 구조", "심장의 구조"),
        ("아스피린()은 진통제[]이다(, ).", "아스피린은 진통제이다."),
        ("아스피린 ()은 (()) 약 [ ; ] 이다", "아스피린은 약 이다"),
        ("아스\u200b피린\u00a0100\tmg 정\ufeff(\u200b)", "아스피린 100 mg 정"),
    ],
)
def test_golden(raw: str, text: str) -> None:
    assert clean_text(raw) == text
    assert clean_text(text) == text


def broken(text: str) -> str:
    """UTF-8 read as Windows-1252, as browsers do it: the five bytes without a character stay control characters."""
    return "".join(bytes([b]).decode("cp1252") if b not in b"\x81\x8d\x8f\x90\x9d" else chr(b) for b in text.encode())


KOREAN = "아스피린은 하루 75~100 mg, ‘체온’ 38.5℃ ≥ 10 µg·α 뷁"


def test_wrongly_decoded_korean() -> None:
    assert repair(broken(KOREAN)) == KOREAN
    assert repair(broken(broken(KOREAN))) == KOREAN
    latin = "혈압은 120/80이고, 약은 ‘아스피린’ 또는 이부프로펜 이다".encode("cp949").decode("latin-1")
    assert repair(latin) == "혈압은 120/80이고, 약은 ‘아스피린’ 또는 이부프로펜 이다"
    texts = ["혈압", broken(KOREAN), "맥박", latin, "끝"]
    assert clean(pa.array(texts)).to_pylist() == ["혈압", KOREAN, "맥박", repair(latin), "끝"]


@pytest.mark.parametrize(
    "text",
    [
        KOREAN,
        "Ménière병과 Sjögren 증후군, Guillain–Barré 증후군",
        "“Übermaß” ±5℃ · × ÷ µg ½ ²³ «Größe» à—",
        "ê", "Ã", "가Ã¤", "·“따옴표”·",
    ],
)  # fmt: skip
def test_good_text_is_not_decoded_again(text: str) -> None:
    expected = "가ä" if text == "가Ã¤" else text
    assert repair(text) == expected
    assert clean_text(text) == tidy_text(expected)


LINES = st.lists(
    st.sampled_from([*BOILERPLATE, *PROSE, "", "가 " * 200 + "나.", "혈압이 높다.", "()가", " [ ,]"]), max_size=8
)


@given(st.lists(LINES.map("\n".join), min_size=1, max_size=4))
def test_lines_are_judged_alone(texts: list[str]) -> None:
    column = clean(pa.array(texts))
    column.validate(full=True)
    assert column.to_pylist() == [clean_text(t) for t in texts]
    assert clean(column).to_pylist() == column.to_pylist()
    for raw, text in zip(texts, column.to_pylist(), strict=True):
        kept = [line for line in raw.split("\n") if line in PROSE or line == "혈압이 높다."]
        assert [line for line in text.split("\n") if line in PROSE or line == "혈압이 높다."] == kept


PIECES = [
    *BOILERPLATE,
    *PROSE,
    "\n",
    " ",
    "(",
    ")",
    "[",
    "]",
    ",",
    ";",
    "\u200b",
    "\u00a0",
    "é",
    "Ã",
    "©",
    "가",
    "다.",
    "니다.",
]
WILD = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))


@given(st.lists(WILD, min_size=1, max_size=4))
def test_never_raises_and_is_tidy(texts: list[str]) -> None:
    column = clean(pa.array(texts))
    column.validate(full=True)
    for text in column.to_pylist():
        assert tidy_text(text) == text


def _random_digest() -> str:
    rng = random.Random(7)
    texts = ["".join(rng.choices([*PIECES, *map(broken, PROSE)], k=rng.randint(1, 12))) for _ in range(400)]
    return hashlib.sha256("\0".join(clean(pa.array(texts)).to_pylist()).encode()).hexdigest()


def test_compiled_and_uncompiled_agree() -> None:
    code = f"import runpy; print(runpy.run_path({__file__!r})['_random_digest']())"
    assert uncompiled(code).strip() == _random_digest()


def test_every_rule_is_reached() -> None:
    rules = load_rules()
    for line in BOILERPLATE[:25]:
        assert any(anchor in line.lower() for anchor in rules.anchors), line
    assert all(anchor == anchor.lower() for anchor in rules.anchors)
