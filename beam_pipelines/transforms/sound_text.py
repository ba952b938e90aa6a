"""How every recipe begins: the text of a column is there, is UTF-8, and is in NFC."""

from functools import partial

import pyarrow as pa

from beam_pipelines.reasons import Reason
from beam_pipelines.text import unicode
from beam_pipelines.text.columns import set_column
from beam_pipelines.transforms.steps import Keep, Mask, Rewrite, Step, get_column


def unicode_of(column: str) -> str:
    """The name of the column that holds the :func:`unicode.status` of another."""
    return f"unicode of {column}"


def sound_text(column: str) -> list[Step]:
    """Drop what is null, missing or no UTF-8 as unreadable, and bring the rest to NFC."""
    return [
        Rewrite(partial(_measure, column)),
        Keep(Reason.UNREADABLE, partial(_is_valid, column)),
        Rewrite(partial(_to_nfc, column)),
    ]


def _measure(column: str, batch: pa.RecordBatch) -> pa.RecordBatch:
    if column not in batch.schema.names:
        batch = set_column(batch, column, pa.nulls(batch.num_rows, pa.large_string()))
    texts = batch.column(column)
    missing = None
    if texts.null_count:
        missing = texts.is_null().to_numpy(zero_copy_only=False)
        texts = texts.fill_null("")
        batch = set_column(batch, column, texts)
    status = unicode.status(texts)
    if missing is not None:
        status[missing] = unicode.INVALID
    return set_column(batch, unicode_of(column), status)


def _is_valid(column: str, batch: pa.RecordBatch) -> Mask:
    valid: Mask = get_column(batch, unicode_of(column)) != unicode.INVALID
    return valid


def _to_nfc(column: str, batch: pa.RecordBatch) -> pa.RecordBatch:
    return set_column(batch, column, unicode.nfc(batch.column(column), get_column(batch, unicode_of(column))))
