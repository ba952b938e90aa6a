"""The progress bar shows on a terminal, and nowhere else."""

import io
import sys
import time

import pytest

from beam_pipelines import progress


class Terminal(io.StringIO):
    """A standard error that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def work(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    with progress.shown(100, refresh=0.01) as seconds:
        for _ in range(4):
            progress.METER.add(documents=1000, bytes_=25)
            time.sleep(0.15)
        assert seconds() > 0.5
    return stream.getvalue()


def test_a_terminal_sees_documents_speed_and_eta(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = work(Terminal(), monkeypatch)
    assert "documents=2,000" in shown
    assert "B/s" in shown
    assert "<00:00" in shown


def test_a_log_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert work(io.StringIO(), monkeypatch) == ""
    assert (progress.METER.documents, progress.METER.bytes) == (4000, 100)


def test_what_workers_elsewhere_have_finished_is_shown_too(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "ASK_EVERY", 0.05)
    with progress.shown(100, elsewhere=lambda: 40, refresh=0.01):
        time.sleep(0.5)
    assert " 40%" in stream.getvalue()
