# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that are lists: select, order, page, nextLink, count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from .errors import bad_request
from .messages import Json, Response
from .odata import Node, next_link, nodes, page_token, read_page_token
from .routing import Call
from .schema import Property

Item = dict[str, Json]


_LITERALS = {
    "boolean": "name",
    "int32": "number",
    "int64": "number",
    "double": "number",
    "datetime": "date",
    "date": "date",
}


def check_literals(node: Node, properties: dict[str, Property]) -> None:
    """Raise 400 for a literal that is not of its property's type: an unquoted GUID, a quoted date."""
    for part in nodes(node):
        entry = properties.get(part.name)
        wanted = _LITERALS.get(entry.type, "string") if entry else "string"
        if part.kinds and not part.kinds <= {wanted} and not (part.value is None and part.kinds == {"name"}):
            raise bad_request(f"A binary operator with incompatible types was detected for property '{part.name}'.")


def check_filter(node: Node, allowed: dict[str, frozenset[str]], where: str) -> None:
    """Raise 400 for a property or an operator Graph does not declare filterable here."""
    for part in nodes(node):
        if part.op in ("and", "or", "not"):
            continue
        if part.op not in allowed.get(part.name, frozenset()):
            what = f"property '{part.name}'" if part.name else f"function '{part.op}'"
            raise bad_request(f"Filter on {where} with operator '{part.op}' is not supported for {what}.")


def order(call: Call, items: list[Item], allowed: Iterable[str]) -> list[Item]:
    for name, descending in reversed(call.query.orderby):
        if name not in allowed:
            raise bad_request(f"Sorting by '{name}' is not supported.")
        items = sorted(items, key=lambda item: str(item.get(name) or "").lower(), reverse=descending)
    return items


class PageSizes(NamedTuple):
    default: int
    maximum: int


def page_size(call: Call, sizes: PageSizes) -> int:
    top = call.query.top
    if top is not None and top > sizes.maximum:
        # Documented for the directory. For Intune it "may be ignored, clamped or an error" [graph facts: paging].
        raise bad_request(f"Invalid page size specified: '{top}'. Must be between 1 and {sizes.maximum} inclusive.")
    size = top or sizes.default
    return min(size, call.settings.page_size) if call.settings.page_size else size


def window(call: Call, size: int) -> tuple[int, bool]:
    """(offset of the page asked for, whether this answer has to be an empty page with a nextLink)."""
    if call.query.skiptoken is None:
        return call.query.skip, call.settings.empty_pages
    offset, emptied = read_page_token(call.query.skiptoken, call.query.state)
    # An empty page may come before any page [graph facts: paging].
    return offset, call.settings.empty_pages and not emptied


def link(call: Call, offset: int, emptied: bool) -> str:
    return next_link(call.request.root, call.request.path, call.query, page_token(offset, emptied, call.query.state))


def listing(
    call: Call,
    items: Sequence[Item],
    render: Callable[[Item], Item],
    context: str,
    sizes: PageSizes,
    count: bool,
) -> Response:
    """One page of ``items``. ``count`` puts @odata.count on the first page only."""
    size = page_size(call, sizes)
    offset, empty = window(call, size)
    body: Item = {"@odata.context": call.context(context)}
    if count and call.query.skiptoken is None:
        body["@odata.count"] = len(items)
    if empty and items:
        return Response(200, body | {"@odata.nextLink": link(call, offset, True), "value": []})
    chosen = items[offset : offset + size]
    if offset + size < len(items):
        body["@odata.nextLink"] = link(call, offset + size, False)
    body["value"] = [render(item) for item in chosen]
    return Response(200, body)
