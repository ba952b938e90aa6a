"""What makes two documents the same: the 128-bit XXH3 of their cleaned text."""

import itertools

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from beam_pipelines.text.columns import flat

Fingerprints = npt.NDArray[np.void]
FINGERPRINT = np.dtype([("high", ">u8"), ("low", ">u8")])  # big-endian: equal to the digest's own bytes


def fingerprints(texts: pa.Array) -> Fingerprints:
    """Shape (rows,) of FINGERPRINT. Source: XXH3-128, github.com/Cyan4973/xxHash, seed 0."""
    data, offsets = flat(texts)
    digest, view, bounds = xxhash.xxh3_128_digest, data.data, offsets.tolist()
    joined = b"".join([digest(view[start:end]) for start, end in itertools.pairwise(bounds)])
    return np.frombuffer(joined, FINGERPRINT)
