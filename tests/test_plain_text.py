"""The main job, end to end, as a user runs it."""

import bz2
import gzip
import json
import os
import resource
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from beam_pipelines import launch, plain_text
from beam_pipelines.options import UsageError
from beam_pipelines.reasons import Reason
from beam_pipelines.text.cleaners import CLEANERS
from beam_pipelines.text.facts import Tally
from beam_pipelines.transforms import inputs
from beam_pipelines.transforms.inputs import InputError
from data.sample import make_sample
from tests import corpora
from tests.corpora import tree

KOREAN = corpora.document


def namu(text: str, namespace: str = "0") -> dict[str, str]:
    return {"namespace": namespace, "title": "제목", "text": text, "contributors": ""}


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Three sources with every reason in them; 14 documents, of which 6 stay."""
    root = tmp_path / "raw"
    for folder in ("namu_wiki/train", "wikipedia-korean", "c4_korean"):
        (root / folder).mkdir(parents=True)
    corpora.arrow_stream(
        root / "namu_wiki/train/data-00000-of-00001.arrow",
        [
            namu(KOREAN(1)),
            namu("#redirect 고혈압"),
            namu("\ufeff #넘겨주기 고혈압"),
            namu(KOREAN(2), namespace="1"),
            namu("짧은 문서"),
            namu(KOREAN(3)),
        ],
    )
    wikipedia = [KOREAN(4), unicodedata.normalize("NFD", KOREAN(3)) + "  \n", "English only. " * 20]
    corpora.parquet(root / "wikipedia-korean/a.parquet", [{"text": text} for text in wikipedia])
    web = [KOREAN(5), KOREAN(5), KOREAN(1), KOREAN(6)]
    lines = [json.dumps({"text": text}).encode() for text in web]
    (root / "c4_korean/a.json.gz").write_bytes(gzip.compress(b"\n".join([lines[0], b"[1]", *lines[1:]]) + b"\n"))
    return root


KEPT = [KOREAN(n) for n in (1, 3, 4, 5, 6)]
LEDGER = {
    "namu_wiki": {"in": 6, "out": 2, "dropped": {"namespace": 1, "redirect": 2, "too_short": 1}},
    "wikipedia": {"in": 3, "out": 1, "dropped": {"low_korean": 1, "duplicate": 1}},
    "c4": {"in": 5, "out": 2, "dropped": {"unreadable": 1, "duplicate": 2}},
}


def _count(digits: int, signs: int, numbers: int) -> dict[str, int]:
    return {"digits": digits, "signs": signs, "numbers": numbers}


NONE_LOST = {"lost": {"digits": 0, "signs": 0}, "joined": {"numbers": 0}}


SAMPLE_FACTS = {
    "namu_wiki": {
        "in": _count(4800, 1516, 2792),
        "added": {"heading_number": _count(670, 0, 670)},
        "dropped": {
            "table": _count(1532, 875, 758),
            "footnote": _count(112, 0, 28),
            "hidden_link": _count(90, 0, 30),
            "link_target": _count(52, 0, 52),
            "template": _count(55, 0, 55),
            "macro": _count(108, 0, 36),
            "markup": _count(246, 172, 219),
        },
        "out": _count(3275, 469, 2284),
        **NONE_LOST,
    },
    "wikipedia": {
        "in": _count(716, 78, 407),
        "added": {},
        "dropped": {},
        "out": _count(716, 78, 407),
        **NONE_LOST,
    },
    "c4": {
        "in": _count(694, 56, 382),
        "added": {},
        "dropped": {},
        "out": _count(694, 56, 382),
        **NONE_LOST,
    },
}


def run(raw: Path, out: Path, *more: str) -> dict[str, Any]:
    """The manifest of a run."""
    plain_text.run(["--input", str(raw), "--output", str(out / "train.jsonl"), *more])
    manifest: dict[str, Any] = json.loads((out / "_manifest.json").read_text())
    return manifest


def test_documents_ledger_and_manifest(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    manifest = run(raw, out)
    assert [row["text"] for row in corpora.read_lines(out / "train.jsonl")] == KEPT
    assert manifest["ledger"] == LEDGER
    assert list(manifest["ledger"]) == ["namu_wiki", "wikipedia", "c4"]
    for entry in manifest["inputs"]:
        assert entry["bytes"] == Path(entry["path"]).stat().st_size
        assert entry["hash"].startswith("xxh3_128:")
    assert manifest["options"]["min_chars"] == 100
    assert set(manifest["licences"]) == set(LEDGER)
    assert manifest["outputs"] == [
        {"name": "train.jsonl", "documents": 5, "bytes": (out / "train.jsonl").stat().st_size}
    ]
    assert [(Path(p["file"]).name, p["row"]) for p in manifest["unreadable"]] == [("a.json.gz", 1)]
    assert sorted(tree(out)) == ["README.md", "_manifest.json", "report.html", "train.jsonl"]  # nothing half-written


def test_rejects_hold_every_dropped_row_with_its_reason_and_origin(raw: Path, tmp_path: Path) -> None:
    manifest = run(raw, tmp_path / "out", "--rejects", str(tmp_path / "rejects"))
    rows = [row for path in sorted((tmp_path / "rejects").iterdir()) for row in corpora.read_lines(path)]
    assert all(set(row) == {"source", "file", "row", "reason", "text"} for row in rows)
    for source, entry in manifest["ledger"].items():
        for reason, count in entry["dropped"].items():
            assert sum(row["source"] == source and row["reason"] == reason for row in rows) == count
    assert len(rows) == 9
    found = {(row["source"], row["row"]): (row["reason"], row["text"]) for row in rows}
    assert found["namu_wiki", 1] == ("redirect", "#redirect 고혈압")
    assert found["namu_wiki", 3] == ("namespace", KOREAN(2))
    assert found["wikipedia", 1] == ("duplicate", KOREAN(3))
    assert found["c4", 1] == ("unreadable", "[1]")
    assert found["c4", 2] == ("duplicate", KOREAN(5))


def test_shards_hold_the_same_documents_in_the_same_order(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(raw, out)
    one = (out / "train.jsonl").read_bytes()
    run(raw, out, "--num_shards", "3")
    names = [f"train-0000{n}-of-00003.jsonl" for n in range(3)]
    assert sorted(tree(out)) == ["README.md", "_manifest.json", "report.html", *names]  # the one file before is gone
    assert b"".join((out / name).read_bytes() for name in names) == one
    assert [len(corpora.read_lines(out / name)) for name in names] == [1, 2, 2]


def test_another_output_in_the_same_folder_is_left_alone(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(raw, out)
    one = (out / "train.jsonl").read_bytes()
    plain_text.run(["--input", str(raw), "--output", str(out / "small.jsonl"), "--max_samples=1"])
    assert (out / "train.jsonl").read_bytes() == one
    assert len(corpora.read_lines(out / "small.jsonl")) == 3


@pytest.mark.parametrize("more", [["--num_shards=2"], []], ids=["shards", "one file"])
def test_any_number_of_workers_and_another_mode_give_the_same_bytes(raw: Path, tmp_path: Path, more: list[str]) -> None:
    trees = []
    for number, workers in enumerate([["1"], ["2"], ["4"], ["2", "--direct_running_mode=multi_threading"]]):
        out = tmp_path / str(number)
        run(raw, out, "--direct_num_workers", *workers, *more)
        trees.append(tree(out))
    assert trees[1:] == trees[:1] * 3


def test_switched_off_filters_let_documents_through(raw: Path, tmp_path: Path) -> None:
    flags = ["--dedupe=off", "--min_chars=1", "--min_korean_ratio=0", "--adult_filter=off"]
    manifest = run(raw, tmp_path / "out", *flags)
    dropped = {reason for entry in manifest["ledger"].values() for reason in entry["dropped"]}
    assert dropped == {"namespace", "redirect", "unreadable"}
    assert sum(entry["out"] for entry in manifest["ledger"].values()) == 10


def test_facts_of_the_sample_are_all_accounted_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    facts = run(make_sample.OUTPUT, tmp_path)["facts"]
    assert facts == SAMPLE_FACTS
    assert "facts of" not in caplog.text


def test_a_cleaner_that_loses_a_fact_is_reported(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = CLEANERS["c4"]

    def eats(texts: pa.Array, tally: Tally | None = None, /) -> pa.LargeStringArray:
        cleaned: pa.LargeStringArray = pc.replace_substring(whole.clean(texts, tally), "140", "14")
        return cleaned

    monkeypatch.setitem(CLEANERS, "c4", whole._replace(clean=eats))
    facts = run(raw, tmp_path / "out")["facts"]
    lost = sum(KOREAN(n).count("140") for n in (5, 5, 1, 6))  # of all that is cleaned, duplicates or not
    assert {source: account["lost"] for source, account in facts.items()} == {
        "namu_wiki": {"digits": 0, "signs": 0},
        "wikipedia": {"digits": 0, "signs": 0},
        "c4": {"digits": lost, "signs": 0},
    }
    assert facts["c4"]["in"]["digits"] == facts["c4"]["out"]["digits"] + lost
    assert f"facts of c4: {lost} digits lost in cleaning" in caplog.text


def test_max_samples_counts_input_documents_of_each_source(raw: Path, tmp_path: Path) -> None:
    manifest = run(raw, tmp_path / "out", "--max-samples", "2")
    assert {source: entry["in"] for source, entry in manifest["ledger"].items()} == dict.fromkeys(LEDGER, 2)
    # The second of c4 is the line that cannot be read: rows count in file order, good or bad.
    assert manifest["ledger"]["c4"] == {"in": 2, "out": 1, "dropped": {"unreadable": 1}}


def test_a_source_that_no_folder_names_must_be_named(tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_text(json.dumps({"text": KOREAN(1)}) + "\n")
    with pytest.raises(InputError, match="--source"):
        run(tmp_path / "data.jsonl", tmp_path / "out")
    assert run(tmp_path / "data.jsonl", tmp_path / "out", "--source=c4")["ledger"]["c4"]["out"] == 1


def test_strict_stops_at_the_first_unreadable_row_and_names_it(
    raw: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    flags = ["--input", str(raw), "--output", str(tmp_path / "out" / "train.jsonl"), "--strict"]
    assert launch.main(plain_text.run, flags) == 1
    message = caplog.records[-1].getMessage()
    assert "a.json.gz row 1: a JSON list, not an object" in message
    assert "\n" not in message
    assert not (tmp_path / "out" / "train.jsonl").exists()


def test_damaged_files_are_counted_and_the_rest_of_the_run_goes_on(raw: Path, tmp_path: Path) -> None:
    shard = raw / "namu_wiki/train/data-00000-of-00001.arrow"
    shard.write_bytes(shard.read_bytes()[:-200])  # inside the last batch, of two rows
    (raw / "c4_korean/b.jsonl").write_bytes(b"")
    (raw / "c4_korean/c.arrow").write_bytes(b"garbage")
    ledger = run(raw, tmp_path / "out", "--rejects", str(tmp_path / "rejects"))["ledger"]
    assert ledger["namu_wiki"] == {"in": 6, "out": 1, "dropped": {"unreadable": 2, "namespace": 1, "redirect": 2}}
    assert ledger["c4"]["dropped"]["unreadable"] == 3
    assert ledger["wikipedia"]["out"] == 2  # the twin in the lost batch no longer makes it a duplicate


def test_invalid_utf8_in_a_string_column_costs_its_row(tmp_path: Path) -> None:
    import pyarrow as pa

    texts = [KOREAN(1).encode(), b"\xff" * 200, KOREAN(2).encode()]
    column = pa.array(texts, pa.binary())
    column = pa.StringArray.from_buffers(3, *column.buffers()[1:])
    batch = pa.RecordBatch.from_arrays([column], ["text"])
    with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as sink, pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    manifest = run(tmp_path / "a.arrow", tmp_path / "out", "--source=c4")
    assert manifest["ledger"]["c4"] == {"in": 3, "out": 2, "dropped": {"unreadable": 1}}
    assert manifest["unreadable"][0]["row"] == 1


def test_a_mediawiki_dump_with_redirects_namespaces_and_a_cut(tmp_path: Path) -> None:
    page = "'''{}''' {{{{llang|en|hypertension}}}} [[분류:병]]"
    rows = [
        {"text": page.format(KOREAN(1)), "namespace": "0"},
        {"text": "#넘겨주기 [[고혈압]]", "namespace": "0"},
        {"text": KOREAN(2), "namespace": "10"},
        {"text": KOREAN(3), "namespace": "0"},
    ]
    folder = tmp_path / "mediawiki"
    folder.mkdir()
    whole = corpora.dump(rows)
    (folder / "pages-articles.xml.bz2").write_bytes(bz2.compress(whole))
    (folder / "cut.xml").write_bytes(whole[: whole.rindex(b"<revision>") + 40])
    ledger = run(folder, tmp_path / "out")["ledger"]
    assert [row["text"] for row in corpora.read_lines(tmp_path / "out/train.jsonl")] == [
        KOREAN(1) + " hypertension",
        KOREAN(3),
    ]
    dropped = {"unreadable": 1, "namespace": 2, "redirect": 2, "duplicate": 1}
    assert ledger == {"mediawiki": {"in": 8, "out": 2, "dropped": dropped}}


def test_a_multistream_dump_gives_the_same_bytes_however_it_is_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"text": KOREAN(n % 7), "namespace": str(n % 3 // 2 * 10)} for n in range(12)]
    head, _, rest = corpora.dump(rows).partition(b"<page>")
    pages = (b"<page>" + rest.removesuffix(b"</mediawiki>")).split(b"<page>")[1:]
    groups = [b"".join(b"<page>" + page for page in pages[at : at + 3]) for at in range(0, 12, 3)]
    dump = tmp_path / "ko-pages-articles-multistream.xml.bz2"
    dump.write_bytes(b"".join(map(bz2.compress, [head, *groups, b"</mediawiki>"])))
    written, ledgers = [], []
    for size in (1, inputs.ITEM_BYTES):
        monkeypatch.setitem(inputs.plan.__kwdefaults__ or {}, "item_bytes", size)
        out = tmp_path / str(size)
        manifest = run(dump, out, "--source=mediawiki", f"--rejects={out}/rejects")
        rejects = (out / "rejects/mediawiki.jsonl").read_bytes().splitlines()  # in the order of the work items
        written.append([(out / "train.jsonl").read_bytes(), *sorted(rejects)])
        ledgers.append(manifest["ledger"]["mediawiki"])
    assert written[0] == written[1]
    assert ledgers == [{"in": 12, "out": 6, "dropped": {"namespace": 4, "duplicate": 2}}] * 2


def test_a_document_of_fifty_megabytes(tmp_path: Path) -> None:
    big = KOREAN(1, size=25_000_000)
    assert len(big.encode()) > 50_000_000
    rows = [{"text": KOREAN(2)}, {"text": big}, {"text": KOREAN(3)}]
    (tmp_path / "c4").mkdir()
    corpora.FORMATS["jsonl"][1](tmp_path / "c4/a.jsonl", rows)
    run(tmp_path / "c4", tmp_path / "out")
    assert corpora.read_lines(tmp_path / "out/train.jsonl") == rows


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--min_charss=3"], "unknown argument --min_charss; did you mean --min_chars?"),
        (["--direct-num-worker", "3"], "unknown argument --direct_num_worker; did you mean --direct_num_workers?"),
        (["--min_chars=many"], "invalid int value: 'many'"),
        (["--dedupe=fuzzy"], "invalid choice: 'fuzzy'"),
        (["--num_shards=-1"], "-1 is less than 0"),
        (["--min_korean_ratio=10"], "10 is not between 0 and 1"),
    ],
)
def test_a_wrong_command_line_is_refused_before_anything_starts(flags: list[str], message: str) -> None:
    with pytest.raises(UsageError) as error:
        plain_text.run(flags)
    assert message in str(error.value)


def test_hyphens_are_as_good_as_underscores_and_beam_options_pass(raw: Path, tmp_path: Path) -> None:
    manifest = run(raw, tmp_path / "out", "--min-chars=1", "--direct-num-workers", "1", "--job-name=refine")
    assert manifest["options"]["min_chars"] == 1


def subprocess_run(*flags: str, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "beam_pipelines.plain_text", *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **more)


def test_help_names_every_flag_and_imports_neither_beam_nor_a_compiler() -> None:
    code = (
        "import sys; from beam_pipelines import plain_text; plain_text.flags().print_help();"
        "assert not {'apache_beam', 'numba', 'pyarrow'} & set(sys.modules), 'heavy'"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for flag in ("input", "source", "output", "num_shards", "min_korean_ratio", "min_chars", "adult_filter"):
        assert f"--{flag}" in shown
    for flag in ("dedupe", "max_samples", "rejects", "direct_num_workers", "strict", "runner"):
        assert f"--{flag}" in shown


def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(raw: Path, tmp_path: Path) -> None:
    big = raw / "c4_korean/big.jsonl"
    corpora.FORMATS["jsonl"][1](big, [{"text": KOREAN(n, size=3000)} for n in range(100)])
    out = tmp_path / "out"

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    # Files over the limit fail like a full disk does; the compiler's cache may not be written either.
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess_run("--input", str(raw), "--output", f"{out}/train.jsonl", preexec_fn=small_files, env=env)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == "error: File too large"
    assert "Traceback" not in done.stderr
    assert [path.name for path in out.iterdir() if not path.name.startswith(".")] == []


def test_a_folder_that_cannot_be_written_is_one_line(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = subprocess_run("--input", str(raw), "--output", f"{tmp_path}/file/train.jsonl")
    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == [f"error: Not a directory: {tmp_path}/file"] or (
        "error: File exists" in done.stderr or "error: Not a directory" in done.stderr
    )


def test_a_second_run_on_the_same_output_is_refused_and_touches_nothing(raw: Path, tmp_path: Path) -> None:
    from beam_pipelines.transforms import files
    from beam_pipelines.transforms.commit import Target

    out = tmp_path / "out"
    run(raw, out)
    before = tree(out)
    other = Target(outputs={"documents": f"{out}/train.jsonl"}, plan="other")
    with files.lock(other.lock):
        done = subprocess_run("--input", str(raw), "--output", f"{out}/train.jsonl", "--min_chars=1")
        assert done.returncode == 1
        assert done.stderr.strip().splitlines()[-1].startswith("error: another run is writing here")
    assert {name: data for name, data in tree(out).items() if "work-" not in name} == before
    assert subprocess_run("--input", str(raw), "--output", f"{out}/train.jsonl").returncode == 0
    assert tree(out) == before


def test_failed_commit_leaves_the_old_output_as_it_was(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from beam_pipelines.transforms import ledger

    out = tmp_path / "out"
    run(raw, out)
    before = tree(out)
    monkeypatch.setattr(ledger, "build", lambda parts: {"c4": {"in": 3, "out": 1, "dropped": {}}})
    with pytest.raises(Exception, match="3 documents in, but 1 out or dropped"):
        run(raw, out, "--min_chars=1")
    assert {name: data for name, data in tree(out).items() if "work-" not in name} == before


def test_finished_items_are_not_done_again_unless_their_input_changed(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from beam_pipelines.transforms import write
    from beam_pipelines.transforms.refine import RefineItem

    refined: list[str] = []
    real = RefineItem._refine

    def spy(self: RefineItem, item: Any, checksum: str) -> Any:
        refined.append(Path(item.path).name)
        return real(self, item, checksum)

    monkeypatch.setattr(RefineItem, "_refine", spy)
    whole, out = tmp_path / "whole", tmp_path / "out"
    run(raw, whole)
    assert len(refined) == 3
    refined.clear()
    with monkeypatch.context() as broken:
        broken.setattr(write, "plan_outputs", lambda *_: 1 / 0)
        with pytest.raises(Exception, match="division"):
            run(raw, out)
    assert len(refined) == 3
    refined.clear()
    with monkeypatch.context() as broken:
        broken.setattr(write, "plan_outputs", lambda *_: 1 / 0)
        with pytest.raises(Exception, match="division"):
            run(raw, out, "--rejects", str(tmp_path / "rejects"))  # which the run before did not keep
    assert len(refined) == 3
    refined.clear()
    (next(out.glob(".train.jsonl.work-*/*.npy"))).unlink()  # as when killed while sweeping up
    path = raw / "wikipedia-korean/a.parquet"
    corpora.parquet(path, [{"text": KOREAN(7)}])
    manifest = run(raw, out)
    assert 1 <= len(refined) <= 2
    assert "a.parquet" in refined
    assert manifest["ledger"]["wikipedia"] == {"in": 1, "out": 1, "dropped": {}}
    assert KOREAN(7) in [row["text"] for row in corpora.read_lines(out / "train.jsonl")]


def test_reasons_have_one_meaning_each() -> None:
    assert len({reason.meaning for reason in Reason}) == len(list(Reason))
