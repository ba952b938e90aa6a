"""The dataset card: a folder of results loads by its name, its terms are said, and nobody's README is overwritten."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from beam_pipelines.sources import SOURCES
from beam_pipelines.transforms import card
from beam_pipelines.transforms.card import DOCUMENTS, PAIRS, Card, hub_licence
from beam_pipelines.transforms.commit import REJECTS, Account, Target, Written, commit

FACTS = {
    "options": {
        "min_chars": 100,
        "strict": True,
        "guard": [{"file": "/home/me/test.jsonl", "items": 7, "hash": "x:1"}],
    },
    "versions": {"code": "0123456789abcdef"},
}
LEDGER = {
    "namu_wiki": {"in": 3, "out": 2, "dropped": {"too_short": 1}},
    "c4": {"in": 4, "out": 2, "dropped": {"too_short": 1, "adult": 1}},
}
LICENCES = {name: source.licence for name, source in SOURCES.items()}


def finish(folder: Path, *, about: Card = DOCUMENTS, views: tuple[str, ...] = ("train",), shards: int = 0) -> str:
    """Commit four lines a view, with rejects inside the folder, and give back the card."""
    target = Target(
        outputs={view: f"{folder}/{view}.jsonl" for view in views},
        plan="plan",
        num_shards=shards,
        rejects=f"{folder}/rejects",
        card=about,
    )
    files = [(path, view, view, 4 // len(target.paths(view))) for view in views for path in target.paths(view)]
    written = []
    for path, kind, view, lines in [*files, (f"{folder}/rejects/c4.jsonl", REJECTS, "lost", 3)]:
        aside = Path(target.aside(path))
        aside.parent.mkdir(parents=True, exist_ok=True)
        row = {"reason": "adult"} if kind == REJECTS else {"text": view}
        aside.write_text((json.dumps(row) + "\n") * lines)
        written.append(Written(path, str(aside), kind, lines, aside.stat().st_size))
    commit(target, Account(reads=[], ledger=LEDGER), written, facts=FACTS, licences=LICENCES)
    target.sweep()
    return (folder / "README.md").read_text() if (folder / "README.md").exists() else ""


def metadata(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return found


@pytest.mark.parametrize("shards", [0, 2])
def test_the_folder_loads_as_one_split_without_manifest_and_rejects(tmp_path: Path, shards: int) -> None:
    import datasets

    finish(tmp_path / "out", shards=shards)
    found = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
    assert {split: rows.column_names for split, rows in found.items()} == {"train": ["text"]}
    assert list(found["train"]["text"]) == ["train"] * 4


def test_each_view_is_a_configuration_and_the_first_is_what_one_gets(tmp_path: Path) -> None:
    import datasets

    finish(tmp_path / "out", about=PAIRS, views=("en_to_ko", "ko_to_en"))
    for name in ("en_to_ko", "ko_to_en", None):
        found = datasets.load_dataset(str(tmp_path / "out"), name, cache_dir=str(tmp_path / "cache"))
        assert list(found["train"]["text"]) == [name or "en_to_ko"] * 4


def test_it_says_terms_counts_options_and_versions_and_no_path(tmp_path: Path) -> None:
    text = finish(tmp_path / "out")
    about = metadata(text)
    assert about["license"] == ["cc-by-nc-sa-2.0", "odc-by"]
    assert (about["language"], about["task_categories"]) == (["ko"], ["text-generation"])
    assert (about["size_categories"], about["source_datasets"]) == (["n<1K"], ["heegyu/namuwiki", "allenai/c4"])
    assert "**Mixed licences.**" in text and "라이선스가 섞여" in text
    assert "- NonCommercial: not for commercial use. 비영리: 상업적으로 쓸 수 없습니다. `namu_wiki`\n" in text
    assert "- Attribution" in text and "- ShareAlike" in text
    assert "| source | in | out | `too_short` | `adult` |" in text
    assert "| total | 7 | 4 | 2 | 1 |" in text
    assert "python -m beam_pipelines.plain_text --input INPUT --output OUTPUT --min_chars 100 --strict" in text
    assert "--guard_file test.jsonl" in text and "code 0123456789abcdef" in text
    assert "/home" not in text and str(tmp_path) not in text
    assert finish(tmp_path / "elsewhere") == text


def test_a_readme_of_the_users_own_stays_and_ours_is_renewed(tmp_path: Path) -> None:
    text = finish(tmp_path)
    (tmp_path / "README.md").write_text(text.replace("| total | 7", "| total | 8"))
    assert finish(tmp_path) == text
    for own in ("# Mine\n", text.replace(card.MARKER, "")):
        (tmp_path / "README.md").write_text(own)
        assert finish(tmp_path) == own
    assert (tmp_path / "_manifest.json").exists()


@pytest.mark.parametrize(
    ("licence", "name"),
    [
        (LICENCES["wikipedia"], "cc-by-sa-4.0"),
        ("CC BY 2.0 FR", "cc-by-2.0"),
        ("CC BY 9.0", "other"),
        ("not recorded; see where the files came from", "unknown"),
        ("all rights reserved", "other"),
    ],
)
def test_licences_have_the_names_of_the_hub(licence: str, name: str) -> None:
    assert hub_licence(licence) == name


@pytest.mark.parametrize(("count", "size"), [(999, "n<1K"), (1000, "1K<n<10K"), (10**9, "1B<n<10B"), (10**13, "n>1T")])
def test_sizes_are_those_of_the_hub(count: int, size: str) -> None:
    manifest = {"ledger": {"c4": {"in": count, "out": count, "dropped": {}}}, "licences": {"c4": "ODC-BY 1.0"}, **FACTS}
    text = card.render(DOCUMENTS, manifest, {"train": "train.jsonl"})
    assert metadata(text)["size_categories"] == [size]
