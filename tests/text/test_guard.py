"""The guard: copies of benchmark items are found whatever was done to them, and nothing else is."""

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from beam_pipelines.text.columns import from_strings
from beam_pipelines.text.guard import DEFAULTS, OF_QUESTIONS, Hit, Thresholds, candidates, find, find_text, judge
from beam_pipelines.text.guard_index import Index, build, index_of
from beam_pipelines.text.guard_items import Item, pack, unpack
from beam_pipelines.text.guard_look import stretch
from beam_pipelines.text.guard_units import GRAM, grams, kinds, numbers, read_units, units
from tests import guard_items
from tests.oracle import uncompiled

ITEMS = guard_items.items("held_out")
PACKED = pack(ITEMS)
CASE = Item(
    "test.jsonl",
    7,
    "55세 남자가 3일 전부터 시작된 가슴 통증으로 병원에 왔다. 심전도에서 V1-V4의 ST절이 올랐다. 가장 적절한 처치는?",
    ("관상동맥 조영술", "혈전용해제 투여", "아스피린 경구 투여", "경과 관찰", "심장초음파 검사"),
)
DOSE = Item(
    "test.jsonl", 8, "중이염인 아이에게 아목시실린 500 mg을 먹였다. 다음 용량은?", ("1 g", "2 g", "3 g", "4 g", "5 g")
)
STATEMENTS = Item(
    "test.jsonl",
    9,
    "다음 중 옳은 것은?",
    (
        "가슴샘은 사춘기에 가장 크고 그 뒤로 줄어든다.",
        "지라는 오래된 적혈구를 걸러 낸다.",
        "편도는 들숨의 세균을 처음 만난다.",
        "림프는 가슴관을 거쳐 정맥으로 든다.",
        "골수는 어른이 되면 모두 지방이 된다.",
    ),
)
GENERIC = Item("test.jsonl", 10, "다음 중 옳은 것은?", ("고혈압", "당뇨병", "비만", "흡연", "음주"))
GOLDEN = pack([CASE, DOSE, STATEMENTS, GENERIC])


def unit_rows(*texts: str) -> list[str]:
    return units(from_strings(texts))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("환자가 병원에 왔다.", "환자는병원 왔다"),
        ("혈압 120/80 mmHg", "혈압(120 / 80mmHg)"),
        ("1,000 mg", "1000mg"),
        ("HbA1c ＡＢＣ", "hba1C abc"),
        ("β-차단제, 5 µg", "Β 차단제 5 μg"),
        ("① 위암 ② 간암", "위암 간암"),
        ("😀 발열", "발열"),
    ],
)
def test_what_makes_no_difference(text: str, same: str) -> None:
    first, second = unit_rows(text, same)
    assert first == second != ""


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("500 mg", "250 mg"),
        ("3.5 mg", "35 mg"),
        ("1,2 mg", "12 mg"),
        ("1 2 mg", "12 mg"),
        ("120/80", "12080"),
        ("급성 간염", "만성 간염"),
        ("5 mg", "5 mL"),
    ],
)
def test_what_makes_a_difference(text: str, other: str) -> None:
    first, second = unit_rows(text, other)
    assert first != second


def test_numbers_are_told_exactly() -> None:
    assert numbers("1,000 mg을 3.5일, 1,2군, ５회, 2020.01.02.") == {"1000", "3.5", "1", "2", "5", "2020.01.02"}


def places(text: str) -> tuple[Any, Any]:
    """The codes of the units of a text, and the bytes behind them."""
    data = np.frombuffer(text.encode() + b" ", np.uint8)
    codes, ends = np.zeros(len(data), np.uint16), np.zeros(len(data), np.int64)
    count = read_units(data, 0, len(data) - 1, kinds(), codes, ends)
    return codes[:count], ends[:count]


Owners = dict[int, list[tuple[int, int]]]


def owners_of(index: Index) -> Owners:
    """The ``(part, number)`` of every anchor by its gram."""
    table = index.anchors
    owners: Owners = defaultdict(list)
    for slot in np.flatnonzero(table.keys >= 0).tolist():
        owners[int(table.keys[slot])].append((int(table.owners[slot]), int(table.places[slot])))
    return owners


