"""The kernels run as plain Python: their own oracle."""

import os
import subprocess
import sys


def uncompiled(code: str, *arguments: str, stdin: str = "") -> str:
    """What ``code`` prints in a Python without the compiler, where a warning (an overflow, say) is an error."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout
