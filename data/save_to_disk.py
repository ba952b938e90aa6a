"""How ``datasets.save_to_disk`` lays documents out: Arrow IPC stream shards beside two JSON files."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa


def schema_of(columns: dict[str, str]) -> pa.Schema:
    """The Arrow schema of ``{column: "string" | "int64"}``, with the metadata that ``datasets`` adds."""
    info = {"info": {"features": features(columns)}}
    types = {"string": pa.string(), "int64": pa.int64()}
    fields = [(name, types[kind]) for name, kind in columns.items()]
    return pa.schema(fields, metadata={"huggingface": json.dumps(info)})


def features(columns: dict[str, str]) -> dict[str, dict[str, str]]:
    """The columns as ``datasets`` describes them."""
    return {name: {"dtype": kind, "_type": "Value"} for name, kind in columns.items()}


def shard_name(number: int, shards: int) -> str:
    """The file name of one shard."""
    return f"data-{number:05d}-of-{shards:05d}.arrow"


def write_sidecars(folder: Path, columns: dict[str, str], *, shards: int, split: str | None) -> None:
    """``dataset_info.json`` and ``state.json``; the fingerprint is made of the columns, not of chance."""
    info = {"citation": "", "description": "", "features": features(columns), "homepage": "", "license": ""}
    state: dict[str, Any] = {
        "_data_files": [{"filename": shard_name(number, shards)} for number in range(shards)],
        "_fingerprint": hashlib.sha256(json.dumps(columns).encode()).hexdigest()[:16],
        "_format_columns": None,
        "_format_kwargs": {},
        "_format_type": None,
        "_output_all_columns": False,
        "_split": split,
    }
    for name, value in (("dataset_info.json", info), ("state.json", state)):
        (folder / name).write_text(json.dumps(value, indent=2, ensure_ascii=False), encoding="utf-8")


def save(
    folder: Path,
    rows: list[dict[str, Any]],
    columns: dict[str, str],
    *,
    shards: int,
    batch_rows: int,
    split: str | None,
) -> None:
    """All rows, in order, in ``shards`` files of almost equal length."""
    folder.mkdir(parents=True, exist_ok=True)
    schema = schema_of(columns)
    ends = [len(rows) * number // shards for number in range(shards + 1)]
    for number in range(shards):
        table = pa.Table.from_pylist(rows[ends[number] : ends[number + 1]], schema)
        with pa.ipc.new_stream(str(folder / shard_name(number, shards)), schema) as writer:
            writer.write_table(table, max_chunksize=batch_rows)
    write_sidecars(folder, columns, shards=shards, split=split)
