"""Pages of a MediaWiki XML dump."""

import bz2
import random
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beam_pipelines.transforms import bz2_streams
from beam_pipelines.transforms.formats import FORMATS
from beam_pipelines.transforms.mediawiki_dump import DumpError, Page, pages
from beam_pipelines.transforms.spans import Span, Unreadable

HEAD = (
    '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="ko">\n'
    '<siteinfo><sitename>시험</sitename><namespaces><namespace key="0" /></namespaces></siteinfo>\n'
)
TAIL = "</mediawiki>\n"


def page(number: int, title: str, text: str, namespace: int = 0, extra: str = "") -> str:
    return (
        f"<page><title>{title}</title><ns>{namespace}</ns><id>{number}</id>{extra}"
        f"<revision><id>{number + 1000}</id><contributor><username>가</username><id>7</id></contributor>"
        f'<text bytes="9" xml:space="preserve">{text}</text></revision></page>\n'
    )


def stream(*parts: str) -> Iterator[tuple[int, bytes]]:
    yield 0, "".join(parts).encode()


def test_fields() -> None:
    dump = stream(
        HEAD,
        page(1, "고혈압 &amp; 심장", "'''고혈압'''은 140/90 mmHg &lt;ref&gt;가&lt;/ref&gt;\n 이상"),
        page(2, "혈압", "#넘겨주기 [[고혈압]]", extra='<redirect title="고혈압" />'),
        page(3, "틀:약", "<![CDATA[{{{1}}}]]>", namespace=10),
        page(4, "빈 문서", ""),
        TAIL,
    )
    assert list(pages(dump)) == [
        Page(0, 1, 0, "고혈압 & 심장", False, "'''고혈압'''은 140/90 mmHg <ref>가</ref>\n 이상"),
        Page(1, 2, 0, "혈압", True, "#넘겨주기 [[고혈압]]"),
        Page(2, 3, 10, "틀:약", False, "{{{1}}}"),
        Page(3, 4, 0, "빈 문서", False, ""),
    ]


def test_the_last_revision_counts() -> None:
    revisions = "".join(f"<revision><id>{k}</id><text>{k}판</text></revision>" for k in (1, 2))
    dump = stream(HEAD, f"<page><title>가</title><ns>0</ns><id>5</id>{revisions}</page>", TAIL)
    assert [p.text for p in pages(dump)] == ["2판"]


@pytest.mark.parametrize("cut", [30, 90, 200])
def test_a_truncated_dump_gives_whole_pages_and_names_the_one_that_breaks(cut: int) -> None:
    whole = (HEAD + page(1, "천식", "폐의 병") + page(2, "당뇨병", "혈당의 병")).encode()
    second = whole.index("<title>당뇨병".encode())
    read = pages([(0, whole[: second + cut])])
    assert next(read).title == "천식"
    with pytest.raises(ValueError, match=r"breaks off in .*당뇨병"):
        next(read)


def test_a_dump_cut_between_pages_or_empty() -> None:
    read = pages(stream(HEAD, page(1, "천식", "가")))
    assert next(read).title == "천식"
    with pytest.raises(ValueError, match="the page after '천식'"):
        next(read)
    with pytest.raises(ValueError, match="the first page"):
        list(pages(stream()))


def test_broken_xml_names_the_page_after_the_whole_ones() -> None:
    read = pages(stream(HEAD, page(1, "천식", "가"), page(2, "폐렴", "a < b"), TAIL))
    assert next(read).title == "천식"
    with pytest.raises(ValueError, match="'폐렴' is not XML"):
        next(read)


@pytest.mark.parametrize("field", ["<ns>0</ns>", "<id>1</id>"])
def test_a_page_without_a_field_is_named(field: str) -> None:
    with pytest.raises(ValueError, match="'천식' has no"):
        list(pages(stream(HEAD, page(1, "천식", "가").replace(field, ""), TAIL)))
    with pytest.raises(ValueError, match="'천식' has an id or a namespace"):
        list(
            pages(
                stream(HEAD, page(1, "천식", "가").replace(field, field.replace("0<", "x<").replace("1<", "x<")), TAIL)
            )
        )


def test_entities_cannot_be_defined() -> None:
    bomb = '<!DOCTYPE m [<!ENTITY a "하하하"><!ENTITY b "&a;&a;&a;&a;">]>'
    with pytest.raises(ValueError, match="document type"):
        list(pages(stream(bomb, HEAD, page(1, "천식", "&b;"), TAIL)))


