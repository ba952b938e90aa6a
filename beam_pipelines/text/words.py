"""Where a Korean word begins and ends: neighbours that are not letters or digits, and particles at the end."""

import numpy as np

from beam_pipelines.text.columns import Bytes
from beam_pipelines.text.compiled import lean_kernel
from beam_pipelines.text.trie import Trie, build, longest

# Particles, the plural 들, the copula and what commonly follows a noun without a space. They chain: 들 + 에게 + 는.
_PARTICLES = """
을 를 이 가 은 는 의 에 에서 에게 에게서 한테 께 으로 로 와 과 도 만 까지 부터 마다 밖에 조차 마저 뿐 이나 나
이라도 라도 이든 든 보다 처럼 만큼 대로 하고 이랑 랑 이라 라 이라는 라는 이라고 라고 이란 란 이며 며 이고 고
이다 다 인 이던 이었다 였다 입니다 이에요 예요 이야 야 요 이죠 죠 용 들 등 으로서 로서 으로써 로써 에선 에겐
에는 에도 인데 이지만 지만 님
"""
PARTICLES = tuple(_PARTICLES.split())
_MOST_PARTICLES = 3


def particles() -> Trie:
    """The trie of :data:`PARTICLES`, for :func:`ends_noun`."""
    return build({particle: rank for rank, particle in enumerate(PARTICLES)})


def _ascii_words() -> Bytes:
    classes = np.zeros(128, np.uint8)
    for c in "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ":
        classes[ord(c)] = 1
    classes.flags.writeable = False
    return classes


_ASCII_WORD = _ascii_words()


@lean_kernel
def is_word_char(data: Bytes, at: int) -> bool:
    """Whether the character at ``at`` is an ASCII or Latin letter, a digit, Hangul, kana or a Chinese character."""
    c = int(data[at])
    if c < 0x80:
        return bool(_ASCII_WORD[c])
    if 0xC3 <= c <= 0xD1:  # U+00C0..047F: Latin, Greek, Cyrillic; × and ÷ are no letters
        return c != 0xC3 or (int(data[at + 1]) != 0x97 and int(data[at + 1]) != 0xB7)
    if c < 0xE1 or c > 0xED:
        return False
    code = (c & 0x0F) << 12 | (int(data[at + 1]) & 0x3F) << 6 | int(data[at + 2]) & 0x3F
    return (
        0xAC00 <= code <= 0xD7A3
        or 0x4E00 <= code <= 0x9FFF
        or 0x3131 <= code <= 0x318E
        or 0x3041 <= code <= 0x30FF
        or 0x1100 <= code <= 0x11FF
    )


@lean_kernel
def begins_word(data: Bytes, at: int, start: int) -> bool:
    """Whether no letter or digit of ``data[start:]`` stands right before ``at``."""
    if at <= start:
        return True
    at -= 1
    while at > start and int(data[at]) & 0xC0 == 0x80:
        at -= 1
    return not is_word_char(data, at)


@lean_kernel
def ends_word(data: Bytes, at: int, end: int) -> bool:
    """Whether no letter or digit of ``data[:end]`` stands at ``at``."""
    return at >= end or not is_word_char(data, at)


@lean_kernel
def ends_noun(data: Bytes, at: int, end: int, particle_trie: Trie) -> bool:
    """Whether the word ends at ``at``, or up to three particles stand there and then it ends."""
    for _ in range(_MOST_PARTICLES):
        if ends_word(data, at, end):
            return True
        found, stop = longest(data, at, end, particle_trie)
        if found < 0:
            return False
        at = stop
    return ends_word(data, at, end)
