"""Turns sentences into NamuWiki source, with the syntax and about the density of real articles."""

import random
import re

from data.sample.content import Topic

# Words that a wiki would link.
TERMS = """
혈압 심장 동맥 정맥 혈관 소금 체중 커피 담배 이뇨제 뇌졸중 인슐린 췌장 비만 망막 콩팥 신경 메트포르민 혈당 저혈당
살리실산 혈전 독감 수두 와파린 천식 궤양 심방 심실 부정맥 심근경색 빈맥 서맥 체온 감염 탈수 소변 해열제
아세트아미노펜 이부프로펜 항체 면역 홍역 단백질 냉장고 효소 자몽 비타민 제산제 한약 술 방사선 엑스선 선량계 임신
전립선 요로결석 방광 호르몬 채혈 성인 어린이 환자 의사 약국 병원 응급실 수술 백일해 파상풍 대상포진 폐렴구균
우울증 테스토스테론 콘돔 종양 초음파 전이 세균 바이러스 산소 항생제 폐렴 기관지 스테로이드 뇌출혈 뇌경색 재활
헤모글로빈 철분제 칼슘 골밀도 결핵균 리팜핀 간염 간세포 카페인 수면제 영아 갑상선 요산 맥주 퓨린 나트륨 칼륨 포도당
태백 안동 부산 남해 삼각주 철새 조선 정조 정약용 거중기 세종 한글 굴절률 무지개 렌즈 광섬유 파동 에너지 열차 명절
서울 교통카드 휠체어 메주 간장 된장 옹기 배추 고춧가루 새우젓 마늘 제주 전복 행성 태양 지구 해왕성 소행성 혜성
한국십진분류법 시속 브레이크 청동기 한반도 세계유산 장마 강수량 하천 반감기 용량 부작용 처방 두드러기 혈액 검사실
원자 기호 녹는점 끓는점 양성자 전자 압력 시약 국립공원 정상 기온 소나무 단풍 멧돼지 한국 열량 국물 나이 성별
"""
# Words that lead to a page of another name.
ALIASES = {
    "열": "발열",
    "피": "혈액",
    "뼈": "골격",
    "간": "간(장기)",
    "물": "물",
    "약": "의약품",
    "돌": "암석",
    "콩": "대두",
}

_WORD = re.compile(r"(?<![가-힣\[|])(" + "|".join(sorted(TERMS.split(), key=len, reverse=True)) + r")")
_ALIAS = re.compile(r"(?<![가-힣\[|])(" + "|".join(ALIASES) + r")(?=[을를은는이가의에] )")
_AMOUNT = re.compile(r"(?<!['\d.,~/|])\d[\d.,~/|]* ?(?:mg/dL|mmHg|mSv|mg|mL|kg|km|cm|g|%|℃|시간|회|분|일)")

NOTES = [
    "재는 곳마다 조금씩 다르다.",
    "자세한 것은 [[참고 문헌]]을 보라.",
    "예전 책에는 다르게 적혀 있다.",
    "2010년대까지는 다른 기준을 썼다.",
    "어림한 값이다.",
    "사람마다 차이가 크다.",
]
QUOTES = ["아는 만큼 보인다.", "급할수록 돌아가라.", "고치는 것보다 막는 것이 낫다.", "기록하지 않으면 잊는다."]
JOKES = ["그리고 다들 지키지 않는다", "말은 쉽다", "다음 날 후회한다", "누구나 그렇게 말한다"]


def link(sentence: str, rng: random.Random) -> str:
    """Link the words that have pages, most of them plainly and some with a label or an anchor."""

    def one(match: re.Match[str]) -> str:
        word = match[1]
        if rng.random() > 0.4:
            return word
        form = rng.random()
        if form < 0.8:
            return f"[[{word}]]"
        return f"[[{word}#s-{rng.randint(1, 4)}|{word}]]" if form < 0.88 else f"[[{word}(의미)|{word}]]"

    sentence = _WORD.sub(one, sentence)
    return _ALIAS.sub(lambda m: f"[[{ALIASES[m[1]]}|{m[1]}]]" if rng.random() < 0.7 else m[1], sentence)


def dress(sentence: str, rng: random.Random) -> str:
    """One sentence with links, and now and then emphasis, a footnote or a struck joke."""
    sentence = link(sentence, rng)
    if rng.random() < 0.14:
        sentence = _AMOUNT.sub(lambda m: f"'''{m[0]}'''", sentence, count=1)
    if rng.random() < 0.06:
        sentence = f"__{sentence[:-1]}__."
    if rng.random() < 0.14:
        sentence += f"[* {rng.choice(NOTES)}]"
    if rng.random() < 0.05:
        mark = rng.choice(["~~", "--"])
        sentence += f" {mark}{rng.choice(JOKES)}{mark}"
    return sentence


