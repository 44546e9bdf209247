# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what is asked of the fleet, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .._engine.errors import ObjectNotFound
from .._engine.names import snake_case
from .._graph import odata
from .._graph.batch import BatchRequest
from .._graph.errors import NotFound
from .._graph.session import GraphSession
from . import export, groups
from .fields import SHAPES, Page, entra_id, present
from .groups import USER, Member, Members
from .listing import PATH, Listing
from .query import FleetQuery

# Up to so many members are asked for their devices one by one, 20 in a $batch; for more, the whole fleet is listed.
ASKED_ONE_BY_ONE = 200
_CHUNK = 100
# Of devices that are registered in Microsoft Entra.
_REGISTERED = (
    "id",
    "deviceId",
    "displayName",
    "operatingSystem",
    "operatingSystemVersion",
    "trustType",
    "isManaged",
    "isCompliant",
)
# Of devices that belong to no member of the groups.
_OUTSIDE = ("id", "deviceName", "azureADDeviceId", "userPrincipalName")


class Fleet:
    """The devices of a query. Its other findings are complete when all pages have been read."""

    def __init__(
        self, session: GraphSession, query: FleetQuery, keeps_outside: bool = True, check_mode: bool = False
    ) -> None:
        session.shapes.expect(SHAPES)
        self._session = session
        self._query = query.with_also(*groups.PROPERTIES) if query.groups or query.user else query
        self._members: Members | None = None
        self._listing: Listing | None = None
        self.registered: list[dict[str, Any]] | None = None
        # Managed devices that belong to no member of the groups, if they were asked for: their number, and what tells
        # them.
        self.outside_total = 0
        self.outside: list[dict[str, Any]] = []
        self._keeps_outside = keeps_outside
        self._check_mode = check_mode

    @property
    def members_without_device(self) -> list[dict[str, Any]] | None:
        return self._members.without_device() if self._members else None

    @property
    def warnings(self) -> list[str]:
        return [*(self._members.warnings if self._members else ()), *(self._listing.warnings if self._listing else ())]

    def pages(self) -> Iterator[Page]:
        """Yield the devices that fit, some at a time; each is in one page only."""
        for page in self._selected():
            fit = self._query.apply(page)
            if fit:
                yield self._complete(fit)

    def _selected(self) -> Iterator[Page]:
        query = self._query
        if query.one and query.one[0] == "id":
            yield self._one(query.one[1])
        elif query.is_exported and not self._check_mode:
            yield from export.pages(self._session, query.asked, query.export_timeout)
        elif query.user:
            yield self._of_user(query.user)
        elif query.groups:
            yield from self._of_groups(query.groups)
        else:
            yield from self._listed(query)

    def _listed(self, query: FleetQuery) -> Iterator[Page]:
        self._listing = Listing(self._session, query)
        return self._listing.pages()

    def _one(self, device_id: str) -> Page:
        try:
            return [self._session.get(f"{PATH}/{odata.segment(device_id)}", params=self._select())]
        except NotFound:
            return []

    def _select(self) -> dict[str, str]:
        return {"$select": ",".join(self._query.asked)}

    # -- users -----------------------------------------------------------------------------------------------------

    def _of_user(self, user: str) -> Page:
        path = f"users/{odata.segment(user)}"
        try:
            devices = _each_once(self._session.list(f"{path}/managedDevices", params=self._select()))
            if self._query.registered_devices:
                devices = self._with_registered(path, devices)
        except NotFound:
            raise ObjectNotFound(f"There is no user '{user}'. Give the user principal name or the ID of one.") from None
        return devices

    def _with_registered(self, path: str, devices: Page) -> Page:
        """Add the managed devices that the user registered, whoever enrolled them."""
        found = [raw for raw in self._session.list(f"{path}/registeredDevices", version="v1.0") if raw.get("deviceId")]
        managed_ids = {entra_id(raw) for raw in devices}
        others = {str(raw["deviceId"]).lower() for raw in found} - managed_ids
        asked = (raw for page in self._ask([self._of_device_id(other) for other in sorted(others)]) for raw in page)
        # A filter that was not applied is applied here.
        devices = _each_once([*devices, *(raw for raw in asked if entra_id(raw) in others)])
        managed = {entra_id(raw): raw["id"] for raw in devices}
        self.registered = [
            {
                **{snake_case(name): raw.get(name) for name in _REGISTERED},
                "managed_device_id": managed.get(str(raw["deviceId"]).lower()),
            }
            for raw in found
        ]
        return devices

    # -- groups ----------------------------------------------------------------------------------------------------

    def _of_groups(self, names: Sequence[str]) -> Iterator[Page]:
        self._members = Members.read(self._session, names, self._check_mode)
        if len(self._members.all) <= ASKED_ONE_BY_ONE and not self._query.outside_groups:
            yield from self._of_members(self._members)
        else:
            yield from self._listed_for(self._members)

    def _of_members(self, members: Members) -> Iterator[Page]:
        """Ask for each member's devices."""
        seen: set[str] = set()
        for member, page in zip(members.all, self._ask([self._of_member(member) for member in members.all])):
            # A filter that was not applied is applied here.
            own = page if member.type == USER else [raw for raw in page if members.take(raw)]
            member.has_device = member.has_device or bool(own)
            fresh = [raw for raw in _each_once(own) if raw["id"] not in seen]
            seen.update(raw["id"] for raw in fresh)
            yield fresh

    def _of_member(self, member: Member) -> str:
        return (
            self._of_device_id(member.device_id)
            if member.device_id
            else f"/users/{odata.segment(member.id)}/managedDevices?{odata.query(self._select())}"
        )

    def _of_device_id(self, device_id: str) -> str:
        return f"/{PATH}?{odata.query({'$filter': f'azureADDeviceId eq {odata.literal(device_id)}', **self._select()})}"

    def _listed_for(self, members: Members) -> Iterator[Page]:
        """List the whole fleet, since the filters must not hide a member's device, and join here."""
        for page in self._listed(self._query.whole()):
            taken: Page = []
            others: Page = []
            for raw in page:
                if members.take(raw):
                    taken.append(raw)
                else:
                    others.append(raw)
            self.outside_total += len(others)
            if self._keeps_outside:
                self.outside += present(others, _OUTSIDE)
            yield taken

    # -- one by one ------------------------------------------------------------------------------------------------

    def _ask(self, urls: Sequence[str]) -> Iterator[Page]:
        """Yield what each list has, with its further pages; one whose user is gone by now has nothing."""
        for start in range(0, len(urls), _CHUNK):
            answers = self._session.batch([BatchRequest("GET", url) for url in urls[start : start + _CHUNK]])
            for answer in answers:
                if answer.error and not isinstance(answer.error, NotFound):
                    raise answer.error
                yield [] if answer.error else list(self._session.items(answer.body))

    def _complete(self, page: Page) -> Page:
        """Add the properties that Graph leaves out of lists."""
        names = self._query.asked_one_by_one
        if not names:
            return page
        query = odata.query({"$select": ",".join(names)})
        answers = self._session.batch(
            [BatchRequest("GET", f"/{PATH}/{odata.segment(str(raw['id']))}?{query}") for raw in page]
        )
        for raw, answer in zip(page, answers):
            if answer.error and not isinstance(answer.error, NotFound):
                raise answer.error
            body = answer.body if isinstance(answer.body, dict) and not answer.error else {}
            raw.update({name: body.get(name) for name in names})
        return page


def _each_once(devices: Iterable[dict[str, Any]]) -> Page:
    return list({raw["id"]: raw for raw in devices}.values())
