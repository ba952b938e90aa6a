"""Spaces, lines and invisible characters."""

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_pipelines.text.tidy import tidy, tidy_text

WILD = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from(" \t\r\n\u00a0\u200b\u3000\ufeff가a.")))


@pytest.mark.parametrize(
    ("raw", "tidied"),
    [
        ("", ""),
        (" \n\t\n ", ""),
        ("혈압  120/80\tmmHg ", "혈압 120/80 mmHg"),
        ("가\r\n나\r다\n", "가\n나\n다"),
        ("가\n\n\n\n나", "가\n\n나"),
        ("가 \u00a0\u3000 나", "가 나"),
        ("\ufeff체온\u200b 38.5\u00ad℃", "체온 38.5℃"),
        ("가\u2028나\u0085다", "가\n나\n다"),
        ("가\x00나\x07다\x7f라\x9b", "가나다라"),
        ("\u202e가\u2066나", "가나"),
        ("👩\u200d⚕\ufe0f 의사", "👩\u200d⚕\ufe0f 의사"),
        ("10⁹/L ≥ 3 µg", "10⁹/L ≥ 3 µg"),
    ],
)
def test_golden(raw: str, tidied: str) -> None:
    assert tidy_text(raw) == tidied


@given(WILD)
def test_tidying_twice_changes_nothing_and_loses_no_visible_character(text: str) -> None:
    once = tidy_text(text)
    assert tidy_text(once) == once

    def visible(s: str) -> list[str]:
        invisible = {"Cc", "Zs", "Zl", "Zp", "Cf"}
        return [c for c in s if unicodedata.category(c) not in invisible and c not in "\u3164\uffa0"]

    assert visible(once) == visible(text)
    assert not any(line != line.strip(" ") or "  " in line for line in once.split("\n"))
    assert "\n\n\n" not in once


@given(st.integers(0, 100), WILD, st.integers(0, 100))
def test_blocks_of_visible_text_around_it_change_nothing(before: int, text: str, after: int) -> None:
    """Seen through the words: what stands between two of them is tidied the same wherever it stands."""
    alone = tidy_text(f"x{text}y")
    assert tidy_text("가" * before + f"x{text}y" + "b" * after) == "가" * before + alone + "b" * after
    assert tidy_text("a" * before + f"x{text}") == "a" * before + tidy_text(f"x{text}")


def test_rows_keep_their_place_in_a_slice() -> None:
    texts = pa.array(["버림", " 가 ", "", "나\n\n\n다"])
    assert tidy(texts.slice(1)).to_pylist() == ["가", "", "나\n\n다"]
