"""A run on Dataflow, without Dataflow: what is staged, what the job asks for, and what its pipeline comes to."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from beam_pipelines import dataflow, launch, options, plain_text
from beam_pipelines.options import UsageError
from beam_pipelines.versions import versions
from tests import corpora
from tests.corpora import tree
from tests.engines import gcs as google
from tests.engines.conftest import Case
from tests.engines.dataflow_service import Service, serving

CLOUD = ["--runner=DataflowRunner", "--project=test-project", "--region=europe-west4"]
TEMP = f"--temp_location={google.BUCKET}/temp"
PATHS = ["--input=gs://corpus/raw", "--output=gs://corpus/out/train.jsonl"]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Two sources with duplicates, a short text and a line that cannot be read, and what a disk has of them."""
    root = tmp_path_factory.mktemp("small")
    for source, numbers in {"namu_wiki": range(8), "c4_korean": range(6, 12)}.items():
        (root / "raw" / source).mkdir(parents=True)
        rows = [{"namespace": "0", "text": text} for text in [*map(corpora.document, numbers), "짧은 글"]]
        corpora.FORMATS["jsonl"][1](root / "raw" / source / "a.jsonl", rows)
    with (root / "raw/c4_korean/a.jsonl").open("ab") as file:
        file.write(b"[1]\n")
    folder = root / "out"
    flags = [
        "--input",
        str(root / "raw"),
        "--output",
        str(folder / "train.jsonl"),
        "--rejects",
        str(folder / "rejects"),
    ]
    plain_text.run(flags)
    return Case(run=plain_text.run, flags=flags, folder=folder, expected=tree(folder))


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[list[str], Service]]:
    """``(flags that lead to it, the service)``, with an object store beside it and nobody's credentials."""
    from apache_beam.internal.gcp import auth

    monkeypatch.setattr(auth._Credentials, "_credentials_init", True)
    monkeypatch.setattr(auth._Credentials, "_credentials", None)
    with google.emulator() as storage, serving(tmp_path) as (address, service):
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage)
        yield [*CLOUD, TEMP, "--no_auth", f"--dataflow_endpoint={address}"], service


@pytest.mark.engines
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_is_staged_gives_a_disks_files_where_this_tree_is_not(
    small: Case, service: tuple[list[str], Service]
) -> None:
    from apache_beam.portability.api import beam_runner_api_pb2

    flags, cloud = service
    stored = google.Stored(small, "small")
    result = plain_text.run([*stored.flags, *flags])
    stored.check()
    assert (result.state, len(cloud.jobs)) == ("DONE", 1)
    assert [(c.key.metric.name, c.committed) for c in result.metrics().query()["counters"]] == [("documents", 7)]

    (pool,) = cloud.jobs[0]["environment"]["workerPools"]
    asked = cloud.jobs[0]["environment"]["sdkPipelineOptions"]["options"]
    assert (pool["machineType"], pool["numThreadsPerWorker"], pool["diskSizeGb"]) == ("n2-highmem-4", 4, 50)
    assert "use_runner_v2" in cloud.jobs[0]["environment"]["experiments"]
    assert asked["save_main_session"] is False
    assert asked["pickle_library"] == "cloudpickle"

    staged = cloud.staged()
    assert sorted(staged) == ["requirements.txt", "submission_environment_dependencies.txt", "workflow.tar.gz"]
    pins = dict(line.split("==") for line in staged["requirements.txt"].decode().split())
    libraries = {name: number for name, number in versions().items() if name in pins}
    assert pins.items() - libraries.items() == {("gcsfs", pins["gcsfs"])}
    with tarfile.open(fileobj=io.BytesIO(staged["workflow.tar.gz"])) as tar:
        folders = {name.split("/")[1] for name in tar.getnames() if name.count("/") > 1}
        names = {name.partition("/")[2] for name in tar.getnames()}
    assert folders == {"beam_pipelines", "medgemma_korean.egg-info"}
    package = Path(dataflow.__file__).parent
    code = {str(path.relative_to(package.parent)) for path in package.rglob("*") if path.suffix in {".py", ".tsv"}}
    assert code <= names

    components = beam_runner_api_pb2.Pipeline.FromString(cloud.pipeline()).components
    keys = []
    for transform in components.transforms.values():
        if transform.spec.urn == "beam:transform:group_by_key:v1":
            (read,) = transform.inputs.values()
            coder = components.coders[components.pcollections[read].coder_id]
            keys.append(components.coders[coder.component_coder_ids[0]].spec)
    assert len(keys) >= 7
    assert all(key.urn == "beam:coder:varint:v1" or b"DeterministicFastPrimitives" in key.payload for key in keys)


