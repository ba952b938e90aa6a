"""From counted words to pieces: what the ``tokenizers`` library is asked, apart from the learning itself."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from model_prep import tokenizer_file
from model_prep.continued_bpe import BREAK, Learner, Merge, Words
from model_prep.tokenizer_file import HANGUL, KOREAN_PART, KOREAN_PIECE, SPACE
from model_prep.word_counts import COUNT, WEIGHT, WORD

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CHUNK = 50_000


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """What a corpus teaches: ``letters`` the base lacks, by falling count, then merges in order."""

    letters: list[str]
    merges: list[Merge]

    @property
    def pieces(self) -> list[str]:
        """Every new token, in the order of its id."""
        return [*self.letters, *(merge.piece for merge in self.merges)]

    def first(self, pieces: int) -> "Learnt":
        """The first so many pieces."""
        letters = self.letters[:pieces]
        return Learnt(letters=letters, merges=self.merges[: pieces - len(letters)])


def loaded(content: tokenizer_file.TokenizerJson) -> "Tokenizer":
    """A tokenizer from the content of its file."""
    from tokenizers import Tokenizer

    return Tokenizer.from_str(json.dumps(content, ensure_ascii=False))


def _chunks(words: pa.Table) -> Iterator[list[str]]:
    for batch in words.select([WORD]).to_batches(CHUNK):
        yield batch.column(0).to_pylist()


def missing_letters(base: tokenizer_file.TokenizerJson, words: pa.Table, min_freq: int) -> list[str]:
    """Syllables outside the vocabulary that occur ``min_freq`` times or more, by falling count."""
    vocab = base["model"]["vocab"]
    counts: dict[str, int] = {}
    for text, count in zip(words[WORD].to_pylist(), words[COUNT].to_pylist(), strict=True):
        for letter in text:
            if letter not in vocab and letter != " ":
                counts[letter] = counts.get(letter, 0) + count
    frequent = [letter for letter, count in counts.items() if count >= min_freq]
    return sorted(frequent, key=lambda letter: (-counts[letter], letter))


def learn(
    base: tokenizer_file.TokenizerJson, words: pa.Table, *, pieces: int, min_freq: int, max_syllables: int
) -> Learnt:
    """At most ``pieces`` new pieces from counted words (see :mod:`model_prep.word_counts`)."""
    letters = missing_letters(base, words, min_freq)[:pieces]
    tokenizer = loaded(tokenizer_file.extend(base, letters=letters, merges=[]))
    names: list[str] = []
    place: dict[int, int] = {}

    def token(number: int) -> int:
        if number not in place:
            text = tokenizer.id_to_token(number) or ""
            place[number] = len(names) if KOREAN_PART.fullmatch(text) else BREAK
            if place[number] != BREAK:
                names.append(text)
        return place[number]

    tokens = [
        [token(number) for number in encoded.ids]
        for chunk in _chunks(words)
        for encoded in tokenizer.encode_batch_fast(chunk, add_special_tokens=False)
    ]

    def may_join(left: str, right: str) -> bool:
        text = left + right
        return KOREAN_PIECE.fullmatch(text) is not None and len(HANGUL.findall(text)) <= max_syllables

    def is_canonical(text: str, parts: Sequence[str]) -> bool:
        return list(parts) == tokenizer.encode(text.replace(SPACE, " "), add_special_tokens=False).tokens

    learner = Learner(
        Words(tokens=tokens, counts=words[COUNT].to_pylist(), weights=words[WEIGHT].to_pylist()),
        names,
        fresh=set(letters),
        min_freq=min_freq,
        may_join=may_join,
        is_canonical=is_canonical,
    )
    merges: list[Merge] = []
    steps = learner.learn()
    while len(letters) + len(merges) < pieces and (merge := next(steps, None)):
        merges.append(merge)
    return Learnt(letters=letters, merges=merges)


def usage(tokenizer: "Tokenizer", words: pa.Table, *, first: int) -> list[int]:
    """How often each token from the id ``first`` on stands in the counted words."""
    counts = np.zeros(tokenizer.get_vocab_size(with_added_tokens=True), np.int64)
    for batch in words.select([WORD, COUNT]).to_batches(CHUNK):
        found = tokenizer.encode_batch_fast(batch.column(0).to_pylist(), add_special_tokens=False)
        repeat = np.fromiter((len(encoded) for encoded in found), np.int64, len(found))
        ids = np.fromiter((number for encoded in found for number in encoded.ids), np.int64, int(repeat.sum()))
        np.add.at(counts, ids, np.repeat(batch.column(1).to_numpy(), repeat))
    return [int(count) for count in counts[first:]]


def unreachable(tokenizer: "Tokenizer", pieces: Sequence[str], *, first: int) -> list[str]:
    """The pieces whose own text does not come out as their one id."""
    found = tokenizer.encode_batch_fast([piece.replace(SPACE, " ") for piece in pieces], add_special_tokens=False)
    return [piece for place, piece in enumerate(pieces) if found[place].ids != [first + place]]
