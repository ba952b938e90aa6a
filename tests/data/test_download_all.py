"""The downloads end to end: real client libraries, real processes, a hub on the loopback device."""

import importlib.util
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import datasets
import pytest

from beam_pipelines import refine_all
from data import download_all
from data.errors import DownloadError
from data.registry import REGISTRY, Source
from tests.corpora import read_lines
from tests.data import upstream
from tests.data.conftest import ROOT, Runner, command, environment, tree
from tests.data.hub_server import Fault, Hub, Repo

ROWS = {
    "namu_wiki": upstream.NAMU_ROWS,
    "wikipedia": upstream.WIKIPEDIA_ROWS,
    "c4": upstream.C4_ROWS,
    "kormedmcqa": 1890 + 604,
    "tatoeba": upstream.PAIRS,
}


def source_json(raw: Path, source: Source) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((raw / source.folder / "_source.json").read_text())
    return facts


def test_from_nothing_to_the_refined_text(hub: Hub, run: Runner, raw: Path, tmp_path: Path) -> None:
    first = run("download_all")
    assert first.returncode == 0, first.stderr
    for name, source in REGISTRY.items():
        facts = source_json(raw, source)
        assert facts["rows"] == ROWS[name] == sum(file["rows"] for file in facts["files"])
        assert facts["bytes"] == sum((raw / source.folder / f["path"]).stat().st_size for f in facts["files"])
        assert facts["licence"] == source.licence
        assert f"{name}: {ROWS[name]} rows" in first.stderr
        assert source.licence in first.stderr
    hub_sources = [source for source in REGISTRY.values() if not source.url]
    for source in hub_sources:
        assert source_json(raw, source)["commit"] == hub.repos[source.id].head

    # Each form as its reader expects it, with the rows of upstream in their order.
    namu = datasets.load_from_disk(str(raw / "00_korean/namu_wiki"))
    assert list(namu) == ["train"]
    assert namu["train"].column_names == ["namespace", "title", "text", "contributors", "id"]
    assert [dict(row, id=None) for row in upstream.namu_rows()] == [
        {name: row[name] for name in ("title", "text", "contributors", "namespace", "id")} for row in namu["train"]
    ]
    assert list(datasets.load_from_disk(str(raw / "00_korean/wikipedia-korean"))) == upstream.wikipedia_rows()
    assert list(datasets.load_from_disk(str(raw / "00_korean/c4_korean"))) == upstream.c4_rows()
    medical = raw / "02_kor_med_test"
    assert read_lines(medical / "train.jsonl") == upstream.doctor_rows("train")
    others = [row for split in ("test", "dev", "fewshot") for row in upstream.doctor_rows(split)]
    assert read_lines(medical / "test.jsonl") == others
    pairs = read_lines(raw / "03_korean_english/opus_tatoeba_ko_en/train.jsonl")
    assert [(row["en"], row["ko"]) for row in pairs] == upstream.pairs()

    before, asked = tree(tmp_path / "raw"), len(hub.requests)
    second = run("download_all")
    assert (second.returncode, len(hub.requests)) == (0, asked), second.stderr
    assert tree(tmp_path / "raw") == before
    assert not list(raw.rglob(".*")), "nothing hidden is left behind"

    manual = raw / "01_medical_dict/bilingual_medical_dict.json"  # the one input that no download brings
    manual.parent.mkdir()
    manual.write_text('{"hypertension": "고혈압"}')
    out = tmp_path / "02_refined"
    outcomes = refine_all.run(["--input", str(raw), "--output", str(out)])
    assert [(o.step, o.state, o.rows_in) for o in outcomes] == [
        ("mcq", "done", 1890 + 604),
        ("dict", "done", 1),
        ("translation", "done", upstream.PAIRS),
        ("plain-text", "done", upstream.NAMU_ROWS + upstream.WIKIPEDIA_ROWS + upstream.C4_ROWS),
    ]
    assert [len(read_lines(out / f"02_kor_med_test/{split}.jsonl")) for split in ("train", "test")] == [1890, 604]
    translated = json.loads((out / "01_english_korean/_manifest.json").read_text())
    assert translated["licences"] == {"opus_tatoeba_ko_en": REGISTRY["tatoeba"].licence}
    assert json.loads((out / "00_plain_text/_manifest.json").read_text())["ledger"] == {
        "namu_wiki": {"in": 2300, "out": 2254, "dropped": {"redirect": 46}},
        "wikipedia": {"in": 1500, "out": 876, "dropped": {"duplicate": 624}},
        "c4": {"in": 1200, "out": 1200, "dropped": {}},
    }


CUT = {
    "namu_wiki": "storage GET .*data/train-00001",
    "wikipedia": "storage GET",
    "c4": "storage GET .*c4-ko.tfrecord-00001",
    "kormedmcqa": "GET .*doctor-test.csv",
    "tatoeba": "GET /plain",
}
"""The request of each source during which its download is killed."""


