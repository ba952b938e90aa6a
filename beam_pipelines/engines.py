"""Runners that work elsewhere (Flink, Prism, Dataflow): started for a run, watched, and ended with it."""

import argparse
import logging
import os
import signal
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from beam_pipelines import dataflow, flink, options
from beam_pipelines.dataflow import DATAFLOW
from beam_pipelines.flink import FLINK
from beam_pipelines.options import DIRECT

if TYPE_CHECKING:
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.runners.runner import PipelineRunner

_LOG = logging.getLogger(__name__)

_JOB_SERVERS = {FLINK: "FlinkJarJobServer", "PrismRunner": "PrismJobServer"}
"""The names under which Beam logs what their job servers say."""


def check_flags(flags: argparse.ArgumentParser, parsed: argparse.Namespace, left: Sequence[str]) -> None:
    """Raise UsageError for a flag that neither we, Beam nor the runner knows."""
    options.check_beam_flags(flags, left, more=flink.FLAGS if parsed.runner == FLINK else ())


def completed(parsed: argparse.Namespace, left: Sequence[str]) -> list[str]:
    """Beam's flags, with what follows from the others filled in. Raises UsageError when something is missing."""
    complete = {FLINK: flink.completed, DATAFLOW: dataflow.completed}.get(parsed.runner)
    return complete(parsed, left) if complete else list(left)


def hush(runner: str) -> None:
    """Silence Beam: on the DirectRunner its warnings are about modes we chose, its errors are raised as well."""
    if runner == DIRECT or runner in _JOB_SERVERS:
        logging.getLogger("apache_beam").setLevel(logging.CRITICAL)


@contextmanager
def engine(name: str) -> Iterator["PipelineRunner | None"]:
    """The runner for one run; None for one that needs no program of its own: its name is enough.

    When the block ends, the engine's job server ends and its temporary folders go. What it says goes to a file, which
    stays, and is named, when the block fails.
    """
    if name not in _JOB_SERVERS:
        yield None
        return
    from apache_beam.runners.runner import create_runner

    runner = create_runner(name)
    with _logged_aside(name), _temporary_folder(), _workers_end_by_themselves(), _server_ended(runner):
        yield runner


def finish(result: Any, beam: "PipelineOptions") -> None:
    """Wait for the end of a job. Ctrl-C cancels it where it runs: it would go on without this process."""
    import grpc

    with _interrupts(signal.default_int_handler):  # Beam has set one that stops the job server and waits on
        try:
            result.wait_until_finish()
        except KeyboardInterrupt:
            flink.cancel(getattr(result, "_job_id", ""), beam)
            with suppress(grpc.RpcError):  # a terminal's Ctrl-C ends the job server too
                result.cancel()
            raise


@contextmanager
def _interrupts(handler: Any) -> Iterator[None]:
    """Ctrl-C as the handler has it during the block, and as it was before after it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _server_ended(runner: Any) -> Iterator[None]:
    """End the job servers that the runner starts during the block; on its own it keeps them until the process ends."""
    servers: list[Any] = []
    make = runner.default_job_server

    def made(options: Any) -> Any:
        servers.append(make(options))
        return servers[-1]

    runner.default_job_server = made
    with _interrupts(signal.getsignal(signal.SIGINT)):
        try:
            yield
        finally:
            for server in servers:
                server.stop()


@contextmanager
def _workers_end_by_themselves() -> Iterator[None]:
    """Workers in this process (LOOPBACK) end with their connection, and not when they are told to by their number.

    They share one pool, and two TaskManagers number theirs alike: each would end workers of the other.
    """
    from apache_beam.portability.api import beam_fn_api_pb2
    from apache_beam.runners.worker.worker_pool_main import BeamFnExternalWorkerPoolServicer as Pool

    def go_on(_: Any, request: Any, context: Any) -> Any:
        return beam_fn_api_pb2.StopWorkerResponse()

    with mock.patch.object(Pool, "StopWorker", go_on):
        yield


@contextmanager
def _temporary_folder() -> Iterator[None]:
    """Temporary files in a folder of their own, gone after the block: Beam leaves some behind for every job."""
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="engine-") as folder:
        tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = before


@contextmanager
def _logged_aside(name: str) -> Iterator[None]:
    handle, path = tempfile.mkstemp(prefix=f"{name}-", suffix=".log")
    loggers = [logging.getLogger(speaker) for speaker in ("apache_beam", _JOB_SERVERS[name])]
    before = [(logger.level, logger.propagate) for logger in loggers]
    # Workers in this process also print the traceback of a failed bundle, which comes back with the job's failure.
    with os.fdopen(handle, "w", buffering=1) as file, redirect_stderr(file):
        aside = logging.StreamHandler(file)
        aside.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        said_by_beam = _SaidByBeam(aside)
        logging.getLogger().addFilter(said_by_beam)
        for logger in loggers:
            logger.addHandler(aside)
            logger.setLevel(logging.INFO)
            logger.propagate = False
        keep = False
        try:
            yield
        except Exception:
            keep = True
            _LOG.error("the log of %s: %s", name, path)
            raise
        finally:
            logging.getLogger().removeFilter(said_by_beam)
            for logger, (level, propagate) in zip(loggers, before, strict=True):
                logger.removeHandler(aside)
                logger.setLevel(level)
                logger.propagate = propagate
            if not keep:
                Path(path).unlink()


class _SaidByBeam(logging.Filter):
    """Takes what Beam says on the root logger, messages of the job among it, and gives it to another handler."""

    def __init__(self, aside: logging.Handler) -> None:
        super().__init__()
        self._aside = aside

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is something else."""
        if "apache_beam" not in Path(record.pathname).parts:
            return True
        self._aside.emit(record)
        return False
