"""Which English-Korean sentence pairs are worth training on: the rules of the translation refiner.

``normalise`` makes both sides one tidy line each; ``measure`` adds what can be counted; each mask of ``RULES`` decides
by one rule which rows stay, in the order in which a pair is to be judged. All work on a batch with the columns ``en``
and ``ko`` (UTF-8, no nulls), and none on the other rows of it.
"""

import html
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from html.entities import html5

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import regex

from beam_pipelines.text import unicode
from beam_pipelines.text.columns import Bytes, Offsets, flat, from_strings, offsets_of, set_column, to_column
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.numbers_ko_en import agree
from beam_pipelines.text.pairs_debris import has_debris
from beam_pipelines.text.pairs_keys import loosen
from beam_pipelines.text.scan import byte_set
from beam_pipelines.text.scripts import Letters, count_letters
from beam_pipelines.text.webtext import tidied
from beam_pipelines.text.webtext_mojibake import repair

EN, KO = "en", "ko"
SIDES = (EN, KO)

Mask = npt.NDArray[np.bool_]

_ENTITY = regex.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_AMPERSANDS = regex.compile(r"&(?:amp;)+")
_RARE = byte_set(b"&\n")  # what only a look at the whole text can settle
_ROUNDS = 8  # each of them decodes what the one before brought in


@dataclass(frozen=True, kw_only=True)
class PairRules:
    """The thresholds of the rules: plain values, as the user gave them.

    Shares are of letters: Latin, Hangul and those of other scripts, but not Greek (β-blocker). The ratio of lengths is
    of characters, English over Korean, ``ratio_slack`` added to both so that short sentences are free in it. An English
    side of at least ``embedded_words`` words must not stand in the Korean one as a whole, nor hold all of it.
    """

    min_chars: int = 5
    max_chars: int = 500
    min_korean_share: float = 0.2
    min_english_share: float = 0.7
    min_ratio: float = 0.6
    max_ratio: float = 4.5
    ratio_slack: int = 15
    embedded_words: int = 6


def _decoded(entity: regex.Match[str]) -> str:
    """The character of an entity. Unlike ``html.unescape``, ``&notit;`` is not taken for ``&not`` and the rest."""
    name = entity[0][1:]
    return html.unescape(entity[0]) if name[0] == "#" else html5.get(name, entity[0])


def _settled(text: str) -> str:
    """One text in its normal form, which is what no step of it changes any more."""
    for _ in range(_ROUNDS):
        before = text
        text = _ENTITY.sub(_decoded, _AMPERSANDS.sub("&", text))
        out, bounds = tidied(from_strings([repair(text)]))
        text = unicodedata.normalize("NFC", " ".join(out[: bounds[-1]].tobytes().decode().split("\n")))
        if text == before:
            break
    return text


@lean_kernel
def _holds_rows(data: Bytes, offsets: Offsets, members: Bytes, out: Mask) -> None:
    """Which rows hold a byte of a set."""
    for row in range(len(out)):
        found = np.uint8(0)
        for k in range(offsets[row], offsets[row + 1]):
            found |= members[data[k]]
        out[row] = found != 0


def normal_form(texts: pa.Array) -> pa.LargeStringArray:
    """Every row as one tidy line in NFC, entities and wrongly decoded Korean decoded; doing it again changes nothing.

    Shapes: (rows,) -> (rows,). Rows must be in NFC, without nulls. Few of them need more than the compiled passes.
    """
    out, bounds = tidied(texts)
    tidy = to_column(out[: bounds[-1]], bounds)
    rare = np.empty(len(texts), np.bool_)
    _holds_rows(*flat(tidy), _RARE, rare)
    changed = np.diff(bounds) != np.diff(offsets_of(texts))
    if changed.any():  # a letter and its mark may stand together now
        rare |= changed & (unicode.status(tidy) != unicode.VALID)
    if not rare.any():
        return tidy
    settled = from_strings(map(_settled, texts.filter(pa.array(rare)).to_pylist()))
    return pc.replace_with_mask(tidy, pa.array(rare), settled)


