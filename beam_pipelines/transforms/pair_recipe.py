"""The recipe of the translation refiner: the rules of text/pairs.py as steps, and a pair written in both directions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy.typing as npt
import pyarrow as pa

from beam_pipelines.reasons import BY_NAME
from beam_pipelines.text import jsonl, pairs, pairs_keys
from beam_pipelines.text.columns import Bytes, Offsets
from beam_pipelines.text.fingerprint import FINGERPRINT
from beam_pipelines.text.pairs import EN, KO, SIDES, PairRules
from beam_pipelines.transforms import benchmark
from beam_pipelines.transforms.pair_formats import PAIR_FORMATS
from beam_pipelines.transforms.sound_text import sound_text
from beam_pipelines.transforms.steps import Keep, Mask, Recipe, Rewrite, Step

PAIR, KOREAN = "pair", "korean"


def _decide(stays: Callable[[pa.RecordBatch, PairRules], Mask], rules: PairRules, batch: pa.RecordBatch) -> Mask:
    return stays(batch, rules)


@dataclass(frozen=True, kw_only=True)
class Pairs(Recipe):
    """Make tidy, measure, then decide by one rule after the other."""

    columns = SIDES
    shown = (*SIDES, benchmark.COLUMN)
    formats = PAIR_FORMATS
    views = ("en_to_ko", "ko_to_en")
    unreadable = "a side is missing, null or not UTF-8"

    rules: PairRules = field(default_factory=PairRules)
    guard: bytes = b""

    def steps(self, source: str) -> list[Step]:
        """The same for every source."""
        rules = [Keep(BY_NAME[name], partial(_decide, stays, self.rules)) for name, stays in pairs.RULES]
        measured = [Rewrite(pairs.normalise), Rewrite(pairs.measure)]
        return [*sound_text(EN), *sound_text(KO), *measured, *rules, *benchmark.guarded(SIDES, self.guard)]

    def encode(self, batch: pa.RecordBatch) -> tuple[list[Bytes], Offsets]:
        """``{"en": ..., "ko": ...}`` and ``{"ko": ..., "en": ...}``, source language first."""
        english, korean = batch.column(EN), batch.column(KO)
        there, lengths = jsonl.encode_columns({EN: english, KO: korean})
        back, _ = jsonl.encode_columns({KO: korean, EN: english})
        return [there, back], lengths

    @property
    def marks(self) -> Mapping[str, npt.DTypeLike]:
        """Of pairs and of Korean sides."""
        return dict.fromkeys((PAIR, KOREAN), FINGERPRINT)

    def fingerprints(self, batch: pa.RecordBatch) -> list[npt.NDArray[Any]]:
        """Of the pair and of its Korean side, both without case, spaces and punctuation."""
        return list(pairs_keys.keys(batch.column(EN), batch.column(KO)))
