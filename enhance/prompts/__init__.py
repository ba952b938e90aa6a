"""Prompts as files, ``<name>.v<number>.txt``; other words are a new version, and answers to the old stay its own."""

import functools
from importlib import resources
from string import Template


@functools.cache
def _template(name: str) -> Template:
    return Template(resources.files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8"))


def fill(name: str, **fields: str) -> str:
    """The prompt of a name, such as ``mcq-reasoning.v1``, with its fields. Raises KeyError for a field not given."""
    return _template(name).substitute(fields).strip()
