"""A refiner that goes row by row: refine each work item, take out what occurs too often, write. One chain for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam

from beam_pipelines.reasons import Reason
from beam_pipelines.transforms.commit import Target
from beam_pipelines.transforms.dedupe import Dedupe
from beam_pipelines.transforms.inputs import WorkItem
from beam_pipelines.transforms.near import NearDedupe
from beam_pipelines.transforms.refine import RefineItem
from beam_pipelines.transforms.repeated import RepeatedLines
from beam_pipelines.transforms.steps import Recipe
from beam_pipelines.transforms.write import WriteOutputs


class Stage(NamedTuple):
    """A stage of deduplication: of the rows with one fingerprint of the kind ``mark`` the first ``limit`` stay.

    With a ``likeness`` the fingerprints are bands, and it is the Jaccard from which on two rows are one.
    """

    mark: str
    reason: Reason
    limit: int = 1
    likeness: float | None = None
    again: bool = False
    """Whether it is the second with this mark: its files and steps then have another name."""

    @property
    def name(self) -> str:
        """Of its files and steps."""
        return f"{self.mark}-again" if self.again else self.mark


class LineStage(NamedTuple):
    """A stage that takes out the lines that stand in more than ``most`` documents of a source."""

    most: int
    name: str = "lines"


@dataclass(kw_only=True)
class RefineRows(beam.PTransform):
    """PCollection[WorkItem] -> PCollection of the one manifest, with the outputs in place."""

    recipe: Recipe
    stages: Sequence[Stage | LineStage]
    buckets: int
    target: Target
    facts: Mapping[str, Any]
    licences: Mapping[str, str]
    strict: bool = False

    def expand(self, items: beam.PCollection[WorkItem]) -> beam.PCollection[dict[str, Any]]:
        """Refine -> a stage of deduplication after the other -> write."""
        folder, rejects = self.target.work, self.target.rejects is not None
        rows = items | "Refine" >> beam.ParDo(RefineItem(folder, self.recipe, rejects=rejects, strict=self.strict))
        for stage in self.stages:
            rows |= f"Dedupe {stage.name}" >> self._stage(stage)
        return rows | "Write" >> WriteOutputs(target=self.target, facts=self.facts, licences=self.licences)

    def _stage(self, stage: Stage | LineStage) -> beam.PTransform:
        common: dict[str, Any] = {
            "folder": self.target.work,
            "stage": stage.name,
            "buckets": self.buckets,
            "rejects": self.target.rejects is not None,
        }
        if isinstance(stage, LineStage):
            return RepeatedLines(recipe=self.recipe, most=stage.most, **common)
        common |= {"mark": stage.mark, "reason": stage.reason, "view": self.recipe.views[0]}
        if stage.likeness is not None:
            return NearDedupe(column=self.recipe.columns[0], likeness=stage.likeness, **common)
        return Dedupe(limit=stage.limit, **common)
