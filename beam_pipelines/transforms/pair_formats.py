"""The forms in which translation pairs come, beside the formats that hold any rows: tab-separated, and line-aligned.

Moses files are two texts of as many lines, ``name.en`` and ``name.ko``, where line n of one translates line n of the
other (as OPUS gives them). Tatoeba's exports are tab-separated: ``en ko attribution`` or ``id en id ko``.
"""

import io
import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from beam_pipelines.transforms import files
from beam_pipelines.transforms.formats import ROW_FORMATS
from beam_pipelines.transforms.line_formats import by_line, line_format, line_rows, lines, packed_lines
from beam_pipelines.transforms.spans import UNPACK, Format, Rows, Span

Unpack = Callable[[IO[bytes]], Any]
_BOM = b"\xef\xbb\xbf"
_HANGUL = re.compile("[\uac00-\ud7a3\u1100-\u11ff\u3131-\u318e]")


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode()


def _parse_tabs(line: bytes, columns: tuple[str, ...]) -> list[str | None]:
    """English and Korean of a tab-separated line, in whichever order they stand; columns of digits alone are ids."""
    fields = [field for field in _text(line).split("\t") if not field.strip().isdecimal()]
    if len(fields) < 2:
        raise ValueError("no two columns of text divided by a tab")
    first, second = fields[:2]
    korean_first = bool(_HANGUL.search(first)) and not _HANGUL.search(second)
    pair = dict(zip(("ko", "en") if korean_first else ("en", "ko"), (first, second), strict=True))
    return [pair.get(name) for name in columns]


def _parse_aligned(line: bytes, columns: tuple[str, ...]) -> list[str | None]:
    """A Korean line and the English line behind it, as :func:`_zipped` puts them together."""
    korean, english = line.split(b"\0", 1)
    pair = {"en": _text(english), "ko": _text(korean)}
    return [pair.get(name) for name in columns]


def _partner(path: str) -> str:
    """The English file beside a Korean one."""
    head, _, tail = path.rpartition(".ko")
    return f"{head}.en{tail}"


@contextmanager
def _opened(path: str, span: Span, unpack: Unpack | None) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The Korean and the English stream of a span."""
    if unpack is None:
        yield (
            io.BytesIO(files.read_range(path, span.start, span.end)),
            io.BytesIO(files.read_range(_partner(path), *span.inner)),
        )
        return
    with (
        files.open_read(path) as ko,
        files.open_read(_partner(path)) as en,
        unpack(ko) as korean,
        unpack(en) as english,
    ):
        yield korean, english


def _aligned(unpack: Unpack | None) -> Format:
    """Line-aligned files; compressed ones are one span."""

    def split(path: str, size: int, target: int) -> Iterator[Span]:
        partner = _partner(path)
        if not files.exists(partner):
            yield Span(0, size, 0, damage=f"no {files.name(partner)} beside it")
            return
        whole = Span(0, size, 0, inner=(0, files.size(partner)))
        if unpack is None:
            with files.open_read(path) as korean, files.open_read(partner) as english:
                spans, rows = _cut(korean, english, target)
        else:
            with _opened(path, whole, unpack) as (korean, english):
                _, rows = _cut(korean, english, target)
            spans = [whole._replace(rows=rows[0])]
        if rows[0] == rows[1]:
            yield from spans
        else:
            why = f"{rows[0]} lines, but {rows[1]} in {files.name(partner)}: not line-aligned"
            yield Span(0, size, 0, max(rows), damage=why)

    def read(path: str, span: Span, columns: tuple[str, ...]) -> Rows:
        with _opened(path, span, unpack) as (korean, english):
            # A NUL parts the two: it has no place in text, and of an empty pair of lines a row must stay.
            both = (
                ko.removesuffix(b"\n").replace(b"\0", b" ") + b"\0" + en.removesuffix(b"\n").removeprefix(_BOM) + b"\n"
                for ko, en in zip(lines(korean), lines(english), strict=True)
            )
            yield from line_rows(both, span, columns, by_line(_parse_aligned))

    return Format(split=split, read=read, partner=_partner)


def _cut(korean: IO[bytes], english: IO[bytes], target: int) -> tuple[list[Span], tuple[int, int]]:
    """Spans of about ``target`` Korean bytes, each with the English bytes of its lines, and the lines of both."""
    spans = []
    rows, start, at = [0, 0], [0, 0], [0, 0]
    first = 0
    for pair in itertools.zip_longest(korean, english):
        for side, line in enumerate(pair):
            if line is not None:
                rows[side] += 1
                at[side] += len(line)
        if at[0] - start[0] >= target:
            spans.append(Span(start[0], at[0], first, rows[0] - first, (start[1], at[1])))
            start, first = list(at), rows[0]
    if at[0] > start[0]:
        spans.append(Span(start[0], at[0], first, rows[0] - first, (start[1], at[1])))
    return spans, (rows[0], rows[1])


def _english_half(path: str, size: int, target: int) -> Iterator[Span]:
    """No spans: the rows come with the Korean file. Only a half that has no other is worth a word."""
    head, _, tail = path.rpartition(".en")
    if not files.exists(partner := f"{head}.ko{tail}"):
        yield Span(0, size, 0, damage=f"no {files.name(partner)} beside it")


def _nothing(path: str, span: Span, columns: tuple[str, ...]) -> Rows:
    return iter(())


_HALF = Format(split=_english_half, read=_nothing)

PAIR_FORMATS: dict[str, Format] = {
    **ROW_FORMATS,
    **dict.fromkeys((".tsv", ".txt"), line_format(by_line(_parse_tabs))),
    **{
        ending + packed: packed_lines(unpack, by_line(_parse_tabs))
        for ending in (".tsv", ".txt")
        for packed, unpack in UNPACK.items()
    },
    ".ko": _aligned(None),
    **{".ko" + packed: _aligned(unpack) for packed, unpack in UNPACK.items()},
    **dict.fromkeys((".en", *(".en" + packed for packed in UNPACK)), _HALF),
}
"""By the ending of a file's name."""
