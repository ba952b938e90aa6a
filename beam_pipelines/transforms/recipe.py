"""The recipe of the main job: what is done to a document from the raw page to the line that is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from beam_pipelines.reasons import Reason
from beam_pipelines.text import adult, facts, fingerprint, jsonl, measures, numbers_stated, shingles, unicode
from beam_pipelines.text.cleaners import CLEANERS
from beam_pipelines.text.columns import Bytes, Offsets, set_column
from beam_pipelines.text.fingerprint import FINGERPRINT
from beam_pipelines.transforms import benchmark, distributions, quality, repeated
from beam_pipelines.transforms.formats import FORMATS
from beam_pipelines.transforms.sound_text import sound_text, unicode_of
from beam_pipelines.transforms.steps import FACTS, Keep, Mask, Recipe, Rewrite, Step, get_column

TEXT, NAMESPACE, BANDS = "text", "namespace", "bands"


def _is_article(batch: pa.RecordBatch) -> Mask:
    if NAMESPACE not in batch.schema.names:
        return np.ones(batch.num_rows, np.bool_)
    return pc.is_in(batch.column(NAMESPACE), pa.array(["0", "", None], batch.column(NAMESPACE).type)).to_numpy(
        zero_copy_only=False
    )


def _is_no_redirect(source: str, batch: pa.RecordBatch) -> Mask:
    redirects = CLEANERS[source].redirects
    if redirects is None:
        return np.ones(batch.num_rows, np.bool_)
    return ~redirects(batch.column(TEXT)).to_numpy(zero_copy_only=False)


def _clean(source: str, batch: pa.RecordBatch) -> pa.RecordBatch:
    cleaner = CLEANERS[source]
    raw = batch.column(TEXT)
    tally = facts.new_tally(batch.num_rows)
    texts = cleaner.clean(raw, tally)
    # Taking markup out can bring a letter and its combining mark together: NFC once more, where there is any.
    texts = unicode.nfc(texts, None if cleaner.decodes else get_column(batch, unicode_of(TEXT)))
    return set_column(set_column(batch, TEXT, texts), FACTS, facts.balance(raw, tally, texts))


def _count(batch: pa.RecordBatch) -> pa.RecordBatch:
    counts = measures.count(batch.column(TEXT))
    return set_column(set_column(batch, "chars", counts.chars), "korean_ratio", counts.korean_ratio)


def _at_least(column: str, least: float, batch: pa.RecordBatch) -> Mask:
    return get_column(batch, column) >= least


def _is_decent(batch: pa.RecordBatch) -> Mask:
    return ~adult.find_adult(batch.column(TEXT), chars=get_column(batch, "chars"))


@dataclass(frozen=True, kw_only=True)
class Documents(Recipe):
    """Clean, then measure, then decide."""

    columns = (TEXT, NAMESPACE)
    shown = (TEXT, benchmark.COLUMN, quality.COLUMN)
    formats = FORMATS
    views = ("documents",)
    unreadable = "the text is null or not UTF-8"

    min_chars: int = 100
    min_korean_ratio: float = 0.1
    adult_filter: bool = True
    near: bool = False
    """Whether near-duplicates will be looked for."""
    guard: bytes = b""
    measures: bool = False
    cutoffs: tuple[quality.Cutoff, ...] = ()
    """Of the measures, which are then taken anyway."""
    lines: bool = False
    """Whether repeated lines will be looked for."""

    def steps(self, source: str) -> list[Step]:
        """The recipe for one source."""
        steps: list[Step] = [
            *sound_text(TEXT),
            Keep(Reason.NAMESPACE, _is_article),
            Keep(Reason.REDIRECT, partial(_is_no_redirect, source)),
            Rewrite(partial(_clean, source)),
        ]
        return [*steps, *self.decisions()]

    def decisions(self) -> list[Step]:
        """What is measured and decided of a cleaned text."""
        steps: list[Step] = [
            Rewrite(_count),
            Keep(Reason.TOO_SHORT, partial(_at_least, "chars", self.min_chars)),
            Keep(Reason.LOW_KOREAN, partial(_at_least, "korean_ratio", self.min_korean_ratio)),
        ]
        if self.adult_filter:
            steps.append(Keep(Reason.ADULT, _is_decent))
        steps += benchmark.guarded([TEXT], self.guard)
        return [*steps, *quality.measured(TEXT, self.cutoffs)] if self.measures or self.cutoffs else steps

    def encode(self, batch: pa.RecordBatch) -> tuple[list[Bytes], Offsets]:
        """``{"text": ...}``."""
        lines, lengths = jsonl.encode(batch.column(TEXT))
        return [lines], lengths

    @property
    def marks(self) -> Mapping[str, npt.DTypeLike]:
        """Of the cleaned text: the whole of it, its bands, and its lines."""
        bands: Mapping[str, npt.DTypeLike] = {BANDS: (np.int64, shingles.BANDS)} if self.near else {}
        return {TEXT: FINGERPRINT, **bands, **(repeated.MARKS if self.lines else {})}

    def fingerprints(self, batch: pa.RecordBatch) -> list[npt.NDArray[Any]]:
        """One for each of ``marks``."""
        texts = batch.column(TEXT)
        bands = [shingles.band_keys(texts, numbers_stated.figure_keys(texts))] if self.near else []
        return [fingerprint.fingerprints(texts), *bands, *(repeated.fingerprints(texts) if self.lines else [])]

    def histograms(self, batch: pa.RecordBatch) -> Mapping[str, npt.NDArray[np.int64]]:
        """Of lengths and Korean ratios, and of the measures of quality where they are taken."""
        return {**distributions.histograms(batch), **quality.histograms(batch)}
