"""Which options a text says are right, and which it says are not: by letter, ①, 3번 or the option's own words.

A text says so around a cue: ``정답은 C이다``, ``C가 정답이다``, ``따라서 가장 적절한 처치는 수술이다``. Letters that
mean something else (비타민 C, A형 간염, 5번 뇌신경, 하루 3번) are no options. Where a cue cannot be read, nothing is
claimed, and the answer is refused for want of one: what is not understood is never taken for right.
"""

import itertools
from dataclasses import dataclass
from typing import NamedTuple

import regex

from beam_pipelines.records import LETTERS, Question
from enhance.answer_patterns import (
    ANOTHER_WORD,
    ASKS_WRONG,
    BEST,
    BEST_AFTER,
    BETWEEN,
    BRACKETS,
    CANNOT,
    CIRCLED,
    CLAUSE_END,
    CONCLUSION,
    COPULA,
    CUE,
    EXCEPT,
    FILLER,
    FITTEST,
    INSTEAD,
    JOSA,
    MARKS,
    NEGATED,
    OPENS_CONCLUSION,
    SENTENCE_END,
    STRONG,
    SUBJECT,
    UNFIT,
)


class Mention(NamedTuple):
    """An option spoken of at ``text[start:end]``; more than one letter where the words do not tell which."""

    start: int
    end: int
    letters: frozenset[str]
    by_text: bool = False


@dataclass(frozen=True)
class Stated:
    """The letters of the options that a text says are right, and of those it says are not."""

    claimed: frozenset[str]
    denied: frozenset[str]


def _loose(text: str) -> str:
    """A pattern for a text whatever its white space; brackets that say the same in English may be left out."""
    return r"\s*".join(regex.escape(char) for char in "".join(text.split()))


class Options:
    """The options of one question, ready to be found in a text."""

    def __init__(self, question: Question) -> None:
        self._question = question
        own = " ".join((question.question, *question.options))
        strong = [MARKS[name] for name in STRONG if not (name == "circled" and any(c in own for c in CIRCLED))]
        self._strong = regex.compile("|".join(strong))
        self._weak = regex.compile("|".join([*strong, MARKS["digit"], MARKS["small"]]))
        texts = sorted(enumerate(question.options), key=lambda pair: -len(pair[1]))
        named = "|".join(f"(?P<o{place}>{_loose(text.rstrip('.'))})" for place, text in texts)
        self._texts = regex.compile(
            rf"(?<![\p{{L}}\p{{N}}])(?:{named})(?![\p{{Latin}}\d]|(?!{JOSA})[가-힣])", regex.IGNORECASE
        )
        self._asks_wrong = bool(ASKS_WRONG.search(question.question[-80:]))

    def mentions(self, text: str) -> list[Mention]:
        """Every option spoken of, in order; an option's own words win over a letter inside them."""
        by_text = [self._text_mention(match) for match in self._texts.finditer(text)]
        inside = {place for mention in by_text for place in range(mention.start, mention.end)}
        marks = [_mark(match) for match in self._strong.finditer(text) if match.start() not in inside]
        return sorted([*by_text, *marks])

    def _text_mention(self, match: "regex.Match[str]") -> Mention:
        place = int((match.lastgroup or "o0")[1:])
        return Mention(match.start(), match.end(), frozenset(LETTERS[place]), by_text=True)

    def stated(self, text: str) -> Stated:
        """What a text says of its options, all its cues together."""
        claimed: set[str] = set()
        denied: set[str] = set()
        mentions = self.mentions(text)
        for cue in CUE.finditer(text):
            if cue["first"] or cue["english"]:
                yes, no = self._after(text, cue.end(), mentions)
                claimed |= yes
                denied |= no
                continue
            tail = text[cue.end() : _sentence_end(text, cue.end())][:16]
            wrong = bool(cue["wrong"]) != bool(NEGATED.search(CLAUSE_END.split(tail)[0]))
            chain = _before(text, cue.start(), mentions)
            if chain is None:
                chain = self._subject(text[_sentence_start(text, cue.start()) : cue.start() + 2])
            if wrong:
                denied |= chain
            else:
                claimed |= chain
        if not self._asks_wrong:
            claimed |= self._concluded(text, mentions)
            denied |= {letter for m in mentions if UNFIT.match(text, m.end) for letter in m.letters}
            claimed |= {
                letter for best in FITTEST.finditer(text) for letter in self._chain(text, best.end(), mentions)[0]
            }
        return Stated(frozenset(claimed), frozenset(denied))

    def spelt_out(self, text: str) -> str:
        """The text with every letter or number that stands for an option replaced by the option's own words."""
        for mention in reversed(self.mentions(text)):
            if not mention.by_text:
                (letter,) = mention.letters
                words = f"'{self._question.options[LETTERS.index(letter)]}'"
                text = text[: mention.start] + words + text[mention.end :]
        return text

    def _after(self, text: str, start: int, mentions: list[Mention]) -> tuple[set[str], set[str]]:
        """What follows ``정답은``: the options claimed, and those set aside by ``A가 아니라``."""
        denied: set[str] = set()
        at = FILLER.match(text, start).end()
        while True:
            letters, end = self._chain(text, at, mentions)
            if letters and (instead := INSTEAD.match(text, end)):
                denied |= letters
                at = FILLER.match(text, instead.end()).end()
                continue
            break
        if letters:
            return (set(), denied | letters) if CANNOT.match(text, end) else (letters, denied)
        stop = _sentence_end(text, at)
        for mention in mentions:
            if at <= mention.start < stop and COPULA.match(text, mention.end):
                return set(mention.letters), denied
        return self._paraphrased(text[at:stop]), denied

    def _chain(self, text: str, at: int, mentions: list[Mention]) -> tuple[set[str], int]:
        """The options named one after another from a place on (``C. 수술``, ``A와 C``), and where they end."""
        letters: set[str] = set()
        end = at
        while (mention := self._at(text, at, mentions)) and not (letters and _new_sentence(text, end, mention)):
            letters |= mention.letters
            end = mention.end
            at = BETWEEN.match(text, end).end()
        return letters, end

    def _at(self, text: str, at: int, mentions: list[Mention]) -> Mention | None:
        for mention in mentions:
            if mention.start == at and (mention.by_text or self._ends_well(text, mention)):
                return mention
        match = self._weak.match(text, at)
        found = _mark(match) if match else None
        return found if found and self._ends_well(text, found) else None

    def _ends_well(self, text: str, mention: Mention) -> bool:
        """A letter before another word (``C 반응 단백``) is no option, unless that word is the option's own text."""
        gap = ANOTHER_WORD.match(text, mention.end)
        return not gap or bool(self._texts.match(text, gap.end()))

    def _paraphrased(self, phrase: str) -> set[str]:
        """The one option whose words hold the phrase, or are held by it, where nothing else names an option."""
        words = regex.sub(r"\s|(?:이다|입니다|이며|임|이므로|이고).*$|[.'\"()]", "", phrase)
        if len(words) < 2:
            return set()
        squeezed = ["".join(option.split()).casefold() for option in self._question.options]
        near = [LETTERS[n] for n, option in enumerate(squeezed) if words.casefold() in option or option in words]
        return set(near) if len(near) == 1 else set()

    def _subject(self, clause: str) -> set[str]:
        """The option that a clause such as ``덱사메타손이 정답`` is about, named by a part of its words."""
        match = SUBJECT.match(clause.strip())
        return self._paraphrased(match["subject"]) if match else set()

    def _concluded(self, text: str, mentions: list[Mention]) -> set[str]:
        """What a closing sentence without the word 정답 comes to: ``따라서 가장 적절한 처치는 C이다``."""
        claimed: set[str] = set()
        for sentence in CONCLUSION.finditer(text):
            start, end = sentence.span("rest")
            spoken = [mention for mention in mentions if start <= mention.start < end]
            if not spoken and not NEGATED.search(sentence["rest"]):
                claimed |= self._subject(sentence["rest"])
            for mention in spoken:
                if NEGATED.search(text, mention.end, min(end, mention.end + 24)):
                    continue
                if BEST_AFTER.match(text, mention.end) or (
                    regex.search(BEST + r"(?:\p{L}+\s){0,2}$", text[start : mention.start].rstrip("'\"“‘( ") + " ")
                    and COPULA.match(text, mention.end)
                ):
                    claimed |= mention.letters
        return claimed


