"""Sentence pairs: every rule on labelled pairs, the normal form, the keys, and the lines that are written.

The labelled sets under fixtures/pairs are this project's own text; their heads say how they were used.
``python -m tests.text.test_pairs`` prints the table of precision and recall.
"""

import hashlib
import json
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beam_pipelines.reasons import Reason
from beam_pipelines.text import jsonl
from beam_pipelines.text.columns import from_strings
from beam_pipelines.text.pairs import RULES, PairRules, judge, measure, normal_form, normalise
from beam_pipelines.text.pairs_debris import has_debris
from beam_pipelines.text.pairs_keys import keys, loosen
from beam_pipelines.text.scripts import count_letters
from beam_pipelines.text.unicode import nfc
from tests.oracle import uncompiled

SETS = Path(__file__).parent.parent / "fixtures" / "pairs"
KEEP = "keep"


def labelled(name: str) -> list[tuple[str, str, str]]:
    """``(label, English, Korean)`` of every pair of a set."""
    lines = (SETS / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("# ")]
    return [(label, english, korean) for label, english, korean in rows]


def batch_of(pairs: list[tuple[str, str]]) -> pa.RecordBatch:
    sides = {name: from_strings(pair[side] for pair in pairs) for side, name in enumerate(("en", "ko"))}
    return pa.RecordBatch.from_pydict({name: nfc(column) for name, column in sides.items()})


def reasons(pairs: list[tuple[str, str]], rules: PairRules | None = None) -> list[str]:
    """The reason by which each pair is dropped, as the refiner would give it, or ``keep``."""
    batch = measure(normalise(batch_of(pairs)))
    found = [KEEP] * len(pairs)
    for name, stays in RULES:
        mask = stays(batch, rules or PairRules())
        assert mask.dtype == np.bool_ and mask.shape == (len(pairs),)
        found = [name if old == KEEP and not stay else old for old, stay in zip(found, mask.tolist(), strict=True)]
    return found


def table(name: str) -> dict[str, tuple[int, int, int]]:
    """By rule: pairs rightly dropped, wrongly dropped, and missed."""
    rows = labelled(name)
    counts = Counter(zip((label for label, _, _ in rows), reasons([(en, ko) for _, en, ko in rows]), strict=True))
    return {
        rule: (
            counts[rule, rule],
            sum(n for (label, found), n in counts.items() if found == rule != label),
            sum(n for (label, found), n in counts.items() if label == rule != found),
        )
        for rule, _ in RULES
    }


def test_every_rule_is_a_reason_with_a_meaning() -> None:
    assert [Reason(name).meaning for name, _ in RULES] and Reason("repeated_korean").meaning
    assert len({name for name, _ in RULES}) == len(RULES) == 7


# Right, wrong and missed, in the order of RULES.
DEV = [(5, 0, 0), (11, 0, 0), (5, 0, 0), (4, 0, 0), (4, 0, 0), (3, 0, 0), (40, 0, 0)]
HELD_OUT = [(3, 0, 0), (4, 0, 1), (3, 0, 0), (3, 0, 0), (2, 0, 0), (2, 0, 0), (26, 0, 0)]


@pytest.mark.parametrize(("name", "kept", "expected"), [("dev", 103, DEV), ("held_out", 70, HELD_OUT)])
def test_confusion_table(name: str, kept: int, expected: list[tuple[int, int, int]]) -> None:
    assert list(table(name).values()) == expected
    assert sum(label == KEEP for label, _, _ in labelled(name)) == kept


def test_labelled_sets_are_sound() -> None:
    sets = {name: labelled(name) for name in ("dev", "held_out")}
    known = {KEEP, *(name for name, _ in RULES)}
    pairs = [(en, ko) for rows in sets.values() for _, en, ko in rows]
    assert len(set(pairs)) == len(pairs) >= 200
    assert {label for rows in sets.values() for label, _, _ in rows} == known


