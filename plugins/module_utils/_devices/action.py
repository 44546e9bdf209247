# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module intune_device_action: what an operator asks of devices, with a limit on how many at once.

There is no action that wipes, retires or locks a device, by design.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._engine.errors import InvalidOptions, ObjectNotFound, SomeFailed
from .._graph import odata
from .._graph.batch import LIMIT, BatchRequest, BatchResponse
from .._graph.errors import IntuneError, LostAnswer, NotFound
from .._graph.session import GraphSession
from . import query as fleet_query
from .fields import Page, present
from .listing import PATH
from .query import FleetQuery
from .reading import Fleet

SYNC, NOTIFICATION = "sync", "custom_notification"
_PATHS = {SYNC: "syncDevice", NOTIFICATION: "sendCustomNotificationToCompanyPortal"}
# Systems with that app [graph facts: device actions].
_NOTIFIED = ("ios", "ipados", "android")

OPTIONS: dict[str, dict[str, Any]] = {
    **fleet_query.OPTIONS,
    "action": {"type": "str", "choices": list(_PATHS), "required": True},
    "ids": {"type": "list", "elements": "str"},
    "maximum": {"type": "int", "default": 10},
    "notification_title": {"type": "str"},
    "notification_body": {"type": "str"},
}
SELECTIONS = ("ids", "id", "azure_ad_device_id", "serial_number", "device_name", "groups", "user", "filters")


def act(
    session: GraphSession, params: Mapping[str, Any], check_mode: bool = False, diff_mode: bool = False
) -> dict[str, Any]:
    """Carry out an action on each of the devices that the options select, and return what became of each."""
    _check(params)
    query = FleetQuery.from_params(params).with_also("operatingSystem")
    if not (params.get("ids") or query.one or query.groups or query.user or query.filters.tests):
        raise InvalidOptions("No option selects devices: an empty list is not all devices. Nothing was sent.")
    fleet = Fleet(session, query, check_mode=check_mode)
    devices = _selected(session, fleet, query, params)
    shown = {device["id"]: {"id": device["id"], **present([device], query.fields)[0]} for device in devices}
    acted_on = [device for device in devices if _takes(device, params["action"])]
    for device in devices:
        shown[device["id"]]["outcome"] = "unsupported"
    if check_mode:
        for device in acted_on:
            shown[device["id"]]["outcome"] = "would_be_sent"
    else:
        _send(session, params, acted_on, shown)
    result: dict[str, Any] = {
        "changed": any(device["outcome"] in ("sent", "would_be_sent", "unknown") for device in shown.values()),
        "devices": [shown[key] for key in sorted(shown)],
        "warnings": fleet.warnings,
        "graph_requests": session.requests_sent,
    }
    failed = [device for device in result["devices"] if "error" in device]
    if failed:
        raise SomeFailed(
            f"{params['action']} failed for {len(failed)} of {len(shown)} devices. The first is {failed[0]['id']}: "
            f"{failed[0]['error']}",
            result,
        )
    return result


def _send(session: GraphSession, params: Mapping[str, Any], devices: Page, shown: Mapping[str, dict[str, Any]]) -> None:
    """Send the action, and add to shown what became of it; an error on the way does not hide what was sent before."""
    for start in range(0, len(devices), LIMIT):
        chunk = devices[start : start + LIMIT]
        try:
            answers = session.batch([_request(str(device["id"]), params) for device in chunk])
        except LostAnswer as error:
            answers = [BatchResponse(0, error=error) for _device in chunk]
        except IntuneError as error:
            if start == 0:
                raise
            for device in devices[start:]:
                shown[device["id"]].update({"outcome": "failed", "error": f"It was not sent: {error}"})
            return
        for device, answer in zip(chunk, answers):
            shown[device["id"]].update(_outcome(answer))
        session.progress(f"{start + len(chunk)} of {len(devices)} devices")


def _check(params: Mapping[str, Any]) -> None:
    if params["maximum"] < 1:
        raise InvalidOptions(f"maximum: {params['maximum']} is not a number of devices from 1 on.")
    others = [name for name in SELECTIONS if name not in ("ids", "filters") and params.get(name)]
    if params.get("ids") and others:
        raise InvalidOptions(f"ids and {others[0]} exclude each other: each selects the devices.")
    is_notification = params["action"] == NOTIFICATION
    # https://learn.microsoft.com/intune/intune-service/remote-actions/custom-notifications
    for name, longest in (("notification_title", 50), ("notification_body", 500)):
        if is_notification and not (params.get(name) or "").strip():
            raise InvalidOptions(f"{name}: a notification needs a text. Nothing was sent.")
        if is_notification and len(params[name]) > longest:
            raise InvalidOptions(f"{name} has {len(params[name])} characters, and Intune takes at most {longest}.")
        if params.get(name) and not is_notification:
            raise InvalidOptions(f"{name} goes with action={NOTIFICATION}.")


def _selected(session: GraphSession, fleet: Fleet, query: FleetQuery, params: Mapping[str, Any]) -> Page:
    """Return the devices. Raises InvalidOptions when they are more than the user allows."""
    declared = list(dict.fromkeys(each.strip().lower() for each in params.get("ids") or ()))
    maximum, total = params["maximum"], 0
    devices: Page = []
    for page in [query.apply(_by_id(session, query, declared))] if declared else fleet.pages():
        total += len(page)
        devices += page[: maximum + 1 - len(devices)]
    if total > maximum:
        raise InvalidOptions(
            f"The options select {total} devices, and maximum is {maximum}. Nothing was sent. Narrow the selection, or "
            f"set maximum to {total}."
        )
    return devices


def _by_id(session: GraphSession, query: FleetQuery, ids: list[str]) -> Page:
    select = odata.query({"$select": ",".join(query.asked)})
    requests = [BatchRequest("GET", f"/{PATH}/{odata.segment(each)}?{select}", is_object=True) for each in ids]
    found: Page = []
    missing = []
    for device_id, answer in zip(ids, session.batch(requests)):
        if isinstance(answer.error, NotFound):
            missing.append(device_id)
        elif answer.error:
            raise answer.error
        else:
            found.append(answer.body)
    if missing:
        raise ObjectNotFound(f"There is no managed device with the ID {', '.join(missing)}. Nothing was sent.")
    return found


def _takes(device: Mapping[str, Any], action: str) -> bool:
    return action != NOTIFICATION or str(device.get("operatingSystem") or "").lower().startswith(_NOTIFIED)


def _request(device_id: str, params: Mapping[str, Any]) -> BatchRequest:
    url = f"/{PATH}/{odata.segment(device_id)}/{_PATHS[params['action']]}"
    if params["action"] == SYNC:
        # It has no parameters, but a $batch takes no POST without a body [graph facts: batch].
        return BatchRequest("POST", url, {})
    body = {"notificationTitle": params["notification_title"], "notificationBody": params["notification_body"]}
    # Sent again, the user would see it twice.
    return BatchRequest("POST", url, body, repeatable=False)


def _outcome(answer: BatchResponse) -> dict[str, str]:
    if answer.error is None:
        return {"outcome": "sent"}
    return {"outcome": "unknown" if isinstance(answer.error, LostAnswer) else "failed", "error": str(answer.error)}
