"""vLLM, where it is installed: it batches by itself, so requests are handed over in large lots."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

from enhance.backends.openai_ import letter_written
from enhance.generator import BackendError, Choice, Completion, Request, Sampling, Scores

LOT = 256
"""Requests that are journaled together."""


def load(choice: Choice) -> "Vllm":
    """The engine on one device. Raises BackendError for a quantization that it does not load by itself."""
    if choice.quantize == "8bit":
        raise BackendError("--backend vllm knows --quantize 4bit only")
    kind, _, number = choice.device.partition(":")
    if kind == "cuda" and number:
        os.environ.setdefault("CUDA_VISIBLE_DEVICES", number)
    from vllm import LLM

    more = {} if choice.quantize == "none" else {"quantization": "bitsandbytes"}
    where = {} if choice.is_local else {"revision": choice.revision}
    return Vllm(LLM(model=choice.model, dtype=choice.precision, seed=0, **where, **more))


class Vllm:
    """A vLLM engine behind the protocol of a generator."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._context = int(engine.llm_engine.model_config.max_model_len)

    def plan(self, prompts: Sequence[str], new_tokens: int) -> list[list[int]]:
        """Lots in the given order."""
        return [list(range(at, min(at + LOT, len(prompts)))) for at in range(0, len(prompts), LOT)]

    def write(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[dict[str, Completion]]:
        """Complete a lot; every request is sampled with a seed of its own."""
        chats = {request.key: [{"role": "user", "content": request.prompt}] for request in requests}
        tokens = {key: len(self._tokens(chat)) for key, chat in chats.items()}
        over = {key for key, count in tokens.items() if count + sampling.max_new_tokens > self._context}
        if over:
            yield {key: Completion("", "too_long", tokens[key]) for key in over}
        asked = [request for request in requests if request.key not in over]
        if asked:
            settings = [self._settings(request, sampling) for request in asked]
            found = self._engine.chat([chats[request.key] for request in asked], settings, use_tqdm=False)
            yield {request.key: _completion(result) for request, result in zip(asked, found, strict=True)}

    def choose(self, requests: Sequence[Request]) -> Iterator[dict[str, Scores]]:
        """1 for the letter that is written."""
        for answers in self.write(requests, Sampling(max_new_tokens=8)):
            yield {key: letter_written(answer.text) for key, answer in answers.items()}

    def _tokens(self, chat: list[dict[str, str]]) -> list[int]:
        tokenizer = self._engine.get_tokenizer()
        return list(tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=True)["input_ids"])

    def _settings(self, request: Request, sampling: Sampling) -> Any:
        from vllm import SamplingParams

        return SamplingParams(
            max_tokens=sampling.max_new_tokens,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            seed=request.seed,
        )


def _completion(result: Any) -> Completion:
    (answer,) = result.outputs
    finish = "stop" if answer.finish_reason == "stop" else "length"
    return Completion(answer.text, finish, len(result.prompt_token_ids), len(answer.token_ids))
