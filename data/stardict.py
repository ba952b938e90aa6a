"""StarDict dictionaries, read as their format's document has it (StarDictFileFormat, 2.4.2 and 3.0.0).

A reader of our own, for those on the package index are under the GPL. Nothing is believed: counts, sizes and offsets
are checked against each other, and what unpacking may yield is bounded before it begins. A dictionary that contradicts
itself is refused whole; a text that does not end where it should costs its entry.

The document is in Debian's stardict-common; dictzip (``.dz``) is gzip with a table for seeking (RFC 1952, ``RA``).
"""

import gzip
import logging
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from data.stardict_info import Info, StarDictError, part, read_info

__all__ = ["MAX_BYTES", "Field", "Info", "Record", "StarDictError", "read_info", "records"]

log = logging.getLogger(__name__)

MAX_BYTES = 1 << 30
_WORD_BYTES = 256  # with the zero byte at its end; the document's limit
_DEFLATE_RATIO = 1032  # no deflate stream unpacks to more (zlib's technical notes)


class Field(NamedTuple):
    """A piece of an entry: its type (``m`` plain, ``h`` HTML ...; upper case is binary) and its bytes."""

    kind: str
    data: bytes


class Record(NamedTuple):
    """A word or a synonym and what it stands for; ``why`` says what is wrong with an entry that has no fields.

    ``row`` counts from 0: the words in the order of the index, then the synonyms.
    """

    row: int
    headword: bytes
    fields: tuple[Field, ...]
    why: str = ""


class _Word(NamedTuple):
    headword: bytes
    start: int
    end: int


def _needed(info: Info, ending: str) -> Path:
    path = part(info, ending)
    if path is None:
        raise StarDictError(f"{info.path}: no {info.path.stem}{ending} (or .gz, .dz) beside it")
    return path


