"""LibreOffice's help in Korean, from a Debian package: a narrow kind of text to learn a tokenizer from and measure.

It is under the MPL 2.0 and none of it is committed; the unpacked package is kept under ``.bench``.
"""

import html
import logging
import re
import shutil
import subprocess
from pathlib import Path

from tests.models.fetch import ROOT

_LOG = logging.getLogger("manuals")
PACKAGE = "libreoffice-help-ko"
_UNSEEN = re.compile(r"(?is)<(script|style|head)\b.*?</\1>")
_BLOCK = re.compile(r"(?i)</?(?:p|h\d|li|td|th|div|dt|dd|tr|table|ul|ol|br)\b[^>]*>")
_LEAST = 10
"""Syllables of a paragraph; a shorter one is a label or a menu."""


def _unpacked() -> Path:
    folder = ROOT / ".bench" / PACKAGE
    if not folder.is_dir():
        _LOG.info("fetching %s", PACKAGE)
        half = folder.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        subprocess.run(["apt-get", "download", "-qq", PACKAGE], cwd=half, check=True)
        (package,) = half.glob("*.deb")
        subprocess.run(["dpkg", "-x", package.name, "."], cwd=half, check=True)
        half.rename(folder)
    return folder


def paragraphs(page: str) -> list[str]:
    """The Korean paragraphs of an HTML page, each once."""
    blocks = _BLOCK.split(_UNSEEN.sub(" ", page))
    texts = (" ".join(html.unescape(re.sub(r"<[^>]+>", "", block)).split()) for block in blocks)
    return list(dict.fromkeys(text for text in texts if len(re.findall("[가-힣]", text)) >= _LEAST))


def pages() -> list[str]:
    """Every page that holds Korean, a paragraph a line; none on a machine without Debian's tools."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        return []
    files = sorted(_unpacked().rglob("*.html"))
    found = ("\n".join(paragraphs(path.read_text(encoding="utf-8"))) for path in files)
    return [text for text in found if text]
