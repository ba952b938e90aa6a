"""A model repository of the Hugging Face hub: what it holds at a commit, whether it fits the disk, and getting it."""

import functools
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from model_prep.models import PrepareError

NEEDED = (
    "*.safetensors",
    "*.safetensors.index.json",
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.j*",
    "preprocessor_config.json",
    "processor_config.json",
)
"""All that loading needs: neither ``tokenizer.model``, which knows no added piece, nor weights in other formats."""

SPARE = 1 << 30
"""Bytes that must stay free on the disk."""


@contextmanager
def answered(hub_id: str, endpoint: str) -> Iterator[None]:
    """Say in one line what to do about what the hub refuses."""
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError:
        raise PrepareError(
            f"{hub_id} is gated: accept its terms at {endpoint}/{hub_id} with your account, "
            "then log in with `hf auth login` or set HF_TOKEN, and run this again"
        ) from None
    except errors.RepositoryNotFoundError:
        raise PrepareError(
            f"{endpoint} has no model {hub_id}, or shows it to members only: check --base, "
            "or log in with `hf auth login`"
        ) from None
    except errors.RevisionNotFoundError:
        raise PrepareError(f"{hub_id} has no such revision: check --revision") from None
    except (errors.HTTPError, errors.LocalEntryNotFoundError) as error:
        raise PrepareError(
            f"{endpoint} cannot be reached or failed ({type(error).__name__}): run this again to go on where it "
            "stopped, or get the files by hand as model_prep/MANUAL_MODEL.md says"
        ) from None


def commit(hub_id: str, revision: str, endpoint: str) -> str:
    """The commit that a revision is now."""
    from huggingface_hub import HfApi

    found = HfApi(endpoint=endpoint).model_info(hub_id, revision=revision).sha
    if found is None:
        raise PrepareError(f"{hub_id}: the hub does not say what commit {revision} is")
    return found


def check_room(need: int, free: int, folder: Path) -> None:
    """Raise PrepareError when ``need`` bytes do not fit on the disk of a folder."""
    if need + SPARE > free:
        raise PrepareError(
            f"{need / 1e9:.1f} GB are to be fetched to {folder} and {free / 1e9:.1f} GB are free: "
            f"make room, or choose another disk with --model_root"
        )


def fetch(hub_id: str, revision: str, folder: Path, endpoint: str) -> dict[str, int]:
    """Get the needed files at a commit, going on where an earlier try stopped; returns their names and sizes."""
    from huggingface_hub import snapshot_download

    logging.getLogger("httpx").setLevel(logging.WARNING)
    folder.mkdir(parents=True, exist_ok=True)
    get = functools.partial(
        snapshot_download,
        hub_id,
        revision=revision,
        local_dir=str(folder),
        endpoint=endpoint,
        allow_patterns=list(NEEDED),
    )
    planned: Any = get(dry_run=True)
    check_room(sum(file.file_size for file in planned if file.will_download), shutil.disk_usage(folder).free, folder)
    get()
    return {file.filename: file.file_size for file in planned}
