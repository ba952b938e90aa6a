"""Imports point down, and what the README and the tables say is what the code has."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from beam_pipelines.reasons import Reason

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "beam_pipelines"
READMES = ["README.md", "README.ko.md"]
ENTRIES = [
    "beam_pipelines.plain_text",
    "beam_pipelines.medical_dict",
    "beam_pipelines.translation",
    "beam_pipelines.kormedmcqa",
    "beam_pipelines.refine_all",
    "beam_pipelines.report",
    "data.download_all",
    "data.validate_manual_data",
    "model_prep.prepare_all",
    "enhance.enhance_with_llm",
]

FLOORS = {
    "text": 0,
    "reasons": 0,
    "sources": 0,
    "tables": 0,
    "placed_json": 0,
    "dictionary_files": 0,
    "records": 0,
    "progress": 0,
    "versions": 0,
    "transforms": 1,
    "options": 1,
    "flink": 1,
    "dataflow": 1,
    "engines": 2,
    "launch": 2,
    "refiner": 2,
}
"""Modules and folders of the package that are not on the top floor."""


def floor(module: str) -> int:
    """How high a module of the package stands."""
    return FLOORS.get(module.split(".")[1] if "." in module else "", 3)


def imports(path: Path, *, top_only: bool = False) -> set[str]:
    """The full names of modules that a file imports, anywhere in it or at its top level only."""
    tree = ast.parse(path.read_text())
    found: set[str] = set()
    for node in tree.body if top_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    names = imports(path)
    for name in names:
        if name.startswith("beam_pipelines.") and not name.startswith("beam_pipelines.__"):
            assert floor(name) <= floor(module), f"{module} reaches up to {name}"
        assert name.split(".")[0] not in {"torch", "transformers", "peft", "datasets"}
    if module.startswith("beam_pipelines.text"):
        allowed = {"beam_pipelines.text", "beam_pipelines"}
        outside = {n for n in names if n.startswith("beam_pipelines") and not n.startswith("beam_pipelines.text")}
        assert outside <= allowed
        assert not {n.split(".")[0] for n in names} & {"apache_beam", "fsspec", "argparse", "logging"}
    if module.startswith("beam_pipelines.transforms"):
        assert "argparse" not in names


def test_nothing_pickles_or_trusts_remote_code() -> None:
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text()
        assert "pickle.load" not in text
        assert "allow_pickle=True" not in text
        assert "trust_remote_code" not in text


@pytest.mark.parametrize("name", READMES)
def test_the_readme_names_every_reason_and_flag(name: str) -> None:
    text = (ROOT / name).read_text()
    for reason in Reason:
        assert f"`{reason.value}`" in text
    for module in ENTRIES:
        for action in importlib.import_module(module).flags()._actions:
            if action.dest != "help" and action.option_strings:
                assert f"--{action.dest}" in text, f"{module} {action.dest}"


@pytest.mark.parametrize("name", READMES)
def test_the_readme_and_ci_run_the_same_tests(name: str) -> None:
    command = (ROOT / ".ci/run").read_text().splitlines()[-1]
    assert "-m pytest" in command
    assert f"```\n{command}\n```" in (ROOT / name).read_text()


def test_kernels_run_uncompiled_as_their_own_oracle() -> None:
    code = (
        "from beam_pipelines.text import tidy, unicode, measures, jsonl, fingerprint; import pyarrow as pa, random\n"
        "dice = random.Random(7)\n"
        "letters = '가힣각ᄀ a.\\n\\t\\u200b\\u00a0\\u3000\"\\\\\\x01é😀'\n"
        "rows = [''.join(dice.choices(letters, k=dice.randrange(60))) for _ in range(60)]\n"
        "texts = pa.array(rows, pa.large_string())\n"
        "print(tidy.tidy(texts).to_pylist(), unicode.status(texts).tolist(), unicode.nfc(texts).to_pylist())\n"
        "print([column.tolist() for column in measures.count(texts)])\n"
        "print([part.tolist() for part in jsonl.encode(texts)])\n"
    )
    shown = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"NUMBA_DISABLE_JIT": flag}
        ).stdout
        for flag in ("0", "1")
    ]
    assert shown[0] == shown[1] != ""
