"""The dataset card: README.md beside the outputs, so that ``datasets.load_dataset(folder)`` works and terms are known.

Everything in it follows from the manifest, and no path of a machine is in it. The metadata is that of the Hub:
huggingface.co/docs/hub/datasets-cards. A README.md that somebody else wrote is never touched.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from beam_pipelines.reasons import BY_NAME
from beam_pipelines.sources import SOURCES
from beam_pipelines.transforms import files

CARD = "README.md"
MARKER = "<!-- Rewritten by every run of the pipeline. Take out this line to keep what you write here. -->"

_HUB_LICENCES = {"cc-by-2.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-2.0", "cc-by-nc-4.0"}
_HUB_LICENCES |= {"cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "odc-by", "unknown"}
_SIZES = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a card says that no manifest does. ``command`` is the module that makes the data again."""

    title: str
    english: str
    korean: str
    languages: tuple[str, ...]
    task: str
    command: str


DOCUMENTS = Card(
    title="Korean text, refined",
    english="Korean wiki and web text, a document a line (`text`). Markup and boilerplate are taken out; numbers, "
    "units and comparators stay. What was left out is counted below, with its reason.",
    korean="위키와 웹에서 모은 한국어 글이며 한 줄에 문서 하나(`text`)입니다. 마크업과 상투 문구는 걷어 내고 "
    "숫자, 단위, 비교 기호는 그대로 두었습니다. 빠진 문서는 사유와 함께 아래에 세어 두었습니다.",
    languages=("ko",),
    task="text-generation",
    command="beam_pipelines.plain_text",
)
PAIRS = Card(
    title="English-Korean sentence pairs, refined",
    english="Sentence pairs for training in both directions: `en_to_ko` and `ko_to_en` hold the same pairs. What was "
    "left out is counted below, with its reason.",
    korean="영어와 한국어 문장 쌍을 양방향 학습용으로 만든 것입니다. `en_to_ko`와 `ko_to_en`에는 같은 쌍이 들어 "
    "있습니다. 빠진 쌍은 사유와 함께 아래에 세어 두었습니다.",
    languages=("ko", "en"),
    task="translation",
    command="beam_pipelines.translation",
)

_TERMS = {
    "BY": "Attribution: name the source. 저작자 표시: 출처를 밝혀야 합니다.",
    "NC": "NonCommercial: not for commercial use. 비영리: 상업적으로 쓸 수 없습니다.",
    "SA": "ShareAlike: what is made from it, under the same licence only. "
    "동일조건변경허락: 고쳐 만든 것도 같은 라이선스로만 배포합니다.",
}
"""What the words in the name of a licence ask for."""


def place(card: Card, folder: str, manifest: Mapping[str, Any], views: Mapping[str, str], *, aside: str) -> bool:
    """Write the card of an output folder, whole, and say whether it was: not where a README.md of somebody else is.

    Until it is whole it lies in the folder ``aside``.
    """
    path = files.join(folder, CARD)
    if files.exists(path):
        with files.open_read(path) as file:
            if MARKER.encode() not in file.read().splitlines():
                return False
    with files.write_whole(path, aside=aside) as out:
        out.write(render(card, manifest, views).encode())
    return True


def render(card: Card, manifest: Mapping[str, Any], views: Mapping[str, str]) -> str:
    """The card as Markdown. ``views`` are the files of each view, by its name, as a pattern in the folder."""
    parts = [
        "---",
        *_metadata(card, manifest, views),
        "---",
        "",
        MARKER,
        "",
        f"# {card.title}",
        "",
        card.english,
        "",
        card.korean,
        "",
        "## Sources and licences / 출처와 라이선스",
        "",
        *_terms(manifest["licences"]),
        "## Counts / 문서 수",
        "",
        *_counts(manifest["ledger"]),
        "## How it was made / 만든 방법",
        "",
        *_recipe(card, manifest),
    ]
    return "\n".join(parts) + "\n"


def hub_licence(licence: str) -> str:
    """The Hub's identifier of a licence as we name it; ``other`` where it has none."""
    if licence.startswith("not recorded"):
        return "unknown"
    found = re.match(r"CC BY(?:-[A-Z]{2})* \d\.\d|ODC-BY", licence)
    name = found[0].lower().replace(" ", "-") if found else "other"
    return name if name in _HUB_LICENCES else "other"


def _size(documents: int) -> str:
    limits = [10 ** (3 + place) for place in range(len(_SIZES))]
    place = sum(documents >= limit for limit in limits)
    if place == 0:
        return f"n<{_SIZES[0]}"
    return f"n>{_SIZES[-1]}" if place == len(_SIZES) else f"{_SIZES[place - 1]}<n<{_SIZES[place]}"


