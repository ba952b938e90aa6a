"""The hand-written text of the sample corpus, read from the ``.txt`` files beside this module.

Topics are pages written one by one. A family is a table of facts with sentence patterns in three registers: a
NamuWiki page, an encyclopedia entry and a web page. ``{3}(을)`` fills in column 3 and picks the particle that fits.
The values are of the usual order and are there to be kept by a cleaner; nobody should be treated by them.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent

# What is written in a pattern -> the form after a consonant, and after a vowel.
PARTICLES = {
    "은": ("은", "는"),
    "이": ("이", "가"),
    "을": ("을", "를"),
    "와": ("과", "와"),
    "으로": ("으로", "로"),
    "이라": ("이라", "라"),
}
PARTICLE = re.compile(r"\((" + "|".join(PARTICLES) + r")\)")
# Units as they are read aloud: 밀리그램 ends in a consonant, 밀리리터 does not.
UNITS = {" mg": True, " μg": True, " g": True, " mL": False, " L": False}


@dataclass
class Section:
    """A heading and its sentences; the lead has no heading."""

    heading: str
    sentences: list[str] = field(default_factory=list)


@dataclass
class Topic:
    """One page: what it is about, its sections and one table."""

    title: str
    english: str
    category: str
    medical: bool
    keyword: bool = False
    """Whether the page holds words that careless adult filters take for adult content."""
    sections: list[Section] = field(default_factory=list)
    table: list[list[str]] = field(default_factory=list)

    def summary(self) -> list[str]:
        """The lead and the first section: two paragraphs without a heading."""
        return [" ".join(section.sentences) for section in self.sections[:2]]


@dataclass
class Family:
    """Pages that follow one pattern: the rows of facts and the sentences of each register."""

    name: str
    medical: bool
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    patterns: dict[str, list[str]] = field(default_factory=lambda: {"namu": [], "wiki": [], "web": []})

    def page(self, row: list[str], register: str) -> list[str]:
        """The sentences of one page."""
        return [fill(pattern, row) for pattern in self.patterns[register]]


def ends_in_consonant(text: str) -> bool:
    """Whether the text, read aloud, ends in a consonant, so that it takes 은 rather than 는."""
    text = re.sub(r"\([^()]*\)$", "", text)
    for unit, consonant in UNITS.items():
        if text.endswith(unit):
            return consonant
    last = text[-1]
    if "가" <= last <= "힣":
        return (ord(last) - 0xAC00) % 28 > 0
    return last in "013678lmnLMNR"


def fill(pattern: str, values: list[str]) -> str:
    """Fill in ``{0}``, ``{1}``... and choose the particles behind them."""
    text = pattern.format(*values)
    while found := PARTICLE.search(text):
        before, (consonant, vowel) = text[: found.start()], PARTICLES[found[1]]
        rieul = found[1] == "으로" and (ord(before[-1]) - 0xAC00) % 28 == 8  # 서울로, not 서울으로
        text = before + (consonant if ends_in_consonant(before) and not rieul else vowel) + text[found.end() :]
    return text


def _lines(name: str) -> list[str]:
    text = (HERE / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def topics() -> list[Topic]:
    """The pages written one by one, medical ones first."""
    found: list[Topic] = []
    for name in ("medical.txt", "general.txt"):
        for line in _lines(name):
            if line.startswith("== "):
                found[-1].sections.append(Section(line[3:]))
            elif line.startswith("="):
                title, english, category = line.lstrip("=! ").split(" | ")
                medical = name == "medical.txt"
                found.append(Topic(title, english, category, medical, line.startswith("=!"), [Section("개요")]))
            elif line.startswith("|"):
                found[-1].table.append(line[1:].split("|"))
            else:
                found[-1].sections[-1].sentences.append(line)
    return found


def families() -> list[Family]:
    """The tables of facts with their sentence patterns."""
    found: list[Family] = []
    for line in _lines("families.txt"):
        head, _, rest = line.partition("|")
        if line.startswith("@ "):
            name, kind, columns = line[2:].split(" | ")
            found.append(Family(name, kind == "medical", columns.split()))
        elif head in found[-1].patterns:
            found[-1].patterns[head].append(rest)
        else:
            found[-1].rows.append(line.split("|"))
    return found


def family_topics() -> list[Topic]:
    """Every row of every family as a topic in the register of NamuWiki."""
    found = []
    for family in families():
        for row in family.rows:
            english = row[1] if family.columns[1] in {"en", "symbol"} else "-"
            topic = Topic(row[0], english, f"{family.name} 문서", family.medical, sections=[Section("개요")])
            for sentence in family.page(row, "namu"):
                if sentence.startswith("= "):
                    topic.sections.append(Section(sentence[2:]))
                else:
                    topic.sections[-1].sentences.append(sentence)
            near = [other for other in family.rows if other is not row][:3]
            topic.table = [["이름", *LABELS[family.name]]] + [[r[0], *r[2:5]] for r in [row, *near]]
            found.append(topic)
    return found


LABELS = {
    "약": ["갈래", "쓰임", "1회 용량"],
    "검사": ["검체", "하한", "상한"],
    "원소": ["번호", "원자량", "녹는점"],
    "산": ["곳", "걸리는 시간", "길"],
    "음식": ["국물", "시간(분)", "열량"],
}


def pages(name: str) -> list[tuple[str, str]]:
    """``(first column, text)`` of a file of one-line pages; ``\\n`` in the text is a line end."""
    split = (line.split("|", 1) for line in _lines(name))
    return [(first, text.replace("\\n", "\n")) for first, text in split]
