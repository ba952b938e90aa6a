"""Nothing heavy is imported before it is needed, nothing below knows of model_prep, and no code is run from a model."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_architecture import ROOT, imports

HEAVY = {"torch", "transformers", "peft", "bitsandbytes", "accelerate", "tokenizers", "huggingface_hub", "matplotlib"}
PURE = {"continued_bpe", "tokenizer_file", "memory", "models", "results", "checkpoint"}
FILES = sorted((ROOT / "model_prep").glob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_heavy_libraries_wait_inside_functions(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = {name.split(".")[0] for name in imports(path, top_only=True)}
    assert not top & HEAVY
    if path.stem in PURE:
        everywhere = {name.split(".")[0] for name in imports(path)}
        assert not everywhere & (HEAVY | {"pyarrow", "numpy", "numba"})
    assert "trust_remote_code" not in ast.dump(tree)
    assert "pickle" not in top


@pytest.mark.parametrize("step", ["download_base_model", "prepare_tokenizer", "add_lora", "prepare_all"])
def test_help_loads_nothing_heavy(step: str) -> None:
    code = (
        f"import sys\nfrom model_prep import {step}\n{step}.flags().format_help()\n"
        "print(sorted({name.split('.')[0] for name in sys.modules}))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = set(ast.literal_eval(shown))
    assert not loaded & (HEAVY | {"numba", "pyarrow", "apache_beam"})


def test_nothing_below_imports_model_prep() -> None:
    for folder in ("beam_pipelines", "data"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not any(name.startswith("model_prep") for name in imports(path)), path
