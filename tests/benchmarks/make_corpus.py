"""A corpus of any size in the forms that sources have on disk, to measure speed and memory on.

``python -m tests.benchmarks.make_corpus --bytes 1e9 --output DIR`` writes NamuWiki's form. Sizes, kinds of pages and
marks per kilobyte follow the real wiki; the words mean nothing. The same arguments give the same corpus. One batch is
in memory at a time.
"""

import argparse
import json
import logging
import math
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data import save_to_disk
from data.sample.make_sample import COLUMNS
from tests.benchmarks.vocabulary import HEADS, Pieces, make_pieces

log = logging.getLogger(__name__)

SOURCES = {"namu_wiki": "namu_wiki", "wikipedia": "wikipedia-korean", "c4": "c4_korean"}
# Of log-normal sizes: median bytes and the sigma that gives the mean.
SIZES = {"namu_wiki": (2_000, math.sqrt(2 * math.log(4))), "wikipedia": (900, 1.3), "c4": (1_500, 1.1)}
LARGEST = 800_000
BATCH_ROWS = 1_000
# Kinds of rows and their shares; what is left are articles.
ARTICLE, REDIRECT, NAMESPACE, DUPLICATE, SHORT = range(5)
SHARES = {"namu_wiki": (0.10, 0.05, 0.05, 0.03), "wikipedia": (0, 0, 0.05, 0.05), "c4": (0, 0, 0.05, 0.05)}
REMEMBERED = 2_000
MARKS = {
    "links": r"\[\[",
    "emphasis": r"'''|''|~~|__|--|\^\^|,,",
    "cells": r"\|\|",
    "braces": r"\{\{\{",
    "macros": r"\[[a-zA-Z가-힣]+(?:\([^\]]*\))?\]",
    "footnotes": r"\[\*",
    "headings": r"(?m)^=+ ",
}


class Corpus:
    """Draws batches of rows; each batch follows from the seed and the batches before it."""

    def __init__(self, *, source: str, seed: int) -> None:
        self.source = source
        self.columns = COLUMNS[SOURCES[source]]
        self.pieces: Pieces = make_pieces(seed, plain=source != "namu_wiki")
        self.rng = np.random.default_rng([seed, list(SOURCES).index(source)])
        self.piece_bytes = float(self.pieces.lengths[self.pieces.deck].mean())
        self.remembered: list[npt.NDArray[np.int32]] = []
        self.rows = 0
        self.schema = save_to_disk.schema_of(self.columns)

    def _document(self, kind: int, size: float) -> npt.NDArray[np.int32]:
        """The piece numbers of one document."""
        if kind == DUPLICATE and self.remembered:
            return self.remembered[int(self.rng.integers(len(self.remembered)))]
        if kind == SHORT:
            size = 60.0
        deck = self.pieces.deck
        drawn = deck[self.rng.integers(0, len(deck), max(1, int(size / self.piece_bytes)))]
        drawn[0] = self.pieces.heads + int(self.rng.integers(HEADS))
        found: npt.NDArray[np.int32] = np.append(drawn, np.int32(self.pieces.last))
        if kind == ARTICLE:
            if len(self.remembered) < REMEMBERED:
                self.remembered.append(found)
            elif len(found) < 20_000:
                self.remembered[int(self.rng.integers(REMEMBERED))] = found
        return found

    def _kinds(self) -> npt.NDArray[np.int64]:
        edges = np.cumsum(SHARES[self.source])
        drawn = np.searchsorted(edges, self.rng.random(BATCH_ROWS), side="right")
        return np.array([REDIRECT, NAMESPACE, DUPLICATE, SHORT, ARTICLE])[drawn]

    def batch(self, limit: int) -> tuple[pa.RecordBatch, int]:
        """The next rows and the bytes of their texts: at most BATCH_ROWS, and no more rows than reach ``limit``."""
        median, sigma = SIZES[self.source]
        sizes = np.minimum(self.rng.lognormal(math.log(median), sigma, BATCH_ROWS), LARGEST)
        kinds = self._kinds()
        found: list[npt.NDArray[np.int32]] = []
        total = 0
        for kind, size in zip(kinds.tolist(), sizes.tolist(), strict=True):
            if kind == REDIRECT:
                found.append(np.zeros(0, np.int32))
            else:
                found.append(self._document(kind, size))
                total += int(len(found[-1]) * self.piece_bytes)
            if total >= limit:
                break
        texts = self._texts(found, kinds)
        columns = self._other_columns(kinds[: len(found)]) | {"text": texts}
        batch = pa.record_batch([columns[name] for name in self.columns], schema=self.schema)
        self.rows += len(found)
        return batch, int(pc.sum(pc.binary_length(texts)).as_py())

    def _texts(self, found: list[npt.NDArray[np.int32]], kinds: npt.NDArray[np.int64]) -> pa.StringArray:
        """One column out of all pieces at once."""
        numbers = np.concatenate(found)
        pieces = self.pieces.pieces
        data = b"".join([pieces[n] for n in numbers.tolist()])
        ends = np.concatenate([[0], np.cumsum(self.pieces.lengths[numbers])])
        offsets = ends[np.concatenate([[0], np.cumsum([len(f) for f in found])])].astype(np.int32)
        texts = pa.StringArray.from_buffers(len(found), pa.py_buffer(offsets), pa.py_buffer(data))
        if REDIRECT not in kinds:
            return texts
        words = self.pieces.words
        targets = self.rng.integers(0, len(words), len(found)).tolist()
        values = [
            None if k != REDIRECT else f"#redirect {words[t]}\n" for k, t in zip(kinds.tolist(), targets, strict=False)
        ]
        redirects = pa.array(values, pa.string())
        return pc.coalesce(redirects, texts)

    def _other_columns(self, kinds: npt.NDArray[np.int64]) -> dict[str, pa.Array]:
        rows, words = len(kinds), self.pieces.words
        ids = range(self.rows, self.rows + rows)
        drawn = self.rng.integers(0, len(words), (3, rows)).tolist()
        site = SOURCES[self.source].replace("_", "-")
        return {
            "namespace": pa.array(np.where(kinds == NAMESPACE, "1", "0").tolist(), pa.string()),
            "title": pa.array([f"{words[a]} {words[b]}" for a, b in zip(*drawn[:2], strict=True)], pa.string()),
            "contributors": pa.array([f"user{a},user{b},user{c}" for a, b, c in zip(*drawn, strict=True)], pa.string()),
            "timestamp": pa.array([f"2019-04-{i % 28 + 1:02d}T00:00:00Z" for i in ids], pa.string()),
            "url": pa.array([f"https://{site}.example/{i}" for i in ids], pa.string()),
            "id": pa.array(ids, pa.int64()) if self.source == "namu_wiki" else pa.array(map(str, ids), pa.string()),
        }

    def batches(self, size: int) -> Iterator[pa.RecordBatch]:
        """Batches that hold about ``size`` bytes of text together."""
        written = 0
        while written < size:
            batch, count = self.batch(size - written)
            written += count
            yield batch