def looks(text: str, index: Index, owners: Owners) -> Iterator[tuple[int, int]]:
    """``(item, byte)`` wherever enough anchors of a part are near each other, but soon after the last time."""
    table = index.anchors
    last, looked, found = dict[int, int](), dict[int, int](), defaultdict[int, set[int]](set)
    codes, ends = places(text)
    for k, gram in enumerate(grams("".join(map(chr, codes))).tolist(), GRAM - 1):
        at = int(ends[k])
        for part, place in sorted(owners.get(gram, [])):
            reach = int(table.reach[part])
            if part not in last or at - last[part] > reach:
                found[part].clear()
            last[part] = at
            found[part].add(place)
            if len(found[part]) >= table.needed[part] and (part not in looked or 4 * (at - looked[part]) > reach):
                looked[part] = at
                found[part].clear()
                yield int(table.items[part]), at


def judged_alone(text: str, index: Index, owners: Owners, thresholds: Thresholds) -> Hit | None:
    """What the guard says without its compiled look: the judge in plain Python is asked at every place."""
    data = text.encode()
    for item, at in looks(text, index, owners):
        known = index.known[item]
        around = data[max(0, at - known.reach) : at + known.reach].decode(errors="ignore")
        if hit := judge(around, unit_rows(around)[0], known, thresholds):
            return hit
    return None


def check_decisions(texts: Sequence[str], packed: bytes) -> int:
    """No decision is another with the compiled look than without; returns how many texts hold something."""
    index = index_of(packed)
    owners = owners_of(index)
    for thresholds in (OF_QUESTIONS, DEFAULTS):
        hits = find(from_strings(texts), packed, thresholds=thresholds)
        assert hits == [judged_alone(text, index, owners, thresholds) for text in texts]
    return sum(hit is not None for hit in hits)


TEXT = st.text(st.sampled_from("가은는혈압이 의사 1,.2mgG\n①β漢é😀%") | st.characters(codec="utf-8"), max_size=60)


@given(TEXT, TEXT)
def test_units_of_lines_come_one_after_the_other(first: str, second: str) -> None:
    alone = unit_rows(first, second)
    assert unit_rows(f"{first}\n{second}") == ["".join(alone)]
    assert len(grams(alone[0])) == max(0, len(alone[0]) - GRAM + 1)


@given(st.lists(st.builds(Item, TEXT, st.integers(0, 9999), TEXT, st.lists(TEXT).map(tuple)), max_size=4))
def test_items_travel_unchanged(items: list[Item]) -> None:
    assert unpack(pack(items)) == items
    assert (pack(items) == b"") == (not items)


@pytest.mark.parametrize("kind", guard_items.COPIES)
@pytest.mark.parametrize("size", [300, 20_000])
def test_copies_of_every_kind_are_found(kind: str, size: int) -> None:
    rng = random.Random(f"{kind} {size}")
    able = [item for item in ITEMS if guard_items.tells_enough(item, kind)]
    hosts = [guard_items.page(rng, size=size) for _ in range(4)]
    copies = [guard_items.COPIES[kind](rng.choice(able), rng) for _ in range(200)]
    hits = find(from_strings(guard_items.planted(copy, rng.choice(hosts), rng) for copy in copies), PACKED)
    assert len(able) >= 40
    assert sum(hit is not None for hit in hits) >= 196


@pytest.mark.parametrize("kind", guard_items.COPIES)
def test_no_copy_is_decided_otherwise_by_the_compiled_look(kind: str) -> None:
    rng = random.Random(f"decisions {kind}")
    host = guard_items.page(rng, size=300)
    whole = [guard_items.COPIES[kind](rng.choice(ITEMS), rng) for _ in range(100)]
    parts = [copy[rng.randrange(len(copy)) :] for copy in whole]
    spliced = [one[rng.randrange(40) :] + other for one, other in zip(whole, reversed(parts), strict=True)]
    found = check_decisions([guard_items.planted(copy, host, rng) for copy in whole + parts + spliced], PACKED)
    assert 100 < found < 270


def clean() -> Iterator[str]:
    rng = random.Random("clean")
    for _ in range(1_000):
        yield guard_items.page(rng, size=rng.choice([200, 1500, 4000]))
        yield from (guard_items.looks_like_a_question(rng) for _ in range(2))


