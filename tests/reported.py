"""A refined folder as a run leaves it, with documents that would rather be code: what the tests of the report share."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HOSTILE = (
    "</script><script>window.owned = 1; document.title = 'owned'</script>"
    "<img src='http://evil.example/x' onerror='window.owned = 1'>\u2028]]>--> {data} {script} \u202e &lt;b&gt; \x00"
)
STEM = "다음 중 급성 충수염 환자에게 가장 먼저 시행할 검사로 알맞은 것은?"


def write_lines(path: Path, rows: Sequence[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Lone surrogates are written as they come, escaped.
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def refined(root: Path) -> Path:
    """A folder with 30 documents kept, 21 dropped in two sources, one near-duplicate, one benchmark item found and
    32 repeated lines."""
    out, raw = root / "out", root / "raw"
    page = "'''혈압'''은 [[심장(기관)|심장]]이 미는 힘이다.[* 2017년 기준 130/80 mmHg] " + "집에서 아침마다 잰다. " * 20
    files = [raw / "namu_wiki" / "a.jsonl", raw / "c4_korean" / "b.jsonl"]
    write_lines(files[0], [{"text": page + HOSTILE}, {"text": "짧다"}, {"text": 3}])
    write_lines(
        files[1], [{"text": "혈압은 앉아서 잰다.\n페이스북 트위터 카카오톡 공유하기\n" + "쉬고 나서 잰다. " * 30}]
    )
    place = {"source": "namu_wiki", "file": str(files[0])}
    write_lines(out / "train.jsonl", [{"text": f"문서 {n} 혈압을 하루 두 번 잰다. {HOSTILE}"} for n in range(30)])
    near = {"text": "문서 4 혈압을 하루 한 번 잰다.", "kept": {**place, "row": 7}, "jaccard": 0.91}
    write_lines(
        out / "_clusters.jsonl",
        [{"output": "train.jsonl", "line": 4, "size": 2, "sources": {"namu_wiki": 2}, **place, "row": 7}],
    )
    line = "이 글은 누구나 고칠 수 있다"
    lines = [
        {"source": "namu_wiki", "line": f"{line} {n}{HOSTILE}", "documents": n, "dropped": n - 1}
        for n in range(930, 900, -1)
    ]
    web = [{"source": "c4", "line": f"이웃에게 알린다 {n}", "documents": n, "dropped": n} for n in (9, 8)]
    write_lines(out / "_repeated_lines.jsonl", [*lines, *web])
    write_lines(raw / "exam.jsonl", [{"question": STEM, "A": "초음파", "B": "혈액"}])
    hit = {"file": str(raw / "exam.jsonl"), "row": 0, "part": "stem", "share": 1.0}
    short = [{**place, "row": n, "reason": "too_short", "text": f"짧은 글 {n} {HOSTILE}"} for n in range(18)]
    last = {"source": "c4", "file": str(files[1]), "row": 3, "reason": "adult", "text": "망가진 글자 \ud800"}
    found = {
        **place,
        "row": 90,
        "reason": "benchmark",
        "text": f"어느 날의 일기. {STEM} 나는 몰랐다.",
        "benchmark": hit,
    }
    write_lines(
        root / "rejects/namu_wiki.jsonl", [*short, {**place, "row": 80, "reason": "near_duplicate", **near}, found]
    )
    write_lines(root / "rejects/c4.jsonl", [last])
    counts = {"digits": 7, "signs": 2, "numbers": 3}
    account = {
        "in": counts,
        "added": {},
        "dropped": {"footnote": counts},
        "out": {"digits": 0, "signs": 0, "numbers": 0},
        "lost": {"digits": 0, "signs": 0},
        "joined": {"numbers": 1},
    }
    names = ["_clusters.jsonl", "_repeated_lines.jsonl", "train.jsonl"]
    manifest = {
        "inputs": [{"path": str(path), "bytes": path.stat().st_size, "hash": "x:1"} for path in files],
        "options": {
            "source": "auto",
            "min_chars": 100,
            "repeated_lines": 7,
            "drop_below": ["stopwords=0.05"],
            "guard": [{"file": hit["file"], "items": 1, "hash": "x:2"}],
        },
        "versions": {"code": "0123456789abcdef"},
        "licences": {"namu_wiki": f"CC BY-NC-SA 2.0 KR {HOSTILE}", "c4": "ODC-BY 1.0"},
        "ledger": {
            "namu_wiki": {"in": 1045, "out": 1025, "dropped": {"too_short": 18, "benchmark": 1, "near_duplicate": 1}},
            "c4": {"in": 6, "out": 5, "dropped": {"adult": 1}},
        },
        "outputs": [{"name": name, "documents": 1, "bytes": 1} for name in names],
        "rejects": [{"path": f"{root}/rejects/{name}.jsonl", "rows": 1, "bytes": 1} for name in ("c4", "namu_wiki")],
        "repeated_lines": {"namu_wiki": {"documents": 1900, "lines": 27435}, "c4": {"documents": 9, "lines": 17}},
        "unreadable": [{"file": str(files[0]), "row": 2, "why": HOSTILE}],
        "facts": {"namu_wiki": account},
        "measures": {"c4": {"stopwords": {"bin": 0.05, "counts": [1, 2, *[0] * 17, 3]}}},
    }
    (out / "_manifest.json").write_text(json.dumps(manifest))
    return out
