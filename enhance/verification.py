"""The rules an answer of the model must keep to be believed. Pure: text in, reasons out, nothing remembered.

A rule is a name, a test and its limits in :class:`Limits`; every rule is asked, so that a table of reasons tells all
that was wrong. Model checks are in :mod:`enhance.checks`.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import regex

from beam_pipelines.records import Question
from beam_pipelines.text.questions import FULL_WIDTH
from enhance import leaks, quantities
from enhance.answer_patterns import BRACKETS
from enhance.answers import Options
from enhance.reasons import Reason

STOPPED = "stop"
"""How a completion ends that the model itself ended."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What an answer may be: characters, the least share of Hangul among letters, the most of what repeats."""

    min_chars: int
    max_chars: int
    min_hangul: float = 0.6
    max_repeated: float = 0.3
    max_glosses: tuple[int, float] = (6, 0.01)
    max_english_words: int = 10


@dataclass(frozen=True)
class Verdict:
    """The reasons against an answer, none when it is believed; ``notes`` say what exactly was found."""

    reasons: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether no rule speaks against it."""
        return not self.reasons


_MARKDOWN = regex.compile(r"\*\*|__|`+|^#{1,6}\s|\\boxed\{([^{}]*)\}|\\text\{([^{}]*)\}|\$", regex.MULTILINE)
_LETTER = regex.compile(r"\p{L}")
_HANGUL = regex.compile(r"\p{Hangul}")
_FOREIGN = regex.compile(r"[\p{L}--\p{Hangul}--\p{Latin}--\p{Greek}--[ªºµ]]", regex.V1)
_ENGLISH = regex.compile(r"[A-Za-z][A-Za-z'’-]*(?:[,;:]?[^\S\n]+[A-Za-z][A-Za-z'’-]*)+")
_END = regex.compile(
    r"[.!?。…]['\"”’)\]」』]*$|(?i:정답|답|답변|답안|answer)(?:은|는|\s*:|\]|\s)[^\n]{1,80}$|[다요음임함됨것]['\"”’)\]」』]*$"
)
_OPEN_END = regex.compile(
    r"(?:그리고|그러나|하지만|따라서|그러므로|또한|즉|왜냐하면|때문에|및|또는)[.…]*$|[,:;·(\[‘“-]$|(?<!\.)\.\.\.?$|…$"
)
_DOSE = regex.compile(r"\d\s?(?:mg|g|kg|mcg|μg|㎎|㎍|mL|ml|㎖|cc|IU|단위|정)(?![a-zA-Z]|상|/d?L)(?:/kg|/일)?")


def plain(text: str) -> str:
    """A text as the rules read it: NFC, ASCII for full-width forms, no Markdown."""
    text = unicodedata.normalize("NFC", text).translate(FULL_WIDTH).replace("\r\n", "\n")
    return _MARKDOWN.sub(lambda match: match[1] or match[2] or "", text).strip()


def check_form(text: str, finish: str, source: str, limits: Limits) -> Verdict:
    """The rules that hold for every task; ``source`` is what the model was given to write about."""
    text = plain(text)
    if not text:
        return Verdict((Reason.EMPTY,))
    found = {
        Reason.UNFINISHED: finish != STOPPED or not _finished(text),
        Reason.LENGTH: not limits.min_chars <= len(text) <= limits.max_chars,
        Reason.LOW_KOREAN: hangul_share(text) < limits.min_hangul,
        Reason.FOREIGN_SCRIPT: _drifts(text, plain(source), limits),
        Reason.REPETITION: repeated_share(text) > limits.max_repeated or _says_thrice(text),
        Reason.LEAK: leaks.found(text, plain(source)),
    }
    return Verdict(tuple(reason for reason, wrong in found.items() if wrong))


def check_reasoning(text: str, finish: str, question: Question, limits: Limits) -> Verdict:
    """A reasoning for a question: the form, the one answer it states, and the numbers it repeats."""
    form = check_form(text, finish, "\n".join((question.question, *question.options)), limits)
    if Reason.EMPTY in form.reasons:
        return form
    text, key = plain(text), question.answer
    stated = Options(question).stated(text)
    others = sorted(stated.claimed - {key})
    numbers = quantities.contradictions(text, question)
    found = {
        Reason.NO_ANSWER: not stated.claimed,
        Reason.WRONG_ANSWER: bool(others) and key not in stated.claimed,
        Reason.SEVERAL_ANSWERS: bool(others) and key in stated.claimed,
        Reason.DENIES_ANSWER: key in stated.denied,
        Reason.OTHER_NUMBER: bool(numbers),
    }
    notes = [f"says {', '.join(others)}, and the key is {key}"] if others else []
    return Verdict((*form.reasons, *(reason for reason, wrong in found.items() if wrong)), (*notes, *numbers))


def check_explanation(text: str, finish: str, term: str, definition: str, limits: Limits) -> Verdict:
    """An explanation of a term: the form, the term itself, and no dose, which nothing here could support."""
    form = check_form(text, finish, f"{term}\n{definition}", limits)
    if Reason.EMPTY in form.reasons:
        return form
    text = plain(text)
    doses = sorted({match[0] for match in _DOSE.finditer(text)} - {match[0] for match in _DOSE.finditer(definition)})
    named = _squeeze(term) in _squeeze(text) and not _other_kind(term, text)
    found = {Reason.NO_TERM: not named, Reason.DOSE: bool(doses)}
    return Verdict((*form.reasons, *(reason for reason, wrong in found.items() if wrong)), tuple(doses))


def hangul_share(text: str) -> float:
    """Hangul among the letters of a text; numbers and signs are nobody's."""
    letters = len(_LETTER.findall(text))
    return len(_HANGUL.findall(text)) / letters if letters else 0.0


