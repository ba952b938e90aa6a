"""Makes the sample corpus: a few hundred documents of every kind that a run has to tell apart.

``python -m data.sample.make_sample`` writes the same bytes every time. Each document knows its kind, so a test can
say what a pipeline must do with it; ``expected()`` counts the kinds of each source.
"""

import argparse
import logging
import random
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data import save_to_disk
from data.sample import content, markup
from data.sample.content import Topic

log = logging.getLogger(__name__)

OUTPUT = Path(__file__).parent / "00_korean"


@dataclass(frozen=True)
class Document:
    """One row of a source. What the kinds mean stands in :data:`KINDS`."""

    kind: str
    title: str
    text: str
    namespace: str = "0"
    original: str = ""
    """The title of the document that a duplicate repeats."""


KINDS = {
    "article": "ordinary text, kept",
    "medical_keyword": "medical text with words such as 성인, 노출, 성기능: kept",
    "nfd": "ordinary text in decomposed Hangul, kept after NFC",
    "broken": "ordinary text with unclosed markup, kept",
    "duplicate": "the same bytes as an earlier document",
    "duplicate_markup": "equal to an earlier document once cleaned",
    "duplicate_nfd": "equal to an earlier document once cleaned and NFC",
    "redirect": "a page that only points to another one",
    "namespace": "a template, category, file or user page",
    "short": "fewer than 100 characters",
    "english": "no Korean to speak of",
    "spam": "adult advertising",
    "empty": "no text at all",
}

SHORT = [
    "{0}의 줄임말.",
    "{0}에 관한 글. 내용을 채워 주세요.",
    "[[{0}]]의 다른 이름이다.",
    "이 글은 {0}에 관한 토막글이다.",
]
BREAKS = [
    "{{{{{{#red {0}",
    "{{{{{{#!folding [ 펼치기 ]\n{0}",
    "[[파일:그림.png|width=300\n{0}",
    "||<tablewidth=100%> 구분 || 값\n{0}",
    "{0} [* 닫지 않은 각주",
    "'''{0}",
    "}}}}}} {0} ]]",
]
NAMESPACES = {"1": "틀", "2": "분류", "3": "파일", "4": "사용자"}
LEFTOVERS = [
    "\n\n같이 보기\n{0} 목록\n",
    "\n\n각주\n\n",
    "\n\n분류:{0}\n",
    "\n\n외부 링크\n\n",
    "\n\n{{{{토막글|{0}}}}}\n",
    "\n",
]
FOOTERS = [
    "\n댓글 {0}개 | 공유하기 | 신고",
    "\n조회 {0}",
    "\n이전 글 | 다음 글 | 목록",
    "\n저작권자 © 무단 전재 금지",
    "",
]
DISTRICTS = ["한빛동", "새솔동", "푸른동", "가람동", "미르동", "누리동", "다온동", "라온동"]


def _nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _simple_pages(topics: list[Topic], ending: str) -> list[Document]:
    """Short pages of paragraphs with links and bold words: what they are once cleaned leaves no room for doubt."""
    return [
        Document("article", f"{t.title}/{ending}", markup.paragraphs(t.summary(), random.Random(t.title + ending)))
        for t in topics
    ]


