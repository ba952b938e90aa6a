"""The work of prepare_tokenizer, step by step: count, learn, choose, check, write."""

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from tqdm import tqdm

from model_prep import fertility, results, tokenizer_file, training_text, vocabulary, word_counts
from model_prep.models import PrepareError
from model_prep.tokenizer_file import SPACE
from model_prep.training_text import ENGLISH

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TOKENIZER, PIECES, INFO, PLOT = "tokenizer.json", "new_tokens.txt", "tokenizer_info.json", "fertility.png"
CONFIG = "tokenizer_config.json"
COMPANIONS = (
    CONFIG,
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "chat_template.json",
    "preprocessor_config.json",
    "processor_config.json",
)
"""What AutoTokenizer and AutoProcessor read beside it. Not ``tokenizer.model``: it knows nothing of new pieces."""

MULTIPLE = 64
"""The vocabulary is a multiple of it: what matrix kernels on a GPU like best."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to learn; see the flags of prepare_tokenizer."""

    num_tokens: int = 0
    max_tokens: int = 16_384
    min_freq: int = 100
    max_syllables: int = 8
    medical_weight: int = 5
    headword_weight: int = 20
    held_out: float = 0.02
    worth: float = 0.02
    max_words: int = 2_000_000
    max_word_types: int = 4_000_000
    eval_chars: int = 2_000_000


@dataclass(frozen=True, kw_only=True)
class Counted:
    """The corpus as far as learning needs it.

    ``kept`` is the share of all occurrences that ``words`` covers, ``benchmark`` how many rows were left out because
    they hold a benchmark item.
    """

    words: pa.Table
    held_out: dict[str, list[str]]
    kept: float
    floor: int
    benchmark: int = 0


def _weight(kind: training_text.Kind, column: int, settings: Settings) -> int:
    if kind.is_dictionary and column == 0:
        return settings.headword_weight
    return settings.medical_weight if kind.domain == training_text.MEDICAL else 1


def _count(batch: training_text.Batch, settings: Settings) -> list[pa.Table]:
    weights = [_weight(batch.kind, column, settings) for column in range(len(batch.learnt))]
    return [word_counts.count_batch(texts, weight) for texts, weight in zip(batch.learnt, weights, strict=True)]


def count(
    sources: Sequence[training_text.Source], settings: Settings, *, packed: bytes = b"", workers: int = 0
) -> Counted:
    """Count the words of all sources on threads; the result does not depend on how many.

    Rows that hold an item of ``packed`` count for nothing.
    """
    counts = word_counts.WordCounts(most=settings.max_word_types)
    held_out: dict[str, list[str]] = {}
    room: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    bar = tqdm(total=sum(s.size for s in sources), unit="B", unit_scale=True, disable=None, leave=False, desc="words")

    def batches() -> Iterator[training_text.Batch]:
        for source in sources:
            for batch in training_text.read(source, held_out=settings.held_out, packed=packed):
                lost[source.path] += batch.benchmark
                for domain, texts in batch.held_out.items():
                    for text in texts:
                        if room[domain] < settings.eval_chars and text:
                            room[domain] += len(text)
                            held_out.setdefault(domain, []).append(text)
                bar.update(batch.bytes)
                yield batch

    workers = workers or len(os.sched_getaffinity(0))
    with bar:
        for tables in word_counts.in_order(lambda batch: _count(batch, settings), batches(), workers=workers):
            for table in tables:
                counts.add(table)
    words = counts.table().slice(0, settings.max_words).combine_chunks()
    kept = (pc.sum(words[word_counts.COUNT]).as_py() or 0) / max(counts.total, 1)
    return Counted(words=words, held_out=held_out, kept=kept, floor=counts.floor, benchmark=lost.total())


def steps(base_size: int, available: int, most: int) -> list[int]:
    """Numbers of pieces that double from about 1,000 on, each with a vocabulary that is a multiple of 64."""
    grid = [1024 << k for k in range(20) if 1024 << k < most] + [most]
    found = {tokenizer_file.round_to(base_size, min(n, available), multiple=MULTIPLE) for n in grid}
    return [0, *sorted(found - {0})]


@dataclass(frozen=True, kw_only=True)
class Extension:
    """What came out: the file's content, its pieces, how it was chosen, and what was measured on it."""

    content: tokenizer_file.TokenizerJson
    learnt: vocabulary.Learnt
    curve: list[fertility.Point]
    verdict: fertility.Verdict
    usage: list[int]
    old_ids: list[list[int]]
    first_id: int


