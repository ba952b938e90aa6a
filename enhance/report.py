"""What the model wrote, to be read: samples of every tier beside their questions, and the yield by reason.

``python -m enhance.report`` makes one HTML page of its own; nothing in it is fetched from anywhere.
"""

import argparse
import hashlib
import html
import json
import logging
import sys
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from beam_pipelines import launch, options
from beam_pipelines.records import LETTERS
from enhance import tasks
from enhance.job import beside
from enhance.reasons import BY_NAME, Reason, Tier
from enhance.tasks import TASKS, InputError, Row, Task

_LOG = logging.getLogger(__name__)

_TITLES = {
    "mcq-reasoning": "Reasoning for exam questions · 시험 문제 풀이",
    "dict-explain": "Explanations of dictionary terms · 사전 표제어 설명",
}


def flags() -> argparse.ArgumentParser:
    """The command line."""
    parser = options.plain_parser(prog="enhance.report", description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--data_root", type=Path, default=Path("data/02_refined"), metavar="DIR", help="the refined data")
    add("--output", type=Path, metavar="FILE", help="the page (enhance_report.html in the data root)")
    add("--samples", type=options.at_least(0), default=30, metavar="N", help="rows of each tier; 0 = all")
    return parser


def run(argv: Sequence[str]) -> Path:
    """Write the page and return where it is. Raises InputError where nothing was enhanced."""
    parsed = options.parse_all(flags(), argv)
    sections = [section for task in TASKS.values() for section in _section(task, parsed.data_root, parsed.samples)]
    if not sections:
        raise InputError(f"{parsed.data_root} holds nothing to show: first run python -m enhance.enhance_with_llm")
    output: Path = parsed.output or parsed.data_root / "enhance_report.html"
    from beam_pipelines.transforms import files

    with files.write_whole(str(output)) as file:
        file.write(_page("".join(sections)).encode())
    _LOG.info("%s", output)
    return output


def _page(body: str) -> str:
    style = resources.files("enhance").joinpath("report.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="ko"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>LLM enhancement · LLM 보강</title><style>\n{style}</style></head>\n<body>"
        f"<h1>LLM enhancement · LLM 보강 결과</h1>\n{body}</body></html>\n"
    )


def _section(task: Task, root: Path, samples: int) -> Iterator[str]:
    """One task: its model, its table, and samples of every tier; nothing where the task was not done."""
    target = root / task.target
    if not beside(target, "manifest.json").is_file():
        return
    manifest = json.loads(beside(target, "manifest.json").read_text(encoding="utf-8"))
    model = ", ".join(f"{name} {value}" for name, value in manifest["model"].items() if value)
    yield f"<h2>{_TITLES[task.name]}</h2>\n<p><small>{_text(model)}, {_text(manifest['prompt'])}</small></p>\n"
    yield _table(manifest)
    rejected = {row["row"]: row for row in tasks.read_rows(beside(target, "rejects.jsonl"))}
    kept = iter([row for row in tasks.read_rows(target) if row.get("korean_explanation") or row.get("reasoning")])
    written = {number: next(kept) for number in range(manifest["ledger"]["in"]) if number not in rejected}
    for tier in Tier:
        numbers = manifest["tiers"][tier.value]
        shown = sorted(sorted(numbers, key=_shuffled)[: samples or None])
        if shown:
            yield f"<h3>{tier.value} · {tier.korean} ({len(shown):,} / {len(numbers):,})</h3>\n"
            yield "".join(_sample(tier, number, written.get(number) or rejected[number]) for number in shown)


def _shuffled(number: int) -> bytes:
    """The place of a row among samples: by chance, and the same in every report."""
    return hashlib.sha256(str(number).encode()).digest()


def _table(manifest: Row) -> str:
    total = max(1, manifest["ledger"]["in"])
    counts: list[tuple[Tier | Reason, int]] = [(tier, manifest["ledger"][tier.value]) for tier in Tier]
    counts += [(BY_NAME[name], count) for name, count in manifest["reasons"].items()]
    rows = "".join(
        f'<tr><td>{name.value}</td><td class="number">{count:,}</td><td class="number">{count / total:.1%}</td>'
        f"<td>{name.korean}</td><td>{_text(name.meaning)}</td></tr>\n"
        for name, count in counts
    )
    head = "<tr><th>tier, reason · 등급, 사유</th><th>rows · 행</th><th>share · 비율</th><th></th><th></th></tr>\n"
    return f"<table>\n{head}{rows}</table>\n"


def _sample(tier: Tier, number: int, row: Row) -> str:
    source = row.get("input", row)
    term = "" if "question" in source else f"<b>{_text(source['term'])}</b>\n{_text(source['definition'])}"
    if "input" in row:
        said = "\n\n".join(_attempt(place, attempt) for place, attempt in enumerate(row["attempts"], 1))
        said = said or f'<span class="why">{", ".join(map(_reason, row["reasons"]))}</span>'
    else:
        said = _text(row.get("reasoning") or row["korean_explanation"])
    title = _text(source.get("question", source.get("term", ""))[:60])
    return (
        f'<details class="{tier.value}"><summary>{number} · {title}</summary>'
        f'<div class="pair"><div>{term or _question(source)}</div><div>{said}</div></div></details>\n'
    )


def _question(row: Row) -> str:
    lines = [_text(row["question"]), ""]
    for letter in LETTERS:
        line = f"{letter}. {_text(row[letter])}"
        lines.append(f'<span class="key">{line} ✓</span>' if letter == row["answer"] else line)
    return "\n".join(lines)


def _attempt(place: int, attempt: Row) -> str:
    why = ", ".join(map(_reason, attempt["reasons"]))
    notes = "".join(f"\n<small>{_text(note)}</small>" for note in attempt["notes"])
    return f'<b>attempt {place} · 시도 {place}</b> <span class="why">{why}</span>{notes}\n{_text(attempt["text"])}'


def _reason(name: str) -> str:
    return f"{name} ({BY_NAME[name].korean})"


def _text(value: Any) -> str:
    return html.escape(str(value))


if __name__ == "__main__":
    sys.exit(launch.main(run))
