# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The localised messages of notification message templates [graph facts: notification message templates]."""

from __future__ import annotations

import re
import uuid
from functools import partial

from .errors import INTUNE, bad_request, not_found
from .intune import PAGE_SIZES, find
from .messages import Json, Response, no_content
from .paging import listing
from .profile_rules import TEMPLATES
from .rendering import typed
from .resources import BY_PATH
from .routing import GET_OPTIONS, Call, Router
from .schema import BodyError, Rules
from .store import Record

MESSAGES = "localizedNotificationMessages"
MESSAGE = "localizedNotificationMessage"
_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def add_routes(router: Router) -> None:
    add = partial(router.add, family=INTUNE)
    path = f"{TEMPLATES}/{{id}}/{MESSAGES}"
    add("GET", path, list_messages, options=("$top", "$skip", "$select", "$count", "$format"))
    add("POST", path, create_message)
    add("GET", f"{path}/{{message}}", read_message, options=GET_OPTIONS)
    add("PATCH", f"{path}/{{message}}", update_message)
    add("DELETE", f"{path}/{{message}}", delete_message)


def _template(call: Call) -> tuple[Record, list[dict[str, Json]]]:
    record = find(call, BY_PATH[TEMPLATES])
    messages: list[dict[str, Json]] = record.values.get(MESSAGES) or []
    return record, messages


def _message(call: Call) -> tuple[Record, list[dict[str, Json]], dict[str, Json]]:
    record, messages = _template(call)
    for message in messages:
        if message["id"] == call.params["message"].lower():
            return record, messages, message
    raise not_found(f"The message '{call.params['message'][:80]}' was not found.")


def _checked(call: Call, create: bool) -> dict[str, Json]:
    try:
        _name, values, _binds = call.validator.entity(call.json(), MESSAGE, Rules(create=create))
    except BodyError as error:
        raise bad_request(str(error)) from error
    for key in ("locale", "subject", "messageTemplate"):
        # No page states which are required: here, all that are not nullable.
        if (create and not values.get(key)) or values.get(key, "x") == "":
            raise bad_request(f"The property '{key}' is required.")
    return values


def _make_default(messages: list[dict[str, Json]], message: dict[str, Json], record: Record) -> None:
    for each in messages:
        each["isDefault"] = each is message
    record.values["defaultLocale"] = message["locale"]


def list_messages(call: Call) -> Response:
    record, messages = _template(call)
    context = f"{TEMPLATES}('{record.id}')/{MESSAGES}"
    # In an order of the service's own.
    shown = sorted(messages, key=lambda item: str(item["locale"])[::-1])
    return listing(
        call,
        shown,
        lambda item: typed(call, MESSAGE, item, BY_PATH[TEMPLATES]),
        context,
        PAGE_SIZES,
        call.query.count,
    )


def read_message(call: Call) -> Response:
    _record, _messages, message = _message(call)
    return Response(200, typed(call, MESSAGE, message, BY_PATH[TEMPLATES]))


def create_message(call: Call) -> Response:
    record, messages = _template(call)
    values = _checked(call, create=True)
    if not _LOCALE.fullmatch(values["locale"]):
        raise bad_request("The property 'locale' is not a locale.")
    locale = values["locale"].lower()
    is_repeated = any(message["locale"] == locale for message in messages)
    if is_repeated and not call.settings.repeated_locales:
        # No page says in which words.
        raise bad_request(f"The locale '{locale}' is not valid for this template.")
    if not messages and not values.get("isDefault"):
        # [?] not documented: the portal asks for a default with the first message
        raise bad_request("The first message of a template must be its default.")
    message = {
        "isDefault": False,
        **values,
        "id": f"{record.id}_{locale}{f'_{uuid.uuid4()}' if is_repeated else ''}",
        "locale": locale,
        "lastModifiedDateTime": call.tenant.clock.intune_text(),
    }
    record.values[MESSAGES] = messages = [*messages, message]
    if message["isDefault"]:
        _make_default(messages, message, record)
    return Response(201, typed(call, MESSAGE, message, BY_PATH[TEMPLATES]))


def update_message(call: Call) -> Response:
    record, messages, message = _message(call)
    values = _checked(call, create=False)
    if "locale" in values:
        raise bad_request("The property 'locale' cannot be changed.")
    if values.get("isDefault") is False:
        raise bad_request("The property 'isDefault' can only be set; set it on another message instead.")
    message.update(values, lastModifiedDateTime=call.tenant.clock.intune_text())
    if values.get("isDefault"):
        _make_default(messages, message, record)
    return Response(200, typed(call, MESSAGE, message, BY_PATH[TEMPLATES]))


def delete_message(call: Call) -> Response:
    record, messages, message = _message(call)
    if message["isDefault"] and len(messages) > 1:
        raise bad_request("The default message cannot be deleted while the template has others.")
    messages.remove(message)
    if not messages:
        record.values["defaultLocale"] = None
    return no_content()
