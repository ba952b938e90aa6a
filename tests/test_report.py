"""The report: what it shows is what the run left, whatever the documents hold, and it stays small."""

import base64
import hashlib
import itertools
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beam_pipelines import plain_text, report
from beam_pipelines.options import UsageError
from beam_pipelines.reasons import Reason
from beam_pipelines.text.facts import REGIONS
from beam_pipelines.text.quality import MEASURES
from beam_pipelines.transforms import report_changes, report_page, report_samples
from beam_pipelines.transforms.distributions import EDGES, histogram
from beam_pipelines.transforms.inputs import InputError
from beam_pipelines.transforms.report import REPORT, _words
from tests.reported import HOSTILE, refined, write_lines

ANY_TEXT = st.text(st.characters(exclude_categories=[]))


class _Scripts(HTMLParser):
    """The scripts of a page as a browser takes them apart, and its policy."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[tuple[str | None, str]] = []
        self.policy = ""
        self.tags: list[str] = []
        self._type: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._type = dict(attrs).get("type") if tag == "script" else None
        if dict(attrs).get("http-equiv") == "Content-Security-Policy":
            self.policy = dict(attrs)["content"] or ""

    def handle_data(self, data: str) -> None:
        if self.lasttag == "script" and data.strip():
            self.found.append((self._type, data))


def data_of(path: str | Path) -> dict[str, Any]:
    page = _Scripts(Path(path).read_text(encoding="utf-8"))
    found: dict[str, Any] = json.loads(page.found[0][1])
    return found


@given(st.recursive(ANY_TEXT, lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner)))
def test_data_is_data_whatever_it_holds(value: Any) -> None:
    block = report_page.block({"value": value})
    assert "<" not in block
    assert not {"\u2028", "\u2029"} & set(block)
    assert json.loads(block.encode()) == {"value": report_samples.sound(value)}


@given(ANY_TEXT, ANY_TEXT)
def test_a_diff_holds_both_texts(before: str, after: str) -> None:
    runs = report_changes.diff(before, after)
    assert "".join(text for side, text in runs if side <= 0) == before
    assert "".join(text for side, text in runs if side >= 0) == after
    assert all(text for _, text in runs)


def test_a_particle_behind_a_link_is_no_new_word() -> None:
    assert report_changes.diff("'''통풍'''은 요산이 쌓여", "통풍은 요산이 쌓여") == [
        (-1, "'''"),
        (0, "통풍"),
        (-1, "'''"),
        (0, "은 요산이 쌓여"),
    ]


def test_every_example_changes_and_every_region_has_one_that_books_there() -> None:
    examples = report_changes.examples()
    assert all(any(side for side, _ in example["diff"]) for example in examples)
    assert {example["rule"] for example in examples} >= set(REGIONS) - {"unexplained"}
    touched = set()
    for example in examples:
        before = "".join(text for side, text in example["diff"] if side <= 0)
        _, _, (regions,) = report_changes.clean(example["source"], [before])
        touched |= {example["rule"]} & set(regions)
    assert touched == set(REGIONS) - {"unexplained"}


def test_every_word_is_there_in_both_languages() -> None:
    words = _words()
    assert all(len(entry) == 2 and entry[1] for entry in words.values())
    named = [f"reason.{r.value}" for r in Reason] + [f"measure.{m}" for m in MEASURES] + [f"rule.{r}" for r in REGIONS]
    assert not [name for name in named if name not in words]
    script = (Path(report_page.__file__).parent / "report.js").read_text()
    used = set(re.findall(r"\b(?:word|note)\(\"([\w.]+)\"\)", script))
    assert {key for key in used if not words.get(key, [""])[0]} == set()


def test_only_the_pages_own_style_and_script_are_allowed(tmp_path: Path) -> None:
    path = Path(report.run(["--input", str(refined(tmp_path))]))
    page = _Scripts(path.read_text(encoding="utf-8"))
    assert [kind for kind, _ in page.found] == ["application/json", None]
    digest = base64.b64encode(hashlib.sha256(page.found[1][1].encode()).digest()).decode()
    assert page.policy.startswith("default-src 'none'; style-src 'sha256-")
    assert f"script-src 'sha256-{digest}';" in page.policy
    assert set(page.tags) <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "nav",
        "main",
        "noscript",
        "script",
    }
    assert not re.search(r"(src|href)\s*=", path.read_text(encoding="utf-8").split('id="data"')[0])


def test_it_shows_what_the_run_left(tmp_path: Path) -> None:
    folder = refined(tmp_path)
    found = data_of(report.run(["--input", str(folder / "train.jsonl"), "--samples", "10"]))
    assert [(row["reason"], row["row"]) for row in found["rows"] if row["reason"] == "too_short"] == [
        ("too_short", n * 18 // 10) for n in range(10)
    ]
    assert sum(not row["reason"] for row in found["rows"]) == 10
    assert found["rows"][0]["text"].endswith(HOSTILE)
    assert found["sampled"] == {"adult": 1, "too_short": 18, "near_duplicate": 1, "benchmark": 1}
    (hit,) = found["hits"]
    assert (hit["hit"]["row"], hit["item"].split("\n")[1:]) == (0, ["초음파", "혈액"])
    (pair,) = found["clusters"]["pairs"]
    assert (pair["lost"]["row"], pair["kept"]["row"], pair["alike"]) == (80, 7, 0.91)
    chars, stopwords = found["histograms"]
    assert (sum(chars["counts"][""]), chars["sample"]) == (30, 30)
    assert (stopwords["cutoffs"], sum(stopwords["counts"]["c4"])) == ([0.05], 6)
    assert [(page["source"], page["rules"]) for page in found["pages"]] == [("namu_wiki", ["footnote"]), ("c4", [])]
    assert str(tmp_path) not in json.dumps([found["rows"], found["pages"], found["clusters"], found["hits"]])


def test_the_same_output_gives_the_same_page_and_nothing_else_is_touched(tmp_path: Path) -> None:
    folder = refined(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    first = Path(report.run(["--input", str(folder)])).read_bytes()
    assert Path(report.run(["--input", str(folder)])).read_bytes() == first
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {*before, folder / REPORT}
    assert all(path.read_bytes() == data for path, data in before.items())


def test_what_is_gone_is_said_to_be_gone(tmp_path: Path) -> None:
    folder = refined(tmp_path)
    (tmp_path / "rejects").rename(tmp_path / "moved")
    for path in (tmp_path / "raw").rglob("*.jsonl"):
        path.unlink()
    found = data_of(report.run(["--input", str(folder)]))
    assert (found["sampled"], found["pages"], found["hits"], found["clusters"]["pairs"]) == ({}, [], [], [])
    assert sum(not row["reason"] for row in found["rows"]) == 30
    again = data_of(report.run(["--input", str(folder), "--rejects", str(tmp_path / "moved")]))
    assert (again["sampled"]["too_short"], again["hits"][0]["item"]) == (18, "")


def test_damaged_inputs_and_inputs_of_other_formats_are_looked_into_as_far_as_they_go(tmp_path: Path) -> None:
    folder = refined(tmp_path)
    manifest = json.loads((folder / "_manifest.json").read_text())
    long = {"text": "[[혈압]]은 " + "앉아서 잰다. " * 40}
    for name, data in (
        ("a.arrow", b"ARROW1"),
        ("b.jsonl", b""),
        ("c.jsonl", b'{"text": "\xff"}\n{'),
        ("d.xml.bz2", b"BZh9"),
    ):
        path = tmp_path / "raw/wiki/namu_wiki" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(data)
        manifest["inputs"].append({"path": str(path), "bytes": len(data), "hash": "x:1"})
    with (tmp_path / "raw/wiki/namu_wiki/c.jsonl").open("ab") as file:
        file.write(b"\n" + json.dumps(long).encode() + b"\n")
    manifest["inputs"] = manifest["inputs"][2:]
    (folder / "_manifest.json").write_text(json.dumps(manifest))
    assert [page["row"] for page in data_of(report.run(["--input", str(folder)]))["pages"]] == [2]


def test_a_test_split_is_not_shown(tmp_path: Path) -> None:
    folder = refined(tmp_path)
    manifest = json.loads((folder / "_manifest.json").read_text())
    (folder / "train.jsonl").rename(folder / "test.jsonl")
    manifest["outputs"][1]["name"] = "test.jsonl"
    (folder / "_manifest.json").write_text(json.dumps(manifest))
    found = data_of(report.run(["--input", str(folder)]))
    assert [row for row in found["rows"] if not row["reason"]] == []


def test_a_large_file_is_looked_into_at_even_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_samples, "WINDOW", 1000)
    monkeypatch.setattr(report_samples, "WINDOWS", 10)
    path = tmp_path / "large.jsonl"
    write_lines(path, [{"text": f"{n:06}"} for n in range(2000)])
    found = [int(row["text"]) for row in report_samples.records(str(path))]
    assert found == sorted(set(found))
    assert (found[0], found[-1], len(found)) == (0, 1999, pytest.approx(10 * 1000 / 19, abs=20))
    assert max(b - a for a, b in itertools.pairwise(found)) < 2000 / 8


def test_the_page_stays_small(tmp_path: Path) -> None:
    folder = refined(tmp_path)
    reasons = [reason.value for reason in Reason][:20]
    rejects = [
        {"source": f"s{n % 3}", "file": "f", "row": n, "reason": reasons[n % 20], "text": "가나 다라 " * 150}
        for n in range(3000)
    ]
    write_lines(tmp_path / "rejects/c4.jsonl", rejects)
    path = Path(report.run(["--input", str(folder)]))
    assert path.stat().st_size < 4 << 20
    shown = [row["reason"] for row in data_of(path)["rows"]]
    assert {reason: shown.count(reason) for reason in ["", *reasons]} == {
        "": 30,
        **dict.fromkeys(reasons, 60),
        **dict.fromkeys(["near_duplicate", "benchmark"], 46),  # one of the fourth source, and there are no more
    }


@pytest.mark.parametrize(
    ("flags", "error", "said"),
    [
        (["--input", "nowhere"], InputError, "no _manifest.json there"),
        (["--rejects", "nowhere"], InputError, "no rejects there"),
        (["--tokenizer", "nowhere"], InputError, "there is no tokenizer.json"),
        (["--samples", "0"], UsageError, "less than 1"),
        (["--tokeniser", "x"], UsageError, "did you mean --tokenizer"),
    ],
)
def test_what_cannot_be_is_one_line(tmp_path: Path, flags: list[str], error: type[Exception], said: str) -> None:
    folder = refined(tmp_path)
    with pytest.raises(error, match=said):
        report.run([*([] if "--input" in flags else ["--input", str(folder)]), *flags])


def test_a_line_that_is_none_is_named(tmp_path: Path) -> None:
    folder = refined(tmp_path)
    (tmp_path / "rejects/c4.jsonl").write_text("[1]\n")
    with pytest.raises(InputError, match=r"c4\.jsonl holds a line that is no JSON object"):
        report.run(["--input", str(folder)])


def test_tokens_are_counted_under_each_tokenizer(tmp_path: Path) -> None:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Split

    folder = refined(tmp_path)
    write_lines(folder / "train.jsonl", [{"text": "혈압 혈압"}] * 4)
    for name, pattern in (("base", ""), ("more", " ")):
        tokenizer = Tokenizer(WordLevel({"?": 0, "혈압": 1, "혈": 2}, unk_token="?"))
        tokenizer.pre_tokenizer = Split(pattern, "isolated")
        (tmp_path / name).mkdir()
        tokenizer.save(str(tmp_path / name / "tokenizer.json"))
    flags = ["--tokenizer", str(tmp_path / "base"), "--tokenizer", str(tmp_path / "more/tokenizer.json")]
    found = data_of(report.run(["--input", str(folder), *flags]))["tokens"]
    assert (found["chars"], found["texts"]) == (20, 4)
    assert [(row["size"], row["tokens"]) for row in found["rows"]] == [(3, 20), (3, 12)]
    assert found["rows"][1]["pieces"][0] == ["혈압", " ", "혈압"]


def test_the_most_frequent_repeated_lines_of_each_source_are_listed(tmp_path: Path) -> None:
    folder = refined(tmp_path)
    every = [
        {"source": source, "line": "줄" * 400 + str(n), "documents": 9 * n, "dropped": 8 * n}
        for source in ("namu_wiki", "c4")
        for n in range(1000, 0, -1)
    ]
    write_lines(folder / "_repeated_lines.jsonl", every)
    found = data_of(report.run(["--input", str(folder)]))
    assert [(row["source"], row["documents"], row["dropped"]) for row in found["lines"]] == [
        (row["source"], row["documents"], row["dropped"]) for row in [*every[:200], *every[1000:1200]]
    ]
    assert {row["line"] for row in found["lines"]} == {"줄" * 300 + "…"}
    assert found["repeated_lines"] == {
        "namu_wiki": {"documents": 1900, "lines": 27435},
        "c4": {"documents": 9, "lines": 17},
    }
    (folder / "_repeated_lines.jsonl").unlink()
    assert data_of(report.run(["--input", str(folder)]))["lines"] == []


def test_every_refined_document_is_in_the_histograms(tmp_path: Path) -> None:
    texts = ["가" * 10, "나" * 99 + "a", "다" * 300, "b" * 200 + "라", "다" * 300]
    write_lines(tmp_path / "raw/c4/0.jsonl", [{"text": text} for text in texts])
    out = tmp_path / "out"
    plain_text.run(
        ["--input", str(tmp_path / "raw"), "--output", str(out / "train.jsonl"), "--direct_num_workers", "1"]
    )
    manifest = json.loads((out / "_manifest.json").read_text())
    chars, ratio = (manifest["distributions"]["c4"][name] for name in ("chars", "korean_ratio"))
    assert chars == {"edges": list(EDGES["chars"]), "counts": histogram("chars", [10, 100, 300, 201, 300]).tolist()}
    assert [chars["counts"][chars["edges"].index(edge)] for edge in (10, 100, 200, 300)] == [1, 1, 1, 2]
    assert sum(ratio["counts"]) == 5
    assert ratio["counts"][0] == 1
    shown = {entry["name"]: entry for entry in data_of(out / REPORT)["histograms"]}
    assert (shown["chars"]["counts"], shown["chars"]["cutoffs"]) == ({"c4": chars["counts"]}, [100])
    assert shown["korean_ratio"]["cutoffs"] == [0.1]


def test_no_report_where_none_is_wanted(tmp_path: Path) -> None:
    write_lines(tmp_path / "raw/c4/0.jsonl", [{"text": "가나다 " * 100}])
    output = tmp_path / "out/train.jsonl"
    plain_text.run(["--input", str(tmp_path / "raw"), "--output", str(output), "--report", "off"])
    assert not (output.parent / REPORT).exists()
