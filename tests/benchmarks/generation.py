"""Tokens per second of the transformers backend at batch, against the loop that everyone writes first: one at a time.

``python -m tests.benchmarks.generation --shape 7b --device cuda:0``; both run the same random model in one process, and
no answer ends early. ``--shape tiny`` runs on a CPU.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from enhance.backends.transformers_ import Transformers
from enhance.generator import Request, Sampling

SHAPES = {
    "tiny": {"hidden_size": 64, "intermediate_size": 172, "num_hidden_layers": 2, "num_attention_heads": 4},
    "7b": {"hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 30, "num_attention_heads": 32},
}
"""Of Llama; 7b is DeepSeek-LLM-7B's."""


class Numbers:
    """A tokenizer for a random model: a prompt is a list of numbers."""

    chat_template = bos_token_id = None
    pad_token_id = eos_token_id = 0

    def __call__(self, text: str, **_: Any) -> dict[str, list[int]]:
        return {"input_ids": [int(token) for token in text.split()]}

    def decode(self, ids: Sequence[int], **_: Any) -> str:
        return " ".join(map(str, ids))


def random_model(shape: str, device: str, tokens: int) -> Any:
    """A Llama of a shape with random weights, in bfloat16 on a GPU."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(**SHAPES[shape], vocab_size=102400 if shape == "7b" else 512, max_position_embeddings=tokens)
    torch.manual_seed(7)
    torch.set_default_dtype(torch.float32 if device == "cpu" else torch.bfloat16)
    with torch.device(device):
        model = LlamaForCausalLM(config).eval()
    torch.set_default_dtype(torch.float32)
    model.generation_config.eos_token_id = None
    return model


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shape", choices=SHAPES, default="tiny")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rows", type=int, default=256)
    parser.add_argument("--loop_rows", type=int, default=8, help="rows of the loop")
    parser.add_argument("--prompt_tokens", type=int, default=400)
    parser.add_argument("--new_tokens", type=int, default=256)
    parser.add_argument("--batch_tokens", type=int, default=65536)
    flags = parser.parse_args(argv)
    net = random_model(flags.shape, flags.device, flags.prompt_tokens + flags.new_tokens)
    model = Transformers(net, Numbers(), batch_tokens=flags.batch_tokens)
    model.ends = []  # a random model would end by chance
    prompts = [
        " ".join(str(1 + (n * 31 + k * 17) % 500) for k in range(flags.prompt_tokens - n % 64))
        for n in range(flags.rows)
    ]
    requests = [Request(f"{n:08x}", prompt) for n, prompt in enumerate(prompts)]
    sampling = Sampling(max_new_tokens=flags.new_tokens)
    list(model.write(requests[:1], Sampling(max_new_tokens=4)))  # the first call of all warms up

    def speed(batches: Sequence[Sequence[Request]]) -> float:
        begin = time.perf_counter()
        done = [answer for batch in batches for part in model.write(batch, sampling) for answer in part.values()]
        assert {answer.new_tokens for answer in done} == {flags.new_tokens}
        return sum(answer.new_tokens for answer in done) / (time.perf_counter() - begin)

    loop = speed([[request] for request in requests[: flags.loop_rows]])
    planned = model.plan(prompts, flags.new_tokens)
    batched = speed([[requests[place] for place in places] for places in planned])
    result = {
        **vars(flags),
        "batches": len(planned),
        "loop_tokens_per_second": round(loop, 1),
        "batched_tokens_per_second": round(batched, 1),
        "times_the_loop": round(batched / loop, 2),
    }
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
