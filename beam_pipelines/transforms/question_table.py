"""The questions of KorMedMCQA settled together: equal ones found inside and across the splits, and signs explained."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from beam_pipelines.reasons import Reason
from beam_pipelines.records import LETTERS, Question, is_train, json_array, json_lines
from beam_pipelines.text import characters, guard
from beam_pipelines.text.columns import from_strings
from beam_pipelines.text.guard_items import Item, pack, unpack
from beam_pipelines.transforms.commit import EXTRA
from beam_pipelines.transforms.formats import ROW_FORMATS
from beam_pipelines.transforms.table import Entry, Fields, File, Lost, Settled, Table

CHARACTERS = "characters"


@dataclass(frozen=True, kw_only=True)
class Questions(Table):
    """``outputs`` are the path of each split's file and, as CHARACTERS, that of the table of signs."""

    columns = ("question", *LETTERS, "answer")
    formats = ROW_FORMATS

    outputs: dict[str, str]
    drop_leaks: bool = False
    guarded: bool = False
    guard: bytes = b""

    def parse(self, fields: Fields) -> list[Question]:
        """The one question of a row."""
        return [Question.parse(fields)]

    def settle(self, entries: Sequence[Entry]) -> Settled:
        """Order is kept. Equal questions are named in the manifest; none but leaks and copies are dropped."""
        groups: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
        for entry in entries:
            groups[entry.record.key].append(entry)
        equal = [group for group in groups.values() if len(group) > 1]
        tested = {key for key, group in groups.items() if not all(is_train(entry.source) for entry in group)}
        leaks = [entry for entry in entries if is_train(entry.source) and entry.record.key in tested]
        drop_leaks = self.drop_leaks or self.guarded
        lost = [Lost.of(entry, Reason.LEAK, "a test split has it too") for entry in leaks if drop_leaks]
        named = {(entry.path, entry.row) for entry in leaks}
        lost += self._copies([entry for entry in entries if (entry.path, entry.row) not in named])
        dropped = {(row.path, row.row) for row in lost}
        kept = [entry for entry in entries if (entry.path, entry.row) not in dropped]
        return Settled(
            files=[*self._splits(kept), self._characters(kept)],
            kept=Counter(entry.source for entry in kept),
            lost=lost,
            notes={
                "train_rows_in_test": [_place(entry) for entry in leaks],
                "train_rows_in_test_dropped": drop_leaks,
                "equal_questions": [_describe(group) for group in equal],
            },
        )

    def _copies(self, entries: list[Entry]) -> list[Lost]:
        """The questions for training that hold one of a test split, of this benchmark or of one that is guarded."""
        if not self.guarded:
            return []
        tested = [entry for entry in entries if not is_train(entry.source)]
        items = [Item(entry.path, entry.row, entry.record.question, entry.record.options) for entry in tested]
        packed = pack([*items, *unpack(self.guard)])
        train = [entry for entry in entries if is_train(entry.source)]
        texts = from_strings("\n".join((entry.record.question, *entry.record.options)) for entry in train)
        hits = guard.find(texts, packed, thresholds=guard.OF_QUESTIONS)
        return [
            Lost.of(entry, Reason.BENCHMARK, str(hit), benchmark=hit.record)
            for entry, hit in zip(train, hits, strict=True)
            if hit
        ]

    def _splits(self, kept: list[Entry]) -> list[File]:
        written = []
        for split, path in self.outputs.items():
            if split != CHARACTERS:
                rows = [entry.record.to_json() for entry in kept if entry.source == split]
                written.append(File(path, "questions", json_lines(rows), len(rows)))
        return written

    def _characters(self, kept: list[Entry]) -> File:
        questions = [entry.record for entry in kept if is_train(entry.source)]
        counts = characters.count(text for record in questions for text in (record.question, *record.options))
        rows = [{"term": char, "definition": characters.meaning(char), "count": n} for char, n in counts]
        return File(self.outputs[CHARACTERS], EXTRA, json_array(rows), len(rows))


def _place(entry: Entry) -> dict[str, Any]:
    return {"split": entry.source, "file": entry.path, "row": entry.row}


def _describe(group: list[Entry]) -> dict[str, Any]:
    """Where equal questions stand, and whether their answers, as text, agree."""
    answers = {"".join(entry.record.answer_text.split()) for entry in group}
    return {"rows": [_place(entry) for entry in group], "same_answer": len(answers) == 1}