def _metadata(card: Card, manifest: Mapping[str, Any], views: Mapping[str, str]) -> Iterator[str]:
    """The lines of YAML; a JSON string is one of YAML too."""
    documents = len(views) * sum(entry["out"] for entry in manifest["ledger"].values())
    values = {
        "pretty_name": [card.title],
        "license": list(dict.fromkeys(map(hub_licence, manifest["licences"].values()))),
        "language": list(card.languages),
        "task_categories": [card.task],
        "size_categories": [_size(documents)],
        "source_datasets": [_origin(source) for source in manifest["licences"]],
    }
    for key, entries in values.items():
        if key == "pretty_name":
            yield f"{key}: {_quoted(entries[0])}"
        else:
            yield f"{key}:"
            yield from (f"- {_quoted(entry)}" for entry in entries)
    yield "configs:"
    for number, (view, pattern) in enumerate(views.items()):
        yield f"- config_name: {_quoted(view if len(views) > 1 else 'default')}"
        if number == 0:
            yield "  default: true"
        yield "  data_files:"
        yield "  - split: train"
        yield f"    path: {_quoted(pattern)}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _origin(source: str) -> str:
    known = SOURCES.get(source)
    return known.hub if known and known.hub else f"extended|other-{source}"


def _terms(licences: Mapping[str, str]) -> Iterator[str]:
    """A row a source, and in plain words what follows from their licences together."""
    yield "| source | licence |"
    yield "|---|---|"
    yield from (f"| `{source}` | {licence} |" for source, licence in licences.items())
    yield ""
    if len(set(licences.values())) > 1:
        yield (
            "**Mixed licences.** Every document stays under the licence of its source. A line does not say which that "
            "is, so whoever passes on the whole has to keep to all of the terms below at once."
        )
        yield ""
        yield (
            "**라이선스가 섞여 있습니다.** 문서마다 출처의 라이선스가 그대로 적용됩니다. "
            "각 줄에는 출처가 적혀 있지 않으므로 전체를 배포하려면 아래 조건을 모두 지켜야 합니다."
        )
        yield ""
    for term, meaning in _TERMS.items():
        bound = [f"`{source}`" for source, licence in licences.items() if term in re.split(r"[ -]", licence)]
        if bound:
            yield f"- {meaning} {', '.join(bound)}"
    unknown = [f"`{source}`" for source, licence in licences.items() if hub_licence(licence) == "unknown"]
    if unknown:
        yield f"- Terms not recorded: find them out before use. 조건이 기록되지 않았습니다. {', '.join(unknown)}"
    yield ""


def _counts(ledger: Mapping[str, Any]) -> Iterator[str]:
    """The ledger, and what its reasons mean."""
    reasons = [name for name in BY_NAME if any(name in entry["dropped"] for entry in ledger.values())]
    yield "| " + " | ".join(["source", "in", "out", *(f"`{reason}`" for reason in reasons)]) + " |"
    yield "|---" * (3 + len(reasons)) + "|"
    rows = {
        f"`{source}`": [entry["in"], entry["out"], *(entry["dropped"].get(reason, 0) for reason in reasons)]
        for source, entry in ledger.items()
    }
    if len(rows) > 1:
        rows["total"] = [sum(column) for column in zip(*rows.values(), strict=True)]
    yield from ("| " + " | ".join([name, *(f"{count:,}" for count in counts)]) + " |" for name, counts in rows.items())
    yield ""
    yield "in = out + dropped, by reason. 들어온 수 = 나간 수 + 사유별로 빠진 수."
    yield ""
    if reasons:
        yield from (f"- `{reason}`: {BY_NAME[reason].meaning}" for reason in reasons)
        yield ""


def _recipe(card: Card, manifest: Mapping[str, Any]) -> Iterator[str]:
    """The command that makes it again, what it is guarded against, and the versions."""
    options, versions = manifest["options"], manifest["versions"]
    yield f"The same input, options and code give the same bytes (code `{versions['code']}`). `INPUT` holds the files"
    yield "whose hashes are in `_manifest.json`."
    yield ""
    yield f"입력, 옵션, 코드가 같으면 결과도 바이트까지 같습니다(코드 `{versions['code']}`)."
    yield "`INPUT`은 `_manifest.json`에 해시가 적힌 파일이 있는 폴더입니다."
    yield ""
    yield "```"
    yield " ".join([f"python -m {card.command} --input INPUT --output OUTPUT", *_flags(options)])
    yield "```"
    yield ""
    guarded = options.get("guard", [])
    yield "Guarded against benchmark items / 제외한 평가 문항: " + (
        ", ".join(f"`{files.name(entry['file'])}` ({entry['items']:,}, `{entry['hash']}`)" for entry in guarded)
        or "none / 없음"
    )
    yield ""
    yield "Versions / 버전: " + ", ".join(f"{name} {value}" for name, value in versions.items())


def _flags(options: Mapping[str, Any]) -> Iterator[str]:
    for name, value in options.items():
        if name == "guard":
            yield from (f"--guard_file {files.name(entry['file'])}" for entry in value)
            if not value:
                yield "--guard off"
        elif isinstance(value, list):
            yield from (f"--{name} {entry}" for entry in value)
        elif value is True:
            yield f"--{name}"
        elif value is not None and value is not False:
            yield f"--{name} {value}"
