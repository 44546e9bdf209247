# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several lists read at once: the pages of one list come one after the other, those of different lists side by side."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, Generic, TypeVar

from ansible_collections.mobilesec.intune.plugins.module_utils.graph.session import GraphSession

Part = TypeVar("Part")
Page = dict[str, Any]
_PATIENCE = 1.0  # seconds to wait for a thread whose answer nobody wants


class ParallelLists(Generic[Part]):
    """Reads the list of each part with at most `limit` requests under way.

    `query` gives a part's query options. `divide` sees the first page of each part: when it returns parts, these are
    read in place of it, and the page is dropped.
    """

    def __init__(self, session: GraphSession, path: str, query: Callable[[Part], Mapping[str, str]],
                 divide: Callable[[Part, Page], Iterable[Part]], limit: int) -> None:
        self._session = session
        self._path = path
        self._query = query
        self._divide = divide
        self._limit = limit
        self._changed = threading.Condition()
        self._parts: deque[Part] = deque()
        self._unfinished = 0
        self._pages: deque[tuple[Part, Page, bool]] = deque()
        self._error: BaseException | None = None

    def read(self, parts: Iterable[Part]) -> Generator[tuple[Part, Page, bool], None, None]:
        """Yield part, page, and whether it is the part's last, in the order in which they come.

        The first error that cannot be helped ends it.
        """
        self._parts.extend(parts)
        self._unfinished = len(self._parts)
        threads = [threading.Thread(target=self._work, daemon=True) for _number in range(self._limit)]
        for thread in threads:
            thread.start()
        finished = False
        try:
            yield from self._arrivals()
            finished = True
        finally:
            if not finished:
                self._stop(GeneratorExit())
                with self._session.abandoned():
                    for thread in threads:
                        thread.join(_PATIENCE)

    def _arrivals(self) -> Generator[tuple[Part, Page, bool], None, None]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._pages or self._error or not self._unfinished)
                if self._error:
                    raise self._error
                if not self._pages:
                    return
                arrived = self._pages.popleft()
                self._changed.notify_all()
            yield arrived

    def _work(self) -> None:
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._parts or self._error or not self._unfinished)
                    if self._error or not self._parts:
                        return
                    part = self._parts.popleft()
                self._read(part)
        except BaseException as error:
            self._stop(error)

    def _read(self, part: Part) -> None:
        for number, page in enumerate(self._session.pages(self._path, params=self._query(part))):
            instead = [] if number else list(self._divide(part, page))
            if instead:
                with self._changed:
                    self._parts.extend(instead)
                    self._unfinished += len(instead)
                break
            self._hand_over(part, page)
            if self._error:
                return
        with self._changed:
            self._unfinished -= 1
            self._changed.notify_all()

    def _hand_over(self, part: Part, page: Page) -> None:
        """Queue a page. One that waits for its turn holds up its thread, so that no more than a few are in memory."""
        with self._changed:
            self._changed.wait_for(lambda: not self._pages or self._error)
            self._pages.append((part, page, not page.get("@odata.nextLink")))
            self._changed.notify_all()

    def _stop(self, error: BaseException) -> None:
        with self._changed:
            self._error = self._error or error
            self._changed.notify_all()
