"""Which prompts are computed together, and what happens when memory does not suffice for them."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def plan(lengths: Sequence[int], *, new_tokens: int, budget: int) -> list[list[int]]:
    """Places in batches, the longest prompts first so that what does not fit shows at once.

    A batch holds at most ``budget`` tokens, padding and the ``new_tokens`` of each row included, and at least one row.
    """
    batches: list[list[int]] = []
    rows = 0
    for place in sorted(range(len(lengths)), key=lambda place: (-lengths[place], place)):
        if not batches or len(batches[-1]) >= rows:
            rows = max(1, budget // (lengths[place] + new_tokens))
            batches.append([])
        batches[-1].append(place)
    return batches


class BackOff:
    """Work on batches that are halved when memory runs out; those that follow start at the size that fitted."""

    def __init__(self, *, ran_out: Callable[[RuntimeError], bool], recover: Callable[[], None]) -> None:
        self._ran_out, self._recover = ran_out, recover
        self._most: float = float("inf")

    def run(
        self, batch: Sequence[Item], work: Callable[[Sequence[Item]], Result], *, row_cost: int
    ) -> Iterator[tuple[Sequence[Item], Result | None]]:
        """``(items, result)`` of every part; the result is None for a single item that does not fit alone.

        ``row_cost`` is the tokens of a row. Errors other than those of memory are raised.
        """
        waiting = [batch]
        while waiting:
            part = waiting.pop(0)
            if len(part) > 1 and len(part) * row_cost > self._most:
                waiting[:0] = _halves(part)
                continue
            done, result = self._try(part, work)
            if done:
                yield part, result
                continue
            # Not inside the except: its traceback holds the tensors that are to be freed.
            self._recover()
            if len(part) == 1:
                yield part, None
            else:
                self._most = len(part) * row_cost / 2
                waiting[:0] = _halves(part)

    def _try(self, part: Sequence[Item], work: Callable[[Sequence[Item]], Result]) -> tuple[bool, Result | None]:
        try:
            return True, work(part)
        except RuntimeError as error:
            if not self._ran_out(error):
                raise
        return False, None


def _halves(part: Sequence[Item]) -> list[Sequence[Item]]:
    middle = (len(part) + 1) // 2
    return [part[:middle], part[middle:]]