def test_memory_does_not_grow_with_the_dump() -> None:
    def endless() -> Iterator[tuple[int, bytes]]:
        """2,000 pages of 20 KB, made as they are read."""
        yield 0, HEAD.encode()
        for number in range(1, 2001):
            yield 0, page(number, f"문서 {number}", "약" * 7000).encode()
        yield 0, TAIL.encode()

    tracemalloc.start()
    count = sum(1 for _ in pages(endless()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 2000
    assert peak < 8_000_000


def test_a_cut_fragment_is_noticed() -> None:
    with pytest.raises(DumpError, match="breaks off in page '나'") as error:
        list(pages([(70, (page(1, "가", "가") + page(2, "나", "나"))[:-12].encode())], first=False))
    assert (error.value.row, error.value.stream) == (71, 70)


# Chains of bz2 streams


def chain(groups: list[list[str]], *, head: str = HEAD, tail: str = TAIL) -> tuple[bytes, list[int]]:
    """A multistream dump, and where its streams begin: the head, one for each group of pages, the tail."""
    packed = [bz2.compress("".join(group).encode()) for group in ([head], *groups, [tail])]
    return b"".join(packed), [sum(map(len, packed[:place])) for place in range(len(packed))]


def numbered(count: int, *, size: int = 30) -> list[str]:
    return [page(n, f"문서 {n}", f"{n}번째 글 " * size) for n in range(count)]


def read(path: Path, target: int) -> tuple[list[Span], list[tuple[int, str]], list[Unreadable]]:
    """``(spans, (row, text) of every page, what is unreadable)`` of a dump cut at about every ``target`` bytes."""
    form = FORMATS[".xml.bz2"]
    spans = list(form.split(str(path), path.stat().st_size, target))
    parts = [part for span in spans for part in form.read(str(path), span, ("text", "namespace"))]
    good = [part for part in parts if isinstance(part, pa.RecordBatch)]
    rows = [row for part in good for row in zip(*(part.column(n).to_pylist() for n in ("row", "text")), strict=True)]
    return spans, rows, [part for part in parts if isinstance(part, Unreadable)]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.text(max_size=20), max_size=4), max_size=6), st.integers(1, 400))
def test_a_multistream_dump_is_the_same_however_it_is_cut(
    tmp_path_factory: pytest.TempPathFactory, texts: list[list[str]], target: int
) -> None:
    texts = [["".join(c for c in text if c.isalnum() or c == " ") for text in group] for group in texts]
    dump, begin = chain([[page(1, "제목", text) for text in group] for group in texts])
    path = tmp_path_factory.mktemp("dump") / "pages-articles-multistream.xml.bz2"
    path.write_bytes(dump)
    spans, rows, bad = read(path, target)
    expected = [(begin[place] + k, text) for place, group in enumerate(texts, 1) for k, text in enumerate(group)]
    assert (rows, bad) == (expected, [])
    assert [span.start for span in spans] == [0, *(span.end for span in spans[:-1])]
    assert spans[-1].end == len(dump)
    if target == 1:
        assert len(spans) == 1 + sum(bool(group) for group in texts)
    assert read(path, len(dump))[1:] == (rows, bad)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 3000), max_size=8), st.integers(1, 400))
def test_streams_that_end_inside_pages_are_read_all_the_same(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], target: int
) -> None:
    whole = (HEAD + "".join(numbered(8)) + TAIL).encode()  # as compressors of many threads write it
    ends = sorted({0, *(cut for cut in cuts if cut < len(whole)), len(whole)})
    path = tmp_path_factory.mktemp("dump") / "pages-articles.xml.bz2"
    path.write_bytes(b"".join(bz2.compress(whole[a:b]) for a, b in pairwise(ends)))
    _, rows, bad = read(path, target)
    assert [text for _, text in rows] == [f"{n}번째 글 " * 30 for n in range(8)]
    assert bad == []
    assert len({row for row, _ in rows}) == 8
    assert read(path, len(whole))[1:] == (rows, bad)


def test_a_dump_of_one_stream_counts_its_pages_from_0(tmp_path: Path) -> None:
    path = tmp_path / "pages-articles.xml.bz2"
    path.write_bytes(bz2.compress((HEAD + "".join(numbered(5)) + TAIL).encode()))
    spans, rows, bad = read(path, 1)
    assert len(spans) == 1
    assert [row for row, _ in rows] == [0, 1, 2, 3, 4]
    assert bad == []


