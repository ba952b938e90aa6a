"""What a language model is asked for, whichever program runs it, and which model it is."""

import functools
import hashlib
import importlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

BACKENDS = {
    "transformers": "enhance.backends.transformers_",
    "vllm": "enhance.backends.vllm_",
    "openai": "enhance.backends.openai_",
}
"""Modules with a function ``load(choice) -> Generator``, imported when asked for."""


class BackendError(RuntimeError):
    """The model cannot be run or reached; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How tokens are picked; a temperature of 0 is greedy."""

    max_new_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0


@dataclass(frozen=True)
class Request:
    """One prompt; ``key`` names its answer in the journal and, with it, the seed of its own sampling."""

    key: str
    prompt: str

    @property
    def seed(self) -> int:
        """The same for the same request, in any batch."""
        return int(self.key[:8], 16) & 0x7FFFFFFF


@dataclass(frozen=True)
class Completion:
    """What came back. ``finish`` is ``stop``, ``length`` (cut off), ``too_long`` (for the context) or ``oom``."""

    text: str
    finish: str
    prompt_tokens: int = 0
    new_tokens: int = 0


Scores = tuple[float, ...]
"""How likely each of the letters A to E is as an answer, as log-probabilities or as 1 for the letter written."""


class Generator(Protocol):
    """A loaded model. Answers do not depend on the batch that a request stands in, rounding aside."""

    def plan(self, prompts: Sequence[str], new_tokens: int) -> list[list[int]]:
        """Which prompts, by place, go together: the same for the same prompts."""

    def write(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[dict[str, Completion]]:
        """Complete a planned batch; what is finished comes at once, by key."""

    def choose(self, requests: Sequence[Request]) -> Iterator[dict[str, Scores]]:
        """The scores of the letters A to E as the very next thing to be said."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A model and how it is run, as the command line has it."""

    backend: str = "transformers"
    model: str
    revision: str = ""
    device: str = "cuda:0"
    dtype: str = "auto"
    quantize: str = "none"
    base_url: str = ""
    batch_tokens: int = 65536
    concurrency: int = 8

    @property
    def is_local(self) -> bool:
        """Whether the model is a folder here."""
        return Path(self.model).is_dir()

    @property
    def precision(self) -> str:
        """The dtype that ``auto`` stands for on the device."""
        return self.dtype if self.dtype != "auto" else "float32" if self.device == "cpu" else "bfloat16"

    @functools.cached_property
    def identity(self) -> dict[str, str]:
        """What decides the answers; where a model lies or runs does not."""
        told = {"backend": self.backend, "model": self.model.rstrip("/"), "revision": self.revision}
        if self.backend == "openai":
            return told
        if self.is_local:
            told["model"] = Path(self.model).resolve().name
        return {**told, "precision": self.precision, "quantize": self.quantize}

    def resolved(self) -> "Choice":
        """With the revision that the model has now: a commit of the hub, or a fingerprint of a local folder."""
        if self.backend == "openai":
            return self
        if self.is_local:
            return replace(self, revision=fingerprint(Path(self.model)))
        try:
            from huggingface_hub import snapshot_download
            from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
        except ModuleNotFoundError as error:
            raise BackendError("a model of the hub needs huggingface_hub: pip install '.[gpu]'") from error
        try:
            place = snapshot_download(self.model, revision=self.revision or None, allow_patterns=["config.json"])
        except (HfHubHTTPError, LocalEntryNotFoundError) as error:
            raise BackendError(f"the model {self.model} is neither a folder here nor to be had from the hub") from error
        return replace(self, revision=Path(place).name)


def fingerprint(folder: Path, *, sample: int = 1 << 20) -> str:
    """A short name for the content of a model's folder: names, sizes, and the ends of every file."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")):
        size = path.stat().st_size
        digest.update(f"{path.name} {size}\n".encode())
        with path.open("rb") as file:
            digest.update(file.read(sample))
            file.seek(max(0, size - sample))
            digest.update(file.read(sample))
    return digest.hexdigest()[:16]


def key(choice: Choice, *parts: Any) -> str:
    """The name of an answer in the journal: everything it depends on, hashed."""
    told = json.dumps([choice.identity, *parts], ensure_ascii=False, sort_keys=True, default=asdict)
    return hashlib.sha256(told.encode()).hexdigest()


def load(choice: Choice) -> Generator:
    """The model itself, by its backend. Raises BackendError."""
    try:
        generator: Generator = importlib.import_module(BACKENDS[choice.backend]).load(choice)
    except ModuleNotFoundError as error:
        raise BackendError(
            f"--backend {choice.backend} needs {error.name}: pip install '.[gpu]' or {error.name}"
        ) from error
    return generator


lazily = functools.lru_cache(maxsize=1)(load)
"""The same, loaded once for all tasks of a run."""
