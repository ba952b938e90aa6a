"""Asking the model: through the journal, so that nothing is computed twice, and with a bar that tells the speed."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from enhance import generator
from enhance.generator import Choice, Completion, Generator, Request, Sampling, Scores
from enhance.journal import Journal

_LOG = logging.getLogger(__name__)


class Asker:
    """A model and the journal of what it has said. The model is loaded when something is missing, and not before."""

    def __init__(self, choice: Choice, journal: Journal, load: Callable[[Choice], Generator] | None = None) -> None:
        self.choice = choice
        self._journal = journal
        self._load = load or generator.lazily
        self.new_tokens = 0
        self.seconds = 0.0

    def texts(self, prompts: Sequence[str], sampling: Sampling, *parts: Any, what: str) -> list[Completion]:
        """The answer to every prompt; ``parts`` is what else tells one answer from another, such as a version."""
        requests = self._requests(prompts, "text", sampling, *parts)
        self._fill(requests, sampling.max_new_tokens, lambda model, batch: model.write(batch, sampling), what)
        return [Completion(**self._journal.entries[request.key]) for request in requests]

    def letters(self, prompts: Sequence[str], *parts: Any, what: str) -> list[Scores]:
        """The scores of the letters A to E after every prompt."""
        requests = self._requests(prompts, "letters", *parts)
        self._fill(requests, 1, lambda model, batch: model.choose(batch), what)
        return [tuple(self._journal.entries[request.key]["scores"]) for request in requests]

    def _requests(self, prompts: Sequence[str], *parts: Any) -> list[Request]:
        return [Request(generator.key(self.choice, *parts, prompt), prompt) for prompt in prompts]

    def _fill(
        self,
        requests: Sequence[Request],
        new_tokens: int,
        ask: Callable[[Generator, Sequence[Request]], Iterator[dict[str, Any]]],
        what: str,
    ) -> None:
        """Put into the journal what it lacks. Batches are planned over all: a rerun computes in the same ones."""
        distinct = list({request.key: request for request in requests}.values())
        missing = sum(request.key not in self._journal.entries for request in distinct)
        if not missing:
            return
        from tqdm import tqdm

        model = self._load(self.choice)
        begin, tokens = time.monotonic(), 0
        with tqdm(total=missing, unit="answer", desc=what, disable=None, leave=False) as bar:
            for places in model.plan([request.prompt for request in distinct], new_tokens):
                batch = [distinct[place] for place in places if distinct[place].key not in self._journal.entries]
                for answers in ask(model, batch) if batch else ():
                    self._journal.append({key: _entry(answer) for key, answer in answers.items()})
                    tokens += sum(getattr(answer, "new_tokens", 0) for answer in answers.values())
                    bar.update(len(answers))
                    bar.set_postfix_str(f"{tokens / (time.monotonic() - begin + 1e-9):,.0f} tokens/s", refresh=False)
        took = time.monotonic() - begin
        self.new_tokens += tokens
        self.seconds += took
        speed = f", {tokens:,} tokens, {tokens / max(took, 1e-9):,.0f} tokens/s" if tokens else ""
        _LOG.info("%s: %s answers in %.1f s%s", what, f"{missing:,}", took, speed)


def _entry(answer: Completion | Scores) -> dict[str, Any]:
    return asdict(answer) if isinstance(answer, Completion) else {"scores": list(answer)}
