"""Tokens of a sample of the output, under the base tokenizer and those that extend it."""

from collections.abc import Sequence
from typing import Any

from beam_pipelines.transforms import files
from beam_pipelines.transforms.inputs import InputError

TOKENIZER = "tokenizer.json"
SHOWN, SHOWN_CHARS = 3, 240


def counts(paths: Sequence[str], texts: Sequence[str]) -> dict[str, Any]:
    """What each tokenizer makes of the texts; the first is the base. Raises InputError for what is no tokenizer.

    ``paths`` are files in the format of Hugging Face tokenizers, or folders with one.
    """
    if not paths or not texts:
        return {}
    shown = [text[:SHOWN_CHARS] for text in texts[:SHOWN]]
    rows = []
    for path in paths:
        tokenizer = _load(path)
        encoded = tokenizer.encode_batch(list(texts), add_special_tokens=False)
        rows.append(
            {
                "name": "/".join(_file(path).split("/")[-3:]),
                "size": tokenizer.get_vocab_size(),
                "tokens": sum(len(one) for one in encoded),
                "pieces": [_pieces(tokenizer, text) for text in shown],
            }
        )
    return {"rows": rows, "chars": sum(map(len, texts)), "texts": len(texts)}


def _file(path: str) -> str:
    return path if path.endswith(".json") else files.join(path, TOKENIZER)


def _load(path: str) -> Any:
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise InputError("--tokenizer needs the library tokenizers: pip install tokenizers") from None
    if not files.exists(_file(path)):
        raise InputError(f"--tokenizer {path}: there is no {TOKENIZER}")
    with files.open_read(_file(path)) as file:
        data = file.read()
    try:
        return Tokenizer.from_buffer(data)
    except ValueError as error:
        raise InputError(f"--tokenizer {path}: {str(error).splitlines()[0]}") from error


def _pieces(tokenizer: Any, text: str) -> list[str]:
    """The parts of a text that are tokens; a character of several tokens is one part, ended by their number."""
    pieces: list[str] = []
    at = 0
    for start, end in tokenizer.encode(text, add_special_tokens=False).offsets:
        start, end = max(start, at), max(end, at)
        if start < end:
            pieces.append(text[at:end])
            at = end
    return pieces