@pytest.mark.parametrize("name", CUT)
def test_a_killed_download_goes_on_by_range(
    hub: Hub, run: Runner, raw: Path, tmp_path: Path, whole: Path, name: str
) -> None:
    target = raw / REGISTRY[name].folder
    hub.faults = [Fault(CUT[name], share=0.6, stall=True)]
    env = environment(hub, tmp_path / "home")
    with subprocess.Popen(
        command(hub, raw, "download_all", "--only", name), env=env, cwd=ROOT, stderr=subprocess.DEVNULL
    ) as process:
        assert hub.stalled.wait(30)
        time.sleep(0.2)  # what was sent is on its way to the disk
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert not target.exists()
    (part,) = target.parent.glob(".*.download/raw-*.part")
    have, asked = part.stat().st_size, len(hub.requests)
    for moved in hub.repos.values():  # and upstream moves on meanwhile
        moved.change({"README.md": b"", "data/train-00000-of-00002.parquet": b"", "data/doctor-dev.csv": b""})
    assert have > 0
    state = run("download_all", "--only", name, "--dry-run")
    assert state.stderr.splitlines()[-1].endswith("partial")

    again = run("download_all", "--only", name)
    assert again.returncode == 0, again.stderr
    ranges = [line.rpartition(" ")[2] for line in hub.fetched(since=asked) if "bytes=" in line]
    assert ranges == [f"bytes={have}-"]
    assert not [line for line in hub.requests[asked:] if "/tree/" in line], "the listing was kept"
    assert tree(target) == tree(whole / REGISTRY[name].folder)


def repo(hub: Hub, name: str) -> Repo:
    return hub.repos[REGISTRY[name].id]


def gate(status: int) -> Any:
    def change(hub: Hub) -> None:
        repo(hub, "namu_wiki").gated = status

    return change


def drop(hub: Hub) -> None:
    del hub.repos[REGISTRY["namu_wiki"].id]


def rename(hub: Hub) -> None:
    hub.repos["someone/else"] = repo(hub, "namu_wiki")
    hub.repos[REGISTRY["namu_wiki"].id] = Repo({}, moved_to="someone/else")


def change_columns(hub: Hub) -> None:
    rows = [{"title": "가", "body": "나", "namespace": "0"}]
    repo(hub, "namu_wiki").change({"data/train-00000-of-00002.parquet": upstream.parquet(rows)})


def change_type(hub: Hub) -> None:
    rows = [{"title": "가", "text": ["나"], "namespace": "0"}]
    repo(hub, "namu_wiki").change({"data/train-00000-of-00002.parquet": upstream.parquet(rows)})


def own_code(hub: Hub) -> None:
    repo(hub, "namu_wiki").change({"namuwiki.py": b"raise SystemExit('never run')"})


def lose_config(hub: Hub) -> None:
    repo(hub, "wikipedia").change({"README.md": upstream.card({"20991231.ko": {"train": "20231101.ko/*"}})})


def lose_split(hub: Hub) -> None:
    repo(hub, "wikipedia").change({"README.md": upstream.card({"20231101.ko": {"test": "20231101.ko/*"}})})


def point_outside(hub: Hub) -> None:
    hub.plain["other.parquet"] = upstream.parquet(upstream.wikipedia_rows())
    outside = f"{hub.storage_url}/plain/other.parquet"
    repo(hub, "wikipedia").change({"README.md": upstream.card({"20231101.ko": {"train": outside}})})


def lose_question(hub: Hub) -> None:
    rows = upstream.doctor_rows("test")[1:]
    repo(hub, "kormedmcqa").change({"data/doctor-test.csv": upstream.csv_file(rows)})


def sixth_answer(hub: Hub) -> None:
    rows = [*upstream.doctor_rows("dev")[1:], dict(upstream.question(9), answer=6)]
    repo(hub, "kormedmcqa").change({"data/doctor-dev.csv": upstream.csv_file(rows)})


def lose_zip(hub: Hub) -> None:
    hub.plain.clear()


def busy(hub: Hub) -> None:
    hub.faults = [Fault("/api/datasets", times=9, status=503)]


def unknown_token(hub: Hub) -> None:
    hub.faults = [
        Fault("/api/datasets", status=401, headers={"X_Error_Message": "Invalid credentials in Authorization header"})
    ]


