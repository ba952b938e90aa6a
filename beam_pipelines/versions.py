"""What a result depends on besides input and options: the code's own digest and the libraries that shape bytes."""

import functools
import hashlib
import platform
import unicodedata
from importlib.metadata import version
from pathlib import Path

from beam_pipelines import __version__

LIBRARIES = ("apache-beam", "numba", "numpy", "pyarrow", "regex", "xxhash")


@functools.cache
def code_digest() -> str:
    """16 hexadecimal digits over every source and table file of the package."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in {".py", ".tsv"}):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def versions() -> dict[str, str]:
    """For the manifest, and part of the name under which finished work is kept."""
    return {
        "medgemma-korean": __version__,
        "code": code_digest(),
        "python": platform.python_version(),
        "unicode": unicodedata.unidata_version,
        **{name: version(name) for name in LIBRARIES},
    }
