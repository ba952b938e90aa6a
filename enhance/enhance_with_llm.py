"""A local language model writes reasoning for exam questions and explanations for dictionary terms; rules judge it.

``python -m enhance.enhance_with_llm --task all --device cuda:0``; a run that was stopped goes on where it was.
"""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from beam_pipelines import launch, options
from beam_pipelines.options import UsageError
from enhance import generator, tasks
from enhance.generator import BACKENDS, Choice, Generator
from enhance.tasks import TASKS, Task

_LOG = logging.getLogger(__name__)

ALL = "all"


def flags() -> argparse.ArgumentParser:
    """The command line."""
    parser = options.plain_parser(prog="enhance.enhance_with_llm", description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--task", choices=[*TASKS, ALL], default=ALL, help="what is to be written")
    add("--data_root", type=Path, default=Path("data/02_refined"), metavar="DIR", help="the refined data")
    add("--input", type=Path, metavar="FILE", help="another file than that of the data root, for a single task")
    add("--output", type=Path, metavar="FILE", help="where its result goes, for a single task")
    add("--model", default="deepseek-ai/deepseek-llm-7b-chat", help="hub id, local folder, or the server's name of it")
    add("--revision", default="", help="a commit or tag of the hub; of a server, whatever tells its models apart")
    add("--backend", choices=list(BACKENDS), default="transformers", help="the program that runs the model")
    add("--base_url", default="", metavar="URL", help="the server of the openai backend, such as http://host:8000/v1")
    add("--device", default="cuda:0", help="cuda:N or cpu")
    add("--dtype", choices=["auto", "bfloat16", "float16", "float32"], default="auto", help="auto: float32 on a CPU")
    add("--quantize", choices=["none", "8bit", "4bit"], default="none", help="by bitsandbytes")
    add("--batch_tokens", type=options.at_least(1), default=65536, metavar="N", help="tokens computed together")
    add("--concurrency", type=options.at_least(1), default=8, metavar="N", help="requests at once to a server")
    add("--max_samples", type=options.at_least(0), default=0, metavar="N", help="only the first N rows; 0 = all")
    add("--max_new_tokens", type=options.at_least(0), default=0, metavar="N", help="0 = what the task needs")
    add("--retries", type=options.at_least(0), default=3, metavar="N", help="sampled attempts after the greedy one")
    add("--temperature", type=options.at_least(0.01, float), default=0.7, help="of the sampled attempts")
    add("--top_p", type=options.share, default=0.95, help="of the sampled attempts")
    options.add_guard(parser)
    add("--verify", action="store_true", help="have the model itself answer, alone and with what it wrote")
    return parser


def run(argv: Sequence[str], *, load: Callable[[Choice], Generator] | None = None) -> None:
    """Do the tasks asked for. Raises UsageError, InputError, BackendError, JournalError, or Locked for a second."""
    parsed = options.parse_all(flags(), argv)
    single = parsed.task != ALL
    if (parsed.input or parsed.output) and not single:
        raise UsageError("--input and --output are for a single --task")
    if (parsed.backend == "openai") != bool(parsed.base_url):
        raise UsageError("--backend openai and --base_url go together")
    wanted = [TASKS[parsed.task]] if single else _present(parsed.data_root)
    for task in wanted:
        _check_source(parsed, task)
    names = ("backend", "model", "revision", "device", "dtype", "quantize", "base_url", "batch_tokens", "concurrency")
    choice = Choice(**{name: getattr(parsed, name) for name in names}).resolved()
    from enhance import job

    for task in wanted:
        job.do(task, parsed, choice, load or generator.lazily)


def _present(root: Path) -> list[Task]:
    """The tasks whose input is there. Raises InputError where none is."""
    found = [task for task in TASKS.values() if (root / task.source).is_file()]
    for task in [task for task in TASKS.values() if task not in found]:
        _LOG.warning("%s: left out, %s is not there (python -m %s)", task.name, root / task.source, task.made_by)
    if not found:
        raise tasks.InputError(f"{root} holds no refined questions and no dictionary: run beam_pipelines.refine_all")
    return found


def _check_source(parsed: argparse.Namespace, task: Task) -> None:
    """Refuse a test split, by its name, before anything is loaded."""
    source = parsed.input or parsed.data_root / task.source
    if task.has_splits and not tasks.may_learn(source):
        raise UsageError(f"{source} is a test split ({source.resolve().name}): only train files are generated for")


if __name__ == "__main__":
    sys.exit(launch.main(run))
