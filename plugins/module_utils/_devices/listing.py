# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the fleet's list: every device once, or an error; never a part of it."""

from __future__ import annotations

import itertools
import math
import time
from array import array
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from .._graph.call import Call
from .._graph.errors import BadRequest, GraphError, IntuneError
from .._graph.lists import distinct, hash_of
from .._graph.session import GraphSession
from .fields import Page
from .query import FleetQuery
from .slices import PROPERTY, NotDivisible, Slice, plan

Part = TypeVar("Part")
PATH = "deviceManagement/managedDevices"
OVERVIEW = "deviceManagement/managedDeviceOverview"
# Pages of a slice: few, so that slices end at about the same time, but not so few that most are half empty.
_PAGES = 5
_MOST_SLICES = 100
# Where a page comes within so many seconds, threads would only take turns with the reader.
QUICK = 0.05
# Pages that wait to be used before no more are fetched.
_AHEAD = 2
# A slice is cut again in its first pages only, since these are then read once more.
_FIRST_PAGES = 3


class Listing:
    """The devices that Graph lists for a query, before the filters that Graph does not have are applied."""

    def __init__(self, session: GraphSession, query: FleetQuery) -> None:
        self._session = session
        self._query = query
        self._ids: array[int] = array("q")
        # Devices of the first page that no slice had yet.
        self._missing: set[int] = set()
        self._page_size = 0
        # About how many devices there are; 0 where nothing shows it.
        self._expected = 0
        self.warnings: list[str] = []

    def pages(self) -> Iterator[Page]:
        """Yield pages in any order; each device is in one of them only.

        A fleet of many pages is cut into slices, which are read side by side, or one after the other where pages come
        quickly: ids are remembered for one slice at a time. If the slices leave out a device that the first page has,
        or are fewer than Graph counts, the list is read once more as one. Where that brings no other device, the count
        is wrong [graph facts: paging].
        """
        whole = self._session.pages(PATH, params=self._parameters())
        started = time.monotonic()
        try:
            first: dict[str, Any] = next(whole, {"value": []})
        except BadRequest:
            if not self._query.clauses:
                raise
            # Every filter is applied here once more, so a filter that Graph refuses costs time only.
            self._query = self._query.whole()
            yield from self.pages()
            return
        sliced = -1
        limit = self._query.parallel_pages if time.monotonic() - started > QUICK else 1
        if self._query.parallel_pages > 1 and first["value"] and first.get("@odata.nextLink"):
            try:
                yield from self._slices(first, limit)
            except (BadRequest, NotDivisible):
                pass
            else:
                if not self._missing and not self._falls_short(first):
                    return
                sliced = len(self._ids)
        seen = set(self._ids)
        for page in itertools.chain([first], whole):
            yield self._fresh(page["value"], seen)
        if first.get("@odata.nextLink") and self._falls_short(first):
            counted = f"Microsoft Graph counts {first['@odata.count']} managed devices, but listed {len(self._ids)}. "
            if len(self._ids) != sliced:
                raise IntuneError(
                    counted + "The list is incomplete. Run again, and report it to Microsoft if the error stays."
                )
            self.warnings.append(counted + "Two ways of reading found the same devices, so the count is too high.")

    def _parameters(self, *clauses: str) -> dict[str, str]:
        params = {"$select": ",".join(dict.fromkeys([*self._query.asked, PROPERTY]))}
        if self._query.clauses or clauses:
            params["$filter"] = " and ".join((*self._query.clauses, *clauses))
        return params

    def _expect(self, first: dict[str, Any]) -> int:
        """Return about how many devices there are, 0 where nothing shows it. Slices are planned with it, no more.

        What @odata.count counts is not documented [graph facts: paging], so it is not used where it may be the number
        of the page's devices. The overview leaves out some PCs and can be out of date [graph facts: managed devices].
        """
        count = first.get("@odata.count")
        if not isinstance(count, int) or count <= self._page_size:
            if self._query.clauses:  # the overview counts all devices
                return 0
            try:
                count = self._session.get(OVERVIEW).get("enrolledDeviceCount")
            except GraphError:
                return 0
        return count if isinstance(count, int) and count > self._page_size else 0

    def _falls_short(self, first: dict[str, Any]) -> bool:
        """Whether fewer devices came than Graph counts, then and now: some may have left while they were read."""
        count = first.get("@odata.count")
        if not isinstance(count, int) or len(self._ids) >= count:
            return False
        now = next(self._session.pages(PATH, params=self._parameters())).get("@odata.count")
        return isinstance(now, int) and len(self._ids) < min(count, now)

    def _slices(self, first: dict[str, Any], limit: int) -> Iterator[Page]:
        sample: Page = first["value"]
        self._page_size = len(sample)
        self._expected = self._expect(first)
        self._missing = {hash_of(device.get("id")) for device in sample}
        number = limit
        if self._expected:
            pages = math.ceil(self._expected / self._page_size)
            # At least one slice for each thread, unless there are fewer pages.
            number = min(max(min(limit, pages + 1), pages // _PAGES), _MOST_SLICES)
        parts = plan([device.get(PROPERTY) for device in sample], number)
        # Which devices a slice had.
        seen: dict[Slice, set[int]] = {part: set() for part in parts}
        pages_of_parts = side_by_side(
            self._session,
            parts,
            lambda part: self._parameters(*part.clauses()),
            partial(self._divide, seen),
            limit,
        )
        for part, page, is_last in pages_of_parts:
            is_own = part.contains([device.get(PROPERTY) for device in page["value"]])
            yield self._fresh(list(itertools.compress(page["value"], is_own)), seen[part])
            if is_last:
                del seen[part]

    def _divide(self, seen: dict[Slice, set[int]], part: Slice, pages: int, running: int) -> list[Slice]:
        """Return the pieces of a long slice. They share what was seen with the slice that they are cut from."""
        pieces = part.pieces() if self._is_long(pages, running) else []
        seen.update(dict.fromkeys(pieces, seen[part]))
        return pieces

    def _is_long(self, pages: int, running: int) -> bool:
        """Whether a slice of which so many pages came probably has so many more that it is worth cutting."""
        left = pages
        if self._expected:
            left = (self._expected - len(self._ids)) // (self._page_size * (running + 1))
        return pages <= _FIRST_PAGES and left > 1

    def _fresh(self, page: Page, seen: set[int]) -> Page:
        """Return the devices that no earlier page showed."""
        fresh = list(distinct(page, seen))
        ids = [hash_of(device["id"]) for device in fresh]
        self._missing.difference_update(ids)
        self._ids.extend(ids)
        return fresh


def side_by_side(
    session: GraphSession,
    parts: Iterable[Part],
    parameters: Callable[[Part], Mapping[str, str]],
    divide: Callable[[Part, int, int], list[Part]],
    limit: int,
    path: str = PATH,
) -> Generator[tuple[Part, dict[str, Any], bool], None, None]:
    """Read the list of each part, with at most `limit` requests at once.

    Yields part, page, and whether it is the part's last, in the order in which they come. While half of the threads
    have nothing to do, a part with further pages can be replaced: `divide` gets the part, how many of its pages came,
    and how many other requests are under way. No more pages are fetched than there are threads, so that the memory
    needed does not grow with the number of pages, and none while two wait to be used: threads would only take turns
    then. The first error that repeating does not help ends it.
    """

    def first(part: Part) -> _Request[Part]:
        return _Request(part, session.first_page(path, parameters(part)))

    waiting = deque(map(first, parts))
    running: dict[Future[dict[str, Any]], _Request[Part]] = {}
    with _threads(session, limit) as pool:
        _send(session, pool, waiting, running, limit)
        while running:
            future = wait(running, return_when=FIRST_COMPLETED).done.pop()
            request = running.pop(future)
            page = future.result()
            following = session.next_page(request.call, page)
            is_idle = not waiting and len(running) < limit // 2
            pieces = divide(request.part, request.number, len(running)) if following and is_idle else []
            waiting.extend(map(first, pieces))
            if following and not pieces:
                waiting.appendleft(_Request(request.part, following, request.number + 1))
            _send(session, pool, waiting, running, limit)
            yield request.part, page, not following or bool(pieces)


@dataclass(frozen=True)
class _Request(Generic[Part]):
    part: Part
    call: Call
    number: int = 1  # of the page in its list


def _send(
    session: GraphSession,
    pool: ThreadPoolExecutor,
    waiting: deque[_Request[Part]],
    running: dict[Future[dict[str, Any]], _Request[Part]],
    limit: int,
) -> None:
    """Let threads send the next requests, unless enough pages wait to be used."""
    while waiting and len(running) < limit and sum(future.done() for future in running) < _AHEAD:
        request = waiting.popleft()
        running[pool.submit(session.page, request.call)] = request


@contextmanager
def _threads(session: GraphSession, number: int) -> Iterator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(number)
    waits = True
    try:
        yield pool
    except BaseException as error:
        # An end from outside, such as the task's timeout, does not wait for requests under way.
        waits = isinstance(error, (Exception, GeneratorExit))
        raise
    finally:
        with session.abandoned():
            pool.shutdown(wait=waits, cancel_futures=True)
