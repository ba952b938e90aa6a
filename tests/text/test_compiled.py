"""How kernels are compiled: with numba's own option for lean ones, and without it."""

import os
import subprocess
import sys
from pathlib import Path

from beam_pipelines.text import compiled

COUNT = """
import sys, numba.core.cpu
if "refuse" in sys.argv:
    del numba.core.cpu._options_mixin._nrt  # as in a release of numba that no longer knows it
from beam_pipelines.text import compiled, measures
print(compiled._lean_options(), measures.korean_ratio_text("약 ab"))
"""


def run(cache: Path, *arguments: str) -> str:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    return subprocess.run(
        [sys.executable, "-c", COUNT, *arguments], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_a_numba_that_refuses_the_option_gets_ordinary_kernels(tmp_path: Path) -> None:
    assert run(tmp_path / "lean") == "{'_nrt': False} 0.25\n"
    assert run(tmp_path / "ordinary", "refuse") == "{} 0.25\n"


def test_the_code_version_is_that_of_every_rule_file() -> None:
    assert len(compiled.code_version()) == 16
    assert {path.suffix for path in compiled.RULES.iterdir() if path.is_file()} <= {".py", ".tsv"}
