"""Which options a text says are right, and which it says are not: by letter, ①, 3번 or the option's own words.

A text says so around a cue: ``정답은 C이다``, ``C가 정답이다``, ``따라서 가장 적절한 처치는 수술이다``. Letters that mean
something else (비타민 C, A형 간염, 5번 뇌신경, 하루 3번) are no options. Where a cue cannot be read, nothing is claimed,
and the answer is refused for want of one: what is not understood is never taken for right.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import regex

from beam_pipelines.records import LETTERS, Question

CIRCLED = "①②③④⑤"


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


# Words before a letter or a number that make it part of a name, and words after a number that make it a count.
_NAMED = (
    r"(?:비타민|간염|바이러스|인플루엔자|등급|단계|그룹|클래스|혈액형|글로불린|단백질?|복합체|구역|유형|분류|Child-Pugh|"
    r"(?i:class|type|grade|group|stage|hepatitis|vitamin|influenza|factor|level|protein|Ig|Rh))"
)
_COUNTED = (
    r"(?:째|씩|이상|이하|미만|초과|정도|투여|복용|측정|주사|반복|시행|접종|염색체|요추|경추|흉추|천추|뇌신경|신경|늑골|갈비|"
    r"척추|유전자|발가락|손가락|중족골|중수골|임신|출산|유산|분만|방문|내원|수술)"
)
_OFTEN = r"(?:하루|매일|매주|매달|일주일|한 ?달|[일주달년월]|각각|총|약|적어도|최소|최대|두세|제)(?:에|간)?"
_JOSA = r"(?:이다|입니다|이며|이고|이므로|이라|이었|였|임|으로|로|은|는|이(?![상하내후전])|가(?!지)|을|를|와|과|의|번|다\b)"
_UNITS = r"(?:%|[a-zA-Zμµ㎎㎍㎖℃°]|단위|회|일|주|개월|년|시간|분|초|명|가지|배|도|정|알|세|살)"

_MARKS = {
    "circled": rf"(?P<circled>[{CIRCLED}])",
    "numbered": rf"(?<!{_OFTEN}\s*)(?<![\d.,])(?P<numbered>[1-5])\s*번(?!\s*{_COUNTED})",
    "letter": rf"(?<!{_NAMED}[-\s]*)(?<![\p{{L}}\p{{N}}/_.-])(?P<letter>[A-E])"
    r"(?![\p{Latin}\p{N}/_+°-]|\s?[형군급형]|\.?\s?coli)",
    "digit": rf"(?<![\p{{L}}\d.,/~–-])(?P<digit>[1-5])(?![\d/~–-]|[.,]\d|\s*{_UNITS})(?=[)\].,\s'\"*]|{_JOSA}|$)",
    "small": r"(?<![\p{L}\p{N}/_.-])(?P<small>[a-e])(?![\p{Latin}\p{N}/_+°-])",
}
_STRONG = ("circled", "numbered", "letter")

_FILLER = regex.compile(
    r"(?:[\s'\"“”‘’(\[「『【<:=→]|선택지|보기|옵션|항목|바로|역시|당연히|최종적으로|다음과 같(?:다|습니다)\.?|번호|번은)*"
)
_BETWEEN = regex.compile(
    r"[^\S\n]*[)\]】」』'\"”’]*[^\S\n]*(?:[.:·,/]|-|번|와|과|및|또는|이나|나|혹은|그리고|하고|or|and|&)*"
    r"[^\S\n]*(?:번|선택지|보기)?[^\S\n]*[(\[「『'\"“‘]*[^\S\n]*"
)
_SENTENCE_END = regex.compile(r"[.!?](?=\s|$)|\n")
_COPULA = regex.compile(r"[)\]】」』'\"”’]*(?:번)?\s?(?:이다|입니다|이며|이고|이므로|이라|임\b|가 된다|이 된다|다\b|예요|이에요|[.\n]|$)")
_INSTEAD = regex.compile(r"[)\]】」』'\"”’]*(?:번)?\s*(?:은|는|이|가)?\s*(?:아니라|아니고|아닌|아니며,?)\s*")
_ANOTHER_WORD = regex.compile(r"[^\S\n]+(?=[가-힣])(?!(?:입니다|이다|번|선택지|보기|또는|혹은|및|그리고|를|을|가|이)\b)")

_NOUN = r"(?:정답(?![률자지표])|해답|답안|최종 ?답변|(?<![가-힣])답(?=\s*(?:은|는|이|:|을|으로|\s|$)|입니다))"
_CUE = regex.compile(
    rf"(?P<first>{_NOUN}(?:\s*(?:은|는)(?![가-힣])|\s*[\])}}】>]?\s*[:=→]|[\])}}】>]|이(?=\s)(?!\s*(?:아니|아닌|되|된|될|있|없|무엇))|\s+(?=[A-E{CIRCLED}1-5(\[])))"
    r"|(?P<english>(?i:\banswer)(?:\s+is|\s*[:=]))"
    rf"|(?P<after>{_NOUN})"
    r"|(?P<wrong>오답|틀린 답)"
)
_CONCLUSION = regex.compile(
    r"(?:^|(?<=[.!?\n]\s*))(?:\p{L}+[은는]\s)?(?:따라서|그러므로|결론적으로|종합하면|이상을 종합하면|결국|그래서)[,\s](?P<rest>[^.!?\n]+(?:[.](?!\s|$)[^.!?\n]*)*)"
)
_BEST = r"(?:가장|제일|우선|먼저)\s*[가-힣]+(?:\s[가-힣]+){0,4}(?:은|는)\s"
_FITTEST = regex.compile(r"(?:가장|제일) (?:적절|옳|알맞|적합|타당|올바)[가-힣]+(?:\s[가-힣]+){0,2}(?:은|는)\s(?=[A-E①-⑤(]|[1-5]번)")
_BEST_AFTER = regex.compile(
    r"[)\]】」』'\"”’]*(?:번)?\s?(?:이|가|을|를)\s*(?:가장|제일)?\s*"
    r"(?:적절|적합|알맞|타당|옳|올바르|합당|맞다|맞는|맞습|가능성이 (?:가장 )?높|의심|선택|고르|고른|골라)"
)
_NEGATED = regex.compile(
    r"아니|아닌|아님|않|없|어렵|안 |못|착각|오해|혼동|잘못|쉽|피해|제외|생각할 수|금기|무엇|고르는|고르려|찾으|찾기|찾아|것 같지만|것 같으나|처럼 보"
)
_ASKS_WRONG = regex.compile(r"않은|않는|아닌|아니|틀린|잘못|거리가 먼|금기|없는|제외")
_CLAUSE_END = regex.compile(r"이며|이고|이므로|이다|입니다|,")
_CANNOT = regex.compile(r"[)\]】」』'\"”’]*(?:번)?\s?(?:이|가)?\s?(?:일|될) 수(?:는|가)? 없")
_SUBJECT = regex.compile(r"(?P<subject>[^,.\n]{2,40}?)(?:이|가|을|를)\s*(?:가장|제일|정답|답)")
_EXCEPT = regex.compile(r"제외|나머지|말고|외에|이외|보다|달리|다른")


def _loose(text: str) -> str:
    """A pattern for a text whatever its white space; brackets that say the same in English may be left out."""
    return r"\s*".join(regex.escape(char) for char in "".join(text.split()))


class Options:
    """The options of one question, ready to be found in a text."""

    def __init__(self, question: Question) -> None:
        self._question = question
        own = " ".join((question.question, *question.options))
        strong = [_MARKS[name] for name in _STRONG if not (name == "circled" and any(c in own for c in CIRCLED))]
        self._strong = regex.compile("|".join(strong))
        self._weak = regex.compile("|".join([*strong, _MARKS["digit"], _MARKS["small"]]))
        texts = sorted(enumerate(question.options), key=lambda pair: -len(pair[1]))
        named = "|".join(f"(?P<o{place}>{_loose(text.rstrip('.'))})" for place, text in texts)
        self._texts = regex.compile(
            rf"(?<![\p{{L}}\p{{N}}])(?:{named})(?![\p{{Latin}}\d]|(?!{_JOSA})[가-힣])", regex.IGNORECASE
        )
        self._asks_wrong = bool(_ASKS_WRONG.search(question.question[-80:]))

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
        for cue in _CUE.finditer(text):
            if cue["first"] or cue["english"]:
                yes, no = self._after(text, cue.end(), mentions)
                claimed |= yes
                denied |= no
                continue
            tail = text[cue.end() : _sentence_end(text, cue.end())][:16]
            wrong = bool(cue["wrong"]) != bool(_NEGATED.search(_CLAUSE_END.split(tail)[0]))
            chain = _before(text, cue.start(), mentions)
            if chain is None:
                chain = self._subject(text[_sentence_start(text, cue.start()) : cue.start() + 2])
            if wrong:
                denied |= chain
            else:
                claimed |= chain
        if not self._asks_wrong:
            claimed |= self._concluded(text, mentions)
            claimed |= {letter for best in _FITTEST.finditer(text) for letter in self._chain(text, best.end(), mentions)[0]}
        return Stated(frozenset(claimed), frozenset(denied))

    def _after(self, text: str, start: int, mentions: list[Mention]) -> tuple[set[str], set[str]]:
        """What follows ``정답은``: the options claimed, and those set aside by ``A가 아니라``."""
        denied: set[str] = set()
        at = _FILLER.match(text, start).end()
        while True:
            letters, end = self._chain(text, at, mentions)
            if letters and (instead := _INSTEAD.match(text, end)):
                denied |= letters
                at = _FILLER.match(text, instead.end()).end()
                continue
            break
        if letters:
            return (set(), denied | letters) if _CANNOT.match(text, end) else (letters, denied)
        stop = _sentence_end(text, at)
        for mention in mentions:
            if at <= mention.start < stop and _COPULA.match(text, mention.end):
                return set(mention.letters), denied
        return self._paraphrased(text[at:stop]), denied

    def _chain(self, text: str, at: int, mentions: list[Mention]) -> tuple[set[str], int]:
        """The options named one after another from a place on (``C. 수술``, ``A와 C``), and where they end."""
        letters: set[str] = set()
        while (mention := self._at(text, at, mentions)) and not (letters and _new_sentence(text, end, mention)):
            letters |= mention.letters
            end = mention.end
            at = _BETWEEN.match(text, end).end()
        return letters, end if letters else at

    def _at(self, text: str, at: int, mentions: list[Mention]) -> Mention | None:
        for mention in mentions:
            if mention.start == at and (mention.by_text or self._ends_well(text, mention)):
                return mention
        match = self._weak.match(text, at)
        found = _mark(match) if match else None
        return found if found and self._ends_well(text, found) else None

    def _ends_well(self, text: str, mention: Mention) -> bool:
        """A letter before another word (``C 반응 단백``) is no option, unless that word is the option's own text."""
        gap = _ANOTHER_WORD.match(text, mention.end)
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
        match = _SUBJECT.match(clause.strip())
        return self._paraphrased(match["subject"]) if match else set()

    def _concluded(self, text: str, mentions: list[Mention]) -> set[str]:
        """What a closing sentence without the word 정답 comes to: ``따라서 가장 적절한 처치는 C이다``."""
        claimed: set[str] = set()
        for sentence in _CONCLUSION.finditer(text):
            start, end = sentence.span("rest")
            spoken = [mention for mention in mentions if start <= mention.start < end]
            if not spoken and not _NEGATED.search(sentence["rest"]):
                claimed |= self._subject(sentence["rest"])
            for mention in spoken:
                if _NEGATED.search(text, mention.end, min(end, mention.end + 24)):
                    continue
                if _BEST_AFTER.match(text, mention.end) or (
                    regex.search(_BEST + r"(?:\p{L}+\s){0,2}$", text[start : mention.start].rstrip("'\"“‘( ") + " ")
                    and _COPULA.match(text, mention.end)
                ):
                    claimed |= mention.letters
        return claimed


