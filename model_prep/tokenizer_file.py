"""``tokenizer.json`` in, ``tokenizer.json`` out: pieces and merges are added, and no old id moves. Nothing but JSON.

The file format is that of the ``tokenizers`` library; what is required of the base is what Gemma's tokenizers have: a
byte-pair model with byte fallback in which a space is the letter ``▁`` of the word after it.
"""

import re
from collections.abc import Sequence
from typing import Any

from model_prep.continued_bpe import Merge

SPACE = "▁"
HANGUL = re.compile("[가-힣]")
KOREAN_PIECE = re.compile(f"{SPACE}?[가-힣]+")
KOREAN_PART = re.compile(f"{SPACE}|{KOREAN_PIECE.pattern}")
_SPACES = {"type": "Replace", "pattern": {"String": " "}, "content": SPACE}

TokenizerJson = dict[str, Any]


class TokenizerError(ValueError):
    """A tokenizer that cannot be extended; the message is the one line to show."""


def check(base: TokenizerJson) -> None:
    """Raise TokenizerError unless continued BPE is sound on this tokenizer."""
    model = base.get("model") or {}
    wanted = {
        "a BPE model": model.get("type") == "BPE" and bool(model.get("merges")),
        "byte fallback": bool(model.get("byte_fallback")),
        "merges that are obeyed (ignore_merges off)": not model.get("ignore_merges"),
        "no dropout": not model.get("dropout"),
        f"spaces written as {SPACE}": base.get("normalizer") == _SPACES,
    }
    missing = [name for name, there in wanted.items() if not there]
    if missing:
        raise TokenizerError(f"not a tokenizer of the Gemma kind: it lacks {', '.join(missing)}")


def ids(base: TokenizerJson) -> dict[str, int]:
    """Every token and its id, added tokens included."""
    added = {token["content"]: int(token["id"]) for token in base.get("added_tokens") or []}
    return {**base["model"]["vocab"], **added}


def next_id(base: TokenizerJson) -> int:
    """The first id that no token has; raises TokenizerError when there are holes below it."""
    found = ids(base)
    size = max(found.values()) + 1
    if len(set(found.values())) != size:
        raise TokenizerError(f"the ids of the tokenizer have holes: {len(set(found.values()))} ids up to {size - 1}")
    return size


def round_to(base_size: int, pieces: int, *, multiple: int) -> int:
    """The largest number of new pieces, at most ``pieces``, with which the vocabulary is a multiple of ``multiple``."""
    return max(0, (base_size + pieces) // multiple * multiple - base_size)


def extend(base: TokenizerJson, *, letters: Sequence[str], merges: Sequence[Merge]) -> TokenizerJson:
    """``base`` with single letters it lacked and merged pieces, in this order, from the next free id on.

    A letter needs no merge: the model starts from letters. Every added token is first given its own id in the model's
    vocabulary too. Readers that build a tokenizer from vocabulary and merges number added tokens that stand outside
    after the vocabulary's end, which would move them.
    """
    check(base)
    vocab = dict(base["model"]["vocab"])
    first = next_id(base)
    for token, place in ids(base).items():
        vocab.setdefault(token, place)
    pieces = [*letters, *(merge.piece for merge in merges)]
    known = set(vocab)
    for place, piece in enumerate(pieces, first):
        if piece in known or not KOREAN_PIECE.fullmatch(piece):
            raise ValueError(f"{piece!r} is in the vocabulary already or holds more than Hangul")
        known.add(piece)
        vocab[piece] = place
    old = base["model"]["merges"]
    in_words = bool(old) and isinstance(old[0], str)  # how files before tokenizers 0.20 write a merge
    new = [f"{merge.left} {merge.right}" if in_words else [merge.left, merge.right] for merge in merges]
    return {**base, "model": {**base["model"], "vocab": vocab, "merges": [*old, *new]}}
