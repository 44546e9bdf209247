# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How stored Intune objects look on the wire: version, annotations, ``$select``, ``$expand``, what is never shown."""

from __future__ import annotations

import hashlib

from .errors import bad_request
from .messages import Json
from .odata import Expansion, Query, page_token
from .profile_rules import MASK, MASKED_OMA_TYPES, SECRETS
from .resources import Resource, has_preview_words
from .rewriting import rewritten
from .routing import Call
from .schema import Contract, Property
from .store import Record

EXPAND_LIMIT = 20
UNORDERED = {"roleScopeTagIds", "roleScopeTags", "targetedMobileApps"}
Shown = dict[str, Json]


def visible(call: Call, record: Record) -> bool:
    """A new object is not visible everywhere at once [graph facts: consistency].

    v1.0 does not know every type; it is not documented how it shows the others: here it hides them.
    """
    return call.contract.has_type(record.type) and call.tenant.clock.now() >= record.visible_from


def is_of_preview(call: Call, record: Record) -> bool:
    """Whether v1.0 leaves out and refuses a policy, which has features that only beta has
    [graph facts: Conditional Access].
    """
    return record.type == "conditionalAccessPolicy" and (
        has_preview_words(call, record.values) or _is_newer(call, record.type, record.values)
    )


def _is_newer(call: Call, name: str, values: Shown) -> bool:
    """Whether a value has parts that are not in this version's schema."""
    properties, links = call.contract.properties(name), call.contract.navigation(name)
    for key, item in values.items():
        entry = properties.get(key)
        if item and entry is None and key not in links and not key.startswith("@"):
            return True
        if entry and entry.kind == "complex" and isinstance(item, dict):
            inner = str(item.get("@odata.type", entry.target)).removeprefix("#microsoft.graph.")
            if _is_newer(call, inner, item):
                return True
    return False


def publishing_state(call: Call, record: Record) -> str:
    """notPublished, processing, published: an app is not usable the moment it is created."""
    age = (call.tenant.clock.now() - record.born) * 1000
    if age >= call.settings.publishing:
        return "published"
    return "notPublished" if age < call.settings.publishing / 2 else "processing"


def computed(call: Call, record: Record) -> Shown:
    """Values the service derives when it is asked."""
    values = dict(record.values)
    if "publishingState" in values:
        values["publishingState"] = publishing_state(call, record)
    if "isAssigned" in values:
        values["isAssigned"] = bool(record.assignments)
    if "payloads" in values:
        values["payloads"] = []
    for name in UNORDERED & values.keys():
        # These are sets: their order is the service's own.
        values[name] = sorted(values[name] or (), key=lambda item: hashlib.sha256(str(item).encode()).digest())
    for name in SECRETS & values.keys():
        values[name] = None
    if values.get("omaSettings"):
        values["omaSettings"] = [_masked_oma(record, item) for item in values["omaSettings"]]
    return rewritten(values) if call.settings.rewrite_payloads else values


def _masked_oma(record: Record, item: Shown) -> Shown:
    if str(item.get("@odata.type")).rpartition(".")[2] not in MASKED_OMA_TYPES:
        return item
    reference = hashlib.sha256(f"{record.id} {item['omaUri']}".encode()).hexdigest()[:32]
    return {**item, "value": MASK, "isEncrypted": True, "secretReferenceValueId": f"{record.id}_{reference}"}


def check_select(call: Call, type_name: str, more: tuple[str, ...] = ()) -> None:
    names = call.contract.properties(type_name).keys() | call.contract.navigation(type_name).keys() | set(more)
    for name in call.query.select:
        if name != "*" and name not in names:
            raise bad_request(f"Could not find a property named '{name}' on type 'microsoft.graph.{type_name}'.")


def entity(call: Call, resource: Resource, record: Record, single: bool) -> Shown:
    """One object, without ``@odata.context``."""
    values = computed(call, record)
    if not single and "largeIcon" in values:
        # Lists leave the icon out [graph facts: mobile apps].
        values["largeIcon"] = None
    body = typed(call, record.type, values, resource)
    selected = set(call.query.select)
    if selected and "*" not in selected:
        body = {key: value for key, value in body.items() if key == "@odata.type" or key in selected | {"id"}}
    for expansion in call.query.expand:
        body.update(expanded(call, resource, record, expansion))
    return body


