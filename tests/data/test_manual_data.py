"""The manual for dictionaries names what the programs have, in both languages."""

import argparse
import re
from pathlib import Path

import pytest

from beam_pipelines.dictionary_files import DEFAULT_INPUT, FILES, DictionaryFile, Entry, entries
from data import convert_stardict, stardict_dictionary, validate_manual_data

ROOT = Path(__file__).parent.parent.parent / "data"
ENGLISH, KOREAN = (ROOT / name for name in ("MANUAL_DATA.md", "MANUAL_DATA.ko.md"))


def flags(parser: argparse.ArgumentParser) -> set[str]:
    return {f"`--{action.dest}`" for action in parser._actions if action.option_strings and action.dest != "help"}


@pytest.mark.parametrize("path", [ENGLISH, KOREAN], ids=lambda path: path.name)
def test_it_names_every_file_flag_code_and_word(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    known = flags(convert_stardict.flags()) | flags(validate_manual_data.flags())
    for name in known | {f"`{name}`" for name in FILES} | {f"`{DEFAULT_INPUT}`"}:
        assert name in text
    assert set(re.findall(r"`--\w+`", text)) == known
    assert all(word in text for word in stardict_dictionary.VETERINARY)
    assert re.findall(r"(?m)^\| (\d) \|", text) == ["0", "1", "2", str(validate_manual_data.ALL_MISSING)]


@pytest.mark.parametrize("path", [ENGLISH, KOREAN], ids=lambda path: path.name)
def test_its_examples_are_entries(path: Path) -> None:
    rows = re.findall(r"(?m)^\| `([\w.]+)` \| [^|]* \| `(.*)` \|$", path.read_text(encoding="utf-8"))
    assert [name for name, _ in rows] == list(FILES)
    for name, example in rows:
        file: DictionaryFile = FILES[name]
        (entry,) = entries(file, example.encode())
        assert isinstance(entry, Entry)
        assert entry.term in {"고혈압", "협심증", "구제역"}


def test_both_have_the_same_commands_and_tables() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ENGLISH, KOREAN)]
    assert len({tuple(re.findall(r"```\n.*?\n```", text, re.DOTALL)) for text in texts}) == 1
    assert len({tuple(line.count("|") for line in text.split("\n") if line.startswith("|")) for text in texts}) == 1
    assert len({text.count("\n## ") for text in texts}) == 1
