"""How the text kernels are compiled, and how their machine code is found again.

numba's cache notices an edit of the file a kernel stands in, but not of the files it calls into. Stale machine
code would then clean text by yesterday's rules, so the cache is keyed by a digest of every rule file. The same
digest is the code version in the manifest: it changes exactly when the output may.
"""

import functools
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np

RULES = Path(__file__).parent
_CONFIG: Any = numba.config
_NJIT: Any = numba.njit  # its types do not know _nrt


@functools.cache
def code_version() -> str:
    """16 hexadecimal digits over the name and content of every file of rules (code and tables)."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(p for p in RULES.iterdir() if p.suffix in {".py", ".tsv"}):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


@functools.cache
def _cache_folder() -> str:
    base = _CONFIG.CACHE_DIR or str(RULES / "__pycache__")
    if not os.access(base if os.path.isdir(base) else RULES, os.W_OK):  # noqa: PTH112 - a plain string from numba
        base = str(Path(tempfile.gettempdir()) / f"medgemma-korean-{os.getuid()}")
    return str(Path(base) / f"kernels-{code_version()}")


def is_compiled() -> bool:
    """Whether some run of this version has compiled kernels on this machine before."""
    return Path(_cache_folder()).is_dir()


def wide(value: int) -> Any:
    """A constant to call kernels with: numba compiles a kernel once more for each literal of Python's integers."""
    return np.int64(value)


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a loop over plain numpy arrays; it runs without the interpreter lock.

    With ``NUMBA_DISABLE_JIT=1`` the function is returned as it is, and tests use it as its own oracle. So that both
    agree, kernels turn what they read from a uint8 array into an ``int`` before they shift or add.
    """
    return _compiled(function)


def lean_kernel(function: Callable[..., Any]) -> Any:
    """A :func:`kernel` that allocates nothing, not even by assigning a slice to a slice (numba then refuses it).

    Without reference counts a call costs a fifth: what counts where calls are many and short. The option that does it
    is one of numba's own; a release that no longer takes it gets an ordinary kernel, which does the same more slowly.
    """
    return _compiled(function, **_lean_options())


@functools.cache
def _lean_options() -> dict[str, bool]:
    """What makes a kernel lean, or nothing where numba refuses it."""
    options = {"_nrt": False}
    try:
        from numba.core.compiler import Flags
        from numba.core.cpu import CPUTargetOptions

        CPUTargetOptions.parse_as_flags(Flags(), options)
    except (ImportError, AttributeError, KeyError, TypeError):
        return {}
    return options


def _compiled(function: Callable[..., Any], **options: bool) -> Any:
    before = _CONFIG.CACHE_DIR
    _CONFIG.CACHE_DIR = _cache_folder()
    try:
        return _NJIT(cache=True, nogil=True, **options)(function)
    finally:
        _CONFIG.CACHE_DIR = before
