"""The StarDict reader: every variant reads back, and files that lie are refused before they cost anything."""

import gzip
import logging
import struct
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.stardict import Field, Record, StarDictError, read_info, records
from data.stardict_info import digests
from tests.data.stardict_files import PLAIN, Entry, Variant, dictzip, plain, write

WORD = st.binary(max_size=12).map(lambda data: data.replace(b"\0", b"."))
BYTES = st.binary(max_size=40)
ENTRIES = plain([("고혈압", "hypertension"), ("당뇨병", "diabetes mellitus\n< 5 mg"), ("열", "fever")])


@st.composite
def fields(draw: st.DrawFn, kinds: str) -> tuple[Field, ...]:
    """A field of each of the kinds; text ends at its first zero byte, so it holds none."""
    return tuple(Field(kind, draw(BYTES if kind.isupper() else WORD)) for kind in kinds)


@st.composite
def dictionaries(draw: st.DrawFn) -> tuple[list[Entry], Variant, list[tuple[bytes, int]]]:
    """Entries, how to write them, and synonyms of them."""
    version, bits = draw(st.sampled_from([("2.4.2", 32), ("3.0.0", 32), ("3.0.0", 64)]))
    variant = Variant(
        version,
        bits,
        draw(st.sampled_from([".idx", ".idx.gz"])),
        draw(st.sampled_from([".dict", ".dict.dz"])),
        draw(st.sampled_from(["", "m", "g", "h", "x", "t", "tm", "W", "mW", "tPm", "wkyl"])),
        draw(st.sampled_from(["\n", "\r\n", "\r"])),
        draw(st.booleans()),
    )
    kinds = st.just(variant.types) if variant.types else st.text("mghtxkwylnrWPX", max_size=4)
    entries = draw(st.lists(st.tuples(WORD, kinds.flatmap(fields)), max_size=6))
    targets = st.integers(0, max(0, len(entries) - 1))
    return entries, variant, draw(st.lists(st.tuples(WORD, targets), max_size=4 if entries else 0))


@given(dictionaries())
def test_every_variant_reads_back(dictionary: tuple[list[Entry], Variant, list[tuple[bytes, int]]]) -> None:
    entries, variant, synonyms = dictionary
    with tempfile.TemporaryDirectory() as folder:
        info = read_info(write(Path(folder), entries, variant, synonyms=synonyms, author="누구"))
        found = list(records(info))
    assert (info.bookname, info.wordcount, info.types) == ("사전", len(entries), variant.types)
    assert info.notes == {"author": "누구"}
    wanted = entries + [(word, entries[target][1]) for word, target in synonyms]
    assert found == [Record(row, word, pieces) for row, (word, pieces) in enumerate(wanted)]


def test_offsets_beyond_32_bits_are_read_as_such(tmp_path: Path) -> None:
    path = write(tmp_path, ENTRIES, Variant("3.0.0", 64, types="m"))
    index = tmp_path / "사전.idx"
    data = index.read_bytes()
    index.write_bytes(data[:-12] + struct.pack(">QI", 1 << 40, 5))
    with pytest.raises(StarDictError, match="1,099,511,627,781 bytes declared"):
        list(records(read_info(path)))
    # What 2.4.2 calls idxoffsetbits is no option of that version.
    write(tmp_path, ENTRIES, PLAIN, idxoffsetbits=64)
    assert len(list(records(read_info(path)))) == 3


