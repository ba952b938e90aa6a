"""From a command line to a finished run: quiet logs, a progress bar, one clear line when it fails."""

import logging
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from beam_pipelines.options import UsageError

_LOG = logging.getLogger("beam_pipelines")


def start_logging() -> None:
    """Our lines on standard error, and what runners elsewhere say of a job."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    # Beam says this on the root logger whenever it is imported without Google's client libraries.
    logging.getLogger().addFilter(lambda record: "apitools not found" not in record.getMessage())


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it was raised from, outermost first; ``raise ... from None`` ends it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def explain(error: BaseException) -> str:
    """One line for a user: runners wrap what really happened, and add the step it happened in."""
    for link in _chain(error):
        if isinstance(link, OSError) and link.strerror:
            return f"{link.strerror}: {link.filename}" if link.filename else link.strerror
    text = str(error).split(" [while running")[0].strip()
    lines = [line for line in text.splitlines() if line.strip()]
    if "Traceback" in text:  # what workers elsewhere send; its last line says what happened, after our error's name
        return re.sub(r"^beam_pipelines\.[\w.]+: ", "", lines[-1])
    if len(lines) > 1 and lines[0].rstrip().endswith(":"):  # what it is follows
        return f"{lines[0].rstrip()} {lines[1].strip()}"
    return lines[0] if lines else type(error).__name__


def main(run: Callable[[Sequence[str]], Any], argv: Sequence[str] | None = None) -> int:
    """Run an entry's ``run(argv)``; the exit code is 0, 2 for a wrong command line and 1 for any other failure."""
    start_logging()
    try:
        run(sys.argv[1:] if argv is None else argv)
    except UsageError as error:
        _LOG.error("error: %s (see --help)", error)
        return 2
    except KeyboardInterrupt:
        _LOG.error("stopped; what is finished is kept, and the same command goes on from there")
        return 130
    except Exception as error:  # the top of the program: said once, and the exit code is not 0
        _LOG.debug("failed", exc_info=True)
        _LOG.error("error: %s", explain(error))
        return 1
    return 0


@contextmanager
def summarised(total_bytes: int, *, elsewhere: Callable[[], int]) -> Iterator[None]:
    """A progress bar during the block where there is a terminal, and one line with the speed after it.

    ``elsewhere``: see :func:`beam_pipelines.progress.shown`.
    """
    from beam_pipelines import progress

    with progress.shown(total_bytes, elsewhere=elsewhere) as seconds:
        yield
        took = seconds()
    _LOG.info("refined %.1f MB in %.1f s (%.0f MB/s)", total_bytes / 1e6, took, total_bytes / 1e6 / max(took, 1e-9))
