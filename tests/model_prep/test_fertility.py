"""The verdict follows the curve, and none is an answer."""

from pathlib import Path

import pytest

from model_prep import fertility
from model_prep.fertility import Point

END = "the end"


def curve(*saved: float) -> list[Point]:
    return [
        Point(pieces=n and 1000 << (n - 1), tokens_per_char={"general": 1 - s}, saved=s) for n, s in enumerate(saved)
    ]


@pytest.mark.parametrize(
    ("saved", "pieces", "why"),
    [
        ((0, 0.10, 0.15, 0.16), 2000, "going on to 4,000 would save only 1.0% more"),
        ((0, 0.10, 0.15, 0.18), 4000, "save 18.0% of the tokens; the end"),
        ((0, 0.01, 0.30), 0, "not worth it"),
        ((0,), 0, "not worth it on this corpus: the end"),
    ],
)
def test_verdict(saved: tuple[float, ...], pieces: int, why: str) -> None:
    found = fertility.verdict(curve(*saved), worth=0.02, end=END)
    assert found.pieces == pieces
    assert why in found.why


def test_korean_domains_count_alike_and_english_does_not() -> None:
    base = {"general": 0.6, "medical": 0.8, "english": 0.25}
    made = fertility.point(64, base, {"general": 0.54, "medical": 0.4, "english": 0.25})
    assert made.saved == pytest.approx((0.1 + 0.5) / 2)


def test_the_plot_is_a_picture_and_the_same_every_time(tmp_path: Path) -> None:
    made = [tmp_path / "a.png", tmp_path / "b.png"]
    for path in made:
        fertility.plot(curve(0, 0.1), 1000, path)
    first, second = (path.read_bytes() for path in made)
    assert first == second
    assert first.startswith(b"\x89PNG")