def test_clean_texts_hold_nothing() -> None:
    texts = list(clean())
    assert [text for text, hit in zip(texts, find(from_strings(texts), PACKED), strict=True) if hit] == []
    assert len(set(texts)) > 2_900
    assert check_decisions(texts, PACKED) == 0
    assert candidates(from_strings(texts), index_of(PACKED), DEFAULTS).shape == (3, 0)  # the judge is never asked


PIECES = [piece for item in (CASE, DOSE, STATEMENTS, GENERIC, *ITEMS[:12]) for piece in (item.stem, *item.options)]
SOME_PIECES = st.lists(
    st.tuples(
        st.sampled_from(PIECES), st.integers(0, 9), st.sampled_from(["", " ", "\n", ", 그리고 ", " 5 mg 1,000 "])
    ),
    max_size=24,
)
SOME_ITEMS = pack([CASE, DOSE, STATEMENTS, GENERIC, *ITEMS[:12]])


@settings(max_examples=150, deadline=None)
@given(SOME_PIECES)
def test_no_mixture_of_items_is_decided_otherwise_by_the_compiled_look(pieces: list[tuple[str, int, str]]) -> None:
    check_decisions(["".join(piece[cut:] + gap for piece, cut, gap in pieces)], SOME_ITEMS)


@settings(max_examples=300)
@given(st.text(st.sampled_from("가은 1,.2mg漢é😀"), max_size=60), st.integers(0, 200), st.integers(0, 200))
@example("한 1,2121", 0, 9)  # 1,212 alone, but 1 and 2121 in the row
@example("한1,212 나", 4, 10)
def test_the_units_of_a_part_of_a_row_are_those_it_has_alone(text: str, one: int, other: int) -> None:
    row = np.frombuffer(text.encode() + b" ", np.uint8)
    start, stop = sorted((min(one, len(row) - 1), min(other, len(row) - 1)))
    out = np.zeros(len(row), np.uint16)
    codes, ends = places(text)
    size = stretch(row, start, stop, kinds(), codes, ends, len(codes), out)
    assert "".join(map(chr, out[:size])) == unit_rows(row[start:stop].tobytes().decode(errors="ignore"))[0]


def test_a_short_item_in_a_page_of_five_megabytes() -> None:
    rng = random.Random(5)
    page = guard_items.page(rng, size=20_000) * 110
    short = min((item for item in ITEMS if "이상반응" in item.stem), key=lambda item: len(item.stem))
    assert len(page.encode()) > 5_000_000
    assert find_text(page, PACKED) is None
    hit = find_text(guard_items.planted(f"{short.stem}\n{guard_items.listed(short.options, rng)}", page, rng), PACKED)
    assert hit is not None
    assert hit.item == short