def test_no_index_is_needed_and_one_beside_the_dump_is_no_input(tmp_path: Path) -> None:
    assert [ending for ending in FORMATS if "pages-articles-multistream-index.txt.bz2".endswith(ending)] == []


@settings(deadline=None, max_examples=80)
@given(st.integers(1, 3000), st.integers(0, 7), st.booleans(), st.integers(1, 3000))
def test_damage_costs_its_stream_and_the_same_however_the_dump_is_cut(
    tmp_path_factory: pytest.TempPathFactory, at: int, bit: int, cut: bool, target: int
) -> None:
    groups = [numbered(3, size=n + 1) for n in range(6)]
    whole, begin = chain(groups)
    at = at % len(whole)
    damaged = whole[:at] if cut else whole[:at] + bytes([whole[at] ^ (1 << bit)]) + whole[at + 1 :]
    path = tmp_path_factory.mktemp("dump") / "pages-articles-multistream.xml.bz2"
    path.write_bytes(damaged)
    every = {begin[n] + k: f"{k}번째 글 " * n for n in range(1, 7) for k in range(3)}
    _, rows, bad = read(path, target)
    assert all(every[row] == text for row, text in rows)
    hit = max(place for place, start in enumerate(begin) if start <= at)
    lost = {begin[n] for n in range(1, 7) if n == hit or (cut and n > hit)}
    assert {row for row in every if max(b for b in begin if b <= row) not in lost} <= {row for row, _ in rows}
    if len(rows) < len(every) or cut:
        assert bad and all(part.why.startswith("damaged dump: ") for part in bad)
    _, same, lost_again = read(path, len(whole))
    # A block that runs into what follows is damaged, and where nothing follows it breaks off: the words may differ.
    assert (same, [part.row for part in lost_again]) == (rows, [part.row for part in bad])


def test_a_stream_that_breaks_off_or_is_damaged_is_named(tmp_path: Path) -> None:
    whole, begin = chain([numbered(2), numbered(2)])
    path = tmp_path / "a.xml.bz2"
    path.write_bytes(whole[: begin[2] + 30])
    ((_, first), _), (bad,) = read(path, 1)[1:]
    assert first == "0번째 글 " * 30
    assert bad == Unreadable(
        begin[1] + 2, f"damaged dump: the bz2 stream at byte {begin[2]} breaks off, in the page after '문서 1'"
    )
    path.write_bytes(whole[: begin[2] + 20] + b"\0\0\0" + whole[begin[2] + 23 :])
    assert read(path, 1)[2][0].why.startswith(f"damaged dump: the bz2 stream at byte {begin[2]} is damaged")
    path.write_bytes(b"<mediawiki/>")
    assert read(path, 1)[2][0].why.startswith("damaged dump: the bz2 stream at byte 0 is damaged")


def test_nothing_of_a_block_is_handed_out_before_its_sum_was_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(3)
    packed = bytearray(bz2.compress(bytes(chance.randrange(4) for _ in range(40_000)), 1))
    packed[10] ^= 1  # the sum of the first block
    path = tmp_path / "a.bz2"
    path.write_bytes(packed)
    for most in (1, 10_000, 20_000, 1 << 26):
        monkeypatch.setattr(bz2_streams, "_MOST", max(most, 40_000))
        with pytest.raises(ValueError, match="byte 0 is damaged"):
            next(bz2_streams.unpack(str(path), 0, len(packed)))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.binary(max_size=200), min_size=1, max_size=6), st.integers(1, 64), st.integers(1, 300))
def test_streams_are_found_and_unpacked(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes], window: int, most: int
) -> None:
    packed = [bz2.compress(content) for content in contents]
    begin = [sum(map(len, packed[:place])) for place in range(len(packed))]
    path = tmp_path_factory.mktemp("streams") / "a.bz2"
    path.write_bytes(b"".join(packed))
    size = path.stat().st_size
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bz2_streams, "_READ", window)
        patch.setattr(bz2_streams, "_MOST", most)
        whole: dict[int, bytes] = {}
        for at, block in bz2_streams.unpack(str(path), 0, size):
            whole[at] = whole.get(at, b"") + block
        found = list(bz2_streams.starts(str(path), 0, size))
    assert whole == {at: content for at, content in zip(begin, contents, strict=True) if content}
    assert found == list(whole)  # a stream of nothing has no block to know it by, and holds no page