def _mark(match: "regex.Match[str]") -> Mention:
    mark = match[match.lastgroup or 0]
    letter = LETTERS[CIRCLED.index(mark)] if mark in CIRCLED else mark.upper()
    return Mention(match.start(), match.end(), frozenset(LETTERS[int(letter) - 1] if letter.isdigit() else letter))


def _new_sentence(text: str, end: int, mention: Mention) -> bool:
    """``C. 수술`` is one answer; ``C. A는 ...`` begins anew."""
    gap = text[end : mention.start]
    return "\n" in gap or ("." in gap and not mention.by_text)


def _sentence_end(text: str, start: int) -> int:
    match = _SENTENCE_END.search(text, start)
    return match.start() if match else len(text)


def _sentence_start(text: str, end: int) -> int:
    return max((match.end() for match in _SENTENCE_END.finditer(text, 0, end)), default=0)


def _before(text: str, end: int, mentions: list[Mention]) -> set[str] | None:
    """The options named right before a cue (``A와 C가 정답``); none where others are meant, None where none is named."""
    start = _sentence_start(text, end)
    near = [mention for mention in mentions if start <= mention.start and mention.end <= end]
    if not near:
        return None
    if end - near[-1].end > 24 or _EXCEPT.search(text, near[-1].end, end):
        return set()
    letters = set(near[-1].letters)
    for left, right in reversed(list(_pairs(near))):
        gap = _BETWEEN.fullmatch(text, left.end, right.start)
        if not gap or "\n" in gap[0]:
            break
        letters |= left.letters
    return letters


def _pairs(mentions: list[Mention]) -> Iterator[tuple[Mention, Mention]]:
    return zip(mentions, mentions[1:])
