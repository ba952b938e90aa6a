"""The surgery on tokenizer.json: what it refuses, and that nothing old moves."""

import copy
from typing import Any

import pytest

from model_prep import tokenizer_file
from model_prep.continued_bpe import Merge
from model_prep.tokenizer_file import TokenizerError
from tests.model_prep import gemma_like

BASE = gemma_like.content()
MERGE = Merge(left="혈", right="압")


def changed(**model: Any) -> dict[str, Any]:
    return {**BASE, "model": {**BASE["model"], **model}}


@pytest.mark.parametrize(
    ("content", "lack"),
    [
        (changed(type="Unigram"), "a BPE model"),
        (changed(merges=[]), "a BPE model"),
        (changed(byte_fallback=False), "byte fallback"),
        (changed(ignore_merges=True), "merges that are obeyed"),
        (changed(dropout=0.1), "no dropout"),
        ({**BASE, "normalizer": {"type": "NFC"}}, "spaces written as ▁"),
        ({}, "a BPE model"),
    ],
)
def test_another_kind_of_tokenizer_is_refused(content: dict[str, Any], lack: str) -> None:
    with pytest.raises(TokenizerError, match=lack):
        tokenizer_file.check(content)


def test_holes_in_the_ids_are_refused() -> None:
    content = copy.deepcopy(BASE)
    content["added_tokens"][-1]["id"] += 1
    with pytest.raises(TokenizerError, match="holes"):
        tokenizer_file.next_id(content)


def test_added_tokens_are_pinned_and_new_ids_come_after_all_old_ones() -> None:
    before = copy.deepcopy(BASE)
    first = tokenizer_file.next_id(BASE)
    made = tokenizer_file.extend(BASE, letters=[gemma_like.RARE], merges=[MERGE])
    assert before == BASE
    vocab = made["model"]["vocab"]
    assert vocab[gemma_like.IMAGE] == first - 1
    assert vocab[gemma_like.RARE] == first
    assert vocab["혈압"] == first + 1
    assert {token: vocab[token] for token in BASE["model"]["vocab"]} == BASE["model"]["vocab"]
    assert made["model"]["merges"] == [*BASE["model"]["merges"], ["혈", "압"]]
    assert made["added_tokens"] == BASE["added_tokens"]


def test_merges_are_written_as_the_file_writes_them() -> None:
    words = changed(merges=[" ".join(pair) for pair in BASE["model"]["merges"]])
    assert tokenizer_file.extend(words, letters=[], merges=[MERGE])["model"]["merges"][-1] == "혈 압"


@pytest.mark.parametrize("piece", ["혈 압", "1혈", "혈.", "a", "▁", "▁▁혈"])
def test_a_piece_that_is_not_hangul_is_a_mistake(piece: str) -> None:
    with pytest.raises(ValueError, match="more than Hangul"):
        tokenizer_file.extend(BASE, letters=[piece], merges=[])


def test_a_piece_is_added_once() -> None:
    with pytest.raises(ValueError, match="in the vocabulary already"):
        tokenizer_file.extend(BASE, letters=[], merges=[MERGE, MERGE])


@pytest.mark.parametrize(
    ("base", "pieces", "rounded"), [(262145, 4095, 4095), (262145, 4094, 4031), (100, 10, 0), (64, 0, 0), (64, 70, 64)]
)
def test_the_vocabulary_becomes_a_multiple(base: int, pieces: int, rounded: int) -> None:
    assert tokenizer_file.round_to(base, pieces, multiple=64) == rounded
