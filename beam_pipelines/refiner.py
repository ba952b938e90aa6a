"""What every refiner's ``run(argv)`` does, once: from a command line to a finished run."""

import argparse
import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from beam_pipelines import engines, launch, options

if TYPE_CHECKING:
    import apache_beam as beam
    from apache_beam.runners.runner import PipelineResult

    from beam_pipelines.transforms.commit import Target
    from beam_pipelines.transforms.inputs import WorkItem
    from beam_pipelines.transforms.spans import Format

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a result depends on besides its input, in the manifest's words. ``plan`` is a short name for it."""

    options: Mapping[str, Any]
    versions: Mapping[str, str]
    guard: bytes = b""
    """The items of benchmarks that nothing may hold, packed; the options name them."""

    @property
    def manifest(self) -> dict[str, Any]:
        """The keys of the manifest."""
        return {"options": self.options, "versions": self.versions}

    @property
    def plan(self) -> str:
        """16 hexadecimal digits."""
        return hashlib.sha256(json.dumps(self.manifest).encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class Job:
    """A run that is ready to start: the work items, how their files are read, and the transform that does the rest."""

    items: list["WorkItem"]
    formats: Mapping[str, "Format"]
    target: "Target"
    transform: "beam.PTransform"

    @property
    def bytes(self) -> int:
        """Of input."""
        return sum(item.span.end - item.span.start for item in self.items)

    def finished_bytes(self) -> int:
        """About how much of it is done, wherever the workers are: finished work items lie where all can see them."""
        from beam_pipelines.transforms import parts

        return self.bytes * parts.count_finished(self.target.work) // len(self.items)


class Done(NamedTuple):
    """How a run ended. ``result`` is None when it was found to be done before."""

    result: "PipelineResult | None"
    manifest: dict[str, Any]
    target: "Target"
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Refiner:
    """What tells one refiner from another: its command line, and how a run is made ready from the parsed options."""

    flags: Callable[[], argparse.ArgumentParser]
    prepare: Callable[[argparse.Namespace, Facts], Job]
    report: Callable[[Done], None] = lambda done: None
    """What is said of a finished run besides its ledger."""
    makes_benchmark: bool = False
    """Whether the refined test split is its own output, and so nothing that it is guarded against."""

    def run(self, argv: Sequence[str]) -> "PipelineResult":
        """Run the pipeline and wait for it. Raises UsageError, InputError, BadInput, LedgerError or OSError."""
        result = self.refine(argv).result
        assert result is not None
        return result

    def refine(self, argv: Sequence[str], *, skip_current: bool = False) -> Done:
        """The same, or with ``skip_current`` nothing where outputs stand that the same input, options and code made."""
        parser = self.flags()
        parsed, left = options.parse(parser, argv)
        engines.hush(parsed.runner)
        begin = time.monotonic()
        import apache_beam as beam

        engines.check_flags(parser, parsed, left)
        left = engines.completed(parsed, left)
        from beam_pipelines.transforms import benchmark, files, ledger
        from beam_pipelines.versions import versions

        refined = [] if self.makes_benchmark else benchmark.beside(parsed.output)
        items = benchmark.load(parsed.guard, parsed.guard_file, refined, needed=not self.makes_benchmark)
        settings = {**options.settings(parser, parsed), "guard": list(items.facts)}
        facts = Facts(options=settings, versions=versions(), guard=items.packed)
        job = self.prepare(parsed, facts)
        if skip_current and (manifest := _current(job, facts)):
            return Done(None, manifest, job.target, time.monotonic() - begin)
        files.make_folder(job.target.work)
        summary = launch.summarised(job.bytes, elsewhere=job.finished_bytes)
        with files.lock(job.target.lock), summary, engines.engine(parsed.runner) as runner:
            pipeline = beam.Pipeline(runner, options=options.beam_options(parsed, left))
            _ = pipeline | "Items" >> beam.Create(job.items) | "Spread" >> beam.Reshuffle() | job.transform
            result = pipeline.run()
            engines.finish(result, pipeline.options)
            manifest = _manifest(job.target)
            if parsed.report == "on":
                _report(job.target, manifest)
            job.target.sweep()
        _LOG.info("%s", ledger.table(manifest["ledger"]))
        done = Done(result, manifest, job.target, time.monotonic() - begin)
        self.report(done)
        return done


def _manifest(target: "Target") -> dict[str, Any]:
    from beam_pipelines.transforms import files

    with files.open_read(target.manifest) as file:
        manifest: dict[str, Any] = json.load(file)
        return manifest


def _report(target: "Target", manifest: Mapping[str, Any]) -> None:
    from beam_pipelines.transforms import report

    _LOG.info("report: %s", report.place(target.folder, manifest, aside=target.work))


def _current(job: Job, facts: Facts) -> dict[str, Any] | None:
    """The manifest of the run before, where this one would give the same; inputs are compared by their hashes."""
    from beam_pipelines.transforms import files
    from beam_pipelines.transforms.commit import inputs_of
    from beam_pipelines.transforms.inputs import reads_of

    if not files.exists(job.target.manifest):
        return None
    manifest = _manifest(job.target)
    sizes = {entry["name"]: entry["bytes"] for entry in manifest["outputs"]}
    sizes |= {entry["path"]: entry["bytes"] for entry in manifest["rejects"]}
    expected = {files.name(path): path for view in job.target.outputs for path in job.target.paths(view)}
    expected |= {entry["path"]: entry["path"] for entry in manifest["rejects"]}
    expected |= {name: job.target.table(name) for name in job.target.tables}
    same = (
        all(manifest[key] == value for key, value in facts.manifest.items())
        and bool(manifest["rejects"]) == (job.target.rejects is not None)
        and sizes == {name: files.size(path) for name, path in expected.items() if files.exists(path)}
        and manifest["inputs"] == inputs_of(r for item in job.items for r in reads_of(item, job.formats[item.format]))
    )
    return manifest if same else None
