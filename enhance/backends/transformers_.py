"""Any causal language model of transformers: its chat template, left padding, sampling by row, letters by logits."""

import gc
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from beam_pipelines.records import LETTERS
from enhance import batching
from enhance.generator import BackendError, Choice, Completion, Request, Sampling, Scores

if TYPE_CHECKING:
    import torch


def load(choice: Choice) -> "Transformers":
    """The model on its device. Raises BackendError for a device or a model that is not there."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

    device = _device(choice.device)
    where = {} if choice.is_local else {"revision": choice.revision}
    dtype = getattr(torch, choice.precision)
    more: dict[str, Any] = {}
    if choice.quantize != "none":
        bits: dict[str, Any] = {f"load_in_{choice.quantize}": True}
        if choice.quantize == "4bit":
            bits |= {"bnb_4bit_quant_type": "nf4", "bnb_4bit_compute_dtype": dtype}
        more = {"quantization_config": BitsAndBytesConfig(**bits), "device_map": {"": device}}
    try:
        tokenizer = AutoTokenizer.from_pretrained(choice.model, **where)
        model: Any = AutoModelForCausalLM.from_pretrained(choice.model, dtype=dtype, **where, **more)
    except (OSError, ValueError) as error:
        raise BackendError(f"the model {choice.model} cannot be loaded: {str(error).splitlines()[0]}") from error
    return Transformers(model if more else model.to(device), tokenizer, batch_tokens=choice.batch_tokens)


def _device(name: str) -> str:
    import torch

    kind, _, number = name.partition(":")
    if kind == "cuda" and (not torch.cuda.is_available() or int(number or 0) >= torch.cuda.device_count()):
        raise BackendError(f"--device {name}: there are {torch.cuda.device_count()} such devices here")
    return name


class Transformers:
    """A model and its tokenizer; ``batch_tokens`` are computed together at most, padding and answers included."""

    def __init__(self, model: Any, tokenizer: Any, *, batch_tokens: int) -> None:
        import torch

        self.model, self.tokenizer = model.eval(), tokenizer
        self.batch_tokens = batch_tokens
        self.context = int(model.config.get_text_config().max_position_embeddings)
        ends = model.generation_config.eos_token_id
        ends = [tokenizer.eos_token_id] if ends is None else ends if isinstance(ends, list) else [ends]
        self.ends = [end for end in ends if end is not None]
        pad = tokenizer.pad_token_id
        self.pad = pad if pad is not None else self.ends[0] if self.ends else 0
        self._torch = torch
        self._back_off = batching.BackOff(ran_out=self._ran_out, recover=self._recover)

    def plan(self, prompts: Sequence[str], new_tokens: int) -> list[list[int]]:
        """Longest first, under the budget of tokens."""
        lengths = [len(self.encode(prompt)) for prompt in prompts]
        return batching.plan(lengths, new_tokens=new_tokens, budget=self.batch_tokens)

    def encode(self, prompt: str) -> list[int]:
        """The tokens of a prompt as the user's turn of a chat, BOS once; of a model without a template, as it is."""
        if self.tokenizer.chat_template is None:
            return list(self.tokenizer(prompt)["input_ids"])
        turn = [{"role": "user", "content": prompt}]
        chat = self.tokenizer.apply_chat_template(turn, add_generation_prompt=True, tokenize=True, return_dict=True)
        ids, bos = list(chat["input_ids"]), self.tokenizer.bos_token_id
        return ids[1:] if bos is not None and ids[:2] == [bos, bos] else ids

    def write(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[dict[str, Completion]]:
        """Complete a batch, in halves where memory does not suffice."""
        encoded = [(request, self.encode(request.prompt)) for request in requests]
        fits = [pair for pair in encoded if len(pair[1]) + sampling.max_new_tokens <= self.context]
        if over := {r.key: Completion("", "too_long", len(ids)) for r, ids in encoded if (r, ids) not in fits}:
            yield over
        if not fits:
            return
        cost = max(len(ids) for _, ids in fits) + sampling.max_new_tokens
        for part, done in self._back_off.run(fits, lambda part: self._write(part, sampling), row_cost=cost):
            texts = done or [Completion("", "oom", len(ids)) for _, ids in part]
            yield {request.key: text for (request, _), text in zip(part, texts, strict=True)}

    def _write(self, part: Sequence[tuple[Request, list[int]]], sampling: Sampling) -> list[Completion]:
        rows = [ids for _, ids in part]
        sampler = [RowSampler([request.seed for request, _ in part], sampling)] if sampling.temperature else []
        made = self._generate(rows, sampling.max_new_tokens, sampler).sequences
        new = made[:, max(map(len, rows)) :].tolist()
        return [self._completion(ids, answer) for ids, answer in zip(rows, new, strict=True)]

    def _generate(self, rows: Sequence[list[int]], new_tokens: int, sampler: Sequence["RowSampler"] = ()) -> Any:
        from transformers import GenerationConfig, LogitsProcessorList

        config = GenerationConfig(
            max_new_tokens=new_tokens,
            do_sample=False,
            eos_token_id=self.ends or None,
            pad_token_id=self.pad,
            bos_token_id=self.tokenizer.bos_token_id,
            return_dict_in_generate=True,
            output_logits=new_tokens == 1,
        )
        with self._torch.inference_mode():
            return self.model.generate(
                **self._padded(rows), generation_config=config, logits_processor=LogitsProcessorList(sampler)
            )

    def _completion(self, prompt: list[int], answer: list[int]) -> Completion:
        stop = next((place for place, token in enumerate(answer) if token in self.ends), None)
        text = self.tokenizer.decode(answer if stop is None else answer[:stop], skip_special_tokens=True)
        count = len(answer) if stop is None else stop + 1
        return Completion(text, "length" if stop is None else "stop", len(prompt), count)

    def choose(self, requests: Sequence[Request]) -> Iterator[dict[str, Scores]]:
        """Log-probabilities of the letters as the next token; what does not fit in context or memory favours none."""
        encoded = [(request, self.encode(request.prompt)) for request in requests]
        fits = [pair for pair in encoded if len(pair[1]) < self.context]
        if over := {request.key: (0.0,) * len(LETTERS) for request, ids in encoded if (request, ids) not in fits}:
            yield over
        if not fits:
            return
        cost = max(len(ids) for _, ids in fits) + 1
        for part, done in self._back_off.run(fits, self._choose, row_cost=cost):
            scores = done or [(0.0,) * len(LETTERS) for _ in part]
            yield {request.key: score for (request, _), score in zip(part, scores, strict=True)}

    def _choose(self, part: Sequence[tuple[Request, list[int]]]) -> list[Scores]:
        """A letter counts with a space before it too: which of the two comes next is the template's affair."""
        (logits,) = self._generate([ids for _, ids in part], 1).logits
        chances = logits.float().log_softmax(-1)
        forms = [[self._last_token(letter), self._last_token(f" {letter}")] for letter in LETTERS]
        columns = [chances[:, sorted(set(form))].logsumexp(-1) for form in forms]
        return [tuple(row) for row in self._torch.stack(columns, -1).tolist()]

    def _last_token(self, text: str) -> int:
        return int(self.tokenizer(text, add_special_tokens=False)["input_ids"][-1])

    def _padded(self, rows: Sequence[list[int]]) -> "dict[str, torch.Tensor]":
        """Token ids and mask, shape (rows, longest), padded on the left: the answer begins right behind its prompt."""
        longest = max(map(len, rows))
        ids = [[self.pad] * (longest - len(row)) + row for row in rows]
        mask = [[0] * (longest - len(row)) + [1] * len(row) for row in rows]
        tensors = {"input_ids": self._torch.tensor(ids), "attention_mask": self._torch.tensor(mask)}
        return {name: tensor.to(self.model.device) for name, tensor in tensors.items()}

    def _ran_out(self, error: RuntimeError) -> bool:
        return isinstance(error, self._torch.OutOfMemoryError) or "allocate memory" in str(error)

    def _recover(self) -> None:
        gc.collect()
        if self._torch.cuda.is_available():
            self._torch.cuda.empty_cache()


class RowSampler:
    """Temperature and nucleus sampling with a random stream of its own for each row (Gumbel's trick before argmax).

    A row is sampled alike in every batch, so a run that goes on after a kill ends as one that was never stopped.
    """

    def __init__(self, seeds: Sequence[int], sampling: Sampling) -> None:
        self._seeds, self._sampling = seeds, sampling
        self._streams: list[torch.Generator] = []

    def __call__(self, _: "torch.Tensor", scores: "torch.Tensor") -> "torch.Tensor":
        import torch

        if not self._streams:
            self._streams = [torch.Generator(scores.device).manual_seed(seed) for seed in self._seeds]
        scores = scores.float() / self._sampling.temperature
        ordered, places = scores.sort(descending=True)
        before = ordered.softmax(-1).cumsum(-1) - ordered.softmax(-1)
        ordered = ordered.masked_fill(before >= self._sampling.top_p, float("-inf"))
        kept = torch.full_like(scores, float("-inf")).scatter(-1, places, ordered)
        noise = torch.stack(
            [torch.empty_like(row).exponential_(generator=s) for row, s in zip(kept, self._streams, strict=True)]
        )
        return kept - noise.log()
