"""Any server that speaks OpenAI's chat completions (vLLM, llama.cpp, Ollama ...), with the standard library alone.

Letters are scored by what the server writes: few of them tell probabilities, and they do not tell them alike.
"""

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import regex

from beam_pipelines.records import LETTERS
from enhance.generator import BackendError, Choice, Completion, Request, Sampling, Scores

KEY = "OPENAI_API_KEY"
"""The environment variable with the key of a server that wants one."""

_LETTER = regex.compile(r"(?<![A-Za-z])([A-E])(?![A-Za-z])")
_CONTEXT = regex.compile(r"context|too long|maximum.{0,20}(?:length|tokens)", regex.IGNORECASE)


def load(choice: Choice) -> "Server":
    """The server; nothing is sent yet."""
    return Server(choice.base_url, choice.model, concurrency=choice.concurrency)


def letter_written(text: str) -> Scores:
    """1 for the letter that a text consists of or begins with, else 0 for all."""
    found = _LETTER.findall(text)
    return tuple(float(bool(found) and found[0] == letter) for letter in LETTERS)


class Server:
    """A chat endpoint; ``tries`` requests are sent before a fault of the server or of the network is raised."""

    def __init__(
        self, base_url: str, model: str, *, concurrency: int, tries: int = 5, pause: float = 1.0, timeout: float = 600
    ) -> None:
        self._url, self._model = f"{base_url.rstrip('/')}/chat/completions", model
        self._concurrency, self._tries, self._pause, self._timeout = concurrency, tries, pause, timeout

    def plan(self, prompts: Sequence[str], new_tokens: int) -> list[list[int]]:
        """All at once: the server batches, and answers are handed over one by one."""
        return [list(range(len(prompts)))] if prompts else []

    def write(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[dict[str, Completion]]:
        """Complete requests, several at once. Raises BackendError; what was finished by then has been handed over."""
        with ThreadPoolExecutor(self._concurrency) as pool:
            waiting = {pool.submit(self._complete, request, sampling): request for request in requests}
            try:
                for done in as_completed(waiting):
                    yield {waiting[done].key: done.result()}
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def choose(self, requests: Sequence[Request]) -> Iterator[dict[str, Scores]]:
        """1 for the letter that is written."""
        for answers in self.write(requests, Sampling(max_new_tokens=8)):
            yield {key: letter_written(answer.text) for key, answer in answers.items()}

    def _complete(self, request: Request, sampling: Sampling) -> Completion:
        body = {
            "model": self._model,
            "messages": [{"role": "user", "content": request.prompt}],
            "max_tokens": sampling.max_new_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": request.seed,
        }
        reply = self._post(body)
        if reply is None:
            return Completion("", "too_long")
        try:
            answer, usage = reply["choices"][0], reply.get("usage") or {}
            text, finish = answer["message"]["content"] or "", answer.get("finish_reason")
        except (KeyError, IndexError, TypeError) as error:
            raise BackendError(f"{self._url} answered what is no chat completion") from error
        counts = (int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0))
        return Completion(text, "stop" if finish == "stop" else "length", *counts)

    def _post(self, body: dict[str, Any]) -> Any:
        """The server's answer, or None where the prompt does not fit in its context."""
        headers = {"Content-Type": "application/json"}
        if os.environ.get(KEY):
            headers["Authorization"] = f"Bearer {os.environ[KEY]}"
        data = json.dumps(body, ensure_ascii=False).encode()
        for attempt in range(self._tries):
            try:
                message = urllib.request.Request(self._url, data, headers)
                with urllib.request.urlopen(message, timeout=self._timeout) as reply:
                    return json.load(reply)
            except urllib.error.HTTPError as error:
                with error:
                    why = error.read().decode(errors="replace")
                if error.code in (400, 413, 422) and _CONTEXT.search(why):
                    return None
                fault = f"{self._url} answered {error.code} {error.reason}: {' '.join(why.split())[:200]}"
                if error.code < 500 and error.code != 429:
                    break
            except (urllib.error.URLError, TimeoutError, ConnectionError, ValueError) as error:
                fault = f"{self._url} cannot be reached: {error}"
            if attempt + 1 < self._tries:
                time.sleep(self._pause * 2**attempt)
        raise BackendError(fault)