def _unpack(path: Path, limit: int) -> bytes:
    """At most ``limit`` bytes of what the file holds, unpacked if it is packed."""
    try:
        with path.open("rb") as raw:
            if path.suffix not in {".gz", ".dz"}:
                return raw.read(limit)
            with gzip.GzipFile(fileobj=raw) as file:
                return file.read(limit)
    except (OSError, EOFError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise StarDictError(f"{path}: damaged or cut off ({error})") from error


def _affordable(path: Path, size: int, max_bytes: int) -> None:
    """Refuse to read more than was allowed, or more than the file can hold."""
    if size > max_bytes:
        raise StarDictError(f"{path}: {size:,} bytes declared, above --max_bytes {max_bytes:,}")
    packed = path.stat().st_size
    if size > packed * (_DEFLATE_RATIO if path.suffix in {".gz", ".dz"} else 1):
        raise StarDictError(f"{path}: cut off, or the index lies: {size:,} bytes declared, the file has {packed:,}")


def _listed(path: Path, data: bytes, width: int) -> Iterator[tuple[bytes, bytes]]:
    """The (word, number bytes) of an ``.idx`` or ``.syn``: each word ends in a zero byte, ``width`` bytes follow."""
    at = 0
    while at < len(data):
        stop = data.find(b"\0", at)
        if stop < 0 or stop + 1 + width > len(data):
            raise StarDictError(f"{path}: cut off in the word at byte {at:,}")
        yield data[at:stop], data[stop + 1 : stop + 1 + width]
        at = stop + 1 + width


def _warn_unsorted(path: Path, words: list[bytes]) -> None:
    """StarDict cannot look up in such a list; to us the order means nothing."""
    keys = [(word.lower(), word) for word in words]  # bytes.lower() knows ASCII only, as stardict_strcmp does
    wrong = next((place for place in range(1, len(keys)) if keys[place] < keys[place - 1]), None)
    if wrong is not None:
        log.warning("%s: not sorted (word %d); read all the same", path, wrong + 1)


def _read_index(info: Info, max_bytes: int) -> list[_Word]:
    path = _needed(info, ".idx")
    _affordable(path, info.idxfilesize, max_bytes)
    data = _unpack(path, info.idxfilesize + 1)
    if len(data) != info.idxfilesize:
        more = "more" if len(data) > info.idxfilesize else f"{len(data):,}"
        raise StarDictError(f"{path}: idxfilesize is {info.idxfilesize:,}, but the file has {more} bytes")
    numbers = struct.Struct(">QI" if info.offset_bits == 64 else ">II")
    words = []
    for headword, raw in _listed(path, data, numbers.size):
        start, size = numbers.unpack(raw)
        words.append(_Word(headword, start, start + size))
    if len(words) != info.wordcount:
        raise StarDictError(f"{path}: wordcount is {info.wordcount:,}, but the index has {len(words):,} words")
    _warn_unsorted(path, [word.headword for word in words])
    return words


def _read_synonyms(info: Info, max_bytes: int) -> list[tuple[bytes, int]]:
    path = part(info, ".syn")
    if path is None:
        if info.synwordcount:
            raise StarDictError(f"{info.path}: synwordcount is {info.synwordcount:,}, but there is no .syn file")
        return []
    limit = max_bytes if info.synwordcount is None else min(max_bytes, info.synwordcount * (_WORD_BYTES + 4))
    data = _unpack(path, limit + 1)
    if len(data) > limit:
        raise StarDictError(f"{path}: more than {limit:,} bytes, the most that synwordcount and --max_bytes allow")
    found = [(word, int.from_bytes(raw, "big")) for word, raw in _listed(path, data, 4)]
    if info.synwordcount is None:
        log.warning("%s: no synwordcount, but a .syn file of %d synonyms; they are read", info.path, len(found))
    elif len(found) != info.synwordcount:
        raise StarDictError(f"{path}: synwordcount is {info.synwordcount:,}, but the file has {len(found):,}")
    for place, (_, target) in enumerate(found):
        if target >= info.wordcount:
            raise StarDictError(f"{path}: synonym {place + 1} points to word {target + 1:,} of {info.wordcount:,}")
    _warn_unsorted(path, [word for word, _ in found])
    return found


def _read_texts(info: Info, words: list[_Word], max_bytes: int) -> bytes:
    """The ``.dict``, as far as the index points into it."""
    path = _needed(info, ".dict")
    size = max((word.end for word in words), default=0)
    _affordable(path, size, max_bytes)
    data = _unpack(path, size + 1)  # the byte after makes gzip compare its checksum
    if len(data) < size:
        far = next(place for place, word in enumerate(words) if word.end > len(data))
        raise StarDictError(f"{path}: has {len(data):,} bytes, but word {far + 1:,} ends at {words[far].end:,}")
    _warn_gaps(path, words, more=len(data) > size)
    return data


def _warn_gaps(path: Path, words: list[_Word], *, more: bool) -> None:
    """Bytes of no entry, or of two halves of entries: sizes may be wrong where nothing else shows it."""
    at = gaps = overlaps = 0
    for start, end in sorted({(word.start, word.end) for word in words}):
        gaps += max(0, start - at)
        overlaps += start < at
        at = max(at, end)
    if gaps or more:
        log.warning("%s: %d bytes%s belong to no entry", path, gaps, ", and those after the last one," if more else "")
    if overlaps:
        log.warning("%s: %d entries begin inside another one", path, overlaps)


def _fields(data: bytes, types: str) -> tuple[tuple[Field, ...], str]:
    """The fields of one entry, or what is wrong with it.

    With ``types`` (sametypesequence) no field has its type before it and the last one runs to the end; without, each
    begins with its type. A lower-case type ends in a zero byte, an upper-case one begins with its size.
    """
    fields: list[Field] = []
    at = 0
    while at < len(data) or len(fields) < len(types):
        last = len(fields) + 1 == len(types)
        kind = types[len(fields)] if types else chr(data[at])
        at += 0 if types else 1
        if not (kind.isascii() and kind.isalpha()):
            return (), f"byte 0x{ord(kind):02x} where the type of a field should be"
        stop = after = len(data)
        if kind.isupper() and not last:
            stop = after = at + 4 + int.from_bytes(data[at : at + 4], "big")
            at += 4
        elif kind.islower() and not last:
            stop = data.find(b"\0", at)
            after = stop + 1
        if not at <= stop <= len(data):
            return (), f"its field {len(fields) + 1} ({kind}) does not end inside the entry"
        body = data[at:stop]
        # Some writers end the last field of a text type too.
        fields.append(Field(kind, body.removesuffix(b"\0") if last and kind.islower() else body))
        at = after
    return tuple(fields), ""


def records(info: Info, *, max_bytes: int = MAX_BYTES) -> Iterator[Record]:
    """Every word, then every synonym with the fields of its word; StarDictError before the first if files disagree.

    At most ``max_bytes`` are unpacked from each of the files.
    """
    words = _read_index(info, max_bytes)
    synonyms = _read_synonyms(info, max_bytes)
    data = _read_texts(info, words, max_bytes)
    targets = [(word.headword, word) for word in words] + [(synonym, words[target]) for synonym, target in synonyms]
    for row, (headword, word) in enumerate(targets):
        yield Record(row, headword, *_fields(data[word.start : word.end], info.types))
