"""Tokens per character before and after, the curve over the number of pieces, and what it says: worth it or not."""

import itertools
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_prep.training_text import ENGLISH

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Texts = Mapping[str, Sequence[str]]
"""Held-out texts by domain."""


def encoded(tokenizer: "Tokenizer", texts: Sequence[str]) -> list[list[int]]:
    """The ids of each text, without the marks of a beginning."""
    return [found.ids for found in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]


def tokens_per_char(tokenizer: "Tokenizer", texts: Texts) -> dict[str, float]:
    """Tokens over characters of each domain that has any text."""
    found: dict[str, float] = {}
    for domain, rows in texts.items():
        if characters := sum(map(len, rows)):
            found[domain] = sum(map(len, encoded(tokenizer, rows))) / characters
    return found


@dataclass(frozen=True, kw_only=True)
class Point:
    """Fertility with this many new pieces; ``saved`` is the share of the base's Korean tokens that are gone."""

    pieces: int
    tokens_per_char: dict[str, float]
    saved: float


def point(pieces: int, base: Mapping[str, float], now: Mapping[str, float]) -> Point:
    """The Korean domains count alike, whatever their size."""
    korean = [domain for domain in base if domain != ENGLISH]
    saved = sum(1 - now[domain] / base[domain] for domain in korean) / max(len(korean), 1)
    return Point(pieces=pieces, tokens_per_char=dict(now), saved=saved)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How many pieces are worth their rows, none included, and why in one sentence."""

    pieces: int
    why: str


def verdict(curve: Sequence[Point], *, worth: float, end: str) -> Verdict:
    """Go along the curve, which doubles the pieces from step to step, as long as a step saves ``worth`` of the tokens.

    The first point is the base with no new piece; ``end`` says in words why there is no further one.
    """
    best = curve[0]
    for last, step in itertools.pairwise(curve):
        gain = step.saved - last.saved
        if gain < worth:
            end = f"going on to {step.pieces:,} would save only {gain:.1%} more (less than {worth:.1%})"
            break
        best = step
    if best.pieces == 0:
        return Verdict(pieces=0, why=f"not worth it on this corpus: {end}; the base tokenizer is kept")
    return Verdict(pieces=best.pieces, why=f"{best.pieces:,} pieces save {best.saved:.1%} of the tokens; {end}")


def plot(curve: Sequence[Point], chosen: int, path: Path) -> None:
    """Tokens per character over the number of pieces, a line a domain."""
    logging.getLogger("matplotlib").setLevel(logging.WARNING)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes: Any = figure.subplots()
    for domain in sorted(curve[0].tokens_per_char):
        axes.plot([p.pieces for p in curve], [p.tokens_per_char[domain] for p in curve], marker="o", label=domain)
    axes.axvline(chosen, color="grey", linestyle=":", label=f"chosen: {chosen:,}")
    axes.set(xlabel="new pieces", ylabel="tokens per character, held-out text", ylim=(0, None))
    axes.legend()
    figure.savefig(path, dpi=120, metadata={"Software": None})
