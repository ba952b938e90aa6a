"""Rows for new tokens: the embedding grows, never shrinks, and a new row is the mean of the rows it stands for."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


def matrices(model: "PreTrainedModel") -> "list[torch.Tensor]":
    """The embedding and, where it is another one, the matrix of the output layer; both (rows, hidden)."""
    embedding: Any = model.get_input_embeddings()
    head: Any = model.get_output_embeddings()
    found = [embedding.weight]
    if head is not None and head.weight is not found[0]:
        found.append(head.weight)
    return found


def grow(model: "PreTrainedModel", rows: int) -> tuple[int, int]:
    """Make room for ``rows`` tokens; returns the rows before and after. A larger matrix stays as it is.

    Resizing by itself would shrink a model whose matrix is padded beyond its tokenizer, as that of the 4B is, and
    would fill new rows by a sampling that needs two more copies of the matrix.
    """
    before = int(matrices(model)[0].shape[0])
    after = max(before, rows)
    if after > before:
        model.resize_token_embeddings(after, mean_resizing=False)
    shapes = {int(matrix.shape[0]) for matrix in matrices(model)}
    if shapes != {after}:
        raise RuntimeError(f"the embedding has {shapes} rows after growing from {before} to {after}")
    return before, after


def fill(model: "PreTrainedModel", made_of: Mapping[int, Sequence[int]], *, lacking: Sequence[int] = ()) -> None:
    """Set each row of ``made_of`` to the mean of the old rows it names, and ``lacking`` ones to the mean of all before.

    Means are taken in 32 bits. Of the initialisations tried, this one lost least at once and after training.
    """
    import torch

    with torch.no_grad():
        for matrix in matrices(model):
            for row, parts in made_of.items():
                matrix[row] = matrix[list(parts)].float().mean(0).to(matrix.dtype)
            if lacking:
                old = matrix[: min(lacking)]
                mean = torch.stack([chunk.float().sum(0) for chunk in old.split(16384)]).sum(0) / len(old)
                matrix[list(lacking)] = mean.to(matrix.dtype)