TROUBLE: dict[str, tuple[str, Any, list[str]]] = {
    "gated, no account": (
        "namu_wiki",
        gate(401),
        ["heegyu/namuwiki is gated", "by-nc-sa/2.0/kr", "`hf auth login`"],
    ),
    "gated, no leave": ("namu_wiki", gate(403), ["/datasets/heegyu/namuwiki", "agree to its terms"]),
    "gone": ("namu_wiki", drop, ["there is no dataset heegyu/namuwiki", "renamed", "data/registry.py"]),
    "unknown token": ("namu_wiki", unknown_token, ["does not know your token", "`hf auth login`"]),
    "busy for long": ("namu_wiki", busy, ["503", "run this again later"]),
    "other columns": ("namu_wiki", change_columns, ["no column text; it has title, body, namespace"]),
    "other type": ("namu_wiki", change_type, ["column text holds list<", "not string"]),
    "own code": ("namu_wiki", own_code, ["running its own code, which is not done"]),
    "no config": ("wikipedia", lose_config, ["config 20231101.ko: ", "20991231.ko", "has the dataset changed?"]),
    "no split": ("wikipedia", lose_split, ["no split train, only test"]),
    "a card that points elsewhere": ("wikipedia", point_outside, ["don't belong to wikimedia/wikipedia"]),
    "a question less": ("kormedmcqa", lose_question, ["603 rows for test.jsonl, not 604"]),
    "a sixth answer": ("kormedmcqa", sixth_answer, ["doctor-dev.csv: row 163: answer is 6, not 1 to 5"]),
    "moved zip": ("tatoeba", lose_zip, ["en-ko.txt.zip is not there any more", "data/registry.py"]),
}


@pytest.mark.parametrize("what", TROUBLE)
def test_trouble_is_one_line_that_says_what_to_do(hub: Hub, run: Runner, raw: Path, what: str) -> None:
    name, change, words = TROUBLE[what]
    change(hub)
    done = run("download_all", "--only", name)
    assert done.returncode == 1
    for word in words:
        assert word in done.said(name)[-1], done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: 1 of 1 sources could not be had: ")
    assert not (raw / REGISTRY[name].folder).exists()