def typed(call: Call, type_name: str, values: Shown, resource: Resource | None) -> Shown:
    """Only what this version's schema knows. ``@odata.type`` is shown where the type is not the declared one."""
    body: Shown = {}
    if resource is None or resource.polymorphic:
        body["@odata.type"] = f"#microsoft.graph.{type_name}"
    for key, entry in call.contract.properties(type_name).items():
        if key in values:
            body[key] = versioned(call, entry, values[key])
    return body


def versioned(call: Call, entry: Property, value: Json) -> Json:
    if isinstance(value, list):
        return [versioned(call, entry, item) for item in value]
    if entry.kind == "enum" and isinstance(value, str):
        return evolvable(call.contract, entry.target, value, call.request.prefers("include-unknown-enum-members"))
    if entry.kind == "complex" and isinstance(value, dict):
        return _versioned_complex(call, entry.target, value)
    return value


def _versioned_complex(call: Call, declared: str, value: Shown) -> Shown:
    name = str(value.get("@odata.type", declared)).removeprefix("#microsoft.graph.")
    if not call.contract.has_type(name):
        return {}
    properties, links = call.contract.properties(name), call.contract.navigation(name)
    shown = {
        key: versioned(call, properties[key], item) if key in properties else item
        for key, item in value.items()
        if key in properties or key.startswith("@")
    }
    for key in links.keys() & value.keys():
        # A link within a value is shown whole.
        shown[f"{key}@odata.context"] = call.context(f"{key}/$entity")
        shown[key] = {**value[key], "displayName": "Linked"} if value[key] else None
    return shown


def evolvable(contract: Contract, name: str, value: str, all_members: bool) -> str:
    """Members after ``unknownFutureValue`` are shown only to clients that ask for them [graph facts: requests]."""
    members: list[str] = contract.enums[name]["members"]
    if all_members or "unknownFutureValue" not in members or "," in value:
        return value
    if value in members and members.index(value) < members.index("unknownFutureValue"):
        return value
    return "unknownFutureValue"


def assignment(call: Call, resource: Resource, item: Shown) -> Shown:
    if call.settings.rewrite_payloads:
        item = rewritten(item)
    body = {"@odata.type": f"#microsoft.graph.{resource.assignment}"}
    return body | {
        key: value for key, value in typed(call, resource.assignment, item, None).items() if key != "@odata.type"
    }


def check_expand(call: Call, resource: Resource) -> None:
    for expansion in call.query.expand:
        if expansion.name not in resource.expands:
            raise bad_request(
                f"Could not find a navigation property named '{expansion.name}' that can be expanded on "
                f"'{resource.name}'."
            )
        if expansion.nested and [item.name for item in expansion.nested] != ["scheduledActionConfigurations"]:
            raise bad_request(f"Nested $expand is not supported for '{expansion.name}'.")


def expanded(call: Call, resource: Resource, record: Record, expansion: Expansion) -> Shown:
    if expansion.name == "assignments":
        return _expanded_list(
            call, resource, record, "assignments", [assignment(call, resource, item) for item in record.assignments]
        )
    if expansion.name == "categories":
        linked = [
            call.tenant.record("deviceAppManagement/mobileAppCategories", name)
            for name in record.links.get("categories", [])
        ]
        return {"categories": [typed(call, item.type, item.values, None) for item in linked if item]}
    if expansion.name == "apps":
        return _expanded_list(call, resource, record, "apps", record.values.get("apps") or [])
    return {"scheduledActionsForRule": shown_rules(record, bool(expansion.nested))}


def shown_rules(record: Record, nested: bool) -> list[Shown]:
    rules = record.values.get("scheduledActionsForRule") or []
    return [
        rule if nested else {key: value for key, value in rule.items() if key != "scheduledActionConfigurations"}
        for rule in rules
    ]


def _expanded_list(call: Call, resource: Resource, record: Record, name: str, items: list[Shown]) -> Shown:
    """An expanded list can stop early and go on by its own nextLink: the harsh reading of $expand's limit of 20."""
    link_context = call.context(f"{resource.path}('{record.id}')/{name}")
    body: Shown = {f"{name}@odata.context": link_context, name: items[:EXPAND_LIMIT]}
    if len(items) > EXPAND_LIMIT:
        token = page_token(EXPAND_LIMIT, False, Query().state)
        body[f"{name}@odata.nextLink"] = f"{call.base}/{resource.path}/{record.id}/{name}?$skiptoken={token}"
    return body
