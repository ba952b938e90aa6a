"""Which names are those of a split to learn from: one decision for every part of the project, and a strict one."""

from pathlib import Path

import pytest

from beam_pipelines.records import is_test_split, is_train, names_of, split_of

TESTS = ["test", "dev", "valid", "validation", "eval", "fewshot", "few_shot", "held_out", "my_test", "test2", "TEST"]
TRAIN_AND_TEST = ["train_test", "train-dev", "trainval", "traintest", "train.test", "trainTest", "train_fewshot"]
OTHERS = ["latest", "contest", "devices", "interval", "medieval", "en_to_ko", "01_medical_dict", "02_char_dict"]


@pytest.mark.parametrize("name", [*TESTS, *TRAIN_AND_TEST, "kormedTest", "park.dev.ko", "a_test-00000-of-00001"])
def test_a_name_that_tells_of_a_test_is_never_learnt_from(name: str) -> None:
    assert is_test_split(name)
    assert not is_train(name)
    assert is_test_split(f"{name}.jsonl.gz")
    assert not is_train(split_of(f"folder/{name}.jsonl"))


@pytest.mark.parametrize("name", OTHERS)
def test_a_name_that_only_looks_like_one_is_text_but_no_split_for_training(name: str) -> None:
    assert not is_test_split(name)
    assert not is_train(name)


@pytest.mark.parametrize("name", ["train", "training", "train_with_reasoning", "train2", "train-00000-of-00002"])
def test_a_split_for_training_is_one(name: str) -> None:
    assert is_train(name)
    assert is_train(split_of(f"02_kor_med_test/{name}.parquet"))


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("train.jsonl", "train"),
        ("gs://bucket/02_kor_med_test/test.jsonl.gz", "test"),
        ("a/dev-00000-of-00003.parquet", "dev"),
        ("train.test.jsonl", "train.test"),
        ("train", "train"),
    ],
)
def test_the_split_of_a_file_is_its_name_without_endings_and_shards(path: str, split: str) -> None:
    assert split_of(path) == split


def test_a_link_has_the_name_of_what_it_links_to_as_well(tmp_path: Path) -> None:
    (tmp_path / "test.jsonl").touch()
    link = tmp_path / "train.jsonl"
    link.symlink_to(tmp_path / "test.jsonl")
    assert names_of(str(link)) == {"train.jsonl", "test.jsonl"}
    assert names_of("gs://bucket/folder/train.jsonl") == {"train.jsonl"}
