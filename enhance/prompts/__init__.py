"""Prompts as files, ``<name>.v<number>.txt``; other words are a new version, and answers to the old stay its own."""

from importlib import resources
from string import Template


def fill(name: str, **fields: str) -> str:
    """The prompt of a name, such as ``mcq-reasoning.v1``, with its fields. Raises KeyError for a field not given."""
    text = resources.files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
    return Template(text).substitute(fields).strip()
