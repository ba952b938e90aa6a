"""Phrases that tell of how a text came about: the answer that was given, the prompt, the model. A table of patterns."""

import functools
from importlib import resources

import regex


@functools.cache
def _pattern() -> "regex.Pattern[str]":
    table = resources.files("enhance").joinpath("leaks.tsv").read_text(encoding="utf-8")
    lines = [line.split("\t")[0] for line in table.splitlines()]
    return regex.compile("|".join(f"(?:{line})" for line in lines))


def found(text: str, source: str) -> bool:
    """Whether a text holds such a phrase that its source does not have."""
    return any(match[0] not in source for match in _pattern().finditer(text))
