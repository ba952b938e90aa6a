"""The ``.ifo`` file of a StarDict dictionary and the files beside it (StarDictFileFormat, sections 1, 2 and 10)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_MAGIC = "StarDict's dict ifo file"
_OTHER_MAGIC = {
    "StarDict's treedict ifo file": "a tree dictionary, which holds no list of words",
    "StarDict's storage ifo file": "a storage of pictures and sounds, not a dictionary",
}
_VERSIONS = ("2.4.2", "3.0.0")
_IFO_BYTES = 1 << 20  # a page of text; nobody writes a longer one
_PACKED = (".dz", ".gz", "")  # StarDict itself looks for the packed file first


class StarDictError(ValueError):
    """The files are no StarDict dictionary, or do not agree with each other; says which and how."""


@dataclass(frozen=True)
class Info:
    """What the ``.ifo`` file says; ``notes`` are author, website, description and whatever else is there."""

    path: Path
    bookname: str
    wordcount: int
    synwordcount: int | None
    idxfilesize: int
    offset_bits: int
    types: str
    notes: Mapping[str, str]


def _number(path: Path, options: Mapping[str, str], name: str) -> int:
    text = options.get(name, "")
    if not re.fullmatch(r"[0-9]{1,19}", text):
        raise StarDictError(f"{path}: {name} is {text!r}, not a number" if text else f"{path}: no {name}")
    return int(text)


def read_info(path: Path) -> Info:
    """Read and check an ``.ifo`` file."""
    with path.open("rb") as file:
        data = file.read(_IFO_BYTES)
    try:
        magic, *lines = re.split(r"\r\n|\r|\n", data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise StarDictError(f"{path}: not a text file in UTF-8 ({error.reason} at byte {error.start})") from error
    if magic.strip() != _MAGIC:
        raise StarDictError(f"{path}: {_OTHER_MAGIC.get(magic.strip(), 'not the .ifo file of a StarDict dictionary')}")
    pairs = (line.partition("=") for line in lines if "=" in line)
    options = {key.strip(): value.strip() for key, _, value in pairs}
    version = options.pop("version", "none")
    if version not in _VERSIONS:
        raise StarDictError(f"{path}: version {version}, and only {' and '.join(_VERSIONS)} are known")
    bits = options.pop("idxoffsetbits", "32") if version == "3.0.0" else "32"
    if bits not in {"32", "64"}:
        raise StarDictError(f"{path}: idxoffsetbits is {bits!r}, neither 32 nor 64")
    types = options.pop("sametypesequence", "")
    if not re.fullmatch(r"[A-Za-z]*", types):
        raise StarDictError(f"{path}: sametypesequence is {types!r}, not letters")
    known = {"bookname", "wordcount", "synwordcount", "idxfilesize"}
    return Info(
        path=path,
        bookname=options.get("bookname", "") or path.stem,
        wordcount=_number(path, options, "wordcount"),
        synwordcount=_number(path, options, "synwordcount") if "synwordcount" in options else None,
        idxfilesize=_number(path, options, "idxfilesize"),
        offset_bits=int(bits),
        types=types,
        notes={key: value for key, value in options.items() if key not in known},
    )


def part(info: Info, ending: str) -> Path | None:
    """The ``.idx``, ``.dict`` or ``.syn`` file beside the ``.ifo``, packed or not."""
    names = (info.path.with_name(info.path.stem + ending + packed) for packed in _PACKED)
    return next((path for path in names if path.is_file()), None)


def digests(info: Info) -> dict[str, dict[str, object]]:
    """``{file name: {"bytes", "hash"}}`` of the files of a dictionary; the hash is XXH3-128."""
    import xxhash

    found = [info.path, *(path for ending in (".idx", ".dict", ".syn") if (path := part(info, ending)))]
    data = {path.name: path.read_bytes() for path in found}
    return {
        name: {"bytes": len(raw), "hash": f"xxh3_128:{xxhash.xxh3_128_hexdigest(raw)}"} for name, raw in data.items()
    }