def repeated_share(text: str, size: int = 12) -> float:
    """The share of character 12-grams that stood in the text before."""
    text = " ".join(text.split())
    grams = [text[at : at + size] for at in range(len(text) - size + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def _says_thrice(text: str) -> bool:
    sentences = [sentence.strip() for sentence in regex.split(r"(?<=[.!?])\s|\n", text)]
    long = [sentence for sentence in sentences if len(sentence) >= 15]
    return any(long.count(sentence) > 2 for sentence in set(long))


def _drifts(text: str, source: str, limits: Limits) -> bool:
    """Letters of other scripts that the source does not have: none in the prose, few in brackets; no English prose."""
    foreign = [char for char in _FOREIGN.findall(text) if char not in source]
    in_prose = [char for char in _FOREIGN.findall(BRACKETS.sub(" ", text)) if char not in source]
    least, share = limits.max_glosses
    if in_prose or len(foreign) > max(least, share * len(text)):
        return True
    known = source.casefold()
    runs = [match[0] for match in _ENGLISH.finditer(text) if match[0].casefold() not in known]
    return any(len(run.split()) > limits.max_english_words for run in runs)


def _finished(text: str) -> bool:
    last = " ".join(line.strip() for line in text.splitlines()[-2:])
    return bool(_END.search(last)) and not _OPEN_END.search(last)


def _squeeze(text: str) -> str:
    return "".join(text.split()).casefold()


def _other_kind(term: str, text: str) -> bool:
    """``제1형`` of the term stands as ``제2형`` at the beginning of its explanation."""
    numbers = regex.findall(r"\d+", term)
    if not numbers:
        return False
    words = r"(\d+)".join(map(regex.escape, regex.split(r"\d+", _squeeze(term))))
    return any(list(match.groups()) != numbers for match in regex.finditer(words, _squeeze(text)[: 3 * len(term)]))


Check = Callable[[str, str], Verdict]
"""The rules bound to one row: ``(text, finish)`` to a verdict."""
