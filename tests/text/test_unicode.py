"""Validity, composition, counts, lines of JSON: what every document passes through."""

import json
import random
import unicodedata

import pyarrow as pa
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from beam_pipelines.text import fingerprint, jsonl, measures, unicode

TEXTS = st.lists(st.text(st.characters(codec="utf-8"), max_size=60), max_size=6)
PADDING = "수축기 혈압 120 mmHg, ".encode()


def raw_column(rows: list[bytes]) -> pa.Array:
    """A string column over any bytes, valid or not."""
    binary = pa.array(rows, pa.large_binary())
    return pa.LargeStringArray.from_buffers(len(rows), *binary.buffers()[1:])


def is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(st.lists(st.binary(max_size=12), max_size=8), st.booleans())
def test_status_tells_utf8_from_what_is_not(pieces: list[bytes], padded: bool) -> None:
    rows = [piece + PADDING + piece for piece in pieces] if padded else pieces
    status = unicode.status(raw_column(rows))
    assert [state != unicode.INVALID for state in status] == [is_utf8(row) for row in rows]


def test_status_of_every_damaged_form_at_every_place() -> None:
    wrong = [
        "80",
        "c0 80",
        "c1 bf",
        "e0 9f bf",
        "ed a0 80",
        "f0 8f bf bf",
        "f4 90 80 80",
        "f5",
        "e1 80",
        "f1 80 80",
        "ff",
    ]
    for form in map(bytes.fromhex, wrong):
        for at in [*range(12), len(PADDING) - 1, len(PADDING)]:
            row = PADDING.decode()[: at // 2].encode() + form + PADDING
            assert unicode.status(raw_column([row, row + form, PADDING + form])).tolist() == [unicode.INVALID] * 3


def test_every_character_that_nfc_changes_is_suspect() -> None:
    chars = [chr(c) for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
    pairs = [f"{PADDING.decode()}e{c}{PADDING.decode()}" for c in chars]
    changed = [unicodedata.normalize("NFC", pair) != pair for pair in pairs]
    status = unicode.status(pa.array(pairs, pa.large_string()))
    assert not any(change and state != unicode.SUSPECT for change, state in zip(changed, status, strict=True))
    usual = "가힣ㄱA9 ℃µΩ①½×±≥→αβμ·…“”「」ー漢字😀é".replace("Ω", "")  # the ohm sign is one that NFC changes
    assert not unicode.status(pa.array([usual * 3])).any()


@given(TEXTS)
def test_nfc_is_what_python_says(texts: list[str]) -> None:
    column = pa.array(texts, pa.string())
    assert unicode.nfc(column).to_pylist() == [unicodedata.normalize("NFC", text) for text in texts]


def test_decomposed_hangul_counts_as_korean_after_nfc() -> None:
    text = unicodedata.normalize("NFD", "혈압")
    assert measures.korean_ratio_text(text) == 0
    assert measures.korean_ratio_text(unicode.nfc_text(text)) == 1


@given(TEXTS)
def test_counts(texts: list[str]) -> None:
    texts = [*texts, "가" * 500 + "a" * 300 + "힣"]
    counts = measures.count(pa.array(texts).slice(0))
    assert counts.chars.tolist() == [len(text) for text in texts]
    assert counts.hangul.tolist() == [sum("가" <= c <= "힣" for c in text) for text in texts]


@pytest.mark.parametrize(("text", "ratio"), [("", 0), ("가", 1), ("가a", 0.5), ("각\u11a8ㄱ꯿\ud7a4", 0.2)])
def test_korean_ratio_counts_syllables_only(text: str, ratio: float) -> None:
    assert measures.korean_ratio_text(text) == ratio


@given(TEXTS)
def test_lines_are_the_bytes_json_dumps_gives(texts: list[str]) -> None:
    texts = [*texts, 'a"b\\c\n\r\t\b\f\x00\x1f\x7f\u2028가']
    out, lengths = jsonl.encode(pa.array(["x", *texts], pa.large_string()).slice(1))
    lines = [json.dumps({"text": text}, ensure_ascii=False).encode() + b"\n" for text in texts]
    assert bytes(out) == b"".join(lines)
    assert lengths.tolist() == [len(line) for line in lines]


@given(TEXTS)
def test_fingerprints_are_xxh3_128(texts: list[str]) -> None:
    marks = fingerprint.fingerprints(pa.array(texts, pa.string()))
    assert [mark.tobytes() for mark in marks] == [xxhash.xxh3_128_digest(text.encode()) for text in texts]


def test_status_agrees_with_python_on_long_mixed_text() -> None:
    dice = random.Random(1)
    alphabet = "가나다 ABC\n\u0301\u1161\u11a8é😀ᄀΩ"
    texts = ["".join(dice.choices(alphabet, [9] * 8 + [0.02] * (len(alphabet) - 8), k=400)) for _ in range(500)]
    for text, state in zip(texts, unicode.status(pa.array(texts)), strict=True):
        if state == unicode.VALID:
            assert unicodedata.is_normalized("NFC", text)
