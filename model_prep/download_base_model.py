"""Fetch a base model from the hub to ``model/raw/<name>/``, at a commit that is written down, and look that it loads.

``python -m model_prep.download_base_model --model medgemma-4b``. Without a network, see MANUAL_MODEL.md.
"""

import argparse
import logging
import os
import sys
from pathlib import Path

from beam_pipelines import launch
from model_prep import checkpoint, hub, memory, results
from model_prep.flags import Step
from model_prep.models import MODELS, RAW, PrepareError, base_of, folder_name

_LOG = logging.getLogger("model_prep")
INFO = "download_info.json"
HUB = "https://huggingface.co"


def add_flags(flags: argparse.ArgumentParser) -> None:
    """The flags of this step."""
    add = flags.add_argument
    add("--revision", metavar="REV", help="branch, tag or commit (the commit of the first download, else main)")
    add("--endpoint", default=os.environ.get("HF_ENDPOINT", HUB), metavar="URL", help="the hub, or a mirror of it")


def verify(folder: Path, hub_id: str) -> str:
    """Load what can be loaded without weights, and see that the weights are whole; returns one line.

    Raises PrepareError when something is missing, cut short or another kind of model.
    """
    from transformers import AutoConfig, AutoTokenizer

    found = checkpoint.architecture(folder)
    expected = {model.hub_id: model.architecture for model in MODELS.values()}.get(hub_id, found)
    if found != expected:
        raise PrepareError(f"{folder} is a {found} where {hub_id} should be a {expected}")
    model = memory.read_model(checkpoint.shapes(folder))
    try:
        AutoConfig.from_pretrained(folder)
        tokenizer = AutoTokenizer.from_pretrained(folder)
    except (OSError, ValueError) as error:
        raise PrepareError(f"{folder} does not load: {launch.explain(error)}") from error
    return f"{found}, {len(tokenizer):,} tokens, {model.embedding[0]:,} rows"


def is_done(folder: Path, record: dict[str, object], hub_id: str, revision: str | None) -> bool:
    """Whether all files of an earlier download are there, and are of what is asked for now."""
    files = record.get("files")
    if record.get("hub_id") != hub_id or not isinstance(files, dict) or not files:
        return False
    whole = all((folder / name).is_file() and (folder / name).stat().st_size == n for name, n in files.items())
    return whole and revision in (None, record.get("revision"), record.get("asked"))


def prepare(given: argparse.Namespace) -> str:
    """Do the step, or find it done; returns one line on the result. Raises PrepareError or OSError."""
    base = base_of(given.model, given.base)
    if Path(base).is_dir():
        return f"a folder of your own; {verify(Path(base), base)}"
    folder: Path = given.output or given.model_root / RAW / folder_name(base)
    record = results.read(folder / INFO)
    if not given.force and is_done(folder, record, base, given.revision):
        _LOG.info("%s is there already, at %s", folder, record["revision"])
        return verify(folder, base)
    pinned = record.get("revision") if record.get("hub_id") == base else None
    asked = given.revision or pinned or "main"
    with hub.answered(base, given.endpoint):
        revision = hub.commit(base, asked, given.endpoint)
        # Written first: a try that is cut off goes on at the same commit.
        results.write(folder_made(folder) / INFO, {"hub_id": base, "asked": asked, "revision": revision})
        files = hub.fetch(base, revision, folder, given.endpoint)
    summary = verify(folder, base)
    results.write(folder / INFO, {"hub_id": base, "asked": asked, "revision": revision, "files": files})
    return summary


def folder_made(folder: Path) -> Path:
    """The folder, made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


STEP = Step(
    name="download_base_model",
    description=__doc__ or "",
    output="raw/<name>",
    add_flags=add_flags,
    prepare=prepare,
)

flags, run = STEP.flags, STEP.run

if __name__ == "__main__":
    sys.exit(launch.main(run))
