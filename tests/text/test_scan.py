"""Small searches over bytes: what vectors find is what the plain search finds, wherever it stands."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from beam_pipelines.text.scan import count_line_ends, find_line_end

LINES = st.lists(st.integers(0, 300)).map(lambda sizes: b"\n".join(b"a" * size for size in sizes))


@given(LINES, st.integers(0, 400), st.integers(0, 400))
def test_line_ends_are_found_and_counted(data: bytes, start: int, size: int) -> None:
    assert count_line_ends(data) == data.count(b"\n")
    start = min(start, len(data))
    end = min(start + size, len(data))
    found = data.find(b"\n", start, end)
    array = np.frombuffer(data, np.uint8)
    assert find_line_end(array, start, end) == (end if found < 0 else found)