@pytest.mark.parametrize(
    ("rules", "pair", "reason"),
    [
        (PairRules(min_chars=2), ("Go.", "가."), KEEP),
        (PairRules(max_chars=10), ("Take it with food.", "식사와 함께 드세요."), "pair_length"),
        (PairRules(min_korean_share=0.5), ("COVID-19 vaccine", "COVID-19 백신"), "not_korean"),
        (PairRules(), ("COVID-19 vaccine", "COVID-19 백신"), KEEP),
        (
            PairRules(min_english_share=0.95),
            ("What does '안녕' mean here?", "여기서 '안녕'이 무슨 뜻이야?"),
            "not_english",
        ),
        (PairRules(), ("What does '안녕' mean here?", "여기서 '안녕'이 무슨 뜻이야?"), KEEP),
        (PairRules(max_ratio=1.0), ("It hurts when I breathe.", "숨쉬면 아파요."), "length_ratio"),
        (PairRules(min_ratio=1.8), ("It hurts when I breathe.", "숨쉬면 아파요."), "length_ratio"),
        (
            PairRules(embedded_words=2),
            ("Aspirin and ibuprofen", "아스피린과 이부프로펜(aspirin and ibuprofen)"),
            "untranslated",
        ),
        (PairRules(), ("Aspirin and ibuprofen", "아스피린과 이부프로펜(aspirin and ibuprofen)"), KEEP),
    ],
)
def test_thresholds_are_values(rules: PairRules, pair: tuple[str, str], reason: str) -> None:
    assert reasons([pair], rules) == [reason]
    assert (judge(*pair, rules=rules) or KEEP) == reason


def test_a_wrong_dose_is_named_by_the_rule_of_numbers_in_any_neighbourhood() -> None:
    good = [(en, ko) for label, en, ko in labelled("dev") if label == KEEP]
    bad = ("Give 250 mg now.", "지금 500 mg을 주세요.")
    assert reasons([*good, bad, *good]) == [KEEP] * len(good) + ["numbers"] + [KEEP] * len(good)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("  two\u00a0 spaces\t", "two spaces"),
        ("a\r\nb\n\n\nc", "a b c"),
        ("zero\u200bwidth\u00ad \ufeffand\x00 control\x9f", "zerowidth and control"),
        ("Tom &amp; Jerry &#8212; &amp;amp;lt; &alpha;&#x3b2;", "Tom & Jerry — < αβ"),
        ("R&D; AT&T &unknown; &notit;", "R&D; AT&T &unknown; &notit;"),
        ("\u1112\u1161\u11ab국", "한국"),
        ("e\u200b\u0301", "é"),
        ("cafÃ© au lait", "café au lait"),
        ("약() 이름(, )", "약 이름"),
    ],
)
def test_normal_form(raw: str, text: str) -> None:
    assert normal_form(nfc(from_strings([raw, "사이", raw]))).to_pylist() == [text, "사이", text]


def test_letters_by_script() -> None:
    texts = ["café β-blocker 5 mg", "코로나19 ㅋㅋ ㎎", "日本語 カナ Привет", "Ａｂ１", "×÷ °℃ 😀", ""]
    counts = count_letters(from_strings(texts))
    assert counts.chars.tolist() == [len(text) for text in texts]
    assert counts.latin.tolist() == [13, 0, 0, 2, 0, 0]
    assert counts.hangul.tolist() == [0, 5, 0, 0, 0, 0]
    assert counts.other.tolist() == [0, 0, 11, 0, 0, 0]


@pytest.mark.parametrize(
    ("text", "debris"),
    [
        ("<br/>", True), ("a < b > c", False), ("<기생충>을 봤다", False), ("[[대동맥]]", True), ("[1] 참고", False),
        ("$5 and $6", False), (r"\alpha{x}", True), ("C:\\temp", False), ("&eacute;", True), ("Q&A", False),
        ("\ufffd", True), ("\ue000", True), ("www.example.org", True), ("www.example.org를 보세요", False),
        ("a@example.org", True), ("Ã¤", True), ("São Paulo, Größe, Ménière", False), ("¾Æ½ºÇÇ¸°", True),
        ("·····", False), ("it's 'O''' here", False), ("'''굵게'''", True), ("", False),
    ],
)  # fmt: skip
def test_debris(text: str, debris: bool) -> None:
    assert has_debris(from_strings([text, "나"])).tolist() == [debris, False]


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("Hello, World!", "hello world", True),
        ("“안녕” 하세요.", "안녕하세요", True),
        ("ＡＢ１０！", "ab10", True),
        ("É", "é", True),
        ("250 mg", "250mg", True),
        ("250mg", "500mg", False),
        ("-5", "5", False),
        ("−5", "5", False),
        ("“-5℃”", "5℃", False),
        ("－５", "5", False),
        ("1.5", "15", False),
        ("1 5", "15", False),
        ("1. 5", "15", False),
        ("5-10", "510", False),
        ("120/80", "12080", False),
        (".5", "5", False),
        ("5%", "5", False),
        ("<5", ">5", False),
        ("±5", "5", False),
        ("COVID-19", "covid 19", True),
        ("5.", "5", True),
        ("don't", "dont", True),
    ],
)
def test_loose_form(first: str, second: str, same: bool) -> None:
    a, b = loosen(from_strings([first, second])).to_pylist()
    assert (a == b) is same, (a, b)


