"""Exam questions of our own, copies of them as the web makes them, and texts that only look like them.

The sentences stand in ``fixtures/guard``: thresholds were set by looking at ``dev`` alone, what is reported comes from
``held_out``, and of ``clean`` no item is made. Facts on drugs and laboratory tests are those of the sample corpus,
whose pages are among the clean ones: they speak of what the items ask.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from beam_pipelines.text.guard_items import Item
from data.sample import content
from data.sample.content import fill

FIXTURES = Path(__file__).parent / "fixtures" / "guard"
SPLITS = ("dev", "held_out")

PRESSURE = [
    "혈압 {}/{} mmHg, 맥박 {}회/분, 호흡 {}회/분, 체온 {} ℃였다.",
    "활력징후는 혈압 {}/{} mmHg, 맥박수 분당 {}회, 호흡수 분당 {}회, 체온 {} ℃이었다.",
]
ASKED = {
    "diagnosis": ["가장 가능성이 높은 진단은?", "진단으로 가장 적절한 것은?", "의심할 수 있는 질환은?"],
    "treatment": ["가장 적절한 처치는?", "다음 단계의 치료로 가장 적절한 것은?", "우선 시행해야 할 것은?"],
    "statement": ["{}에 관한 설명으로 옳지 않은 것은?", "다음 중 {}에 대하여 잘못 말한 것은?"],
}
DRUG_ASKED = [
    ("{0}의 혈중 농도 반감기에 가장 가까운 값은?", 9),
    ("성인에게 쓰는 {0}의 1회 보통 용량으로 옳은 것은?", 4),
    ("{0}(을) 복용한 환자에게 흔히 나타나는 이상반응은?", 7),
    ("하루에 {6}(을) 넘기지 않아야 하고 반감기가 {9} 안팎인 {2}(은) 무엇인가?", 0),
    ("{3}(으로) 온 환자에게 {0} {4}(을) {5} 간격으로 처방하려고 한다. 이 약을 피해야 할 병력은?", 8),
    ("다음 중 {3}에 쓰는 {2}(으로) 알맞은 것은?", 0),
]
TEST_ASKED = [
    ("{0} 검사에서 성인의 참고 범위로 옳은 것은?", None),
    ("건강검진에서 {0} 수치가 {4} {5}보다 높게 나왔다. 먼저 의심할 것은?", 6),
    ("{0}(이) {3} {5}보다 낮을 때 생각할 수 있는 원인은?", 7),
]
MARKS = ["①②③④⑤", "1) 2) 3) 4) 5)", "1. 2. 3. 4. 5.", "(1) (2) (3) (4) (5)", "A. B. C. D. E.", "- - - - -"]
SWAPPED = {"이": "가", "가": "이", "은": "는", "는": "은", "을": "를", "를": "을", "와": "과", "과": "와", "에": "에서"}
GENERIC = [
    "고혈압",
    "당뇨병",
    "이상지질혈증",
    "비만",
    "흡연",
    "천식",
    "폐렴",
    "빈혈",
    "위염",
    "간염",
    "우울증",
    "뇌졸중",
]


@dataclass
class Disease:
    """What a file of fixtures tells of one disease, by the letter that its lines begin with."""

    name: str
    lines: dict[str, list[str]] = field(default_factory=lambda: {key: [] for key in "asfto"})


def _lines(split: str) -> list[str]:
    lines = (FIXTURES / f"{split}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and line[0] != "#"]


@cache
def diseases(split: str) -> tuple[Disease, ...]:
    """The diseases of a file of fixtures."""
    found: list[Disease] = []
    for line in _lines(split):
        if line[0] == "=":
            found.append(Disease(line[2:]))
        elif line[0] in found[-1].lines:
            found[-1].lines[line[0]].append(line[2:])
    return tuple(found)


@cache
def names(split: str) -> tuple[str, ...]:
    """Names of diseases to choose among, those that are described included."""
    others = [name for line in _lines(split) if line[0] == "n" for name in line[2:].split("|")]
    return tuple([disease.name for disease in diseases(split)] + others)


def _facts(name: str, split: str) -> list[list[str]]:
    """Half of the rows of a family of the sample corpus for each split."""
    rows = next(family.rows for family in content.families() if family.name == name)
    return rows[SPLITS.index(split) :: 2]


def vignette(disease: Disease, asked: str, rng: random.Random) -> str:
    """A case with a complaint, a story, vital signs and findings."""
    who = rng.choice(["남자", "여자", "남성", "여성", "환자"])
    signs = rng.choice(PRESSURE).format(
        rng.randrange(90, 180),
        rng.randrange(50, 110),
        rng.randrange(56, 124),
        rng.randrange(12, 30),
        rng.randrange(355, 398) / 10,
    )
    told = rng.sample(disease.lines["s"], rng.choice([1, 2]))
    found = rng.sample(disease.lines["f"], rng.choice([2, 3]))
    came = rng.choice(["병원에 왔다.", "내원하였다.", "응급실로 왔다."])
    opening = f"{rng.randrange(18, 80)}세 {who}가 {rng.choice(disease.lines['a'])} {came}"
    return " ".join([opening, *told, signs, *found, asked])


def questions(split: str) -> list[tuple[str, tuple[str, ...]]]:
    """Stems with their five options."""
    rng = random.Random(f"items {split}")
    every = diseases(split)
    made: list[tuple[str, Sequence[str]]] = []
    for disease in every:
        others = [name for name in names(split) if name != disease.name]
        for _ in range(6):
            options = [disease.name, *rng.sample(others, 4)]
            made.append((vignette(disease, rng.choice(ASKED["diagnosis"]), rng), options))
            treatments = disease.lines["t"][0].split("|")
            made.append((vignette(disease, rng.choice(ASKED["treatment"]), rng), treatments))
        made.append((rng.choice(ASKED["statement"]).format(disease.name), disease.lines["o"]))
        finding = rng.choice(disease.lines["f"])
        made.append((f"{finding} 이 소견에 알맞은 질환은?", [disease.name, *rng.sample(others, 4)]))
    drugs, tests = _facts("약", split), _facts("검사", split)
    for asked, column in DRUG_ASKED:
        for row in drugs:
            wrong = sorted({other[column] for other in drugs} - {row[column]})
            made.append((fill(asked, row), [row[column], *rng.sample(wrong, 4)]))
    for asked, place in TEST_ASKED:
        for row in tests:
            said = [" ".join([f"{r[3]}~{r[4]}", r[5]]) if place is None else r[place] for r in tests]
            right = " ".join([f"{row[3]}~{row[4]}", row[5]]) if place is None else row[place]
            made.append((fill(asked, row), [right, *rng.sample(sorted(set(said) - {right}), 4)]))
    return [(stem, tuple(rng.sample(list(options), 5))) for stem, options in made]


def items(split: str) -> list[Item]:
    """The benchmark of a split."""
    return [Item(f"{split}.jsonl", row, *question) for row, question in enumerate(questions(split))]


def listed(options: Sequence[str], rng: random.Random) -> str:
    """Options with marks before them, one a line or all in one."""
    marks = rng.choice(MARKS)
    each = marks.split() if " " in marks else list(marks)
    return rng.choice(["\n", " ", "  "]).join(f"{mark} {option}" for mark, option in zip(each, options, strict=False))


def respaced(text: str, rng: random.Random) -> str:
    """Spaces beside a syllable left out, all or some, and others put between syllables."""
    left_out = 1.0 if rng.random() < 0.3 else 0.4
    text = re.sub(r"(?<=[가-힣]) | (?=[가-힣])", lambda match: "" if rng.random() < left_out else " ", text)
    return re.sub(r"(?<=[가-힣])(?=[가-힣])", lambda match: " " if rng.random() > 1 - (1 - left_out) / 4 else "", text)


def josa_edited(text: str, rng: random.Random) -> str:
    """Every particle at the end of a word exchanged, or some left out."""

    def swap(match: re.Match[str]) -> str:
        return "" if rng.random() < 0.2 else SWAPPED[match[0]]

    return re.sub(rf"(?<=[가-힣])[{''.join(SWAPPED)}](?=[ ,.?]|$)", swap, text)


def _whole(item: Item, rng: random.Random, options: Sequence[str] | None = None) -> str:
    return f"{item.stem}{rng.choice([' ', chr(10)])}{listed(options or item.options, rng)}"


def _shuffled(item: Item, rng: random.Random) -> list[str]:
    return rng.sample(item.options, len(item.options))


COPIES: dict[str, Callable[[Item, random.Random], str]] = {
    "verbatim": _whole,
    "reordered options": lambda item, rng: _whole(item, rng, _shuffled(item, rng)),
    "re-spaced": lambda item, rng: respaced(_whole(item, rng), rng),
    "particles edited": lambda item, rng: josa_edited(_whole(item, rng), rng),
    "all three": lambda item, rng: respaced(josa_edited(_whole(item, rng, _shuffled(item, rng)), rng), rng),
    "stem and answer": lambda item, rng: f"{item.stem}\n정답: {rng.choice(item.options)}",
    "options only": lambda item, rng: listed(_shuffled(item, rng), rng),
}
"""How a page may hold an item."""


def syllables(texts: Sequence[str]) -> int:
    """Hangul syllables in all."""
    return len(re.findall("[가-힣]", "".join(texts)))


def tells_enough(item: Item, kind: str) -> bool:
    """Whether a copy of this kind could be told from any other text by a reader: no list of five doses can."""
    if kind == "options only":
        return syllables(item.options) >= 30
    return kind != "stem and answer" or syllables([item.stem]) >= 30


@cache
def sentences() -> tuple[str, ...]:
    """Everything that the sample corpus says, facts on the drugs and tests of the items included."""
    found = [
        sentence
        for topic in content.topics() + content.family_topics()
        for s in topic.sections
        for sentence in s.sentences
    ]
    for family in content.families():
        found += [
            sentence for row in family.rows for register in ("wiki", "web") for sentence in family.page(row, register)
        ]
    return tuple(dict.fromkeys(found + [text for kind, text in content.pages("web.txt") if kind != "spam"]))


def page(rng: random.Random, *, size: int = 1500) -> str:
    """A clean page of at least ``size`` characters."""
    said: list[str] = []
    chars = 0
    while chars < size:
        said += rng.sample(sentences(), 12)
        chars += sum(map(len, said[-12:]))
    return "".join(sentence + rng.choice([" ", " ", "\n", "\n\n"]) for sentence in said)


def planted(copy: str, host: str, rng: random.Random) -> str:
    """A copy put between two lines of a page."""
    at = host.find("\n", rng.randrange(len(host))) + 1
    return f"{host[:at]}{copy}\n{host[at:]}"


def looks_like_a_question(rng: random.Random) -> str:
    """A clean medical text in the form of an exam question, of a case report, or of questions and answers."""
    every = diseases("clean")
    disease = rng.choice(every)
    asked = rng.choice([*ASKED["diagnosis"], *ASKED["treatment"]])
    row = rng.choice(_facts("약", rng.choice(SPLITS)))
    options = rng.choice(
        [
            rng.sample(names("clean"), 5),
            disease.lines["t"][0].split("|"),
            rng.sample(GENERIC, 5),
            disease.lines["o"],
            [f"{n} mg" for n in sorted(rng.sample([5, 10, 20, 25, 50, 100, 250, 500, 1000], 5))],
        ]
    )
    stem = rng.choice(
        [
            vignette(disease, asked, rng),
            rng.choice(ASKED["statement"]).format(disease.name),
            fill("{0}(을) 보관하는 방법으로 알맞은 것은?", row),
            fill("{0}(을) 먹은 뒤 운전해도 되나요? {3} 때문에 처방받았습니다. 다음 중 옳은 것은?", row),
            f"다음 중 {disease.name}의 위험 인자가 아닌 것은?",
        ]
    )
    rest = rng.sample(disease.lines["o"] + disease.lines["s"], 3)
    return rng.choice(
        [
            f"{stem}\n{listed(rng.sample(options, 5), rng)}\n해설: {' '.join(rest)}",
            f"증례 보고. {stem} {' '.join(rest)}",
            f"질문: {stem}\n답변: {' '.join(rest)} 자세한 것은 진료를 받고 상의하세요.",
        ]
    )
