"""All sources of the registry as small datasets of our own writing, in the forms that upstream has them in."""

import csv
import gzip
import io
import json
import zipfile
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.corpora import document
from tests.data.hub_server import Hub, Repo

NAMU_ROWS, WIKIPEDIA_ROWS, C4_ROWS, PAIRS = 2300, 1500, 1200, 2500
DOCTOR = {"train": 1890, "dev": 164, "test": 435, "fewshot": 5}


def card(configs: dict[str | None, dict[str, str]]) -> bytes:
    """The README that tells which files are which split of which config."""
    listed = [
        {"config_name": name or "default", "data_files": [{"split": s, "path": p} for s, p in splits.items()]}
        for name, splits in configs.items()
    ]
    return f"---\n{json.dumps({'configs': listed})}\n---\n# A dataset\n".encode()


def parquet(rows: list[dict[str, Any]], *, group: int = 700) -> bytes:
    """A Parquet file."""
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), file, row_group_size=group)
    return file.getvalue()


def json_gz(rows: list[dict[str, Any]]) -> bytes:
    """JSON Lines, packed."""
    return gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode(), mtime=0)


def moses(pairs: list[tuple[str, str]], *, name: str = "Tatoeba.en-ko") -> bytes:
    """An OPUS zip."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        texts = {"README": "made for tests\n"}
        for place, language in enumerate(("en", "ko")):
            texts[f"{name}.{language}"] = "".join(pair[place] + "\n" for pair in pairs)
        for member, text in texts.items():  # without the time of day
            archive.writestr(zipfile.ZipInfo(member), text, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def namu_rows() -> list[dict[str, Any]]:
    """Articles, and a redirect now and then."""
    return [
        {
            "title": f"문서 {n}",
            "text": "#redirect 문서" if n % 50 == 49 else f"'''{document(n)}'''",
            "contributors": "나,너",
            "namespace": "0",
        }
        for n in range(NAMU_ROWS)
    ]


def wikipedia_rows() -> list[dict[str, Any]]:
    """Pages of which some repeat an article."""
    return [
        {"id": str(n), "url": f"https://example.org/{n}", "title": f"쪽 {n}", "text": document(n * 2 + 1001)}
        for n in range(WIKIPEDIA_ROWS)
    ]


def c4_rows() -> list[dict[str, Any]]:
    """Web pages whose timestamps look like dates and must stay as they are."""
    return [
        {"text": document(n + 90_000), "timestamp": "2019-08-25T12:12:05Z", "url": f"https://example.org/web/{n}"}
        for n in range(C4_ROWS)
    ]


def question(n: int) -> dict[str, Any]:
    """A question with everything in its place: option X of question n says so."""
    options = {letter: f"{n}번 문제의 보기 {letter}" for letter in "ABCDE"}
    return {
        "subject": "doctor",
        "year": 2012 + n % 10,
        "period": n % 3 + 1,
        "q_number": n,
        "question": f'{n}번: 혈압 120/80 mmHg, "체온" 36.5도인 환자\n다음 처치는?',
        **options,
        "answer": n % 5 + 1,
        "cot": "",
    }


def doctor_rows(split: str) -> list[dict[str, Any]]:
    """As many questions as the split really has."""
    start = {"train": 0, "test": 10_000, "dev": 20_000, "fewshot": 30_000}[split]
    return [question(start + n) for n in range(DOCTOR[split])]


def csv_file(rows: list[dict[str, Any]]) -> bytes:
    """A CSV file with line feeds and quotes in its values."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def pairs() -> list[tuple[str, str]]:
    """Sentence pairs with what often breaks line alignment: U+2028, U+0085, a form feed, no text."""
    odd = {
        7: ("Take 5\u2028mg.", "5\u2028mg을 드세요."),
        8: ("A\x85b", "가\x85나"),
        9: ("C\x0cd", ""),
        10: (" e ", "마"),
    }
    return [odd.get(n, (f"Take {n} mg.", f"{n} mg을 드세요.")) for n in range(PAIRS)]


def fill(hub: Hub) -> None:
    """Put every source of the registry on the server."""
    namu, wikipedia, web = namu_rows(), wikipedia_rows(), c4_rows()
    hub.repos["heegyu/namuwiki"] = Repo(
        {
            "data/train-00000-of-00002.parquet": parquet(namu[:1800]),
            "data/train-00001-of-00002.parquet": parquet(namu[1800:]),
        }
    )
    hub.repos["wikimedia/wikipedia"] = Repo(
        {
            "README.md": card({"20231101.ko": {"train": "20231101.ko/*"}, "20231101.en": {"train": "20231101.en/*"}}),
            "20231101.ko/train-00000-of-00001.parquet": parquet(wikipedia),
            "20231101.en/train-00000-of-00001.parquet": parquet([{"no": "thing"}]),
        }
    )
    names = [f"multilingual/c4-ko.tfrecord-0000{n}-of-00003.json.gz" for n in range(3)]
    hub.repos["allenai/c4"] = Repo(
        {
            "README.md": card(
                {
                    "en": {"train": "en/*.json.gz"},
                    "ko": {"train": "multilingual/c4-ko.*.json.gz", "validation": "multilingual/c4-ko-val*.json.gz"},
                }
            ),
            "en/c4-train.00000-of-00001.json.gz": json_gz([{"text": "no"}]),
            **{name: json_gz(web[n * 400 : n * 400 + 400]) for n, name in enumerate(names)},
            "multilingual/c4-ko-validation.tfrecord-00000-of-00001.json.gz": json_gz([{"text": "no"}]),
        }
    )
    hub.repos["sean0042/KorMedMCQA"] = Repo(
        {
            "README.md": card(
                {c: {s: f"data/{c}-{s}.csv" for s in DOCTOR} for c in ("dentist", "doctor", "nurse", "pharm")}
            ),
            **{f"data/doctor-{split}.csv": csv_file(doctor_rows(split)) for split in DOCTOR},
            **{f"data/{c}-{s}.csv": csv_file([question(1)]) for c in ("dentist", "nurse", "pharm") for s in DOCTOR},
        }
    )
    hub.plain["en-ko.txt.zip"] = moses(pairs())
