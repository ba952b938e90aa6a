"""A run on Dataflow, before it starts: what a job needs, what follows from the rest, and what must be there.

Whatever is missing is one clear line here, before anything is staged; elsewhere it comes minutes later, from a worker.
"""

import argparse
import atexit
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from beam_pipelines import options
from beam_pipelines.options import UsageError
from beam_pipelines.versions import LIBRARIES

if TYPE_CHECKING:
    from apache_beam.options.pipeline_options import PipelineOptions

_LOG = logging.getLogger(__name__)

DATAFLOW = "DataflowRunner"
SETUP = Path(__file__).parents[1] / "setup.py"
BUCKET = "gs://"

DEFAULTS = {"machine_type": "n2-highmem-4", "number_of_worker_harness_threads": 4, "disk_size_gb": 50}
"""By Beam's names. Dataflow starts a process for every core, of no more threads than it likes: four threads hide what
an object store takes to answer, and with 8 GB a core they never meet the end of the memory."""


def completed(parsed: argparse.Namespace, left: Sequence[str]) -> list[str]:
    """Beam's flags, with what follows from the others filled in. Raises UsageError when something is missing."""
    from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions

    beam = PipelineOptions(list(left))
    _check_flags(beam.view_as(GoogleCloudOptions))
    _check_paths(parsed)
    more = list(_more(beam))
    if more:
        _LOG.info("%s: added %s", DATAFLOW, " ".join(more))
    return [*left, *more]


def _check_flags(cloud: "PipelineOptions") -> None:
    for name, example in {"project": "PROJECT", "region": "REGION", "temp_location": "gs://BUCKET/temp"}.items():
        if not getattr(cloud, name):
            raise UsageError(f"{DATAFLOW} needs --{name}={example}")
    for name in ("temp_location", "staging_location"):
        place = getattr(cloud, name)
        if place and not place.startswith(BUCKET):
            raise UsageError(f"--{name} {place}: {DATAFLOW} needs a folder on gs://")


def _check_paths(parsed: argparse.Namespace) -> None:
    """Workers have no disk in common with this machine."""
    if not parsed.input:
        raise UsageError(f"{DATAFLOW} needs --input=gs://BUCKET/...: no worker has this machine's disk")
    for flag, path in options.paths(parsed):
        if not path.startswith(BUCKET):
            raise UsageError(f"--{flag} {path}: no worker of {DATAFLOW} has this machine's disk; give a path on gs://")


def _more(beam: "PipelineOptions") -> Iterator[str]:
    """The flags that the user left open."""
    from apache_beam.options.pipeline_options import DebugOptions, SetupOptions, WorkerOptions

    views = [beam.view_as(kind) for kind in (WorkerOptions, DebugOptions)]
    for name, value in DEFAULTS.items():
        if all(getattr(view, name, None) is None for view in views):
            yield f"--{name}={value}"
    setup = beam.view_as(SetupOptions)
    if beam.view_as(WorkerOptions).sdk_container_image:
        return  # which has the package and everything under it
    if setup.setup_file is None:
        if not SETUP.is_file():
            raise UsageError("--setup_file must name this project's setup.py: workers install the package from it")
        yield f"--setup_file={SETUP}"
    elif not Path(setup.setup_file).is_file():
        raise UsageError(f"--setup_file {setup.setup_file}: no such file")
    if setup.requirements_file is None:
        yield f"--requirements_file={_pinned()}"
        yield "--requirements_cache=skip"  # workers fetch them; to stage them from here takes minutes


def _pinned() -> str:
    """A requirements file that gives workers the very libraries that the manifest names; gone with the process."""
    folder = tempfile.mkdtemp(prefix="dataflow-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = Path(folder) / "requirements.txt"
    names = [name for name in (*LIBRARIES, "gcsfs") if name != "apache-beam"]  # which is in the container
    file.write_text("".join(f"{name}=={version(name)}{os.linesep}" for name in names))
    return str(file)
