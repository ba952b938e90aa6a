"""Arrow IPC (stream and file) and Parquet: tables of which spans are runs of record batches or row groups."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from beam_pipelines.text.columns import offsets_of
from beam_pipelines.transforms import arrow_stream, files
from beam_pipelines.transforms.spans import ROW, Format, Rows, Span, Unreadable

PARQUET_ROWS = 256


def _holds_strings(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _sound(column: pa.Array) -> pa.Array:
    """A string column whose offsets can be trusted by a kernel; raises ArrowInvalid when they lie."""
    if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
        column = column.cast(pa.large_string())
    column.validate()
    if (np.diff(offsets_of(column)) < 0).any():
        raise pa.ArrowInvalid("string offsets that run backwards")
    return column


def _unnested(batch: pa.RecordBatch, needed: str) -> pa.RecordBatch:
    """The fields of the struct column that holds the needed one, where the table itself does not have it."""
    if needed in batch.schema.names:
        return batch
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if pa.types.is_struct(field.type) and field.type.get_field_index(needed) >= 0:
            return pa.RecordBatch.from_arrays(column.flatten(), [inner.name for inner in field.type])
    return batch


def _table_rows(batch: pa.RecordBatch, first_row: int, columns: tuple[str, ...]) -> pa.RecordBatch | Unreadable:
    """The wanted columns as strings, with their row numbers."""
    batch = _unnested(batch, columns[0])
    names, needed, why = batch.schema.names, columns[0], ""
    if needed not in names:
        why = f"no column {needed!r}; it has {', '.join(names)}"
    elif not _holds_strings(batch.schema.field(needed).type):
        why = f"column {needed!r} holds {batch.schema.field(needed).type}, not strings"
    if why:
        return Unreadable(first_row, why, rows=batch.num_rows)
    found = [name for name in columns if name in names]
    try:
        arrays = [_sound(batch.column(name)) for name in found]
    except (pa.ArrowException, OSError) as error:
        return Unreadable(first_row, f"damaged record batch: {error}", rows=batch.num_rows)
    rows = pa.array(np.arange(first_row, first_row + batch.num_rows))
    return pa.RecordBatch.from_arrays([rows, *arrays], [ROW, *found])


# Arrow IPC, stream and file


def _split_arrow(path: str, size: int, target: int) -> Iterator[Span]:
    layout = arrow_stream.walk(lambda start, end: files.read_range(path, start, end), size)
    start = row = first_row = first = 0
    for place, batch in enumerate(layout.batches, 1):
        row += batch.rows
        # Batches that lean on dictionaries can only be read in one go.
        if batch.end - start >= target and place < len(layout.batches) and not layout.dictionaries:
            yield Span(start, batch.end, first_row, row - first_row, (first, place), layout.schema)
            start, first_row, first = batch.end, row, place
    end = layout.end if layout.damage else size
    yield Span(start, end, first_row, row - first_row, (first, len(layout.batches)), layout.schema)
    if layout.damage:
        yield Span(layout.end, size, row, layout.lost_rows, damage=layout.damage)


def _read_arrow(path: str, span: Span, columns: tuple[str, ...]) -> Rows:
    head = files.read_range(path, *span.schema)
    body = pa.py_buffer(files.read_range(path, max(span.start, span.schema[1]), span.end))
    schema = pa.ipc.read_schema(pa.py_buffer(head))
    if any(pa.types.is_dictionary(field.type) for field in schema):
        batches = iter(pa.ipc.open_stream(pa.py_buffer(head + body.to_pybytes())))
    else:
        messages = pa.ipc.MessageReader.open_stream(body)
        batches = (pa.ipc.read_record_batch(message, schema) for message in messages)
    row = span.first_row
    for _ in range(*span.inner):
        try:
            batch = next(batches)
        except (pa.ArrowException, OSError, StopIteration) as error:
            yield Unreadable(row, f"damaged record batch: {error}", rows=span.first_row + span.rows - row)
            return
        yield _table_rows(batch, row, columns)
        row += batch.num_rows


# Parquet


def _split_parquet(path: str, size: int, target: int) -> Iterator[Span]:
    with files.open_read(path) as file:
        metadata = pq.ParquetFile(file).metadata
    groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
    starts = [
        min(
            chunk.dictionary_page_offset or chunk.data_page_offset
            for chunk in map(group.column, range(group.num_columns))
        )
        for group in groups
    ]
    start = row = first_row = first = 0
    for place, group in enumerate(groups, 1):
        row += group.num_rows
        if place < len(groups) and starts[place] - start >= target:
            yield Span(start, starts[place], first_row, row - first_row, (first, place))
            start, first_row, first = starts[place], row, place
    yield Span(start, size, first_row, row - first_row, (first, len(groups)))


def _read_parquet(path: str, span: Span, columns: tuple[str, ...]) -> Rows:
    row = span.first_row
    with files.open_read(path) as file:
        try:
            parquet = pq.ParquetFile(file)
            names = [name for name in columns if name in parquet.schema_arrow.names]
            for batch in parquet.iter_batches(PARQUET_ROWS, row_groups=range(*span.inner), columns=names or None):
                yield _table_rows(batch, row, columns)
                row += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            yield Unreadable(row, f"damaged row group: {error}", rows=span.first_row + span.rows - row)


ARROW = Format(split=_split_arrow, read=_read_arrow)
PARQUET = Format(split=_split_parquet, read=_read_parquet)
