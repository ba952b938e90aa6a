"""Where a word begins and ends."""

import pytest

from beam_pipelines.text.columns import flat, from_strings
from beam_pipelines.text.words import begins_word, ends_noun, ends_word, particles

JOSA = particles()


def at(text: str, part: str) -> tuple[bool, bool, bool]:
    """Whether ``part`` begins a word in ``text``, ends one, ends one but for particles."""
    data, _ = flat(from_strings([text]))
    begin = text.encode().index(part.encode())
    end = begin + len(part.encode())
    return begins_word(data, begin, 0), ends_word(data, end, len(data)), ends_noun(data, end, len(data), JOSA)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("약", (True, True, True)),
        ("이 약, 저 약", (True, True, True)),
        ("“약”", (True, True, True)),
        ("×약÷", (True, True, True)),
        ("약을", (True, False, True)),
        ("약들에게서는", (True, False, True)),
        ("약이라는", (True, False, True)),
        ("약국", (True, False, False)),
        ("약이름", (True, False, False)),
        ("신약", (False, True, True)),
        ("3약x", (False, False, False)),
        ("éß약漢", (False, False, False)),
        ("カ약ㄱ", (False, False, False)),
        ("😀약😀", (True, True, True)),
    ],
)
def test_boundaries(text: str, found: tuple[bool, bool, bool]) -> None:
    assert at(text, "약") == found


def test_a_row_does_not_see_its_neighbours() -> None:
    data, offsets = flat(from_strings(["신", "약", "국"]))
    begin, end = int(offsets[1]), int(offsets[2])
    assert begins_word(data, begin, begin)
    assert ends_noun(data, end, end, JOSA)
