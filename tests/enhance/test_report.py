"""The page to read samples in: whole, of its own, and with every text escaped."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from enhance import enhance_with_llm, report
from enhance.reasons import Reason, Tier
from enhance.tasks import InputError
from tests import corpora
from tests.enhance import scripted

VOID = {"meta", "br"}


class Shape(HTMLParser):
    """Opens and closes, and what is shown of each class."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open += [tag] if tag not in VOID else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = scripted.refined(tmp_path / "data")
    train = root / "02_kor_med_test/train.jsonl"
    rows = corpora.read_lines(train)
    rows[0]["A"] = "<script>alert(1)</script> & 수술"
    scripted.write(train, rows)
    enhance_with_llm.run(scripted.flags(root, "--verify"), load=scripted.loader(scripted.Scripted()))
    return root


def test_every_row_is_shown_in_its_tier_and_nothing_is_fetched(root: Path) -> None:
    page = report.run(["--data_root", str(root), "--samples=0"]).read_text()
    shape = Shape()
    shape.feed(page)
    assert shape.open == []
    shown = [attributes["class"] for tag, attributes in shape.tags if tag == "details"]
    assert len(shown) == 2 * 24
    assert shown.count(Tier.VERIFIED.value) == 8
    assert not {"script", "img", "link", "iframe"} & {tag for tag, _ in shape.tags}
    assert not re.search(r"https?://|url\(|@import", page)
    assert "default-src 'none'" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; 수술" in page
    for name in (*Tier, Reason.MISLEADS, Reason.EMPTY, Reason.FOREIGN_SCRIPT):
        assert name.korean in page
    assert "attempt 4 · 시도 4" in page


def test_samples_are_few_when_asked_and_the_same_every_time(root: Path) -> None:
    first, second = (report.run(["--data-root", str(root), "--samples=2"]).read_text() for _ in range(2))
    assert first == second
    assert first.count("<details") == 2 * 4 + 2 * 2  # the questions have four tiers, the terms two
    assert "(2 / 8)" in first


def test_nothing_to_show_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="first run python -m"):
        report.run(["--data_root", str(tmp_path)])


def test_help_is_light() -> None:
    code = (
        "import sys; from enhance import report; report.flags().print_help();"
        "assert not {'torch', 'transformers', 'apache_beam', 'pyarrow', 'numpy'} & set(sys.modules)"
    )
    assert (
        "--samples" in subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    )