def _ifo(old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "사전.ifo"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return change


def _bytes(ending: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        path = folder / f"사전{ending}"
        path.write_bytes(change(path.read_bytes()))

    return apply


LIES = {
    "no magic": (_ifo("StarDict's dict", "Somebody's dict"), "not the .ifo file of a StarDict dictionary"),
    "tree": (_ifo("StarDict's dict", "StarDict's treedict"), "a tree dictionary"),
    "version": (_ifo("version=3.0.0", "version=3.0.1"), "version 3.0.1, and only 2.4.2 and 3.0.0"),
    "bits": (_ifo("idxoffsetbits=64", "idxoffsetbits=16"), "idxoffsetbits is '16'"),
    "types": (_ifo("sametypesequence=m", "sametypesequence=m1"), "sametypesequence is 'm1'"),
    "no wordcount": (_ifo("wordcount=3\nidx", "idx"), "no wordcount"),
    "negative wordcount": (_ifo("wordcount=3\nidx", "wordcount=-3\nidx"), "wordcount is '-3', not a number"),
    "fewer words": (_ifo("wordcount=3\nidx", "wordcount=2\nidx"), "wordcount is 2, but the index has 3"),
    "more words": (_ifo("wordcount=3\nidx", "wordcount=4\nidx"), "wordcount is 4, but the index has 3"),
    "smaller index": (_ifo("idxfilesize=60", "idxfilesize=59"), "idxfilesize is 59, but the file has more"),
    "bigger index": (_ifo("idxfilesize=60", "idxfilesize=61"), "idxfilesize is 61, but the file has 60"),
    "huge index": (_ifo("idxfilesize=60", "idxfilesize=99999999999"), "above --max_bytes"),
    "fewer synonyms": (_ifo("synwordcount=2", "synwordcount=1"), "synwordcount is 1, but the file has 2"),
    "more synonyms": (_ifo("synwordcount=2", "synwordcount=3"), "synwordcount is 3, but the file has 2"),
    "no synonyms at all": (_ifo("synwordcount=2", "synwordcount=0"), "more than 0 bytes"),
    "no .syn": (lambda folder: (folder / "사전.syn").unlink(), "synwordcount is 2, but there is no .syn file"),
    "no .idx": (lambda folder: (folder / "사전.idx.gz").unlink(), "no 사전.idx"),
    "no .dict": (lambda folder: (folder / "사전.dict.dz").unlink(), "no 사전.dict"),
    "synonym of nothing": (_bytes(".syn", lambda data: data[:-1] + b"\3"), "synonym 2 points to word 4 of 3"),
    "cut .syn": (_bytes(".syn", lambda data: data[:-1]), "cut off in the word at byte"),
    "cut .idx.gz": (_bytes(".idx.gz", lambda data: data[:-9]), "damaged or cut off"),
    "cut .dict.dz": (_bytes(".dict.dz", lambda data: data[:-9]), "damaged or cut off"),
    "wrong checksum": (_bytes(".dict.dz", lambda data: data[:-8] + bytes(4) + data[-4:]), "damaged or cut off"),
    "not packed": (_bytes(".dict.dz", lambda data: b"diabetes" * 20), "damaged or cut off"),
    "shorter texts": (_bytes(".dict.dz", lambda data: dictzip(b"short")), "has 5 bytes, but word 1 ends at 12"),
    "cut word list": (
        _bytes(".idx.gz", lambda data: gzip.compress(gzip.decompress(data)[:-1])),
        "idxfilesize is 60, but the file has 59",
    ),
    "word without end": (
        _bytes(".idx.gz", lambda data: gzip.compress(gzip.decompress(data).replace(b"\0", b"\1"))),
        "cut off in the word at byte 0",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_files_that_do_not_agree_are_refused(lie: str, tmp_path: Path) -> None:
    variant = Variant("3.0.0", 64, ".idx.gz", ".dict.dz", "m")
    path = write(tmp_path, ENTRIES, variant, synonyms=[("당뇨".encode(), 1), ("혈압".encode(), 0)])
    assert len(list(records(read_info(path)))) == 5
    damage, message = LIES[lie]
    damage(tmp_path)
    with pytest.raises(StarDictError, match=message) as failure:
        list(records(read_info(path)))
    assert str(tmp_path / "사전") in str(failure.value)


@pytest.mark.parametrize("ending", [".idx.gz", ".dict.dz"])
def test_what_a_packed_file_may_yield_is_bounded_by_what_was_declared(ending: str, tmp_path: Path) -> None:
    path = write(tmp_path, ENTRIES, Variant(index=".idx.gz", texts=".dict.dz", types="m"))
    bomb = gzip.compress(bytes(64 << 20))
    (tmp_path / f"사전{ending}").write_bytes(bomb)
    tracemalloc.start()
    try:
        if ending == ".idx.gz":
            with pytest.raises(StarDictError, match="the file has more bytes"):
                list(records(read_info(path)))
        else:
            assert len(list(records(read_info(path)))) == 3
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
    finally:
        tracemalloc.stop()


def test_an_index_that_asks_for_more_than_the_file_can_hold_is_refused_unread(tmp_path: Path) -> None:
    path = write(tmp_path, ENTRIES, Variant(texts=".dict.dz", types="m"))
    index = tmp_path / "사전.idx"
    index.write_bytes(index.read_bytes()[:-4] + struct.pack(">I", 900_000_000))
    with pytest.raises(StarDictError, match="cut off, or the index lies"):
        list(records(read_info(path)))
    with pytest.raises(StarDictError, match="above --max_bytes 1,000"):
        list(records(read_info(path), max_bytes=1_000))


@given(st.data())
def test_damage_anywhere_is_an_error_or_is_read_in_full(data: st.DataObject) -> None:
    """Nothing but StarDictError, and never a word less than the .ifo counts."""
    with tempfile.TemporaryDirectory() as folder:
        variant = data.draw(st.sampled_from([PLAIN, Variant("3.0.0", 64, ".idx.gz", ".dict.dz", ""), Variant()]))
        path = write(Path(folder), ENTRIES, variant, synonyms=[(b"a", 0)])
        target = data.draw(st.sampled_from(sorted(Path(folder).iterdir())))
        raw = bytearray(target.read_bytes())
        place = data.draw(st.integers(0, len(raw) - 1))
        if data.draw(st.booleans()):
            raw[place] = data.draw(st.integers(0, 255))
        else:
            del raw[place:]
        target.write_bytes(raw)
        try:
            info = read_info(path)
            found = list(records(info))
        except StarDictError:
            return
        assert [record.row for record in found] == list(range(info.wordcount + 1))


@pytest.mark.parametrize(
    ("block", "why"),
    [
        (b"mfever", "its field 1 (m) does not end inside the entry"),
        (b"mfever\0W\0\0\0\x09abc", "its field 2 (W) does not end inside the entry"),
        (b"mfever\0W\0", "its field 2 (W) does not end inside the entry"),
        (b"mfever\0\x07", "byte 0x07 where the type of a field should be"),
    ],
)
def test_a_text_that_does_not_end_costs_its_entry_only(block: bytes, why: str, tmp_path: Path) -> None:
    entries = [(b"a", (Field("m", b"kept"),)), (b"b", (Field("m", b"?" * (len(block) - 2)),))]
    path = write(tmp_path, entries, Variant())
    texts = tmp_path / "사전.dict"
    texts.write_bytes(texts.read_bytes()[: -len(block)] + block)
    assert list(records(read_info(path))) == [Record(0, b"a", (Field("m", b"kept"),)), Record(1, b"b", (), why)]


def test_oddities_are_read_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write(tmp_path, plain([("b", "두통"), ("A", "열")]), PLAIN, synonyms=[(b"y", 1), (b"x", 0)])
    _ifo("synwordcount=2\n", "")(tmp_path)
    (tmp_path / "사전.dict").write_bytes((tmp_path / "사전.dict").read_bytes() + b"more")
    with caplog.at_level(logging.WARNING):
        assert [record.headword for record in records(read_info(path))] == [b"b", b"A", b"y", b"x"]
    said = caplog.text
    assert said.count("not sorted (word 2)") == 2
    assert "no synwordcount, but a .syn file of 2 synonyms" in said
    assert "those after the last one, belong to no entry" in said


def test_halves_of_entries_are_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write(tmp_path, plain([("a", "500 mg"), ("b", "열")]))
    index = tmp_path / "사전.idx"
    raw = index.read_bytes()
    index.write_bytes(raw[:2] + struct.pack(">II", 0, 3) + raw[10:])
    assert next(iter(records(read_info(path)))).fields == (Field("m", b"500"),)
    assert "3 bytes belong to no entry" in caplog.text
    index.write_bytes(raw[:2] + struct.pack(">II", 0, 7) + raw[10:])
    list(records(read_info(path)))
    assert "1 entries begin inside another one" in caplog.text


def test_digests_name_every_file(tmp_path: Path) -> None:
    info = read_info(write(tmp_path, ENTRIES, Variant(texts=".dict.dz", types="m"), synonyms=[(b"a", 0)]))
    found = digests(info)
    assert sorted(found) == ["사전.dict.dz", "사전.idx", "사전.ifo", "사전.syn"]
    assert all(len(str(entry["hash"])) == len("xxh3_128:") + 32 for entry in found.values())
