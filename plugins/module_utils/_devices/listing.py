# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the fleet's list: every device once, or an error; never a part of it."""

from __future__ import annotations

import itertools
import time
from array import array
from collections.abc import Iterator
from typing import Any

from .._graph.errors import BadRequest, IntuneError
from .._graph.parallel import ParallelLists
from .._graph.session import GraphSession
from .fields import Page, columns
from .query import FleetQuery
from .slices import PROPERTY, NotDivisible, Slice, plan

PATH = "deviceManagement/managedDevices"
# Fewer pages are read faster one after the other.
_WORTH_CUTTING = 4


class Listing:
    """The devices that Graph lists for a query, before what it cannot filter is filtered."""

    def __init__(self, session: GraphSession, query: FleetQuery) -> None:
        self._session = session
        self._query = query
        self._ids: array[int] = array("q")

    def pages(self) -> Iterator[Page]:
        """Yield pages in any order; each device is in one of them only.

        The first page says how many devices there are. A large fleet is then cut, and read again side by side. If
        what came falls short of the number, the list is read once more as one, and if it still does, that is an error.
        """
        whole = self._session.large_pages(PATH, self._parameters())
        before = time.monotonic()
        try:
            first: dict[str, Any] = next(whole, {"value": []})
        except BadRequest:
            if not self._query.clauses:
                raise
            # All that is asked for is looked at once more afterwards, so a refused filter costs time only.
            yield from Listing(self._session, self._query.whole()).pages()
            return
        pace = (time.monotonic() - before) / 2  # the first request also connects, and may log in
        count: Any = first.get("@odata.count")
        if self._is_worth_cutting(first, count):
            try:
                yield from self._slices(first["value"], count, pace)
            except (BadRequest, NotDivisible):
                pass
            else:
                if not self._falls_short(count):
                    return
        yield from self._one_after_the_other(itertools.chain([first], whole), set(self._ids))
        if first.get("@odata.nextLink") and self._falls_short(count):
            raise IntuneError(
                f"Microsoft Graph says that there are {count} managed devices, and listed {len(self._ids)}. "
                "A part of the devices is not taken for all of them; run again, and report it to Microsoft "
                "if it stays so."
            )

    def _parameters(self, *clauses: str) -> dict[str, str]:
        params = {"$select": ",".join(dict.fromkeys([*self._query.asked, PROPERTY]))}
        if self._query.clauses or clauses:
            params["$filter"] = " and ".join((*self._query.clauses, *clauses))
        return params

    def _is_worth_cutting(self, first: dict[str, Any], count: Any) -> bool:
        """Without a count nobody would notice that slices leave something out."""
        size = len(first["value"])
        return bool(
            self._query.parallel_pages > 1
            and first.get("@odata.nextLink")
            and isinstance(count, int)
            and count > size * (_WORTH_CUTTING - 1) > 0
        )

    def _falls_short(self, count: Any) -> bool:
        """Whether fewer devices came than there are. Some may have left while they were read."""
        if not isinstance(count, int) or len(self._ids) >= count:
            return False
        now = next(self._session.pages(PATH, params=self._parameters())).get("@odata.count")
        return isinstance(now, int) and len(self._ids) < min(count, now)

    def _slices(self, sample: Page, count: int, pace: float) -> Iterator[Page]:
        def divide(part: Slice, page: dict[str, Any]) -> list[Slice]:
            part.own(page["value"])
            return part.pieces() if page.get("@odata.nextLink") and part.is_too_large(page.get("@odata.count")) else []

        lists = ParallelLists[Slice](
            self._session, PATH, lambda part: self._parameters(*part.clauses()), divide, self._query.parallel_pages
        )
        seen: dict[Slice, set[int]] = {}
        for part, page, is_last in lists.read(plan(sample, count, self._query.parallel_pages), pace):
            yield self._fresh(part.own(page["value"]), seen.setdefault(part, set()))
            if is_last:
                del seen[part]

    def _one_after_the_other(self, pages: Iterator[dict[str, Any]], seen: set[int]) -> Iterator[Page]:
        for page in pages:
            yield self._fresh(page["value"], seen)

    def _fresh(self, page: Page, seen: set[int]) -> Page:
        """Return the devices that are new. Those that enrol while pages are read can shift one onto two pages.

        Ids are remembered by their 64-bit hashes, which take a third of the memory.
        """
        ids = columns(page, ["id"])["id"]
        if None in ids:
            raise IntuneError(
                "Microsoft Graph listed a managed device without its id, so nobody can tell whether it is listed twice."
            )
        keys = list(map(hash, ids))
        distinct = set(keys)
        if len(distinct) < len(keys) or not seen.isdisjoint(distinct):
            fresh = {key: raw for key, raw in zip(keys, page) if key not in seen}
            page, keys = list(fresh.values()), list(fresh)
        seen |= distinct
        self._ids.extend(keys)
        return page
