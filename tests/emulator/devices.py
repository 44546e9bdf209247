# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``managedDevices``: the fleet as Intune shows it, in pages that are rendered once and kept."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from .directory import find_object
from .errors import INTUNE, bad_request, not_found
from .messages import Json, Response
from .odata import Node, matches, nodes, parse_filter
from .paging import PageSizes, check_literals, link, page_size, window
from .permissions import denied
from .rendering import check_select, evolvable
from .resources import BETA
from .routing import Call, Router
from .schema import UNSET_DATE, BodyError, Rules

PAGE_SIZES = PageSizes(1000, 1000)
CACHE_BYTES = 400_000_000
HIDDEN = "hidden"
Shown = dict[str, Json]

_EQ = frozenset({"eq"})
_BETWEEN = frozenset({"lt", "gt"})
# Strictly what the schema declares filterable [graph facts: managed devices]; everything else is refused.
FILTERS: dict[str, frozenset[str]] = {
    "azureADDeviceId": _EQ,
    "deviceName": frozenset({"eq", "contains"}),
    "model": frozenset({"eq", "contains"}),
    "serialNumber": _EQ,
    "imei": _EQ,
    "manufacturer": _EQ,
    "operatingSystem": _EQ,
    "complianceState": _EQ,
    "managementAgent": _EQ,
    "managementState": _EQ,
    "deviceCategoryDisplayName": _EQ,
    "jailBroken": _EQ,
    "exchangeAccessState": _EQ,
    "userPrincipalName": frozenset({"eq", "ne"}),
    "emailAddress": frozenset({"contains"}),
    "osVersion": frozenset({"contains"}),
    "phoneNumber": frozenset({"contains"}),
    "enrolledDateTime": _BETWEEN,
    "lastSyncDateTime": _BETWEEN,
    "complianceGracePeriodExpirationDateTime": _BETWEEN,
}
# Default or null in lists and in a plain GET; they take GET by id with $select [graph facts: managed devices].
ONLY_SELECTED = {
    "hardwareInformation",
    "physicalMemoryInBytes",
    "ethernetMacAddress",
    "iccid",
    "udid",
    "notes",
    "activationLockBypassCode",
    "remoteAssistanceSessionUrl",
    "chromeOSDeviceInfo",
    "windowsActiveMalwareCount",
    "windowsRemediatedMalwareCount",
    "bootstrapTokenEscrowed",
}
_DATES = ("easActivationDateTime", "exchangeLastSuccessfulSyncDateTime")
OPTIONS = ("$filter", "$select", "$orderby", "$top", "$skip", "$count", "$format")


class Cache:
    """What was computed of the fleet, until it changes: rendered devices, matches of filters, times in their order."""

    def __init__(self) -> None:
        self.generation = -1
        self.matching: dict[str, list[int]] = {}
        self.times: dict[str, tuple[list[str], list[int]] | None] = {}
        self._rendered: dict[tuple[Json, ...], dict[int, bytes]] = {}
        self._size = 0

    def fresh(self, generation: int) -> Cache:
        if generation != self.generation:
            self.__init__()  # type: ignore[misc]
            self.generation = generation
        return self

    def page(
        self, shape: tuple[Json, ...], numbers: Sequence[int], render: Callable[[list[int]], list[Shown]]
    ) -> bytes:
        """The devices as a JSON array; each is rendered once for each set of properties."""
        if self._size > CACHE_BYTES:
            self._rendered, self._size = {}, 0
        rendered = self._rendered.setdefault(shape, {})
        missing = [number for number in numbers if number not in rendered]
        for number, row in zip(missing, render(missing), strict=True):
            rendered[number] = json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode()
            self._size += len(rendered[number])
        return b"[" + b",".join([rendered[number] for number in numbers]) + b"]"


