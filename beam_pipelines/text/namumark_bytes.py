"""What namumark's bytes can mean, in tables: they compile faster than a kernel for each question."""

import numpy as np

from beam_pipelines.text.columns import Bytes


def byte_table(meanings: dict[bytes, int]) -> Bytes:
    """256 entries, 0 for every byte that ``meanings`` does not name."""
    table = np.zeros(256, np.uint8)
    for characters, meaning in meanings.items():
        table[np.frombuffer(characters, np.uint8)] = meaning
    table.flags.writeable = False
    return table


# Bytes that mean nothing inside a line, bytes that only mean something twice, and the rest.
PLAIN, DOUBLED, MARK = 0, 1, 2
CLASSES = byte_table({b"'~-_^,": DOUBLED, b"[]{}|=#\\@\n": MARK})

DIGIT, LETTER, BEYOND_ASCII, OPENS_LINE = 1, 2, 4, 8
KINDS = byte_table(
    {
        b"0123456789": DIGIT,
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz": LETTER,
        bytes(range(0x80, 0x100)): BEYOND_ASCII,
        b"=>#|": OPENS_LINE,
    }
)

# What a backslash takes its meaning from.
ESCAPED = byte_table({b"[]{}|'~-_^,=>#*\\@": 1})
