"""Pages of a MediaWiki XML dump."""

import bz2
import io
import tracemalloc
from collections.abc import Iterator

import pytest

from beam_pipelines.transforms.mediawiki_dump import Page, multistream_ranges, pages

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


def stream(*parts: str) -> io.BytesIO:
    return io.BytesIO("".join(parts).encode())


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
        Page(1, 0, "고혈압 & 심장", False, "'''고혈압'''은 140/90 mmHg <ref>가</ref>\n 이상"),
        Page(2, 0, "혈압", True, "#넘겨주기 [[고혈압]]"),
        Page(3, 10, "틀:약", False, "{{{1}}}"),
        Page(4, 0, "빈 문서", False, ""),
    ]


def test_the_last_revision_counts() -> None:
    revisions = "".join(f"<revision><id>{k}</id><text>{k}판</text></revision>" for k in (1, 2))
    dump = stream(HEAD, f"<page><title>가</title><ns>0</ns><id>5</id>{revisions}</page>", TAIL)
    assert [p.text for p in pages(dump)] == ["2판"]


@pytest.mark.parametrize("cut", [30, 90, 200])
def test_a_truncated_dump_gives_whole_pages_and_names_the_one_that_breaks(cut: int) -> None:
    whole = (HEAD + page(1, "천식", "폐의 병") + page(2, "당뇨병", "혈당의 병")).encode()
    second = whole.index("<title>당뇨병".encode())
    read = pages(io.BytesIO(whole[: second + cut]))
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
    class Endless(io.RawIOBase):
        """2,000 pages of 20 KB, made as they are read."""

        def __init__(self) -> None:
            self.parts: Iterator[bytes] = self._make()
            self.rest = b""

        def _make(self) -> Iterator[bytes]:
            yield HEAD.encode()
            for number in range(1, 2001):
                yield page(number, f"문서 {number}", "약" * 7000).encode()
            yield TAIL.encode()

        def read(self, size: int = -1) -> bytes:
            while len(self.rest) < size and (part := next(self.parts, b"")):
                self.rest += part
            head, self.rest = self.rest[:size], self.rest[size:]
            return head

    tracemalloc.start()
    count = sum(1 for _ in pages(Endless()))  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 2000
    assert peak < 8_000_000


def test_multistream_parts_give_every_page() -> None:
    parts = [page(1, "가", "나") + page(2, "다", "라"), page(3, "마", "바"), page(4, "사", "아")]
    packed = [bz2.compress(p.encode()) for p in (HEAD, *parts, TAIL)]
    dump = b"".join(packed)
    starts = [sum(len(p) for p in packed[:k]) for k in range(1, 4)]
    index = f"{starts[0]}:1:가\n{starts[0]}:2:다:라\n{starts[1]}:3:마\n{starts[2]}:4:사\n"

    ranges = multistream_ranges(stream(index))
    assert ranges == [(starts[0], starts[1]), (starts[1], starts[2]), (starts[2], None)]
    assert multistream_ranges(stream(index), size=len(dump))[-1] == (starts[2], len(dump))
    read = [p.title for start, end in ranges for p in pages(io.BytesIO(bz2.decompress(dump[start:end])), fragment=True)]
    assert read == ["가", "다", "마", "사"]
    assert [p.title for p in pages(io.BytesIO(bz2.decompress(dump)))] == read


def test_a_cut_fragment_is_noticed() -> None:
    with pytest.raises(ValueError, match="breaks off in page '가'"):
        list(pages(stream(page(1, "가", "나")[:-12]), fragment=True))


@pytest.mark.parametrize("index", ["x:1:가\n", "12\n", "20:1:가\n10:2:나\n"])
def test_an_index_that_is_none(index: str) -> None:
    with pytest.raises(ValueError, match="line"):
        multistream_ranges(stream(index))
    assert multistream_ranges(stream("")) == []
