"""Threads share what rendering compiles once in a process."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from broadsheet.render.shared import markdown

THREADS = 8
TEXT = "A *text* with a [link](https://example.org/), `code` and a list:\n\n- one\n- two\n\n> and a quotation"


@pytest.fixture
def many_switches() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("many_switches")
def test_the_first_texts_of_a_process_are_rendered_whole_by_any_number_of_threads() -> None:
    expected = markdown.html(TEXT)
    with ThreadPoolExecutor(THREADS) as threads:
        for _ in range(20):
            markdown._parser.cache_clear()  # noqa: SLF001  # as in a new process
            markdown._parser()  # noqa: SLF001  # which one thread has made, and no thread has used
            together = Barrier(THREADS)

            def render(_: int, together: Barrier = together) -> str:
                together.wait()
                return markdown.html(TEXT)

            assert set(threads.map(render, range(THREADS))) == {expected}