UNREACHABLE: dict[str, tuple[dict[str, str], str]] = {
    "no network": ({"HF_ENDPOINT": "http://127.0.0.1:9"}, "cannot reach 127.0.0.1 "),
    "dead proxy": (
        {"HF_ENDPOINT": "http://hub.invalid", "HTTP_PROXY": "http://127.0.0.1:9"},
        "cannot reach hub.invalid through the proxy in HTTP_PROXY",
    ),
    "offline": ({"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE is set"),
}


@pytest.mark.parametrize("what", UNREACHABLE)
def test_no_way_to_the_hub_is_told_at_once(hub: Hub, raw: Path, tmp_path: Path, what: str) -> None:
    more, words = UNREACHABLE[what]
    done = subprocess.run(
        command(hub, raw, "download_all", "--only", "wikipedia"),
        env={**environment(hub, tmp_path / "home"), **more},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    asking, why, last = done.stderr.splitlines()
    assert asking == "wikipedia: asking what there is of wikimedia/wikipedia"
    assert f"wikipedia: {words}" in why
    assert last.startswith("error: 1 of 1 sources could not be had: wikipedia")


def test_a_commit_that_is_gone_upstream(hub: Hub, run: Runner, raw: Path) -> None:
    hub.faults = [Fault("storage GET", status=404)]
    assert run("download_all", "--only", "wikipedia").returncode == 1
    begun = repo(hub, "wikipedia").head
    repo(hub, "wikipedia").change({"README.md": b""})
    del repo(hub, "wikipedia").commits[begun]
    (said,) = run("download_all", "--only", "wikipedia").said("wikipedia")
    assert f"wikimedia/wikipedia has no revision {begun} any more" in said


def test_a_run_that_goes_on_may_use_another_mirror(hub: Hub, run: Runner, whole: Path) -> None:
    hub.faults = [Fault("GET /plain", share=0.5), Fault("GET /plain", status=404)]
    assert run("download_all", "--only", "tatoeba").returncode == 1
    hub.plain["mirror.zip"] = hub.plain.pop("en-ko.txt.zip")
    done = run("download_translation", "--opus_url", f"{hub.url}/plain/mirror.zip")
    assert done.returncode == 0, done.stderr
    assert [line.rpartition("=")[0] for line in hub.fetched()][-1] == "hub GET /plain/mirror.zip bytes"
    folder = REGISTRY["tatoeba"].folder
    assert tree(run.raw / folder) == tree(whole / folder)


def test_one_source_that_fails_does_not_keep_the_others(hub: Hub, run: Runner, raw: Path) -> None:
    gate(401)(hub)
    done = run("download_all", "--skip", "c4", "kormedmcqa")
    assert done.returncode == 1
    assert "1 of 3 sources could not be had: namu_wiki" in done.stderr
    assert source_json(raw, REGISTRY["wikipedia"])["rows"] == upstream.WIKIPEDIA_ROWS
    assert source_json(raw, REGISTRY["tatoeba"])["rows"] == upstream.PAIRS
    assert not (raw / REGISTRY["c4"].folder).exists()


def test_a_busy_server_and_a_new_name_are_got_over(hub: Hub, run: Runner, raw: Path) -> None:
    rename(hub)
    hub.faults = [Fault("/api/datasets", status=503), Fault("storage GET", status=503)]
    done = run("download_all", "--only", "namu_wiki")
    assert done.returncode == 0, done.stderr
    assert "heegyu/namuwiki is called someone/else now" in done.stderr
    facts = source_json(raw, REGISTRY["namu_wiki"])
    assert (facts["id"], facts["served_as"]) == ("heegyu/namuwiki", "someone/else")


def test_the_token_stays_with_the_hub(hub: Hub, run: Runner) -> None:
    done = run("download_all", "--only", "wikipedia", "tatoeba", HF_TOKEN="hf_secret")
    assert done.returncode == 0, done.stderr
    told = {line.partition(" ")[0] for line in hub.requests if "hf_secret" in line}
    assert told == {"hub"}
    assert hub.fetched()
    assert not [line for line in hub.fetched() if "hf_secret" in line]


def test_max_gb_takes_the_first_part_and_a_later_run_the_rest(hub: Hub, run: Runner, raw: Path, whole: Path) -> None:
    assert run("download_korean_text", "--only", "c4", "--max-gb", "0.0002").returncode == 0
    folder = raw / REGISTRY["c4"].folder
    facts = source_json(raw, REGISTRY["c4"])
    assert (facts["limit_bytes"], facts["rows"], len(facts["upstream"])) == (200_000, 800, 2)
    assert len(hub.fetched()) == 2
    assert list(datasets.load_from_disk(str(folder))) == upstream.c4_rows()[:800]

    hub.repos["allenai/c4"].change({"multilingual/c4-ko.tfrecord-00009-of-00003.json.gz": b"newer"})
    more = run("download_korean_text", "--only", "c4")
    assert more.returncode == 0, more.stderr
    assert "newer" not in more.stderr
    assert list(datasets.load_from_disk(str(folder))) == upstream.c4_rows()
    assert run("download_korean_text", "--only", "c4", "--max-gb", "0.0001").stderr.endswith("nothing to do\n")


def test_other_examinations_have_folders_of_their_own(hub: Hub, run: Runner, raw: Path) -> None:
    done = run("download_kormedmcqa", "--config", "nurse", "dentist")
    assert done.returncode == 0, done.stderr
    for config in ("nurse", "dentist"):
        folder = raw / f"02_kor_med_test_{config}"
        assert read_lines(folder / "train.jsonl") == [upstream.question(1)]
        assert read_lines(folder / "test.jsonl") == [upstream.question(1)] * 3
    assert not (raw / "02_kor_med_test").exists()


def test_a_dry_run_asks_nobody_and_writes_nothing(hub: Hub, run: Runner, raw: Path) -> None:
    done = run("download_all", "--dry-run")
    assert done.returncode == 0
    rows = done.stderr.splitlines()
    assert rows[0].split() == ["source", "what", "where", "bytes", "licence", "state"]
    assert [row.split()[0] for row in rows[1:]] == list(REGISTRY)
    for row, source in zip(rows[1:], REGISTRY.values(), strict=True):
        for word in (source.id, source.licence, str(raw / source.folder)):
            assert word in row
        assert row.endswith("missing")
    assert "about 18 GB" in rows[1]
    assert (hub.requests, raw.exists()) == ([], False)


def test_the_libraries_of_downloads_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "datasets" else True)
    with pytest.raises(DownloadError, match=r"datasets not installed: python -m pip install -e '\.\[hub\]'"):
        download_all.run(["--only", "tatoeba"])


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--dry_rnu"], "unknown argument --dry_rnu; did you mean --dry_run?"),
        (["--only", "wikipedia", "--skip", "wikipedia"], "--only and --skip leave no source"),
        (["--only", "wiki"], "invalid choice: 'wiki'"),
        (["--max-gb", "-1"], "less than"),
    ],
)
def test_a_wrong_command_line_is_told_before_anything_is_done(
    hub: Hub, run: Runner, flags: list[str], words: str
) -> None:
    done = run("download_all", *flags)
    assert (done.returncode, hub.requests) == (2, [])
    assert words in done.stderr


@pytest.mark.parametrize(
    "entry", ["download_all", "download_korean_text", "download_kormedmcqa", "download_translation"]
)
def test_help_waits_for_no_library(entry: str) -> None:
    code = (
        f"import sys, data.{entry} as entry; entry.flags().format_help();"
        "print({'pyarrow', 'datasets', 'huggingface_hub', 'fsspec', 'apache_beam'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout == "set()\n"
