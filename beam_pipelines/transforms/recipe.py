"""What is done to a batch of documents, step by step. A step measures, rewrites or keeps; only the base counts.

A batch has the columns ``text`` and ``row``; measures add columns of their own, on which keeping decides.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from beam_pipelines.reasons import Reason
from beam_pipelines.text import adult, measures, unicode
from beam_pipelines.text.cleaners import CLEANERS

TEXT, NAMESPACE = "text", "namespace"
COLUMNS = (TEXT, NAMESPACE)
"""What is read from every input, the first of them needed."""

Mask = npt.NDArray[np.bool_]


class Rewrite(NamedTuple):
    """Batch in, batch of the same rows out."""

    apply: Callable[[pa.RecordBatch], pa.RecordBatch]


class Keep(NamedTuple):
    """Rows where ``test`` is false are dropped with the reason."""

    reason: Reason
    test: Callable[[pa.RecordBatch], Mask]


Step = Rewrite | Keep


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The thresholds of the filters: plain values, as the user gave them."""

    min_chars: int = 100
    min_korean_ratio: float = 0.1
    adult_filter: bool = True


def _set(batch: pa.RecordBatch, name: str, values: pa.Array | npt.NDArray[Any]) -> pa.RecordBatch:
    column = values if isinstance(values, pa.Array) else pa.array(values)
    place = batch.schema.get_field_index(name)
    return batch.append_column(name, column) if place < 0 else batch.set_column(place, name, column)


def _get(batch: pa.RecordBatch, name: str) -> Any:
    return batch.column(name).to_numpy(zero_copy_only=False)


def _measure_unicode(batch: pa.RecordBatch) -> pa.RecordBatch:
    texts = batch.column(TEXT)
    missing = None
    if texts.null_count:
        missing = texts.is_null().to_numpy(zero_copy_only=False)
        texts = texts.fill_null("")
        batch = _set(batch, TEXT, texts)
    status = unicode.status(texts)
    if missing is not None:
        status[missing] = unicode.INVALID
    return _set(batch, "unicode", status)


def _is_valid(batch: pa.RecordBatch) -> Mask:
    return _get(batch, "unicode") != unicode.INVALID


def _is_article(batch: pa.RecordBatch) -> Mask:
    if NAMESPACE not in batch.schema.names:
        return np.ones(batch.num_rows, np.bool_)
    return pc.is_in(batch.column(NAMESPACE), pa.array(["0", "", None], batch.column(NAMESPACE).type)).to_numpy(
        zero_copy_only=False
    )


def _to_nfc(batch: pa.RecordBatch) -> pa.RecordBatch:
    return _set(batch, TEXT, unicode.nfc(batch.column(TEXT), _get(batch, "unicode")))


def _is_no_redirect(source: str, batch: pa.RecordBatch) -> Mask:
    redirects = CLEANERS[source].redirects
    if redirects is None:
        return np.ones(batch.num_rows, np.bool_)
    return ~redirects(batch.column(TEXT)).to_numpy(zero_copy_only=False)


def _clean(source: str, batch: pa.RecordBatch) -> pa.RecordBatch:
    cleaner = CLEANERS[source]
    texts = cleaner.clean(batch.column(TEXT))
    # Taking markup out can bring a letter and its combining mark together: NFC once more, where there is any.
    return _set(batch, TEXT, unicode.nfc(texts, None if cleaner.decodes else _get(batch, "unicode")))


def _count(batch: pa.RecordBatch) -> pa.RecordBatch:
    counts = measures.count(batch.column(TEXT))
    return _set(_set(batch, "chars", counts.chars), "korean_ratio", counts.korean_ratio)


def _at_least(column: str, least: float, batch: pa.RecordBatch) -> Mask:
    return _get(batch, column) >= least


def _is_decent(batch: pa.RecordBatch) -> Mask:
    return ~adult.is_adult(adult.measure(batch.column(TEXT)), chars=_get(batch, "chars"))


def steps(source: str, rules: Rules) -> list[Step]:
    """The recipe for one source, in order."""
    recipe: list[Step] = [
        Rewrite(_measure_unicode),
        Keep(Reason.UNREADABLE, _is_valid),
        Rewrite(_to_nfc),
        Keep(Reason.NAMESPACE, _is_article),
        Keep(Reason.REDIRECT, partial(_is_no_redirect, source)),
        Rewrite(partial(_clean, source)),
        Rewrite(_count),
        Keep(Reason.TOO_SHORT, partial(_at_least, "chars", rules.min_chars)),
        Keep(Reason.LOW_KOREAN, partial(_at_least, "korean_ratio", rules.min_korean_ratio)),
    ]
    return [*recipe, Keep(Reason.ADULT, _is_decent)] if rules.adult_filter else recipe


def run(recipe: Sequence[Step], batch: pa.RecordBatch) -> Iterator[tuple[Reason | None, pa.RecordBatch]]:
    """Each dropped group of rows with its reason, in the order of the steps, and at last (None, what is kept).

    Rows are taken out only before the next rewriting and at the end: each time copies the text of those that stay.
    """
    alive = np.ones(batch.num_rows, np.bool_)
    for step in recipe:
        if isinstance(step, Rewrite):
            batch, alive = _without(batch, alive)
            if batch.num_rows == 0:
                break
            batch = step.apply(batch)
            continue
        lost = alive & ~step.test(batch)
        if lost.any():
            yield step.reason, batch.filter(pa.array(lost))
            alive &= ~lost
    yield None, _without(batch, alive)[0]


def _without(batch: pa.RecordBatch, alive: Mask) -> tuple[pa.RecordBatch, Mask]:
    if alive.all():
        return batch, alive
    batch = batch.filter(pa.array(alive))
    return batch, np.ones(batch.num_rows, np.bool_)
