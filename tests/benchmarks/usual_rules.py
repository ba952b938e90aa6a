"""The rules as they are usually written: a chain of regular expressions, and filters on one document at a time.

Both baselines import this module and nothing else of the project, so that they differ in the framework only. The
patterns are compiled, run in the order that works, and avoid what makes ``re`` slow: it is meant to be a fair opponent.
"""

import json
import re
import resource
import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path

MIN_KOREAN = 0.10
MIN_LENGTH = 100

COMMENT = re.compile(r"^##.*\n?", re.M)
TABLE_ROW = re.compile(r"^\|\|.*?\|\|[ \t]*$\n?", re.M | re.S)  # cells may hold line ends
FILE_OR_CATEGORY = re.compile(r"\[\[(?:파일|분류|틀|[Ff]ile|[Ii]mage|[Cc]ategory):[^\[\]]*\]\]")
LINK_WITH_LABEL = re.compile(r"\[\[[^\[\]|]*\|([^\[\]]*)\]\]")
LINK = re.compile(r"\[\[([^\[\]|#]*)(?:#[^\[\]|]*)?\]\]")
BRACES = re.compile(
    r"\{\{\{(?:#!(?:wiki|folding|syntax|html)[^\n]*\n?|#[\w#,]+ |[+-][1-5] )?((?:[^{}]|\{(?!\{\{)|\}(?!\}\}))*)\}\}\}"
)
BREAK = re.compile(r"\[br\]", re.I)
MACRO = re.compile(
    r"\[(?:목차|각주|clearfix|tableofcontents|footnote|date|datetime|pagecount"
    r"|(?:include|youtube|kakaotv|nicovideo|anchor|age|dday|pagecount|ruby|math)\([^\[\]]*\))\]",
    re.I,
)
FOOTNOTE = re.compile(r"\[\*[^\[\]]*\]")
EMPHASIS = re.compile(r"'''|''|~~|--|__|\^\^|,,")
HEADING = re.compile(r"^(={1,6})(#?) (.*?) \2\1[ \t]*$", re.M)
LIST_ITEM = re.compile(r"^ +(?:\*|[1aAiI]\.(?:#\d+)?) ?", re.M)
QUOTE = re.compile(r"^>+ ?", re.M)
RULE = re.compile(r"^-{4,9}$", re.M)
SPACES = re.compile(r"[ \t]+")
LINES = re.compile(r"\n\s*\n\s*")

REDIRECT = re.compile(r"#(?:redirect|넘겨주기)\s", re.I)
HANGUL = re.compile(r"[가-힣]+")
ADULT = re.compile(
    r"야동|야설|야한|포르노|섹스|성인용품|성인사이트|성인웹툰|성인방송|성인인증|19금|출장마사지|출장안마|조건만남|"
    r"오피스텔걸|콜걸|유흥업소|룸살롱|원나잇|몰카|porn|xxx",
    re.I,
)


def clean(text: str) -> str:
    """Namumark as prose, the usual way."""
    text = unicodedata.normalize("NFC", text)
    text = COMMENT.sub("", text)
    text = TABLE_ROW.sub("", text)
    text = FILE_OR_CATEGORY.sub("", text)
    text = LINK_WITH_LABEL.sub(r"\1", text)
    text = LINK.sub(r"\1", text)
    while True:  # from the innermost block outwards
        text, found = BRACES.subn(r"\1", text)
        if not found:
            break
    text = BREAK.sub("\n", text)
    text = MACRO.sub("", text)
    text = FOOTNOTE.sub("", text)
    text = RULE.sub("", text)
    text = EMPHASIS.sub("", text)
    text = HEADING.sub(r"\3", text)
    text = LIST_ITEM.sub("", text)
    text = QUOTE.sub("", text)
    text = SPACES.sub(" ", text)
    return LINES.sub("\n\n", text).strip()


def drop_source(namespace: str | None, text: str) -> str | None:
    """Why a row is dropped before cleaning, if it is."""
    if namespace not in (None, "0", 0):
        return "namespace"
    return "redirect" if REDIRECT.match(text) else None


def drop_cleaned(text: str) -> str | None:
    """Why a cleaned text is dropped, if it is."""
    if len(text) < MIN_LENGTH:
        return "short"
    if sum(map(len, HANGUL.findall(text))) < MIN_KOREAN * len(text):
        return "korean"
    return "adult" if ADULT.search(text) else None


def shards(folder: Path) -> list[Path]:
    """The Arrow files under a folder, in order."""
    found = sorted(folder.rglob("*.arrow"))
    if not found:
        raise FileNotFoundError(f"no *.arrow under {folder}")
    return found


def report(name: str, *, folder: Path, kept: int, dropped: Mapping[str, int], seconds: float) -> None:
    """One JSON line to compare runs by. Speed is bytes of the input files over wall time, in 10⁶ bytes per second."""
    size = sum(path.stat().st_size for path in shards(folder))
    result = {
        "name": name,
        "bytes_in": size,
        "documents_in": kept + sum(dropped.values()),
        "documents_out": kept,
        "dropped": dict(sorted(dropped.items())),
        "seconds": round(seconds, 2),
        "mb_per_second": round(size / seconds / 1e6, 2),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    sys.stdout.write(json.dumps(result) + "\n")