def write(*, source: str, size: int, shard_bytes: int, output: Path, seed: int) -> dict[str, float]:
    """Write the corpus and say how large it is."""
    started = time.perf_counter()
    split = "train" if source == "namu_wiki" else None
    folder = output / split if split else output
    folder.mkdir(parents=True, exist_ok=True)
    corpus = Corpus(source=source, seed=seed)
    shards = max(1, math.ceil(size / shard_bytes))
    for number in range(shards):
        path = folder / save_to_disk.shard_name(number, shards)
        with pa.ipc.new_stream(str(path), corpus.schema) as writer:
            for batch in corpus.batches(size // shards):
                writer.write_batch(batch)
        log.info("%s: %d bytes", path.name, path.stat().st_size)
    save_to_disk.write_sidecars(folder, corpus.columns, shards=shards, split=split)
    if split:
        (output / "dataset_dict.json").write_text('{"splits": ["train"]}', encoding="utf-8")
    seconds = time.perf_counter() - started
    return {"rows": corpus.rows, "seconds": round(seconds, 2), "mb_per_second": round(size / seconds / 1e6, 1)}


def density(texts: list[str]) -> dict[str, float]:
    """Marks per 1,024 bytes of source."""
    kilobytes = sum(len(text.encode()) for text in texts) / 1024
    counts = {name: sum(len(re.findall(mark, text)) for text in texts) for name, mark in MARKS.items()}
    return {name: round(count / kilobytes, 2) for name, count in counts.items()}


def read_texts(path: Path) -> list[str]:
    """The articles of the first shard under a folder, or the ``*.namu`` files in it."""
    if files := sorted(path.glob("*.namu")):
        return [file.read_text(encoding="utf-8") for file in files]
    shard = min(path.rglob("*.arrow"))
    return [str(text) for text in pa.ipc.open_stream(str(shard)).read_all()["text"].to_pylist()]


def main(argv: list[str] | None = None) -> None:
    """Write a corpus, or count the marks of one."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--bytes", type=float, default=1e9, help="bytes of text in all")
    parser.add_argument("--output", type=Path, help="folder to write")
    parser.add_argument("--source", choices=list(SOURCES), default="namu_wiki")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--shard_bytes", type=float, default=1e8)
    parser.add_argument("--density", type=Path, metavar="DIR", help="count the marks of a folder instead")
    options = parser.parse_args(argv)
    if options.density:
        result = density(read_texts(options.density))
    elif options.output:
        result = write(
            source=options.source,
            size=int(options.bytes),
            shard_bytes=int(options.shard_bytes),
            output=options.output,
            seed=options.seed,
        )
    else:
        parser.error("--output or --density is needed")
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
