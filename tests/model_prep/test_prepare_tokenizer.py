"""What must hold of every extended tokenizer, on a small base here and on the real Gemma 3 (marked ``models``)."""

import json
import random
import re
import shutil
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from beam_pipelines import launch
from model_prep import extension, prepare_tokenizer, results, training_text
from tests.model_prep import gemma_like
from tests.model_prep.conftest import write_lines

HANGUL = re.compile("[가-힣]")


def read_info(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / extension.INFO).read_text(encoding="utf-8")))


def tokenizer(folder: Path) -> Any:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(folder / extension.TOKENIZER))


def automatic(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


def new_pieces(folder: Path) -> list[str]:
    return (folder / extension.PIECES).read_text(encoding="utf-8").splitlines()


def foreign_lines(count: int) -> list[str]:
    """Lines of real code and English without Hangul, some of them made into markup, emoji and odd characters."""
    dice = random.Random(7)
    odd = [
        "😀👍🏽",
        "漢字かな",
        "ᄀ\u1161\u11a8",
        "\t",
        "  ",
        "\u3000",
        "é",
        "\u200d",
        "<b>",
        "</p>",
        "|",
        "1,000.5",
        "ﬁ",
    ]
    lines: list[str] = []
    for path in sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py")):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.strip() and not HANGUL.search(line):
                lines.append(line if len(lines) % 3 else f"{dice.choice(odd)}{line}{dice.choice(odd)}")
            if len(lines) == count:
                return lines
    raise AssertionError(f"only {len(lines)} lines of code on this machine")


def korean_lines() -> list[str]:
    kinds = [text for kind in ("medical", "general", "families", "web") for text in gemma_like.texts(kind)]
    return [*kinds, *(f"  {text}\n{text[::-1]}  12mg\t{gemma_like.RARE}" for text in kinds)]


def check_everything(base_folder: Path, folder: Path, *, lines: int) -> None:
    base, made, info = tokenizer(base_folder), tokenizer(folder), read_info(folder)
    old, vocab = base.get_vocab(), made.get_vocab()
    pieces = new_pieces(folder)
    assert len(pieces) == info["new_tokens"] > 0
    # Old ids stand, the image token's and every special one's included; new ones follow without a hole.
    assert {token: vocab[token] for token in old} == old
    assert [vocab[piece] for piece in pieces] == list(range(len(old), len(old) + len(pieces)))
    assert len(vocab) == info["size"] == len(old) + len(pieces)
    assert len(vocab) % 64 == 0
    # Hangul and at most one space before it.
    assert all(re.fullmatch("▁?[가-힣]{1,8}", piece) for piece in pieces)
    # Every piece is reached from its own text, and stands often enough in what was learnt.
    alone = made.encode_batch([piece.replace("▁", " ") for piece in pieces], add_special_tokens=False)
    assert [found.tokens for found in alone] == [[piece] for piece in pieces]
    assert sum(info["usage"].values()) == len(pieces)
    # A new token is a run of old ones.
    for piece, ids in info["made_of_old_ids"].items():
        assert base.encode(piece.replace("▁", " "), add_special_tokens=False).ids == ids
    # Text without Hangul has the same ids, and every text reads back as it did.
    foreign = foreign_lines(lines)
    before = base.encode_batch(foreign)
    assert [found.ids for found in made.encode_batch(foreign)] == [found.ids for found in before]
    korean = korean_lines()
    ids = [[found.ids for found in each.encode_batch(korean)] for each in (base, made)]
    assert made.decode_batch(ids[1]) == base.decode_batch(ids[0]) == korean
    assert sum(map(len, ids[1])) < sum(map(len, ids[0]))


def check_reload(base_folder: Path, folder: Path, saved: Path) -> None:
    """AutoTokenizer builds its own tokenizer from vocabulary and merges: once from ours, once from what it saved."""
    base, made = automatic(base_folder), automatic(folder)
    made.save_pretrained(saved)
    again = automatic(saved)
    old, texts = base.get_vocab(), [*korean_lines(), *foreign_lines(1000)]
    image = base.convert_tokens_to_ids(gemma_like.IMAGE)
    assert image == len(old) - 1
    for loaded in (made, again):
        vocab = loaded.get_vocab()
        assert {token: vocab[token] for token in old} == old
        assert loaded(gemma_like.IMAGE).input_ids == base(gemma_like.IMAGE).input_ids == [base.bos_token_id, image]
        ids = loaded(texts).input_ids
        assert ids == [found.ids for found in tokenizer(folder).encode_batch(texts)]
        assert loaded.batch_decode(ids, skip_special_tokens=True) == texts


def test_the_extended_small_tokenizer(base_folder: Path, extended_folder: Path) -> None:
    check_everything(base_folder, extended_folder, lines=3000)


def test_it_is_the_same_after_autotokenizer_saved_it(base_folder: Path, extended_folder: Path, tmp_path: Path) -> None:
    check_reload(base_folder, extended_folder, tmp_path)


def test_what_was_learnt_and_what_was_not(extended_folder: Path) -> None:
    pieces = new_pieces(extended_folder)
    assert pieces[0] == gemma_like.RARE  # a syllable the base lacks comes first, as a letter
    assert not any("비밀" in piece or "시험문제" in piece for piece in pieces)  # the test split
    assert any("혈압" in piece for piece in pieces)


def test_the_record_says_what_it_is_made_of(base_folder: Path, extended_folder: Path) -> None:
    info = read_info(extended_folder)
    assert info["base"] == {
        "name": base_folder.name,
        "sha256": results.file_digest(base_folder / extension.TOKENIZER),
    }
    assert {Path(name).name for name in info["inputs"]} == {"train.jsonl", "en_to_ko.jsonl", "01_medical_dict.json"}
    assert set(info["tokens_per_char"]) == {"general", "medical", "english"}
    before, after = info["tokens_per_char"]["english"].values()
    assert before == after
    assert [point["pieces"] for point in info["curve"]] == [0, info["new_tokens"]]
    assert (extended_folder / extension.PLOT).is_file()
    assert info["verdict"]["why"]


def command(base: Path, refined: Path, output: Path, *more: str) -> list[str]:
    return ["--base", str(base), "--input", str(refined), "--output", str(output), "--min-freq", "4", *more]


def test_the_same_things_make_the_same_files_and_are_not_made_twice(
    base_folder: Path, refined: Path, extended_folder: Path, tmp_path: Path
) -> None:
    settings = ("--held-out", "0.1", "--num-tokens", "300")
    output = tmp_path / "made"
    prepare_tokenizer.run(command(base_folder, refined, output, *settings))
    names = sorted(path.name for path in extended_folder.iterdir())
    assert sorted(path.name for path in output.iterdir()) == names
    assert all((output / name).read_bytes() == (extended_folder / name).read_bytes() for name in names)
    stamp = (output / extension.TOKENIZER).stat().st_mtime_ns
    prepare_tokenizer.run(command(base_folder, refined, output, *settings))
    assert (output / extension.TOKENIZER).stat().st_mtime_ns == stamp
    prepare_tokenizer.run([*command(base_folder, refined, output, *settings), "--force"])
    assert (output / extension.TOKENIZER).stat().st_mtime_ns > stamp
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_the_counts_do_not_depend_on_the_number_of_threads(refined: Path) -> None:
    sources, _ = training_text.find([str(refined)])
    one, three = (extension.count(sources, extension.Settings(held_out=0.1), workers=n) for n in (1, 3))
    assert one.words.equals(three.words)
    assert one.held_out == three.held_out
    assert one.words.num_rows > 500


def test_a_corpus_with_nothing_to_gain_keeps_the_base(base_folder: Path, tmp_path: Path) -> None:
    rows = [{"text": f"{chr(0xAC00 + 7 * n)}{chr(0xB000 + 11 * n)}"} for n in range(300)]
    write_lines(tmp_path / "in/train.jsonl", rows)
    prepare_tokenizer.run(command(base_folder, tmp_path / "in", tmp_path / "out", "--held-out", "0.3"))
    info = read_info(tmp_path / "out")
    assert info["new_tokens"] == 0
    assert "not worth it" in info["verdict"]["why"]
    assert tokenizer(tmp_path / "out").get_vocab() == tokenizer(base_folder).get_vocab()


@pytest.mark.parametrize(
    ("break_it", "line"),
    [
        (lambda folder: shutil.rmtree(folder), "first run python -m model_prep.download_base_model --base"),
        (lambda folder: (folder / "tokenizer_config.json").unlink(), "has no tokenizer_config.json"),
        (lambda folder: (folder / "tokenizer.json").write_text("{}"), "not a tokenizer of the Gemma kind"),
    ],
)
def test_a_wrong_base_is_answered_in_one_line(
    break_it: Any, line: str, base_folder: Path, refined: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    base = shutil.copytree(base_folder, tmp_path / "base")
    break_it(base)
    arguments = ["--model_root", str(tmp_path / "root"), *command(base, refined, tmp_path / "out")]
    assert launch.main(prepare_tokenizer.run, arguments) == 1
    assert line in caplog.messages[-1]
    assert "\n" not in caplog.messages[-1]
    assert not (tmp_path / "out").exists()


def test_a_folder_of_something_else_is_never_replaced(
    base_folder: Path, refined: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    precious = tmp_path / "thesis.txt"
    precious.write_text("mine")
    assert launch.main(prepare_tokenizer.run, command(base_folder, refined, tmp_path, "--held-out", "0.1")) == 1
    assert "choose another --output" in caplog.messages[-1]
    assert precious.read_text() == "mine"


def test_a_mistyped_flag_is_refused() -> None:
    assert launch.main(prepare_tokenizer.run, ["--num_token", "5"]) == 2


@pytest.mark.models
@pytest.mark.slow
def test_the_real_gemma_3(gemma_tokenizer: Path, refined: Path, tmp_path: Path) -> None:
    output = tmp_path / "made"
    prepare_tokenizer.run(command(gemma_tokenizer, refined, output, "--held-out", "0.1", "--num-tokens", "700"))
    info = read_info(output)
    assert info["first_new_id"] == 262_145
    check_everything(gemma_tokenizer, output, lines=50_000)
    check_reload(gemma_tokenizer, output, tmp_path / "saved")
