"""A run on Flink, before it starts: its own flags, what follows from the others, and what must be there.

Whatever is missing is one clear line here and a page of Java's elsewhere.
"""

import argparse
import json
import logging
import shutil
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from beam_pipelines.options import UsageError

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


def completed(parsed: argparse.Namespace, left: Sequence[str]) -> list[str]:
    """Beam's flags, with what follows from the others filled in. Raises UsageError when something is missing."""
    from apache_beam.options.pipeline_options import FlinkRunnerOptions, PipelineOptions, PortableOptions

    beam = PipelineOptions(left)
    flink, portable = beam.view_as(FlinkRunnerOptions), beam.view_as(PortableOptions)
    given = {flag.partition("=")[0] for flag in left}
    cluster = flink.flink_master not in _NO_CLUSTER
    address = flink.flink_master if "://" in flink.flink_master else f"http://{flink.flink_master}"
    version, more = flink.flink_version, []
    if portable.job_endpoint is None:
        _check_job_server(flink.flink_job_server_jar)
    if cluster:
        version = _version(address)
        if "--flink_version" in given and version != flink.flink_version:
            raise UsageError(f"--flink_version={flink.flink_version}, but the cluster at {address} runs {version}")
        if "--flink_version" not in given and not flink.flink_job_server_jar:  # it would be the newest there is
            more.append(f"--flink_version={version}")
    if version.startswith("1.") and given & _STREAMING_ONLY:
        raise UsageError(_RETRIES)
    place = portable.environment_type
    if place is None and (cluster or portable.job_endpoint):
        if urlsplit(address if cluster else f"//{portable.job_endpoint}").hostname not in _HERE:
            raise UsageError(
                "--environment_type must say where Python workers run: EXTERNAL with --environment_config=HOST:PORT "
                "of a worker pool, DOCKER with --environment_config=IMAGE, or LOOPBACK for this process"
            )
        more.append("--environment_type=LOOPBACK")
    elif place not in {None, "LOOPBACK"}:
        _check_paths(parsed)
    if more:
        _LOG.info("%s: added %s", FLINK, " ".join(more))
    return [*left, *more]


def _check_job_server(jar: str | None) -> None:
    if shutil.which("java") is None:
        raise UsageError(f"{FLINK} starts a job server, and there is no java on the PATH: install Java 11 or 17")
    if jar and not urlsplit(jar).scheme and not Path(jar).is_file():
        raise UsageError(f"--flink_job_server_jar {jar}: no such file")


def _version(address: str) -> str:
    """Major and minor version of the cluster behind a REST address."""
    try:
        with urllib.request.urlopen(f"{address}/config", timeout=_SECONDS) as answer:
            full: str = json.load(answer)["flink-version"]
    except (OSError, ValueError, KeyError) as error:
        why = error.reason if isinstance(error, urllib.error.URLError) else error
        raise UsageError(f"--flink_master {address}: no Flink cluster answers there ({why})") from None
    return ".".join(full.split(".")[:2])


def _check_paths(parsed: argparse.Namespace) -> None:
    """Workers elsewhere have another working folder: a relative path means another place to each of them."""
    if not parsed.input:
        raise UsageError("--input is needed: the workers run elsewhere, and its default is a relative path")
    paths = [("output", parsed.output), ("rejects", parsed.rejects), *(("input", path) for path in parsed.input)]
    for flag, path in paths:
        if path is not None and "://" not in path and not path.startswith("/"):
            raise UsageError(f"--{flag} {path}: the workers run elsewhere; give a full path that all of them reach")
