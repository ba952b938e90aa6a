"""What a user sees of a download while it runs."""

import functools
import io
from pathlib import Path

import pytest
from tqdm import tqdm

from data import progress
from data.hub import Listing, RemoteFile
from data.journal import Journal, Part

FILES = tuple(RemoteFile(path=str(n), size=size, output=".") for n, size in enumerate((4_000_000, 6_000_000)))


def journal(*, finished: int = 0, landed: int = 0) -> Journal:
    parts = [Part(file=0, name="", output=".", rows=1, bytes=landed, hash="")] if landed else []
    listing = Listing(id="", commit="", files=FILES)
    return Journal(folder=Path(), asked={}, listing=listing, finished=finished, parts=parts)


def test_the_bar_shows_bytes_speed_and_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    bar = functools.partial(tqdm, file=screen, mininterval=0, miniters=0, ncols=120)
    monkeypatch.setattr(progress, "tqdm", lambda **more: bar(**{**more, "disable": False}))
    with progress.Transfer("corpus", FILES, journal(finished=1, landed=9), limit=None, received=10**6) as transfer:
        transfer.begin(1)
        transfer.advance(2_000_000)
        transfer.advance(-1_000_000)
        transfer.advance(500_000)
        last = screen.getvalue().rpartition("\r")[2]
    assert "corpus:  65%" in last
    assert "6.50M/10.0M" in last
    assert "B/s" in last
    assert "file 2 of 2" in last


@pytest.mark.parametrize(
    ("finished", "landed", "limit", "total"),
    [(0, 0, None, 10e6), (0, 0, 20e6, 5e6), (0, 0, 90e6, 10e6), (1, 16e6, 24e6, 6e6), (1, 16e6, 99e6, 10e6)],
)
def test_where_only_some_is_wanted_the_end_is_where_that_is_full(
    monkeypatch: pytest.MonkeyPatch, finished: int, landed: float, limit: float | None, total: float
) -> None:
    totals: list[int] = []
    monkeypatch.setattr(progress, "tqdm", lambda **more: totals.append(more["total"]))
    state = journal(finished=finished, landed=int(landed))
    progress.Transfer("corpus", FILES, state, limit=None if limit is None else int(limit))
    assert totals == [total]


def test_without_a_terminal_there_is_a_line_a_file(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    with progress.Transfer("corpus", FILES, journal(), limit=None) as transfer:
        transfer.begin(0)
        transfer.advance(4_000_000)
        transfer.end(0)
    (record,) = caplog.records
    assert record.getMessage().startswith("corpus: file 1 of 2, 4.0 MB so far, ")