def test_a_hit_tells_the_item_and_how_much_of_it() -> None:
    hits = find(from_strings(["머리말.", f"기출 문제입니다. {CASE.stem} 답은 1번.", "\n".join(CASE.options)]), GOLDEN)
    assert [hit and (hit.item, hit.part, hit.share) for hit in hits] == [
        None,
        (CASE, "stem", 1.0),
        (CASE, "options", 1.0),
    ]
    assert str(hits[1]) == "test.jsonl row 7: 100% of its stem"
    half = find_text(CASE.stem[: len(CASE.stem) * 3 // 4], GOLDEN)
    assert half is not None
    assert 0.6 <= half.share < 0.9
    assert find_text(CASE.stem[: len(CASE.stem) // 3], GOLDEN) is None


def test_another_dose_is_another_question() -> None:
    options = " ".join(f"{n}) {option}" for n, option in enumerate(DOSE.options, 1))
    assert find_text(f"{DOSE.stem} {options}", GOLDEN) is not None
    assert find_text(f"{DOSE.stem.replace('500', '250')} {options}", GOLDEN) is None


def test_common_phrases_and_common_options_are_nothing_alone() -> None:
    for text in (
        "다음 중 옳은 것은? " * 20,
        "고혈압, 당뇨병, 비만, 흡연, 음주는 심혈관 질환의 위험 인자이다.",
        "다음 중 옳은 것은? ① 당뇨병 ② 고혈압 ③ 흡연 ④ 음주 ⑤ 비만",
        "용량은 1 g, 2 g, 3 g, 4 g, 5 g 가운데 고른다.",
        "경과 관찰",
    ):
        assert find_text(text, GOLDEN) is None
    assert [item.row for item in index_of(GOLDEN).unguarded] == [10]


def test_options_far_apart_are_no_set_and_four_of_five_close_together_are() -> None:
    text = guard_items.page(random.Random(1), size=600)
    assert find_text(text.join(STATEMENTS.options), GOLDEN) is None
    assert find_text(" ".join(STATEMENTS.options[:3]), GOLDEN) is None
    hit = find_text(" ".join(STATEMENTS.options[4:0:-1]), GOLDEN)
    assert hit is not None
    assert (hit.item, hit.part) == (STATEMENTS, "options")
    assert 0.6 < hit.share < 1


def test_of_two_questions_only_the_stem_tells() -> None:
    other = from_strings(["면역을 맡은 기관에 관하여 바르게 짝지은 것을 고르시오.\n" + "\n".join(STATEMENTS.options)])
    assert find(other, GOLDEN)[0] is not None
    assert find(other, GOLDEN, thresholds=OF_QUESTIONS) == [None]
    again = from_strings([f"{CASE.stem}\n" + "\n".join(CASE.options)])
    assert find(again, GOLDEN, thresholds=OF_QUESTIONS)[0] is not None


def test_equal_items_are_one_and_the_first_that_a_text_holds_is_named() -> None:
    index = build([CASE, CASE._replace(row=99, options=CASE.options[::-1]), DOSE, DOSE._replace(stem="500")])
    assert [known.item.row for known in index.known] == [7, 8, 8]
    hit = find_text(f"{STATEMENTS.options[0]} {' '.join(STATEMENTS.options)}\n{'빈 줄 ' * 900}\n{CASE.stem}", GOLDEN)
    assert hit is not None
    assert hit.item == STATEMENTS


@settings(max_examples=60)
@given(TEXT, TEXT, st.integers(0, 3))
def test_a_copy_is_found_between_any_two_texts_and_in_any_row(before: str, after: str, row: int) -> None:
    rows = ["", before, after, "짧다"]
    rows[row] = f"{before}\n{CASE.stem}\n{after}"
    column = from_strings(["앞의 행", *rows]).slice(1)
    assert [hit is not None for hit in find(column, GOLDEN)] == [place == row for place in range(4)]


def test_no_items_no_hits() -> None:
    assert find(from_strings(["글", CASE.stem]), b"") == [None, None]
    assert find(from_strings([]), GOLDEN) == []


UNCOMPILED = """
import json, sys
from beam_pipelines.text import guard, guard_index, guard_items, guard_units
from beam_pipelines.text.columns import from_strings
items, texts = json.load(sys.stdin)
packed = guard_items.pack(guard_items.Item(*item[:3], tuple(item[3])) for item in items)
texts = from_strings(texts)
hits = [hit and list(hit.record.values()) for hit in guard.find(texts, packed)]
named = guard.candidates(texts, guard_index.index_of(packed), guard.DEFAULTS).tolist()
print(json.dumps([guard_units.units(texts), named, hits]))
"""


def test_compiled_and_uncompiled_agree() -> None:
    rng = random.Random(2)
    items = [*ITEMS[::9], CASE, DOSE, STATEMENTS]
    texts = [guard_items.page(rng, size=200) for _ in range(8)]
    for copy in guard_items.COPIES.values():
        texts += [guard_items.planted(copy(rng.choice(items), rng), texts[0], rng) for _ in range(3)]
    texts += ["", "😀é漢字Ω1,000.5가", "".join(rng.choices("가은1,.a β\n漢", k=400))]
    column = from_strings(texts)
    hits = find(column, pack(items))
    assert sum(hit is not None for hit in hits) >= 15
    found = candidates(column, index_of(pack(items)), DEFAULTS).tolist()
    mine = [units(column), found, [hit and list(hit.record.values()) for hit in hits]]
    assert json.loads(uncompiled(UNCOMPILED, stdin=json.dumps([items, texts]))) == mine
