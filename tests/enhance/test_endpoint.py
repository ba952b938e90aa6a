"""The endpoint backend against a server on the loopback that speaks OpenAI's chat completions, and misbehaves."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from enhance import enhance_with_llm
from enhance.backends.openai_ import Server, letter_written
from enhance.generator import BackendError, Completion, Request, Sampling
from tests import corpora
from tests.enhance import scripted

GREEDY = Sampling(max_new_tokens=50)


class Endpoint(ThreadingHTTPServer):
    """Answers as the scripted model does; ``faults`` are HTTP errors to give first, by status and body."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[dict[str, Any]] = []
        self.headers: list[Any] = []
        self.faults: list[tuple[int, str]] = []
        self.refuses_after = 10**9
        self.most_at_once = self.now = 0
        self.lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            server.requests.append(body)
            server.headers.append(self.headers)
            server.now += 1
            server.most_at_once = max(server.most_at_once, server.now)
            fault = server.faults.pop(0) if server.faults else None
            if len(server.requests) > server.refuses_after:
                fault = (401, '{"error": {"message": "no such key"}}')
        status, text = fault or (200, json.dumps(_reply(body)))
        with server.lock:
            server.now -= 1
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _reply(body: dict[str, Any]) -> dict[str, Any]:
    prompt = body["messages"][0]["content"]
    if "보기를 하나 골라" in prompt:
        scores = scripted.scores(prompt)
        text = f"정답은 {'ABCDE'[scores.index(max(scores))]}입니다."
    else:
        text = scripted.answer(prompt, body["temperature"] > 0)
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop" if len(text) < body["max_tokens"] else "length"}
    return {"choices": [choice], "usage": {"prompt_tokens": len(prompt), "completion_tokens": len(text)}}


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def server(endpoint: Endpoint, **more: Any) -> Server:
    return Server(endpoint.url, "some-model", concurrency=4, pause=0.01, **more)


def prompt(n: int) -> Request:
    return Request(f"{n:08x}", f"[표제어]\n{n}번 질환\n")


def test_a_request_has_everything_that_decides_its_answer(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    sampling = Sampling(max_new_tokens=500, temperature=0.7, top_p=0.9)
    (found,) = server(endpoint).write([prompt(1)], sampling)
    text = scripted.answer(prompt(1).prompt, True)
    assert found == {prompt(1).key: Completion(text, "stop", len(prompt(1).prompt), len(text))}
    assert endpoint.requests == [
        {
            "model": "some-model",
            "messages": [{"role": "user", "content": prompt(1).prompt}],
            "max_tokens": 500,
            "temperature": 0.7,
            "top_p": 0.9,
            "seed": prompt(1).seed,
        }
    ]
    assert endpoint.headers[0]["Authorization"] == "Bearer secret"


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_passing_fault_is_tried_again(endpoint: Endpoint, status: int) -> None:
    endpoint.faults = [(status, "busy")] * 2 + [(200, "not json")]
    (found,) = server(endpoint).write([prompt(1)], GREEDY)
    assert found[prompt(1).key].text
    assert len(endpoint.requests) == 4


@pytest.mark.parametrize(
    ("faults", "message", "requests"),
    [
        ([(401, "no key")], "answered 401 .*: no key", 1),
        ([(404, '{"error": "no model"}')], "answered 404", 1),
        ([(503, "down")] * 9, "answered 503", 5),
        ([(200, '{"choices": []}')], "no chat completion", 1),
    ],
)
def test_a_lasting_fault_is_one_line(
    endpoint: Endpoint, faults: list[tuple[int, str]], message: str, requests: int
) -> None:
    endpoint.faults = faults
    with pytest.raises(BackendError, match=message):
        list(server(endpoint).write([prompt(1)], GREEDY))
    assert len(endpoint.requests) == requests


def test_no_server_is_one_line() -> None:
    with pytest.raises(BackendError, match="cannot be reached"):
        list(Server("http://127.0.0.1:9/v1", "m", concurrency=1, tries=2, pause=0.0).write([prompt(1)], GREEDY))


def test_a_prompt_beyond_the_context_is_recorded_and_a_cut_answer_is_told(endpoint: Endpoint) -> None:
    endpoint.faults = [(400, "This model's maximum context length is 4096 tokens")]
    (found,) = server(endpoint).write([prompt(1)], GREEDY)
    assert found[prompt(1).key] == Completion("", "too_long")
    (found,) = server(endpoint).write([prompt(1)], Sampling(max_new_tokens=3))
    assert found[prompt(1).key].finish == "length"


@pytest.mark.parametrize(
    ("text", "letter"),
    [("C", "C"), ("정답은 B입니다.", "B"), (" (D) 수술", "D"), ("모르겠다", ""), ("Because", ""), ("", "")],
)
def test_the_letter_written(text: str, letter: str) -> None:
    assert letter_written(text) == tuple(float(name == letter) for name in "ABCDE")


def flags(root: Path, endpoint: Endpoint, *more: str) -> list[str]:
    return ["--data_root", str(root), "--backend=openai", "--base_url", endpoint.url, "--model=some-model", *more]


def test_the_whole_way_gives_what_the_same_model_gives_at_hand(endpoint: Endpoint, tmp_path: Path) -> None:
    root, other = (scripted.refined(tmp_path / name / "data") for name in "ab")
    enhance_with_llm.run(flags(root, endpoint, "--task=mcq-reasoning", "--verify"))
    load = scripted.loader(scripted.Scripted())
    enhance_with_llm.run(scripted.flags(other, "--task=mcq-reasoning", "--verify"), load=load)
    results = [corpora.read_lines(folder / "02_kor_med_test/train_with_reasoning.jsonl") for folder in (root, other)]
    assert [(row["reasoning"], row["reasoning_meta"]["tier"]) for row in results[0]] == [
        (row["reasoning"], row["reasoning_meta"]["tier"]) for row in results[1]
    ]
    assert results[0][0]["reasoning_meta"]["backend"] == "openai"


def test_what_a_server_answered_before_it_failed_is_kept(endpoint: Endpoint, tmp_path: Path) -> None:
    root = scripted.refined(tmp_path / "data")
    endpoint.refuses_after = 10
    argv = flags(root, endpoint, "--task=mcq-reasoning", "--concurrency=2", "--retries=0")
    with pytest.raises(BackendError, match="401"):
        enhance_with_llm.run(argv)
    asked = len(endpoint.requests)
    endpoint.refuses_after = 10**9
    enhance_with_llm.run(argv)
    assert len(endpoint.requests) - asked <= 24 - 8
    assert endpoint.most_at_once <= 2
