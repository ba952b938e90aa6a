"""Made once for all tests of model preparation: a small base tokenizer, a refined corpus, the extended tokenizer."""

import json
from pathlib import Path
from typing import Any

import pytest

from model_prep import prepare_tokenizer
from tests.model_prep import gemma_like
from tests.models import fetch


def write_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    """A JSON Lines file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def write_refined(folder: Path) -> Path:
    """A small corpus in the form of ``data/02_refined``, test splits included."""
    medical, general, english = (gemma_like.texts(kind) for kind in ("medical", "general", "english"))
    rare = [{"text": f"{gemma_like.RARE}라는 글자가 든 {n}번째 글이다."} for n in range(40)]
    write_lines(folder / "00_plain_text/train.jsonl", [{"text": t} for t in [*general, *medical] * 3] + rare)
    letters = dict(zip("ABCDE", medical[:5], strict=True))
    questions = [{"question": text, **letters, "answer": "A"} for text in medical]
    write_lines(folder / "02_kor_med_test/train.jsonl", questions)
    secret = [{"question": "비밀시험문제 " * 200, **letters, "answer": "A"}]
    write_lines(folder / "02_kor_med_test/test.jsonl", secret)
    pairs = [{"en": en, "ko": ko} for en, ko in zip(english * 30, general * 2, strict=False)]
    write_lines(folder / "01_english_korean/en_to_ko.jsonl", pairs)
    write_lines(folder / "01_english_korean/ko_to_en.jsonl", [{"ko": p["ko"], "en": p["en"]} for p in pairs])
    terms = [{"term": "간문맥고혈압증후군", "definition": "portal hypertension syndrome"}]
    (folder / "01_medical_dict.json").write_text(json.dumps(terms, ensure_ascii=False, indent=1), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def base_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small base tokenizer."""
    return gemma_like.save(tmp_path_factory.mktemp("base") / "small-gemma")


@pytest.fixture(scope="session")
def refined(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small corpus."""
    return write_refined(tmp_path_factory.mktemp("refined"))


@pytest.fixture(scope="session")
def extended_folder(base_folder: Path, refined: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What prepare_tokenizer makes of both."""
    output = tmp_path_factory.mktemp("extended") / "tokenizer"
    settings = ["--min-freq", "4", "--held-out", "0.1", "--num-tokens", "300"]
    prepare_tokenizer.run(["--base", str(base_folder), "--input", str(refined), "--output", str(output), *settings])
    return output


@pytest.fixture(scope="session")
def gemma_tokenizer() -> Path:
    """The folder of the real Gemma 3 tokenizer."""
    return fetch.tokenizer()


@pytest.fixture(scope="session")
def gemma_270m() -> Path:
    """The folder of the real gemma-3-270m."""
    return fetch.gemma_270m()
