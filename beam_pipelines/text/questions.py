"""Text of exam questions: white space, full-width forms, and the numbers that some files put before options."""

import unicodedata
from collections.abc import Sequence

import regex

FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""ASCII in its full-width forms. Not NFKC: that would turn a superscript into a digit and one sign, ㎎, into two."""

_SPACES = regex.compile(r"[^\S\n]+")
_BLANK_LINES = regex.compile(r"\n{3,}")
_INVISIBLE = regex.compile(r"[\p{Cf}\p{Cc}--[\t\n]]", regex.V1)

_NUMBERED = {
    name: regex.compile(pattern, regex.DOTALL)
    for name, pattern in {
        "circled": r"([①-⑤])\s*(\S.*)",
        "in brackets": r"\(([1-5A-Ea-e])\)\s*(\S.*)",
        "before a bracket": r"([1-5A-Ea-e])\)\s*(\S.*)",
        "before a point": r"([1-5A-Ea-e])\.\s+(\S.*)",
    }.items()
}
_STRAY = regex.compile(r"([①-⑤])\s*(\p{L}.*)", regex.DOTALL)
_PLACES = {mark: place for marks in ("①②③④⑤", "12345", "ABCDE", "abcde") for place, mark in enumerate(marks)}


def clean_text(text: str) -> str:
    """NFC, ASCII for its full-width forms, one space between words, no invisible characters; lines stay lines."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).translate(FULL_WIDTH)
    text = _SPACES.sub(" ", _INVISIBLE.sub("", text))
    return _BLANK_LINES.sub("\n\n", "\n".join(line.strip() for line in text.split("\n"))).strip()


def clean_options(options: Sequence[str]) -> list[str]:
    """Options on one line each, without their numbers.

    A number goes where all options carry theirs in one style and in order: ``1.`` before a single one may be a dose.
    Alone, only a circled one of its own place before a word is surely a number: ``①, ③`` names statements.
    """
    cleaned = [" ".join(clean_text(option).split()) for option in options]
    for pattern in _NUMBERED.values():
        found = [pattern.fullmatch(option) for option in cleaned]
        if all(match and _PLACES[match[1]] == place for place, match in enumerate(found)):
            return [match[2] for match in found if match]
    return [_without_stray(option, place) for place, option in enumerate(cleaned)]


def _without_stray(option: str, place: int) -> str:
    match = _STRAY.fullmatch(option)
    return match[2] if match and _PLACES[match[1]] == place else option


def key(text: str) -> str:
    """Equal for texts that differ in white space, letter case and closing punctuation alone."""
    return "".join(text.split()).casefold().rstrip(".?!:")