def table(rows: list[list[str]], rng: random.Random) -> str:
    """A table with a coloured head row."""
    head = "||".join(f"<bgcolor=#{rng.choice(['dddddd', 'bce0fd', 'fde9bc'])}> '''{cell}''' " for cell in rows[0])
    lines = [f"||<tablewidth={rng.choice(['100%', '480px'])}>{head}||"]
    for row in rows[1:]:
        lines.append("||" + "||".join(f" {link(cell, rng)} " for cell in row) + "||")
    return "\n".join(lines)


def infobox(topic: Topic) -> str:
    """The box at the top right of a page."""
    return "\n".join(
        [
            f"||<-2><table align=right><tablewidth=320><tablebordercolor=#006699> '''{topic.title}''' ||",
            f"||<-2> [[파일:{topic.title}.png|width=300]] ||",
            f"||<width=80> 영어 || {topic.english} ||",
            f"|| 갈래 || [[{topic.category}]] ||",
        ]
    )


def paragraphs(texts: list[str], rng: random.Random) -> str:
    """Paragraphs with links and bold words only: any cleaner gives back the text itself."""
    linked = ["'''{}''' {}".format(*text.split(" ", 1)) for text in (link(text, rng) for text in texts)]
    return "\n\n".join(_AMOUNT.sub(lambda m: f"'''{m[0]}'''", text, count=2) for text in linked)


def respelled(source: str) -> str:
    """Other markup for what :func:`paragraphs` made, with the same text when cleaned."""
    return re.sub(r"\[\[([^\]|]+)\]\]", r"[[\1|\1]]", source).replace("'''", "__") + "\n## 다듬는 중\n"


def _section(body: list[str], rng: random.Random) -> str:
    form = rng.random()
    sentences = [dress(sentence, rng) for sentence in body]
    if form < 0.25:
        return "\n".join(f" * {sentence}" for sentence in sentences)
    if form < 0.35:
        return "\n".join(f" 1. {sentence}" for sentence in sentences)
    if form < 0.55:
        return f"{{{{{{#red 주의}}}}}} {sentences[0]}[br]" + " ".join(sentences[1:])
    if form < 0.7:
        inner = "\n".join(sentences[1:])
        return f"{sentences[0]}\n{{{{{{#!folding [ 펼치기 · 접기 ]\n{inner}\n}}}}}}"
    if form < 0.8:
        return f'{sentences[0]}\n{{{{{{#!wiki style="padding: 5px 10px"\n{sentences[-1]}}}}}}}\n' + " ".join(
            sentences[1:-1]
        )
    half = (len(sentences) + 1) // 2
    return " ".join(sentences[:half]) + "\n\n" + " ".join(sentences[half:])


def article(topic: Topic, related: list[str], rng: random.Random) -> str:
    """A whole page: box, contents, sections, table, related pages, footnotes and categories."""
    parts = [f"[[분류:{topic.category}]]"]
    if rng.random() < 0.4:
        parts.append(f"[include(틀:상위 문서, top1={topic.category})]")
    if topic.medical and rng.random() < 0.5:
        parts.append("[include(틀:의학 정보 주의)]")
    parts.append("[목차]")
    if rng.random() < 0.25:
        parts.append(infobox(topic))
    with_table = rng.random() < 0.33
    for number, section in enumerate(topic.sections):
        heading = f"== {section.heading} =="
        if number == 0:
            first = dress(section.sentences[0], rng)
            bold = first.replace(topic.title, f"'''{topic.title}'''", 1) if first.startswith(topic.title) else first
            body = " ".join([bold, *(dress(sentence, rng) for sentence in section.sentences[1:])])
            if rng.random() < 0.2:
                body = f"> {rng.choice(QUOTES)}\n>> '''{{{{{{-1 옛말}}}}}}'''\n\n" + body
        else:
            body = _section(section.sentences, rng)
        parts.append(f"{heading}\n{body}")
        if number == 1 and with_table:
            parts.append(table(topic.table, rng))
    if rng.random() < 0.3:
        parts.append(f"=== {topic.english} ===\n[[영어]] 이름은 {{{{{{+1 {topic.english}}}}}}}이다.")
    if rng.random() < 0.15:
        parts.append(f"[youtube(sample{rng.randint(100, 999)}, width=480)]")
    parts.append("== 관련 문서 ==\n" + "\n".join(f" * [[{title}]]" for title in related))
    parts.append("[각주]")
    if rng.random() < 0.2:
        parts.append("## 사진을 넣어 주세요")
    return "\n".join(parts)
