# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several lists read at once: the pages of one list come one after the other, those of different lists side by side."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Generic, TypeVar

from .answer import Answer
from .session import GraphSession, PageCall

Part = TypeVar("Part")
Page = dict[str, Any]
_AHEAD = 2
# Where pages come within so many seconds, the reader fetches them itself: threads would only take turns with it.
QUICK = 0.05


class ParallelLists(Generic[Part]):
    """Reads the list of each part with at most `limit` requests under way.

    `query` gives a part's query options. `divide` sees the first page of each part: when it returns parts, these are
    read in place of it, and the page is dropped. Threads do nothing but fetch. No more pages are fetched than are under
    way, and they are decoded one by one, so that the memory needed does not grow with the number of pages.
    """

    def __init__(
        self,
        session: GraphSession,
        path: str,
        query: Callable[[Part], Mapping[str, str]],
        divide: Callable[[Part, Page], Iterable[Part]],
        limit: int,
    ) -> None:
        self._session = session
        self._path = path
        self._query = query
        self._divide = divide
        self._limit = limit

    def read(self, parts: Iterable[Part], pace: float = 0.0) -> Generator[tuple[Part, Page, bool], None, None]:
        """Yield part, page, and whether it is the part's last, in the order in which they come.

        The first error that cannot be helped ends it. `pace` is how many seconds a page took until now.
        """
        waiting = deque((part, self._first(part), True) for part in parts)
        running: dict[Future[tuple[Answer, float]], tuple[Part, PageCall, bool]] = {}
        pool = ThreadPoolExecutor(self._limit)

        def fetch(call: PageCall) -> tuple[Answer, float]:
            before = time.monotonic()
            return self._session.fetch(call), time.monotonic() - before

        def start() -> None:
            # While pages come faster than they are used, more threads would only be in each other's way.
            while (
                pace > QUICK
                and waiting
                and len(running) < self._limit
                and sum(future.done() for future in running) < _AHEAD
            ):
                asked = waiting.popleft()
                running[pool.submit(fetch, asked[1])] = asked

        def arrived() -> list[tuple[tuple[Part, PageCall, bool], tuple[Answer, float]]]:
            if running:
                return [
                    (running.pop(future), future.result()) for future in wait(running, return_when=FIRST_COMPLETED).done
                ]
            asked = waiting.popleft()
            return [(asked, fetch(asked[1]))]

        try:
            start()
            while waiting or running:
                answers = arrived()
                while answers:
                    (part, call, is_first), (answer, seconds) = answers.pop()
                    pace = (pace + seconds) / 2  # one slow page among quick ones does not count
                    page = self._session.page(call, answer)
                    pieces = list(self._divide(part, page)) if is_first else []
                    following = None if pieces else self._session.next_page(call, page)
                    waiting.extend((piece, self._first(piece), True) for piece in pieces)
                    if following:
                        waiting.appendleft((part, following, False))
                    start()
                    if not pieces:
                        yield part, page, following is None
        finally:
            # What ends a task from outside, such as its timeout, is no Exception, and does not wait for answers that
            # are on their way.
            is_ended = not isinstance(sys.exc_info()[1], (Exception, GeneratorExit, type(None)))
            with self._session.abandoned():
                pool.shutdown(wait=not is_ended, cancel_futures=True)

    def _first(self, part: Part) -> PageCall:
        return self._session.first_page(self._path, self._query(part))
