"""A small tokenizer with Gemma's flags, made in a second: byte fallback, ``▁``, merges that are all splits of a piece.

``<image_soft_token>`` stands outside the vocabulary, as in the real one.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from data.sample import make_sample

SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<start_of_turn>", "<end_of_turn>", "<start_of_image>"]
IMAGE = "<image_soft_token>"
RARE = "믜"
"""A syllable that the vocabulary must not have."""

CONFIG = {
    "tokenizer_class": "GemmaTokenizer",
    "bos_token": "<bos>",
    "eos_token": "<eos>",
    "pad_token": "<pad>",
    "unk_token": "<unk>",
    "extra_special_tokens": {"image_token": IMAGE},
    "chat_template": "{{ bos_token }}{% for m in messages %}<start_of_turn>{{ m['role'] }}\n{{ m['content'] }}"
    "<end_of_turn>\n{% endfor %}",
}


def texts(kind: str) -> list[str]:
    """The lines of one of the sample's files: medical, general, english, families or web."""
    path = Path(make_sample.__file__).parent / f"{kind}.txt"
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _pieces(count: int) -> Iterator[str]:
    """Pieces of two letters and more in the order a trainer learns them; none crosses a space."""
    trainer = trainers.BpeTrainer(vocab_size=count, show_progress=False, special_tokens=[])
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    corpus = (text.replace(" ", "▁") for kind in ("english", "general") for text in texts(kind))
    tokenizer.train_from_iterator(corpus, trainer)
    yield from (piece for piece, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1]))


def content(*, count: int = 1500) -> dict[str, Any]:
    """The content of ``tokenizer.json``."""
    learnt = [piece for piece in _pieces(count) if RARE not in piece]
    letters = {letter for kind in ("medical", "web", "families") for text in texts(kind) for letter in text}
    letters = (letters | {piece for piece in learnt if len(piece) == 1} | {"▁"}) - {" ", RARE}
    longer = [piece for piece in learnt if len(piece) > 1]
    blanks = ["▁" * n for n in range(2, 9)]
    order = [*SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256)), *blanks, *longer, *sorted(letters)]
    vocab = {piece: place for place, piece in enumerate(order)}
    merges = [
        [piece[:cut], piece[cut:]]
        for piece in [*blanks, *longer]
        for cut in range(1, len(piece))
        if piece[:cut] in vocab and piece[cut:] in vocab
    ]
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    added = [{"id": vocab[token], "content": token, **plain} for token in SPECIAL]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [*added, {"id": len(vocab), "content": IMAGE, **plain}],
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        "pre_tokenizer": {
            "type": "Split",
            "pattern": {"String": " "},
            "behavior": "MergedWithPrevious",
            "invert": False,
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<bos>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"<bos>": {"id": "<bos>", "ids": [vocab["<bos>"]], "tokens": ["<bos>"]}},
        },
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
            ],
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": "<unk>",
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": True,
            "ignore_merges": False,
            "vocab": vocab,
            "merges": merges,
        },
    }


def save(folder: Path) -> Path:
    """A folder that AutoTokenizer loads."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps(content(), ensure_ascii=False), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    return folder