def test_keys() -> None:
    english = ["Hi there.", "hi there", "Hi there.", "Hello.", "H", "Hi"]
    korean = ["안녕.", "안녕!", "안녕.", "안녕", "i안녕", "안녕"]
    batch = batch_of(list(zip(english, korean, strict=True)))
    sides = batch.column("en"), batch.column("ko")

    def groups(found: np.ndarray) -> list[int]:
        order = {key: rank for rank, key in enumerate(dict.fromkeys(found.tolist()))}
        return [order[key] for key in found.tolist()]

    assert groups(keys(*sides).pair) == [0, 0, 0, 1, 2, 3]
    assert groups(keys(*sides).korean) == [0, 0, 0, 0, 1, 0]


PIECES = """
Hello |world|안녕|하세요 |café|β|COVID-19|10 mg|-5|.5|, |. |(|)|&amp;|&lt;|&|;|#38;|amp;|Ã|©|é|e|́|ㅎ|ᄒ|ᅡ|<b>|[[|\\|{|'''|http://|ww|www.|
\u200b|\u00a0|\u3000|１|！|漢|カ|😀|×|–|−|\u00ad|\ufffd|10 |세 번|twice
""".replace("\n", "").split("|")  # fmt: skip
PIECES += ["\n", "\r", "\t", "\x00", "\x85", "\u2028"]
WILD = st.one_of(st.text(max_size=30), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))


@settings(deadline=None)  # the first call compiles
@given(st.lists(WILD, min_size=1, max_size=4))
def test_the_normal_form_is_one_tidy_line_and_stays_as_it_is(texts: list[str]) -> None:
    once = normal_form(nfc(from_strings(texts)))
    once.validate(full=True)
    assert normal_form(once).to_pylist() == once.to_pylist()
    assert not any(set(text) & set("\n\r\t\0\u200b") for text in once.to_pylist())


@settings(deadline=None)
@given(st.lists(st.tuples(WILD, WILD), min_size=1, max_size=4))
def test_pairs_are_judged_alone_and_nothing_raises(pairs: list[tuple[str, str]]) -> None:
    assert reasons(pairs) == [judge(en, ko) or KEEP for en, ko in pairs]


@settings(deadline=None)
@given(WILD)
def test_the_loose_form_is_no_longer_and_keeps_digits_apart(text: str) -> None:
    loose = loosen(from_strings([text]))
    assert len(loose[0].as_py().encode()) <= len(text.encode())
    digits = [c for c in loose[0].as_py() if c in "0123456789"]
    assert len(digits) == sum(c in "0123456789０１２３４５６７８９" for c in text)


@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=40)), max_size=5))
def test_lines_of_two_columns_are_what_json_would_write(pairs: list[tuple[str, str]]) -> None:
    batch = batch_of([("x", "y"), *pairs]).slice(1)
    for order in (("en", "ko"), ("ko", "en")):
        out, lengths = jsonl.encode_columns({side: batch.column(side) for side in order})
        lines = [
            json.dumps({side: row[side] for side in order}, ensure_ascii=False) + "\n" for row in batch.to_pylist()
        ]
        assert out.tobytes().decode() == "".join(lines)
        assert lengths.tolist() == [len(line.encode()) for line in lines]


def _random_digest() -> str:
    rng = random.Random(3)
    pairs = [tuple("".join(rng.choices(PIECES, k=rng.randrange(10))) for _ in range(2)) for _ in range(300)]
    batch = normalise(batch_of([(en, ko) for en, ko in pairs]))
    texts = [batch.column(side).to_pylist() for side in ("en", "ko")]
    digests = b"".join(key.tobytes() for key in keys(batch.column("en"), batch.column("ko")))
    lines = jsonl.encode_columns({"ko": batch.column("ko"), "en": batch.column("en")})[0].tobytes()
    judged = reasons([(en, ko) for en, ko in pairs])
    return hashlib.sha256(repr((texts, judged)).encode() + digests + lines).hexdigest()


def test_compiled_and_uncompiled_agree() -> None:
    code = f"import runpy; print(runpy.run_path({__file__!r})['_random_digest']())"
    assert uncompiled(code).strip() == _random_digest()


if __name__ == "__main__":
    for split in ("dev", "held_out"):
        for rule, (right, wrong, missed) in table(split).items():
            precision, recall = right / max(right + wrong, 1), right / max(right + missed, 1)
            print(f"{split:9} {rule:13} {right + missed:3} pairs, precision {precision:.2f}, recall {recall:.2f}")  # noqa: T201
