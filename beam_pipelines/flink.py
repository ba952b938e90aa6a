"""A run on Flink, before it starts: its own flags, what follows from the others, and what must be there.

Whatever is missing is one clear line here and a page of Java's elsewhere.
"""

import argparse
import json
import logging
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from beam_pipelines import options
from beam_pipelines.options import UsageError

if TYPE_CHECKING:
    from apache_beam.options.pipeline_options import PipelineOptions

_LOG = logging.getLogger(__name__)

FLINK = "FlinkRunner"
FLAGS = (
    "disable_metrics",
    "execution_mode_for_batch",
    "execution_retry_delay",
    "faster_copy",
    "flink_conf_dir",
    "job_check_interval_in_secs",
    "number_of_execution_retries",
    "object_reuse",
    "operator_chaining",
    "re_iterable_group_by_key_result",
    "use_data_stream_for_batch",
)
"""What Beam's FlinkPipelineOptions (Java) has for batch jobs and the Python package does not know."""

_STREAMING_ONLY = {"--number_of_execution_retries", "--execution_retry_delay"}
_RETRIES = (
    "Beam's Flink 1 runner has no retries by flag in batch jobs: set restart-strategy.type (and its attempts) in the "
    "config.yaml of the cluster or, for [local], in that of a folder given as --flink_conf_dir"
)
_HERE = {"localhost", "127.0.0.1", "::1"}
_NO_CLUSTER = {"[local]", "[auto]"}
_SECONDS = 10
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Past any proxy, as Flink's own client goes."""


def completed(parsed: argparse.Namespace, left: Sequence[str]) -> list[str]:
    """Beam's flags, with what follows from the others filled in. Raises UsageError when something is missing."""
    from apache_beam.options.pipeline_options import FlinkRunnerOptions, PipelineOptions, PortableOptions

    beam = PipelineOptions(left)
    flink, portable = beam.view_as(FlinkRunnerOptions), beam.view_as(PortableOptions)
    if portable.job_endpoint is None:
        _check_job_server(flink.flink_job_server_jar)
    more = [*_version_flags(flink, left), *_place_flags(flink, portable)]
    if portable.environment_type not in {None, "LOOPBACK"}:
        _check_paths(parsed)
    if more:
        _LOG.info("%s: added %s", FLINK, " ".join(more))
    return [*left, *more]


def _version_flags(flink: Any, left: Sequence[str]) -> Iterator[str]:
    """The version of the cluster, where it decides which job server is fetched; that of the flags must be the same."""
    master, version = flink.flink_master, flink.flink_version
    given = {flag.partition("=")[0] for flag in left}
    if master not in _NO_CLUSTER:
        version = ".".join(_ask(master, "/config")["flink-version"].split(".")[:2])
        if "--flink_version" not in given and not flink.flink_job_server_jar:
            yield f"--flink_version={version}"
        elif "--flink_version" in given and version != flink.flink_version:
            raise UsageError(f"--flink_version={flink.flink_version}, but the cluster at {master} runs {version}")
    if version.startswith("1.") and given & _STREAMING_ONLY:
        raise UsageError(_RETRIES)


def _place_flags(flink: Any, portable: Any) -> Iterator[str]:
    """Where the Python workers run, if nobody said so and the engine is on this machine: in this process."""
    if portable.environment_type or (flink.flink_master in _NO_CLUSTER and not portable.job_endpoint):
        return
    address = f"//{portable.job_endpoint}" if flink.flink_master in _NO_CLUSTER else _address(flink.flink_master)
    if urlsplit(address).hostname not in _HERE:
        raise UsageError(
            "--environment_type must say where Python workers run: EXTERNAL with --environment_config=HOST:PORT "
            "of a worker pool, DOCKER with --environment_config=IMAGE, or LOOPBACK for this process"
        )
    yield "--environment_type=LOOPBACK"


def _check_job_server(jar: str | None) -> None:
    if shutil.which("java") is None:
        raise UsageError(f"{FLINK} starts a job server, and there is no java on the PATH: install Java 11 or 17")
    if jar and not urlsplit(jar).scheme and not Path(jar).is_file():
        raise UsageError(f"--flink_job_server_jar {jar}: no such file")


def _address(master: str) -> str:
    return master if "://" in master else f"http://{master}"


def _ask(master: str, path: str, *, method: str = "GET") -> Any:
    """What the REST API of a cluster says. Raises UsageError when there is none."""
    request = urllib.request.Request(f"{_address(master)}{path}", method=method)
    try:
        with _OPENER.open(request, timeout=_SECONDS) as answer:
            return json.load(answer)
    except (OSError, ValueError) as error:
        why = error.reason if isinstance(error, urllib.error.URLError) else error
        raise UsageError(f"--flink_master {master}: no Flink cluster answers there ({why})") from None


def cancel(job_id: str, beam: "PipelineOptions") -> None:
    """Cancel a job, by Beam's id, on its cluster: Beam's own call only ends the job server's wait for it."""
    from apache_beam.options.pipeline_options import FlinkRunnerOptions

    master = beam.view_as(FlinkRunnerOptions).flink_master
    for job in [] if master in _NO_CLUSTER else _ask(master, "/jobs/overview")["jobs"]:
        if job_id.startswith(f"{job['name']}_"):
            _ask(master, f"/jobs/{job['jid']}?mode=cancel", method="PATCH")


def _check_paths(parsed: argparse.Namespace) -> None:
    """Workers elsewhere have another working folder: a relative path means another place to each of them."""
    if not parsed.input:
        raise UsageError("--input is needed: the workers run elsewhere, and its default is a relative path")
    for flag, path in options.paths(parsed):
        if "://" not in path and not path.startswith("/"):
            raise UsageError(f"--{flag} {path}: the workers run elsewhere; give a full path that all of them reach")
