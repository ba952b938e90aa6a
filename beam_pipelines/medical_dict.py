"""Five dictionaries in, one Korean-English medical dictionary out, with every disagreement between them listed.

``python -m beam_pipelines.medical_dict``; how to get the dictionaries is told in data/MANUAL_DATA.md.
"""

import argparse
import logging
import sys

from beam_pipelines import launch, options
from beam_pipelines.dictionary_files import DEFAULT_INPUT, FILES
from beam_pipelines.refiner import Facts, Job, Refiner

_LOG = logging.getLogger(__name__)

DEFAULT_OUTPUT = "data/02_refined/01_medical_dict.json"


def flags() -> argparse.ArgumentParser:
    """The command line of this refiner."""
    return options.parser(
        prog="beam_pipelines.medical_dict",
        description=(__doc__ or "").splitlines()[0],
        default_input=DEFAULT_INPUT,
        default_output=DEFAULT_OUTPUT,
    )


def prepare(parsed: argparse.Namespace, facts: Facts) -> Job:
    """The dictionaries that are there, and how they are merged."""
    from beam_pipelines.transforms import files, inputs
    from beam_pipelines.transforms.commit import Target
    from beam_pipelines.transforms.dictionary_table import CONFLICTS, PRIORITY, TERMS, Dictionary
    from beam_pipelines.transforms.table import RefineTable

    stem, _, ending = parsed.output.rpartition(".")
    table = Dictionary(outputs={TERMS: parsed.output, CONFLICTS: f"{stem}_conflicts.{ending}"}, guard=facts.guard)
    try:
        found = inputs.find(
            parsed.input or [DEFAULT_INPUT],
            formats=table.formats,
            source_of=lambda path: files.name(path).partition(".")[0],
            priority=PRIORITY,
        )
    except inputs.InputError as error:
        raise inputs.InputError(f"{error}; see data/MANUAL_DATA.md for where dictionaries come from") from error
    for name in [name for name in FILES if name not in {file.format for file in found}]:
        _LOG.warning("no %s: the dictionary is made without it", name)
    target = Target(outputs=table.outputs, plan=facts.plan, rejects=parsed.rejects)
    transform = RefineTable(
        table=table,
        target=target,
        facts=facts.manifest,
        licences={file.source: file.licence for file in FILES.values()},
        strict=parsed.strict,
    )
    items = inputs.plan(found, formats=table.formats, columns=table.columns)
    return Job(items=items, formats=table.formats, target=target, transform=transform)


REFINER = Refiner(flags=flags, prepare=prepare)
run = REFINER.run

if __name__ == "__main__":
    sys.exit(launch.main(run))
