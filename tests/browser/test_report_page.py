"""The report in a real browser: two languages, filters by real clicks, nothing asked for and nothing run."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from beam_pipelines import report
from tests.browser.chromium import Page, browser
from tests.reported import HOSTILE, STEM, refined

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(report.run(["--input", str(refined(tmp_path_factory.mktemp("refined")))]))


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture
def page(chromium: Page, path: Path) -> Iterator[Page]:
    """The report, opened anew; after the test it has asked for nothing but itself, and nothing went wrong."""
    chromium.open(path, width=1100)
    yield chromium
    assert chromium.requests == [path.as_uri()]
    assert chromium.troubles == []
    assert chromium.run("[typeof window.owned, document.querySelectorAll('img, iframe, object, link').length]") == [
        "undefined",
        0,
    ]


def test_it_reads_in_both_languages(page: Page) -> None:
    english = page.texts("h2")
    assert english[0] == "What came in, what went out, and why the rest did not"
    page.click("#speak-ko")
    korean = page.texts("h2")
    assert (korean[0], page.text("h1")) == ("들어온 것, 나간 것, 빠진 까닭", "정제 보고서")
    assert len(english) == len(korean) == len(page.texts("nav a")) == 10
    assert not [heading for heading in english if re.search("[가-힣]", heading)]
    assert not [heading for heading in korean if not re.search("[가-힣]", heading)]
    assert page.run("[document.documentElement.lang, document.title]") == ["ko", "정제 보고서"]
    page.click("#speak-en")
    assert page.texts("h2") == english


def test_it_begins_in_the_language_of_the_browser(page: Page, path: Path) -> None:
    page.open(path, width=1100, language="ko-KR")
    assert page.run("document.documentElement.lang") == "ko"


def test_the_funnel_is_the_ledger(page: Page) -> None:
    rows = [re.split(r"\s+", row.strip()) for row in page.texts("#funnel table:first-of-type tbody tr")[:3]]
    assert rows == [
        ["namu_wiki", "1,045", "1,025", "18", "0", "1", "1"],
        ["c4", "6", "5", "0", "1", "0", "0"],
        ["total", "1,051", "1,030", "18", "1", "1", "1"],
    ]
    assert [row.split("\t") for row in page.texts("#facts tbody tr")] == [
        ["in", "7", "2", "3"],
        ["− footnotes", "7", "2", "3"],
        ["out", "0", "0", "0"],
        ["lost (numbers: joined)", "0", "0", "1"],
    ]


def test_documents_are_filtered_and_paged_by_clicks_and_keys(page: Page) -> None:
    assert page.text("#found") == "found: 51"
    page.choose("#reason", "too_short")
    assert page.text("#found") == "found: 18"
    assert page.run("[...document.querySelectorAll('.row')].map((e) => e.dataset.reason)") == ["too_short"] * 8
    seen = [row[row.index("짧은 글") :].split(" ")[2] for row in page.texts(".row .text")]
    for _ in range(2):
        page.click("#rows-next")
        seen += [row.split(" ")[2] for row in page.texts(".row .text")]
    assert seen == [str(n) for n in range(18)]
    assert page.run("document.querySelector('#rows-next').disabled")
    page.click("#rows-previous")
    assert page.texts(".row .text")[0].startswith("짧은 글 8 ")
    page.write("#search", "글 17")
    assert (page.text("#found"), len(page.texts(".row"))) == ("found: 1", 1)
    page.choose("#reason", "adult")
    assert page.text("#found") == "found: 0"


def test_what_differs_and_what_was_found_is_marked(page: Page) -> None:
    assert (page.texts("#duplicates .pair del")[0], page.texts("#duplicates .pair ins")[0]) == ("한", "두")
    assert STEM in page.text("#hits .pair > div:last-child")
    assert "".join(page.texts("#hits mark")) == STEM
    page.click("#changes details.corpus summary")
    assert "2017년" in "".join(page.texts("#changes details.corpus[open] del"))
    page.choose("#page-rule", "footnote")
    assert page.texts("#changes details.corpus summary") == ["namu_wiki namu_wiki/a.jsonl: 0 · footnotes"]


def test_repeated_lines_are_listed_by_how_often_and_filtered_by_source(page: Page) -> None:
    counts = "#lines table:first-of-type tbody tr"
    assert page.texts(counts)[:2] == ["namu_wiki\t1,900\t27,435", "c4\t9\t17"]
    rows = [row.split("\t") for row in page.texts("#lines .wide:nth-of-type(3) tbody tr")]
    assert [row[:3] for row in rows] == [[str(n), str(n - 1), "namu_wiki"] for n in range(930, 905, -1)]
    assert rows[0][3].startswith("이 글은 누구나 고칠 수 있다 930</script>")
    page.click("#lines-next")
    assert len(page.texts("#lines .wide:nth-of-type(3) tbody tr")) == 7
    page.choose("#line-source", "c4")
    assert page.texts("#lines .wide:nth-of-type(3) tbody tr") == [f"{n}\t{n}\tc4\t이웃에게 알린다 {n}" for n in (9, 8)]


def test_documents_are_text_and_nothing_else(page: Page) -> None:
    shown = page.run("document.querySelector('.row .text').textContent")
    assert HOSTILE in shown
    assert "owned" not in page.run("document.title")


@pytest.mark.parametrize("language", ["ko-KR", "en-US"])
def test_nothing_is_wider_than_a_phone(page: Page, path: Path, language: str) -> None:
    page.open(path, width=390, height=844, language=language)
    page.run("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    assert page.run("[document.documentElement.scrollWidth, innerWidth]") == [390, 390]
    assert page.run("getComputedStyle(document.querySelector('.pair')).gridTemplateColumns.split(' ').length") == 1


def test_the_browser_would_have_told(chromium: Page, path: Path, tmp_path: Path) -> None:
    """The other way round: a request, a script that breaks out and one that the policy stops are all noticed."""
    careless = tmp_path / "careless.html"
    careless.write_text(f'<meta charset="utf-8"><script type="application/json">{json.dumps(HOSTILE)}</script>')
    chromium.open(careless, width=1100)
    assert chromium.run("window.owned") == 1
    assert "http://evil.example/x" in chromium.requests
    broken_out = tmp_path / "broken.html"
    broken_out.write_text(
        path.read_text().replace(
            'id="data">',
            'id="nothing">1</script><script>window.owned = 1</script><script type="application/json" id="data">',
            1,
        )
    )
    chromium.open(broken_out, width=1100)
    assert chromium.run("typeof window.owned") == "undefined"
    assert any("Content Security Policy" in trouble for trouble in chromium.troubles)
