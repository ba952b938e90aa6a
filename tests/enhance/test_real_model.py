"""gemma-3-270m, a base model, at work: it writes Korean, little of it is worth believing, and little is believed."""

import json
from pathlib import Path

import pytest

from enhance import enhance_with_llm
from enhance.backends import transformers_
from enhance.backends.transformers_ import Transformers
from enhance.generator import Choice, Request, Sampling
from enhance.reasons import Tier
from enhance.tasks import TASKS
from enhance.verification import check_explanation
from tests import corpora
from tests.enhance import scripted
from tests.models import fetch

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.models, pytest.mark.slow]


@pytest.fixture(scope="module")
def choice() -> Choice:
    return Choice(model=str(fetch.gemma_270m()), device="cpu")


@pytest.fixture(scope="module")
def model(choice: Choice) -> Transformers:
    torch.set_num_threads(1)  # a second one only waits where the machine is busy
    return transformers_.load(choice)


def test_a_base_model_is_mostly_rejected_and_what_is_kept_keeps_the_rules(
    choice: Choice, model: Transformers, tmp_path: Path
) -> None:
    root = scripted.refined(tmp_path / "data", 1)
    terms = [("고혈압", "Hypertension"), ("빈혈", "Anemia")]
    entries = [{"term": term, "definition": definition} for term, definition in terms]
    (root / "01_medical_dict.json").write_text(json.dumps(entries, ensure_ascii=False))
    argv = ["--data_root", str(root), "--model", choice.model, "--device=cpu", "--max_new_tokens=24", "--retries=0"]
    enhance_with_llm.run(argv, load=lambda _: model)
    manifests = [
        json.loads((root / f"{name}_manifest.json").read_text())
        for name in ("02_kor_med_test/train_with_reasoning", "01_medical_dict_explained")
    ]
    ledgers = [manifest["ledger"] for manifest in manifests]
    assert [sum(ledger[tier.value] for tier in Tier) for ledger in ledgers] == [1, 2]
    assert sum(ledger["rejected"] for ledger in ledgers) >= 2
    assert not corpora.read_lines(root / "02_kor_med_test/train_with_reasoning.jsonl")  # 24 tokens state no answer
    rejects = corpora.read_lines(root / "02_kor_med_test/train_with_reasoning_rejects.jsonl")
    assert all(reject["attempts"][0]["new_tokens"] and reject["reasons"] for reject in rejects)
    for row in json.loads((root / "01_medical_dict_explained.json").read_text()):
        if text := row["korean_explanation"]:
            assert check_explanation(text, "stop", row["term"], row["definition"], TASKS["dict-explain"].limits).good


def test_it_says_the_same_in_a_batch_and_alone_and_prefers_a_sensible_letter(model: Transformers) -> None:
    asked = [Request("1" * 8, "고혈압은"), Request("2" * 8, "대한민국의 수도인 서울에서 가장 흔한 질환은")]
    sampling = Sampling(max_new_tokens=4)
    together = {key: done for part in model.write(asked, sampling) for key, done in part.items()}
    for request in asked:
        assert [{request.key: together[request.key]}] == list(model.write([request], sampling))
    assert all(model.encode(request.prompt).count(model.tokenizer.bos_token_id) == 1 for request in asked)
    (scores,) = model.choose([Request("3" * 8, "A B C D E 가운데 C 다음에 오는 글자는? A B C")])
    assert max(scores["3" * 8]) > -2  # a letter comes next, surely enough
