"""Every file format that is read, by the ending of a file's name: one table, and no format is known anywhere else.

The spans of a file tile it, so that their digests cover every byte. Rows are numbered as they stand in the file: from
0, by line in JSON Lines, and by stream in a dump that is a chain of them.
"""

import contextlib
from collections.abc import Mapping

from beam_pipelines.transforms import files
from beam_pipelines.transforms.dump_formats import MULTISTREAM, dump
from beam_pipelines.transforms.line_formats import line_format, packed_lines, parse_json
from beam_pipelines.transforms.spans import UNPACK, Format
from beam_pipelines.transforms.table_formats import ARROW, PARQUET

_LINE_ENDINGS = (".jsonl", ".ndjson", ".json")

FORMATS: dict[str, Format] = {
    ".arrow": ARROW,
    ".parquet": PARQUET,
    **dict.fromkeys(_LINE_ENDINGS, line_format(parse_json)),
    **{line + packed: packed_lines(unpack, parse_json) for line in _LINE_ENDINGS for packed, unpack in UNPACK.items()},
    ".xml": dump(contextlib.nullcontext),
    **{".xml" + packed: dump(unpack) for packed, unpack in UNPACK.items()},
    ".xml.bz2": MULTISTREAM,
}
"""By the ending of a file's name."""

ROW_FORMATS = {ending: form for ending, form in FORMATS.items() if not ending.startswith(".xml")}
"""Those that hold rows of any columns."""


def ending_of(path: str, formats: Mapping[str, Format] = FORMATS) -> str | None:
    """The longest key of ``formats`` that a file name ends in, None when we do not know the format."""
    name = files.name(path).lower()
    return max((ending for ending in formats if name.endswith(ending)), key=len, default=None)