def normalise(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch, of which both sides must be in NFC, with both in :func:`normal_form`."""
    for side in SIDES:
        batch = set_column(batch, side, normal_form(batch.column(side)))
    return batch


def measure(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with the counts of :class:`~beam_pipelines.text.scripts.Letters` of both sides: ``en_chars`` ..."""
    for side in SIDES:
        for name, counts in count_letters(batch.column(side))._asdict().items():
            batch = set_column(batch, f"{side}_{name}", counts)
    return batch


def _letters(batch: pa.RecordBatch, side: str) -> Letters:
    return Letters(*(batch.column(f"{side}_{name}").to_numpy() for name in Letters._fields))


def has_good_length(batch: pa.RecordBatch, rules: PairRules) -> Mask:
    """Rows of which both sides are neither too short nor too long."""
    sides = [_letters(batch, side).chars for side in SIDES]
    return np.logical_and.reduce([(rules.min_chars <= chars) & (chars <= rules.max_chars) for chars in sides])


def is_free_of_debris(batch: pa.RecordBatch, rules: PairRules) -> Mask:
    """Rows without markup or encoding debris on either side."""
    return ~(has_debris(batch.column(EN)) | has_debris(batch.column(KO)))


def _shares(letters: Letters, share_of: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    return share_of / np.maximum(letters.latin + letters.hangul + letters.other, 1)


def is_korean(batch: pa.RecordBatch, rules: PairRules) -> Mask:
    """Rows whose Korean side has enough Hangul among its letters."""
    letters = _letters(batch, KO)
    return _shares(letters, letters.hangul) >= rules.min_korean_share


def is_english(batch: pa.RecordBatch, rules: PairRules) -> Mask:
    """Rows whose English side has enough Latin letters among its letters."""
    letters = _letters(batch, EN)
    return _shares(letters, letters.latin) >= rules.min_english_share


def is_translated(batch: pa.RecordBatch, rules: PairRules) -> Mask:
    """Rows whose sides differ in more than case and punctuation, and neither holds the other as a whole."""
    ours, theirs = _letters(batch, EN), _letters(batch, KO)
    # What loosening leaves has the letters that it had, so few rows need it.
    alike = (ours.latin == theirs.latin) & (ours.hangul == theirs.hangul) & (ours.other == theirs.other)
    # A term may well be the whole English side: 급성 호흡곤란 증후군(acute respiratory distress syndrome).
    within = (theirs.latin >= np.maximum(ours.latin, 1)) | (ours.hangul >= np.maximum(theirs.hangul, 1))
    rows = pa.array(np.flatnonzero(alike | within))
    texts = [batch.column(side).take(rows) for side in SIDES]
    loose = [loosen(column).to_pylist() for column in texts]
    same = np.zeros(batch.num_rows, np.bool_)
    for row, en, ko, words in zip(rows.to_pylist(), *loose, texts[0].to_pylist(), strict=True):
        sentence = words.count(" ") + 1 >= rules.embedded_words
        same[row] = en == ko or (sentence and (en in ko or ko in en))
    return ~same


def is_balanced(batch: pa.RecordBatch, rules: PairRules) -> Mask:
    """Rows of which neither side is far longer than the other."""
    english, korean = (_letters(batch, side).chars + rules.ratio_slack for side in SIDES)
    ratio = english / np.maximum(korean, 1)
    return (rules.min_ratio <= ratio) & (ratio <= rules.max_ratio)


def numbers_agree(batch: pa.RecordBatch, rules: PairRules) -> Mask:
    """Rows of which no number is surely missing on the other side."""
    return agree(batch.column(EN), batch.column(KO))


RULES: tuple[tuple[str, Callable[[pa.RecordBatch, PairRules], Mask]], ...] = (
    ("pair_length", has_good_length),
    ("debris", is_free_of_debris),
    ("untranslated", is_translated),
    ("not_korean", is_korean),
    ("not_english", is_english),
    ("length_ratio", is_balanced),
    ("numbers", numbers_agree),
)
"""Each rule by the name of the reason for which it drops a row: batch in, (rows,) bool of the rows that stay out."""


def judge(english: str, korean: str, *, rules: PairRules | None = None) -> str:
    """The reason for which one pair is dropped, or ``""`` for one that stays."""
    sides = {EN: unicode.nfc_text(english), KO: unicode.nfc_text(korean)}
    batch = measure(normalise(pa.RecordBatch.from_pydict({side: from_strings([text]) for side, text in sides.items()})))
    return next((name for name, stays in RULES if not stays(batch, rules or PairRules())[0]), "")