def states(sentence: str) -> bool:
    """Whether a sentence speaks of the answer at all, or opens as a conclusion does."""
    return bool(CUE.search(sentence) or OPENS_CONCLUSION.match(sentence.strip()))


def _mark(match: "regex.Match[str]") -> Mention:
    mark = match[match.lastgroup or 0]
    letter = LETTERS[CIRCLED.index(mark)] if mark in CIRCLED else mark.upper()
    return Mention(match.start(), match.end(), frozenset(LETTERS[int(letter) - 1] if letter.isdigit() else letter))


def _new_sentence(text: str, end: int, mention: Mention) -> bool:
    """``C. 수술`` is one answer; ``C. A는 ...`` begins anew."""
    gap = text[end : mention.start]
    return "\n" in gap or ("." in gap and not mention.by_text)


def _sentence_end(text: str, start: int) -> int:
    match = SENTENCE_END.search(text, start)
    return match.start() if match else len(text)


def _sentence_start(text: str, end: int) -> int:
    return max((match.end() for match in SENTENCE_END.finditer(text, 0, end)), default=0)


def _before(text: str, end: int, mentions: list[Mention]) -> set[str] | None:
    """The options named right before a cue (``A와 C가 정답``); none where others are meant, None where none is."""
    start = _sentence_start(text, end)
    near = [mention for mention in mentions if start <= mention.start and mention.end <= end]
    if not near:
        return None
    gap = BRACKETS.sub("", text[near[-1].end : end])
    if len(gap) > 24 or EXCEPT.search(gap):
        return set()
    letters = set(near[-1].letters)
    for left, right in reversed(list(itertools.pairwise(near))):
        gap = BETWEEN.fullmatch(text, left.end, right.start)
        if not gap or "\n" in gap[0]:
            break
        letters |= left.letters
    return letters