def extend(base: tokenizer_file.TokenizerJson, counted: Counted, settings: Settings) -> Extension:
    """Learn, measure the curve on held-out text, choose, and check what was made. Raises PrepareError."""
    tokenizer_file.check(base)
    first_id = tokenizer_file.next_id(base)
    if not any(domain != ENGLISH for domain in counted.held_out):
        raise PrepareError("no Korean text was held out to measure on: give more --input, or a larger --held_out")
    most = settings.num_tokens or settings.max_tokens
    learnt = vocabulary.learn(
        base,
        counted.words,
        pieces=most,
        min_freq=settings.min_freq,
        max_syllables=settings.max_syllables,
    )
    made: dict[int, tokenizer_file.TokenizerJson] = {}
    curve: list[fertility.Point] = []
    for size in steps(first_id, len(learnt.pieces), most):
        part = learnt.first(size)
        made[size] = tokenizer_file.extend(base, letters=part.letters, merges=part.merges) if size else base
        now = fertility.tokens_per_char(vocabulary.loaded(made[size]), counted.held_out)
        curve.append(fertility.point(size, curve[0].tokens_per_char if curve else now, now))
    found = len(learnt.pieces)
    end = "that is the most that was asked for" if found == most else f"only {found:,} pieces stand often enough"
    verdict = fertility.verdict(curve, worth=settings.worth, end=end)
    chosen = curve[-1].pieces if settings.num_tokens else verdict.pieces
    before, tokenizer = vocabulary.loaded(base), vocabulary.loaded(made[chosen])
    pieces = learnt.first(chosen).pieces
    extension = Extension(
        content=made[chosen],
        learnt=learnt.first(chosen),
        curve=curve,
        verdict=verdict,
        usage=vocabulary.usage(tokenizer, counted.words, first=first_id),
        old_ids=fertility.encoded(before, [piece.replace(SPACE, " ") for piece in pieces]),
        first_id=first_id,
    )
    check(extension, before, tokenizer, counted.held_out, settings)
    return extension


def check(
    extension: Extension, base: "Tokenizer", tokenizer: "Tokenizer", texts: fertility.Texts, settings: Settings
) -> None:
    """What must hold of every tokenizer that is written. Raises PrepareError that names what does not."""
    pieces = extension.learnt.pieces
    lost = vocabulary.unreachable(tokenizer, pieces, first=extension.first_id)
    rare = [piece for piece, times in zip(pieces, extension.usage, strict=True) if times < settings.min_freq]
    size = tokenizer.get_vocab_size(with_added_tokens=True)
    english = [text for text in texts.get(ENGLISH, ()) if not tokenizer_file.HANGUL.search(text)]
    broken = {
        "old ids moved": any(tokenizer.token_to_id(text) != place for text, place in base.get_vocab().items()),
        f"unreachable pieces ({', '.join(lost[:5])})": bool(lost),
        f"pieces used fewer than {settings.min_freq} times ({', '.join(rare[:5])})": bool(rare),
        f"{size} tokens are no multiple of {MULTIPLE}": bool(pieces) and size % MULTIPLE != 0,
        "text without Hangul has other ids": fertility.encoded(base, english) != fertility.encoded(tokenizer, english),
        "a text decodes to another text": any(
            base.decode_batch(fertility.encoded(base, rows))
            != tokenizer.decode_batch(fertility.encoded(tokenizer, rows))
            for rows in texts.values()
        ),
    }
    if wrong := [what for what, is_so in broken.items() if is_so]:
        raise PrepareError(f"the extended tokenizer is not sound: {'; '.join(wrong)}")


def info(extension: Extension, counted: Counted, settings: Settings) -> dict[str, Any]:
    """The record of an extension, for people and for add_lora."""
    chosen = next(point for point in extension.curve if point.pieces == len(extension.learnt.pieces))
    spread = Counter(len(str(times)) - 1 for times in extension.usage)
    return {
        "new_tokens": len(extension.learnt.pieces),
        "first_new_id": extension.first_id,
        "size": extension.first_id + len(extension.learnt.pieces),
        "verdict": {"pieces_worth_it": extension.verdict.pieces, "why": extension.verdict.why},
        "tokens_per_char": {
            domain: {"before": extension.curve[0].tokens_per_char[domain], "after": now}
            for domain, now in chosen.tokens_per_char.items()
        },
        "saved": chosen.saved,
        "curve": [asdict(point) for point in extension.curve],
        "held_out_chars": {domain: sum(map(len, texts)) for domain, texts in counted.held_out.items()},
        "benchmark_rows_left_out": counted.benchmark,
        "settings": asdict(settings),
        "words": {"types": counted.words.num_rows, "share_of_occurrences": counted.kept, "floor": counted.floor},
        "usage": {f"{10**power:,} to {10 ** (power + 1) - 1:,}": spread[power] for power in sorted(spread)},
        "made_of_old_ids": dict(zip(extension.learnt.pieces, extension.old_ids, strict=True)),
    }


def write(folder: Path, base: Path, extension: Extension, facts: dict[str, Any]) -> None:
    """Fill a folder that AutoTokenizer can load."""
    content = json.dumps(extension.content, ensure_ascii=False, indent=1)
    (folder / TOKENIZER).write_text(content + "\n", encoding="utf-8")
    (folder / PIECES).write_text("".join(piece + "\n" for piece in extension.learnt.pieces), encoding="utf-8")
    for name in COMPANIONS:
        if (base / name).is_file():
            shutil.copyfile(base / name, folder / name)
    fertility.plot(extension.curve, len(extension.learnt.pieces), folder / PLOT)
    results.write(folder / INFO, facts)
