# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a collection: its pages, one after the other."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from .call import Call
from .errors import BadAnswer, BadRequest, GraphError, TooManyPages
from .exchange import Exchange
from .odata import is_guid

Item = TypeVar("Item")
# Part of the codes of errors about tokens: DirectoryPageTokenNotFoundException, Directory_ExpiredPageToken.
_UNKNOWN_PAGE = "PageToken"


class Lists(Exchange):
    """Reads collections."""

    _continued = 0  # pages so far that were not the last of their list

    def pages(
        self,
        path: str,
        version: str = "beta",
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """The pages of a collection as Graph sends them: one may be empty and not the last, or repeat an object."""
        return self._pages(self.first_page(path, params, version, headers))

    def first_page(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        version: str = "beta",
        headers: Mapping[str, str] | None = None,
    ) -> Call:
        """The request for the first page of a collection; for page()."""
        return Call("GET", self._url(version, path, params), path, headers=headers or {}, flaw=self.shapes.page)

    def page(self, call: Call) -> dict[str, Any]:
        """The page that a request of first_page() or next_page() asks for."""
        return dict(self._answer_to(call).body)

    def next_page(self, call: Call, page: Mapping[str, Any]) -> Call | None:
        """What asks for the page after this one; None when it is the last."""
        link = page.get("@odata.nextLink")
        if not link:
            return None
        call.seen.add(call.url)
        if link in call.seen:
            raise GraphError.of(call, 200, f"GET {call.path} never ends: its next page has been read already.")
        with self._lock:
            self._continued += 1
        if self._continued >= self.bounds.max_pages:
            others = "" if len(call.seen) == self._continued else ", together with other lists of this task"
            raise TooManyPages.of(
                call,
                200,
                f"GET {call.path} has more than {self.bounds.max_pages} pages{others} (option max_pages).",
            )
        # Graph does not carry own headers over to the next page [graph facts: paging].
        following = self._link_call(str(link), call.headers)
        following.seen, following.flaw = call.seen, call.flaw
        return following

    def list(
        self,
        path: str,
        version: str = "beta",
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """All items of a collection, page by page as they are consumed."""
        return _items(self.pages(path, version, params, headers))

    def list_from(self, link: str, headers: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
        """All items from a nextLink on, which is followed as it is."""
        return _items(self._pages(self._link_call(link, headers or {})))

    def items(self, body: object, with_ids: bool = True) -> Iterator[dict[str, Any]]:
        """All items of a list whose first page is the answer to a part of a $batch."""
        wrong = self.shapes.page(body, with_ids)
        if wrong or not isinstance(body, dict):
            raise BadAnswer(f"A part of a $batch {wrong}.", 200, method="GET")
        seen = set[int]()
        yield from distinct(body["value"], seen)
        if body.get("@odata.nextLink"):
            yield from distinct(self.list_from(str(body["@odata.nextLink"])), seen)

    def _link_call(self, link: str, headers: Mapping[str, str]) -> Call:
        self._trust(link, "continues a list at")
        path = urlsplit(link).path.lstrip("/").partition("/")[2]
        return Call("GET", link, path, headers=headers, flaw=partial(self.shapes.page, with_ids=False))

    def _pages(self, first: Call) -> Iterator[dict[str, Any]]:
        """The pages from the first on; once more from there if Graph no longer knows the token of a later one, as after
        one that was asked for twice [graph facts: paging].
        """
        call: Call | None = first
        is_repeated = False
        while call:
            try:
                page = self.page(call)
            except BadRequest as error:
                if call is first or is_repeated or _UNKNOWN_PAGE not in str(error.code):
                    raise
                call, is_repeated = replace(first, seen=set()), True
            else:
                yield page
                call = self.next_page(call, page)


def _items(pages: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return distinct((item for page in pages for item in page["value"]), set())


def distinct(items: Iterable[dict[str, Any]], seen: set[int], key: str = "id") -> Iterator[dict[str, Any]]:
    """Yield the items of a list, those left out that it shows again: what changes meanwhile can shift them.

    seen has the hashes of the ids. Items without an id are all kept.
    """
    for item in items:
        object_id = item.get(key)
        if object_id is not None:
            hashed = hash_of(object_id)
            if hashed in seen:
                continue
            seen.add(hashed)
        yield item


def in_pages(items: Iterable[Item], size: int = 1000) -> Iterator[list[Item]]:
    """Yield the items some at a time."""
    items = iter(items)
    while page := list(itertools.islice(items, size)):
        yield page


def hash_of(object_id: object) -> int:
    """The 64 bits by which an id is remembered, which take a third of its memory.

    A GUID is the same in either letter case; other ids, such as those of apps, are not.
    """
    text = str(object_id)
    return hash(text.lower() if is_guid(text) else text)