@pytest.mark.engines
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_job_that_fails_is_told_by_what_its_worker_said(
    small: Case, service: tuple[list[str], Service], caplog: pytest.LogCaptureFixture
) -> None:
    flags, cloud = service
    stored = google.Stored(small, "failing")
    said = "LedgerError: ledger of c4: 3 documents in, but 2 out or dropped"
    where = 'Traceback (most recent call last):\n  File "a.py", line 1, in f'
    raised = f"{where}\nbeam_pipelines.transforms.ledger.{said}"
    cloud.fails_with = (
        f"{raised}\n\nDuring handling of it another exception occurred:\n\n{raised} [while running 'Step']\nmore"
    )
    assert launch.main(plain_text.run, [*stored.flags, *flags]) == 1
    assert caplog.records[-1].getMessage() == f"error: {said.partition(': ')[2]}"
    assert [name for name in google.tree(stored.out) if "lock" in name] == []


@pytest.mark.engines
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_ends_the_job_where_it_runs(
    small: Case, service: tuple[list[str], Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    from apache_beam.runners.dataflow.dataflow_runner import DataflowPipelineResult

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    flags, cloud = service
    cloud.fails_with = "too late"
    monkeypatch.setattr(DataflowPipelineResult, "wait_until_finish", interrupted)
    monkeypatch.setattr(Service, "_fail", lambda self: None)
    assert launch.main(plain_text.run, [*google.Stored(small, "stopped").flags, *flags]) == 130
    assert cloud.state == "JOB_STATE_CANCELLED"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([*CLOUD[:1], *PATHS], "DataflowRunner needs --project=PROJECT"),
        ([*CLOUD[:2], *PATHS], "DataflowRunner needs --region=REGION"),
        ([*CLOUD, *PATHS], "DataflowRunner needs --temp_location=gs://BUCKET/temp"),
        ([*CLOUD, *PATHS, "--temp_location=/tmp"], "--temp_location /tmp: DataflowRunner needs a folder on gs://"),
        (
            [*CLOUD, *PATHS, TEMP, "--staging_location=x"],
            "--staging_location x: DataflowRunner needs a folder on gs://",
        ),
        ([*CLOUD, TEMP, PATHS[1]], "DataflowRunner needs --input=gs://BUCKET/"),
        ([*CLOUD, TEMP, *PATHS, "--input=data/01_raw"], "--input data/01_raw: no worker of DataflowRunner has this"),
        ([*CLOUD, TEMP, PATHS[0]], "--output data/02_refined/00_plain_text/train.jsonl: no worker of DataflowRunner"),
        ([*CLOUD, TEMP, *PATHS, "--rejects=rejects"], "--rejects rejects: no worker of DataflowRunner has this"),
        ([*CLOUD, TEMP, *PATHS, "--setup_file=./nothing.py"], "--setup_file ./nothing.py: no such file"),
    ],
)
def test_a_set_up_that_cannot_work_is_told_before_anything_starts(flags: list[str], message: str) -> None:
    with pytest.raises(UsageError) as error:
        plain_text.run(flags)
    assert str(error.value).startswith(message)


def completed(*flags: str) -> dict[str, str]:
    """The flags that a run on Dataflow has in the end."""
    parsed, left = options.parse(plain_text.flags(), [*CLOUD, TEMP, *PATHS, *flags])
    return dict(flag.lstrip("-").split("=") for flag in dataflow.completed(parsed, left))


def test_what_the_user_left_open_is_filled_in_and_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        found = completed()
    for name, value in dataflow.DEFAULTS.items():
        assert found[name] == str(value)
        assert f"--{name}={value}" in caplog.text
    assert Path(found["setup_file"]).samefile(Path(dataflow.__file__).parents[1] / "setup.py")


def test_what_the_user_gave_stays(tmp_path: Path) -> None:
    (tmp_path / "setup.py").touch()
    given = {"worker_machine_type": "n1-standard-1", "number_of_worker_harness_threads": "1", "disk_size_gb": "100"}
    given |= {"setup_file": str(tmp_path / "setup.py"), "requirements_file": "mine.txt"}
    found = completed(*(f"--{name}={value}" for name, value in given.items()))
    assert {name: found[name] for name in given} == given
    assert not {"machine_type", "requirements_cache"} & set(found)


def test_a_container_of_the_users_own_has_the_package_in_it() -> None:
    assert not {"setup_file", "requirements_file"} & set(completed("--sdk_container_image=gcr.io/p/image"))