def namu_wiki() -> list[Document]:
    """Pages in namumark."""
    rng = random.Random("namu")
    written, generated = content.topics(), content.family_topics()
    titles = [topic.title for topic in written + generated]
    pages = []
    for topic in written + generated:
        own = random.Random(topic.title)
        text = markup.article(topic, own.sample([t for t in titles if t != topic.title], 3), own)
        pages.append(Document("medical_keyword" if topic.keyword else "article", topic.title, text))
    rng.shuffle(pages)
    simple = _simple_pages([t for t in written if not t.keyword][:14], "요약")
    pages[60:60] = simple

    others: list[Document] = []
    for number, topic in enumerate(generated[:30]):
        word = "#redirect" if number % 3 else "#넘겨주기"
        others.append(Document("redirect", topic.title.replace(" ", "") + "(동음이의)", f"{word} {topic.title}\n"))
    for number, topic in enumerate(written[:20]):
        namespace = str(number % 4 + 1)
        text = "\n".join(f"[[{topic.title}]]에 관한 문서를 모은다. {s}" for s in topic.sections[1].sentences)
        others.append(Document("namespace", f"{NAMESPACES[namespace]}:{topic.title}", text, namespace))
    for topic in written[20:26]:
        paragraphs = markup.paragraphs([" ".join(topic.sections[-1].sentences), *topic.summary()], rng)
        others.append(Document("nfd", _nfd(f"{topic.title}/정리"), _nfd(paragraphs)))
    for number, topic in enumerate(written[:14]):
        first, *rest = topic.sections[1].sentences + topic.sections[2].sentences
        half = len(rest) // 2
        middle = BREAKS[number % len(BREAKS)].format(markup.dress(rest[half], rng))
        lines = [first, *rest[:half], middle, *rest[half + 1 :]]
        others.append(Document("broken", f"{topic.title}/초안", "== 초안 ==\n" + "\n".join(lines)))
    others += [
        Document("short", f"{t.title} (줄임말)", SHORT[i % 4].format(t.title)) for i, t in enumerate(generated[30:40])
    ]
    others += [
        Document("english", title, f"== Overview ==\n'''{title}''' - {text}")
        for title, text in content.pages("english.txt")
    ]
    others.append(Document("empty", "빈 문서", ""))
    rng.shuffle(others)

    repeated = rng.sample(pages[:50], 10)
    copies = [Document("duplicate", f"{d.title}(사본)", d.text, original=d.title) for d in repeated]
    copies += [
        Document("duplicate_markup", f"{d.title}(다른 표기)", markup.respelled(d.text), original=d.title)
        for d in simple[:6]
    ]
    copies += [
        Document("duplicate_nfd", _nfd(f"{d.title}(분해)"), _nfd(d.text), original=d.title) for d in simple[6:10]
    ]
    # Originals and the rest are mixed in the first part; copies come after what they repeat.
    mixed = pages + others
    order = rng.sample(range(len(mixed)), len(mixed))
    return [mixed[i] for i in order] + copies


def wikipedia_korean() -> list[Document]:
    """Encyclopedia entries as plain text with the leftovers that the usual extraction keeps."""
    rng = random.Random("wikipedia")
    pages = [Document("article", title, text) for title, text in content.pages("wikipedia.txt")]
    entries = [(family, row) for family in content.families() for row in family.rows]
    for family, row in rng.sample(entries, 57):
        text = "\n\n".join(family.page(row, "wiki")) + rng.choice(LEFTOVERS).format(f"{family.name}의 종류")
        pages.append(Document("article", row[0], text))
    rng.shuffle(pages)
    nfd = [Document("nfd", d.title, _nfd(d.text)) for d in pages[:2]]
    pages[:2] = nfd
    copies = [Document("duplicate", f"{d.title} (사본)", d.text, original=d.title) for d in rng.sample(pages[2:], 3)]
    summaries = {f"{t.title}/요약": "\n\n".join(t.summary()) for t in content.topics()}
    simple = [d for d in namu_wiki() if d.title in summaries and d.kind == "article"]
    simple.sort(key=lambda d: d.title)
    for document in simple[:4]:
        copies.append(Document("duplicate_markup", document.title, summaries[document.title], original=document.title))
    for document in simple[4:6]:
        copies.append(
            Document("duplicate_nfd", document.title, _nfd(summaries[document.title]), original=document.title)
        )
    short = [
        Document("short", f"{i}월 {i}일", f"{i}월 {i}일은 그레고리력으로 한 해의 {i * 31}번째 날 무렵이다.")
        for i in range(1, 5)
    ]
    english = [
        Document("english", title, text.replace("page", "entry")) for title, text in content.pages("english.txt")[:2]
    ]
    return pages + short + english + copies


