"""A real browser for the tests marked ``browser``: Debian's Chromium, installed where that may be done."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock

NAMES = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 600


def chromium() -> str:
    """The path of a Chromium. Skips where none is there and none can be installed; fails where installing fails."""
    with FileLock("/tmp/medgemma-tests-chromium.lock", mode=0o666):
        if found := _found():
            return found
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            pytest.skip("no Chromium on the PATH, and installing one takes root and apt-get")
        _apt("update")
        _apt("install", "-y", "--no-install-recommends", "chromium")
        found = _found()
        assert found is not None
        return found


def _found() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _apt(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", "-q", *command], env=environment, timeout=SECONDS, check=False, capture_output=True, text=True
    )
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        pytest.fail(f"apt-get {command[0]} failed; is a Debian mirror within reach?\n{said}")


def profile(folder: Path) -> list[str]:
    """The flags of a browser that has no window, a profile of its own, and no name that it could resolve."""
    return [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--remote-debugging-port=0",
        f"--user-data-dir={folder}",
        "about:blank",
    ]
