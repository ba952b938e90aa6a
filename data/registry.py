"""Every source that can be downloaded, a row each: where it comes from, under which terms, and how it lands.

A new source is a new row. Where upstream gives no fixed revision the row names a branch; the commit it stood at is
recorded in ``_source.json`` on the first download and held to from then on. What a row expects (bytes, rows) is what
is known of the source, and left out where nothing is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from beam_pipelines.sources import KORMEDMCQA_LICENCE, SOURCES

GB = 10**9
_CC = "https://creativecommons.org/licenses"


@dataclass(frozen=True, kw_only=True)
class Source:
    """One row.

    ``outputs`` says what lands from which upstream splits, in order: the name is a split folder (``.`` for none) where
    ``form`` is ``arrow``, and a file where it is ``jsonl``. ``columns`` are ``{name: "string" | "int64"}``; those of
    them in ``optional`` are left empty where upstream has none. ``ranges`` are the values a column may have.
    """

    name: str
    id: str
    config: str | None = None
    revision: str
    url: str = ""
    """Of a plain file; a source without one is a dataset on the hub."""
    licence: str
    licence_page: str
    folder: str
    form: str
    outputs: dict[str, tuple[str, ...]]
    columns: dict[str, str]
    optional: frozenset[str] = frozenset()
    ranges: dict[str, range] = field(default_factory=dict)
    about_bytes: int = 0
    """As it lies on disk, roughly; 0 where nobody has said."""
    rows: dict[str, int] = field(default_factory=dict)
    """Exactly as many in an output, where that is known."""
    limit_bytes: int | None = None
    """No more than this much of it is wanted."""


_NAMU_WIKI = Source(
    name="namu_wiki",
    id="heegyu/namuwiki",
    revision="main",
    licence=SOURCES["namu_wiki"].licence,
    licence_page=f"{_CC}/by-nc-sa/2.0/kr/",
    folder="00_korean/namu_wiki",
    form="arrow",
    outputs={"train": ("train",)},
    columns={name: "string" for name in ("namespace", "title", "text", "contributors", "id")},
    optional=frozenset({"contributors", "id"}),
    about_bytes=18 * GB,
)
_WIKIPEDIA = Source(
    name="wikipedia",
    id="wikimedia/wikipedia",
    config="20231101.ko",
    revision="main",
    licence=SOURCES["wikipedia"].licence,
    licence_page=f"{_CC}/by-sa/4.0/",
    folder="00_korean/wikipedia-korean",
    form="arrow",
    outputs={".": ("train",)},
    columns={name: "string" for name in ("id", "url", "title", "text")},
    about_bytes=3 * GB,
)
_C4 = Source(
    name="c4",
    id="allenai/c4",
    config="ko",
    revision="main",
    licence=SOURCES["c4"].licence,
    licence_page="https://opendatacommons.org/licenses/by/1-0/",
    folder="00_korean/c4_korean",
    form="arrow",
    outputs={".": ("train",)},
    columns={name: "string" for name in ("text", "timestamp", "url")},
    about_bytes=3 * GB,
    limit_bytes=3 * GB,
)
_KORMEDMCQA = Source(
    name="kormedmcqa",
    id="sean0042/KorMedMCQA",
    config="doctor",
    revision="main",
    licence=KORMEDMCQA_LICENCE,
    licence_page=f"{_CC}/by-nc/2.0/",
    folder="02_kor_med_test",
    form="jsonl",
    outputs={"train.jsonl": ("train",), "test.jsonl": ("test", "dev", "fewshot")},
    columns={
        "subject": "string",
        "year": "int64",
        "period": "int64",
        "q_number": "int64",
        **{name: "string" for name in ("question", "A", "B", "C", "D", "E")},
        "answer": "int64",
        "cot": "string",
    },
    optional=frozenset({"subject", "year", "period", "q_number", "cot"}),
    ranges={"answer": range(1, 6)},
    about_bytes=5 * 10**6,
    rows={"train.jsonl": 1890, "test.jsonl": 435 + 164 + 5},
)
_TATOEBA = Source(
    name="tatoeba",
    id="OPUS/Tatoeba",
    config="en-ko",
    revision="v2023-04-12",
    url="https://object.pouta.csc.fi/OPUS-Tatoeba/v2023-04-12/moses/en-ko.txt.zip",
    licence="CC BY 2.0 FR (Tatoeba contributors)",
    licence_page=f"{_CC}/by/2.0/fr/",
    folder="03_korean_english/opus_tatoeba_ko_en",
    form="jsonl",
    outputs={"train.jsonl": ("train",)},
    columns={"en": "string", "ko": "string"},
)

REGISTRY = {source.name: source for source in (_NAMU_WIKI, _WIKIPEDIA, _C4, _KORMEDMCQA, _TATOEBA)}
"""By name, in the order in which all of them are downloaded."""

DEFAULT_ROOT = "data/01_raw"
"""What the folders of the table lie below."""


def with_configs(source: Source, configs: Sequence[str]) -> list[Source]:
    """A row for each config; one that is not the table's own has a folder of its own and no counts to expect."""
    return [
        source
        if config == source.config
        else replace(
            source,
            name=f"{source.name}_{config}",
            config=config,
            folder=f"{source.folder}_{config}",
            about_bytes=0,
            rows={},
        )
        for config in configs
    ]
