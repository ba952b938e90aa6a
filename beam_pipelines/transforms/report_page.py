"""The page of a report: one template, a style, a script, and data that can be nothing but data.

The data stands in a block of JSON in which no ``<`` is left, and the script shows it as text only. What may run or
style the page is named by its hash in a Content-Security-Policy that allows nothing else, no request above all.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

from beam_pipelines.transforms.report_samples import sound

_SLOT = re.compile(r"\{(policy|style|data|script)\}")


def render(data: Mapping[str, Any]) -> bytes:
    """The page as HTML in UTF-8. The same data give the same bytes."""
    style, script = _part("report.css"), _part("report.js")
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; {_NOTHING_ELSE}"
    slots = {"policy": policy, "style": style, "data": block(data), "script": script}
    return _SLOT.sub(lambda slot: slots[slot[1]], _part("report.html")).encode()


_NOTHING_ELSE = "base-uri 'none'; form-action 'none'"


def block(data: Mapping[str, Any]) -> str:
    """JSON that can stand in a script element: without ``<``, and without line separators that old parsers end at."""
    text = json.dumps(sound(data), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _part(name: str) -> str:
    return resources.files("beam_pipelines.transforms").joinpath(name).read_text(encoding="utf-8")


def _hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