class Devices:
    """Handlers over one fleet."""

    def __init__(self) -> None:
        self.cache = Cache()
        self.defaults: dict[str, Shown] = {}

    def add_routes(self, router: Router) -> None:
        router.add("GET", "deviceManagement/managedDevices", self.listed, INTUNE, OPTIONS)
        router.add("GET", "deviceManagement/managedDevices/{id}", self.read, INTUNE, ("$select", "$format"))
        router.add("PATCH", "deviceManagement/managedDevices/{id}", self.update, INTUNE)
        router.add("GET", "deviceManagement/managedDeviceOverview", self.overview, INTUNE, ("$select", "$format"))
        action = "deviceManagement/managedDevices/{id}/sendCustomNotificationToCompanyPortal"
        router.add("POST", action, self.notify, INTUNE, versions=BETA)
        router.add("GET", "users/{id}/managedDevices", self.of_user, INTUNE, OPTIONS)
        router.add(
            "POST", "deviceManagement/managedDevices/{id}/syncDevice", self.sync, INTUNE, versions=("v1.0", *BETA)
        )

    # -- rendering ---------------------------------------------------------------------------------------------

    def _names(self, call: Call, single: bool) -> dict[str, tuple[Json, str]]:
        """What this request shows: name -> (value when the device has none of its own, name of its enum or "")."""
        if call.version not in self.defaults:
            full = call.validator.filled("managedDevice", {})
            full |= {name: UNSET_DATE for name in _DATES if name in full}
            self.defaults[call.version] = full
        defaults, properties, selected = (
            self.defaults[call.version],
            call.contract.properties("managedDevice"),
            call.query.select,
        )
        names = (
            defaults
            if not selected or "*" in selected
            else {"id": None} | {name: defaults.get(name) for name in selected}
        )
        hidden = set() if single and selected else ONLY_SELECTED
        enums = {name: properties[name].target for name in names if properties[name].kind == "enum"}
        return {name: (value, HIDDEN if name in hidden else enums.get(name, "")) for name, value in names.items()}

    def rows(self, call: Call, numbers: Iterable[int], single: bool = False) -> list[Shown]:
        names = self._names(call, single)
        everything = call.request.prefers("include-unknown-enum-members")
        seen: dict[tuple[str, Json], Json] = {}
        result = []
        for number in numbers:
            values = call.tenant.fleet.managed(number)
            row: Shown = {"id": values["id"]}
            for name, (default, enum) in names.items():
                value = default if enum == HIDDEN else values.get(name, default)
                if enum and enum != HIDDEN:
                    key = (enum, value)
                    if key not in seen:
                        seen[key] = evolvable(call.contract, enum, str(value), everything)
                    value = seen[key]
                row[name] = value
            result.append(row)
        return result

    # -- lists -------------------------------------------------------------------------------------------------

    def listed(self, call: Call) -> Response:
        cache = self.cache.fresh(call.tenant.fleet.generation)
        check_select(call, "managedDevice")
        return self._paged(call, self._matching(call, cache), cache)

    def of_user(self, call: Call) -> Response:
        check_select(call, "managedDevice")
        user = call.tenant.fleet.user_number(find_object("user", call)["id"])
        node = self._filter(call)
        numbers = [number for number in call.tenant.fleet.owned_by(user or 0) if self._passes(call, node, number)]
        return self._paged(call, numbers, None)

    def _filter(self, call: Call) -> Node | None:
        if not call.query.filter:
            return None
        node = parse_filter(call.query.filter)
        for part in nodes(node):
            if part.op in ("or", "not"):
                # "combinations … must use 'and', not 'or'" [graph metadata: managedDevice]
                raise bad_request("Filter combinations on managed devices must use 'and', not 'or'.")
            if part.op != "and" and part.op not in FILTERS.get(part.name, frozenset()):
                raise bad_request(
                    f"Filtering managed devices by property '{part.name}' with operator '{part.op}' is not supported."
                )
            if part.name == "azureADDeviceId" and call.query.count:
                raise bad_request("A filter on 'azureADDeviceId' cannot be combined with $count.")
        check_literals(node, call.contract.properties("managedDevice"))
        return node

    @staticmethod
    def _passes(call: Call, node: Node | None, number: int) -> bool:
        return node is None or matches(node, call.tenant.fleet.managed(number).get, lambda _name: False)

    def _matching(self, call: Call, cache: Cache) -> list[int] | range:
        node = self._filter(call)
        fleet = call.tenant.fleet
        if node is None:
            return range(fleet.devices)
        if node.op == "eq" and node.name == "azureADDeviceId":
            found = fleet.device_id_number(str(node.value))
            return [] if found is None else [found]
        text = call.query.filter or ""
        between = self._between(call, cache, node)
        if between is not None:
            return between
        if text not in cache.matching:
            cache.matching[text] = [number for number in range(fleet.devices) if self._passes(call, node, number)]
        return cache.matching[text]

    @staticmethod
    def _between(call: Call, cache: Cache, node: Node) -> list[int] | None:
        """The devices between two times, found without looking at each; None for any other filter."""
        parts = node.parts if node.op == "and" else (node,)
        names = {part.name for part in parts}
        if len(names) != 1 or not all(
            part.op in ("lt", "gt") and len(str(part.value)) == len(UNSET_DATE) for part in parts
        ):
            return None
        (name,) = names
        if name not in cache.times:
            found = sorted(
                (str(call.tenant.fleet.managed(number)[name]), number) for number in range(call.tenant.fleet.devices)
            )
            # Only times in one form sort as their texts do.
            alike = all(len(time) == len(UNSET_DATE) for time, _number in found)
            cache.times[name] = (
                ([time for time, _number in found], [number for _time, number in found]) if alike else None
            )
        times = cache.times[name]
        if times is None:
            return None
        start, end = 0, len(times[0])
        for part in parts:
            if part.op == "gt":
                start = max(start, bisect_right(times[0], str(part.value)))
            else:
                end = min(end, bisect_left(times[0], str(part.value)))
        return sorted(times[1][start:end])

    def _sorted(self, call: Call, numbers: list[int] | range) -> list[int] | range:
        for name, descending in reversed(call.query.orderby):
            if name not in ("deviceName", "lastSyncDateTime", "enrolledDateTime"):
                raise bad_request(f"Sorting managed devices by '{name}' is not supported.")
            numbers = sorted(numbers, key=lambda number: call.tenant.fleet.managed(number)[name], reverse=descending)
        return numbers

    def _paged(self, call: Call, numbers: list[int] | range, cache: Cache | None) -> Response:
        numbers = self._sorted(call, numbers)
        size = page_size(call, PAGE_SIZES)
        offset, empty = window(call, size)
        head: Shown = {"@odata.context": call.context("deviceManagement/managedDevices")}
        counts = call.settings.device_counts
        if call.query.skiptoken is None and counts != "none":
            # Intune sends the count unasked [graph facts: paging].
            shown = {"total": len(numbers), "excessive": len(numbers) + 1, "page": min(size, len(numbers))}
            head["@odata.count"] = shown[counts]
        if empty and len(numbers):
            return Response(200, head | {"@odata.nextLink": link(call, offset, True), "value": []})
        if offset + size < len(numbers):
            head["@odata.nextLink"] = link(call, offset + size, False)
        shape = (call.version, call.query.select, call.request.prefers("include-unknown-enum-members"))
        rows = (cache or Cache()).page(shape, numbers[offset : offset + size], lambda missing: self.rows(call, missing))
        start = json.dumps(head, separators=(",", ":"))[:-1].encode()
        if call.request.in_batch:
            return Response(200, head | {"value": json.loads(rows)})
        return Response(200, start + b',"value":' + rows + b"}")

    def overview(self, call: Call) -> Response:
        """A summary that is computed now and then; it leaves out some PCs [graph facts: managed devices]."""
        state = call.settings.overview
        if state == "refused":
            raise denied(INTUNE)
        if state == "missing":
            raise bad_request("Resource not found for the segment 'managedDeviceOverview'.")
        fleet = call.tenant.fleet
        systems = Counter(str(fleet.managed(number)["operatingSystem"]) for number in range(fleet.devices))
        number = fleet.devices - systems["Windows"] // 10
        number = {"stale": number // 10, "excessive": number * 10}.get(state, number)
        body: Shown = {
            "@odata.context": call.context("deviceManagement/managedDeviceOverview"),
            "id": "0f8d2f2c-2f4a-4b0e-9b4b-7b0d8a0c9d55",
            "enrolledDeviceCount": number,
            "mdmEnrolledCount": number,
            "dualEnrolledDeviceCount": 0,
            "deviceOperatingSystemSummary": {
                f"{name[:1].lower()}{name[1:]}Count": systems[name] for name in ("iOS", "Android", "Windows", "macOS")
            },
        }
        return Response(200, body)

    # -- one device --------------------------------------------------------------------------------------------

    def _find(self, call: Call) -> int:
        number = call.tenant.fleet.managed_number(call.params["id"])
        if number is None:
            raise not_found(f"The managed device '{call.params['id'][:80]}' was not found.")
        return number

    def read(self, call: Call) -> Response:
        check_select(call, "managedDevice")
        body = {"@odata.context": call.context("deviceManagement/managedDevices/$entity")}
        return Response(200, body | self.rows(call, [self._find(call)], single=True)[0])

    def update(self, call: Call) -> Response:
        number = self._find(call)
        try:
            _name, values, _binds = call.validator.entity(call.json(), "managedDevice", Rules(create=False))
        except BodyError as error:
            raise bad_request(str(error)) from error
        if set(values) - {"managedDeviceName", "managedDeviceOwnerType", "notes", "roleScopeTagIds", "ownerType"}:
            raise bad_request(
                "Only the name, the owner type, the notes and the scope tags of a managed device can be changed."
            )
        call.tenant.fleet.change(number, values)
        return Response(200, self.rows(call, [number], single=True)[0])

    def sync(self, call: Call) -> Response:
        self._find(call)
        if call.request.body and call.json() != {}:
            raise bad_request("The action syncDevice has no parameters.")
        return Response(204)

    def notify(self, call: Call) -> Response:
        number = self._find(call)
        body = call.json()
        names = {"notificationTitle", "notificationBody"}
        if not isinstance(body, dict) or set(body) != names or not all(isinstance(text, str) for text in body.values()):
            raise bad_request("The action takes the texts notificationTitle and notificationBody.")
        system = self.rows(call, [number], single=True)[0]["operatingSystem"]
        if not all(text.strip() for text in body.values()) or not system.lower().startswith(
            ("ios", "ipados", "android")
        ):
            raise bad_request("The notification cannot be sent to this device.")
        return Response(204)
