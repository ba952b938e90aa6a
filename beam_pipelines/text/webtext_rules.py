"""What is boilerplate on Korean web pages, as ``webtext_rules.tsv`` says it, and what of a line is to stay."""

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import regex

from beam_pipelines.text.columns import Bytes, Offsets
from beam_pipelines.text.webtext_lines import pair

_ANY = 1 << 40  # bytes of a line of any length
_SHORTHAND = {
    "<email>": r"[A-Za-z0-9_.+-]++@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)+",
    "<name>": r"[가-힣]{2,4}",
    "<press>": r"(?:(?:의학|과학)?(?:인턴|선임|수습|전문|객원|시민)?\s?(?:기자|특파원|논설위원|통신원|리포터))",
}
_AFTER_PROSE = r"(?<=[.?!…”\"’')\]>])"
_BULLETS = regex.compile(r"[\s·•‣∙●○◦■□◆◇▶▷►▪▫◼◾★☆*\-–—_=+~|/\\>»<«:;#^]+")
_SEPARATORS = regex.compile(r"[\s|/:>•()\[\]\d]+")  # a comma or a middle dot would make a list of them


@dataclass(frozen=True)
class Rules:
    """The table of rules, its patterns of each kind as one."""

    line: regex.Pattern[str]
    tail: regex.Pattern[str]
    lead: regex.Pattern[str]
    menu: frozenset[str]
    beside: frozenset[str]
    longest: int  # characters of a line that may go
    anchors: dict[str, int]  # the bytes of the longest line that it makes a candidate; negative if it may be a sentence


@functools.cache
def load_rules() -> Rules:
    """The table, read once."""
    patterns: dict[str, list[str]] = {"line": [], "tail": [], "lead": []}
    words: dict[str, list[str]] = {"menu": [], "beside": []}
    anchors: dict[str, int] = {}
    longest = 0
    path = Path(__file__).parent / "webtext_rules.tsv"
    for row in path.read_text(encoding="utf-8").splitlines():
        if row.startswith("# "):
            continue
        kind, characters, starts, pattern, _ = row.split("\t")
        if kind in words:
            words[kind] += starts.split(" ")
        else:
            for short, long in _SHORTHAND.items():
                pattern = pattern.replace(short, long)
            patterns["line" if kind == "notice" else kind].append(f"(?:{pattern})")
        if kind == "beside":
            continue
        longest = max(longest, int(characters))
        limit = 3 * int(characters) or _ANY
        for anchor in starts.replace("~", "\xa0").split(" "):
            anchor = anchor.replace("\xa0", " ")
            before = anchors.get(anchor, 0)
            sign = -1 if before < 0 or kind not in ("line", "menu") else 1
            anchors[anchor] = sign * max(limit, abs(before))

    def either(kind: str, before: str = "", after: str = "") -> regex.Pattern[str]:
        return regex.compile(before + "(?:" + "|".join(patterns[kind]) + ")" + after, regex.IGNORECASE)

    return Rules(
        line=either("line"),
        tail=either("tail", _AFTER_PROSE, "+$"),
        lead=either("lead"),
        menu=frozenset(words["menu"]),
        beside=frozenset(words["menu"] + words["beside"]),
        longest=longest,
        anchors=anchors,
    )


@functools.cache
def anchors_of_lines() -> tuple[Bytes, Offsets, Offsets, Bytes]:
    """``(bytes, offsets, limits, whether one starts with characters of this hash)`` for the search for candidates."""
    anchors = load_rules().anchors
    encoded = [a.encode() for a in anchors]
    starts = np.zeros(1 << 16, np.uint8)
    for anchor in anchors:
        starts[pair(ord(anchor[0]), ord(anchor[1:2] or "\0"))] = 1
    arrays = (
        np.frombuffer(b"".join(encoded), np.uint8),
        np.cumsum([0, *map(len, encoded)]),
        np.array(list(anchors.values()), np.int64),
        starts,
    )
    for array in arrays:
        array.flags.writeable = False
    return arrays


def _is_menu(line: str, rules: Rules) -> bool:
    words = [w for w in _SEPARATORS.split(line.lower()) if w]
    return len(words) > 1 and rules.beside.issuperset(words) and not rules.menu.isdisjoint(words)


def kept(line: str, rules: Rules) -> tuple[int, int]:
    """The part of a line that is to stay, as ``(start, end)``; equal where the line goes."""
    start, end = 0, len(line)
    if found := rules.lead.match(line):
        start = found.end()
    while (found := rules.tail.search(line, start, end)) is not None:
        end = found.start()
    rest = line[start:end].strip()
    if len(rest) > rules.longest:
        return start, end
    if rules.line.fullmatch(rest) or _BULLETS.fullmatch(rest) or _is_menu(rest, rules):
        return start, start
    return start, end