def c4_korean() -> list[Document]:
    """Web pages: chatty, with page furniture, and advertising."""
    rng = random.Random("c4")
    pages = []
    spam = []
    for kind, text in content.pages("web.txt"):
        if kind == "spam":
            spam.append(text)
        else:
            pages.append(Document("article" if kind == "web" else kind, "", text + _footer(rng)))
    entries = [(family, row) for family in content.families() for row in family.rows]
    for family, row in rng.sample(entries, 56):
        pages.append(Document("article", row[0], "\n".join(family.page(row, "web")) + _footer(rng)))
    for number in range(10):
        district = DISTRICTS[number % len(DISTRICTS)]
        body = spam[number % len(spam)].format(district)
        pages.append(Document("spam", "", f"{district} {number + 1}호 게시글\n{body}"))
    rng.shuffle(pages)
    kept = [d for d in pages if d.kind == "article"]
    copies = [Document("duplicate", "", d.text, original=d.title) for d in rng.sample(kept, 5)]
    wiki = [d for d in wikipedia_korean() if d.kind == "article"][:2]
    copies += [Document("duplicate", "", d.text, original=d.title) for d in wiki]
    for topic in content.topics()[2:4]:
        copies.append(Document("duplicate_markup", "", "\n\n".join(topic.summary()), original=f"{topic.title}/요약"))
    short = [
        Document("short", "", text)
        for text in ("잘 보고 갑니다^^", "비밀글입니다.", "로그인이 필요한 게시판입니다. 다시 시도해 주세요.")
    ]
    english = [
        Document("english", "", text.replace("This page", "The post")) for _, text in content.pages("english.txt")[2:4]
    ]
    return [*pages, *short, *english, Document("empty", "", ""), *copies]


def _footer(rng: random.Random) -> str:
    return rng.choice(FOOTERS).format(rng.randint(1, 90))


def documents() -> dict[str, list[Document]]:
    """Every document of every source, in the order of the files."""
    return {"namu_wiki": namu_wiki(), "wikipedia-korean": wikipedia_korean(), "c4_korean": c4_korean()}


def expected() -> dict[str, dict[str, int]]:
    """How many documents of each kind a source holds."""
    return {source: dict(Counter(d.kind for d in rows)) for source, rows in documents().items()}


COLUMNS = {
    "namu_wiki": {"namespace": "string", "title": "string", "text": "string", "contributors": "string", "id": "int64"},
    "wikipedia-korean": {"id": "string", "url": "string", "title": "string", "text": "string"},
    "c4_korean": {"text": "string", "timestamp": "string", "url": "string"},
}


def row(source: str, number: int, document: Document) -> dict[str, Any]:
    """A document with the columns of its source."""
    return {
        "namespace": document.namespace,
        "title": document.title,
        "text": document.text,
        "contributors": ",".join(f"user{(number * step) % 41}" for step in (1, 3, 7)[: number % 3 + 1]),
        "timestamp": f"2019-0{number % 9 + 1}-{number % 28 + 1:02d}T0{number % 10}:{number % 60:02d}:00Z",
        "url": f"https://{source.replace('_', '-')}.example/{number + 1}",
        "id": number + 1 if source == "namu_wiki" else str(number + 1),
    }


def write(output: Path) -> None:
    """Write all sources under ``output``."""
    for source, found in documents().items():
        namu = source == "namu_wiki"
        rows = [{k: v for k, v in row(source, i, d).items() if k in COLUMNS[source]} for i, d in enumerate(found)]
        save_to_disk.save(
            output / source / "train" if namu else output / source,
            rows,
            COLUMNS[source],
            shards=2 if namu else 1,
            batch_rows=32,
            split="train" if namu else None,
        )
        if namu:
            (output / source / "dataset_dict.json").write_text('{"splits": ["train"]}', encoding="utf-8")
        log.info("%s: %d documents, %s", source, len(rows), dict(Counter(d.kind for d in found)))


def main(argv: list[str] | None = None) -> None:
    """Parse the arguments and write."""
    parser = argparse.ArgumentParser(description="Write the sample corpus; the same bytes every time.")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    write(parser.parse_args(argv).output)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
