"""What a user is told of an error."""

from beam_pipelines import launch
from data.errors import DownloadError


def fail(*, hidden: bool) -> None:
    try:
        raise ConnectionRefusedError(111, "Connection refused")
    except OSError as error:
        raise DownloadError("there is no network") from (None if hidden else error)


def explained(*, hidden: bool) -> str:
    try:
        fail(hidden=hidden)
    except DownloadError as error:
        return launch.explain(error)
    raise AssertionError("it did not fail")


def test_what_is_raised_from_none_stands_for_itself() -> None:
    assert explained(hidden=True) == "there is no network"
    assert explained(hidden=False) == "Connection refused"


def test_a_heading_is_told_with_what_follows_it() -> None:
    assert launch.explain(ValueError("Pipeline has errors: \nInvalid Project ID (p).")) == (
        "Pipeline has errors: Invalid Project ID (p)."
    )
    assert launch.explain(ValueError("one line:")) == "one line:"
