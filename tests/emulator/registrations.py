# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applications with their certificates, secrets and federated credentials [graph facts: app registrations]."""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Iterator
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from .applications import parsed
from .directory import GET, LIST, check_select, page, parsed_filter, passes, refuse_expand, shown, with_context
from .errors import GraphFault, bad_request, directory_not_found
from .messages import Json, Response, no_content
from .principals import Entry
from .routing import Call, Router
from .schema import GUID

Values = dict[str, Json]
_MOST_FEDERATED = 20


def add_routes(router: Router) -> None:
    router.add("GET", "applications", list_applications, options=LIST)
    router.add("POST", "applications", create)
    router.add("GET", "applications/{id}", read, options=GET)
    router.add("PATCH", "applications/{id}", update)
    router.add("DELETE", "applications/{id}", delete)
    router.add("POST", "applications/{id}/addPassword", add_password)
    router.add("POST", "applications/{id}/removePassword", remove_password)
    credentials = "applications/{id}/federatedIdentityCredentials"
    router.add("GET", credentials, list_federated, options=LIST)
    router.add("POST", credentials, create_federated)
    router.add("GET", f"{credentials}/{{credential}}", read_federated, options=GET)
    router.add("PATCH", f"{credentials}/{{credential}}", update_federated)
    router.add("DELETE", f"{credentials}/{{credential}}", delete_federated)


def _visible(call: Call) -> Iterator[Entry]:
    """A new application shows late, and one that was deleted lingers [graph facts: consistency]."""
    now = call.tenant.clock.now()
    for entry in list(call.tenant.principals.applications.values()):
        gone = entry.gone is not None and now - entry.gone >= call.tenant.lag
        if now - entry.born >= call.tenant.lag and not gone:
            yield entry


def _find(call: Call) -> Entry:
    if not GUID.match(call.params["id"]):
        raise bad_request(f"Invalid object identifier '{call.params['id'][:80]}'.")
    found = next((entry for entry in _visible(call) if entry.values["id"] == call.params["id"].lower()), None)
    if found is None or found.gone is not None:
        raise directory_not_found(call.params["id"])
    return found


def _shown(call: Call, values: Values) -> Values:
    """The bytes of keys come with one object only, and only if they are asked for; secrets never."""
    has_keys = "keyCredentials" in call.query.select and "id" in call.params
    keys = [key if has_keys else key | {"key": None} for key in values["keyCredentials"]]
    hidden = {"secretText": None}
    now = call.tenant.clock.now()
    passwords = [
        {k: v for k, v in password.items() if k != "born"} | hidden
        for password in values["passwordCredentials"]
        if now - password["born"] >= call.tenant.lag
    ]
    return shown(call, "application", values | {"keyCredentials": keys, "passwordCredentials": passwords})


def list_applications(call: Call) -> Response:
    check_select(call, ["application"])
    refuse_expand(call)
    node = parsed_filter(call, "application")
    found = [_shown(call, entry.values) for entry in _visible(call) if passes(node, entry.values)]
    return page(call, found, "application", "applications")


def read(call: Call) -> Response:
    check_select(call, ["application"])
    refuse_expand(call)
    return with_context(call, "applications", _shown(call, _find(call).values))


def create(call: Call) -> Response:
    body = _parsed(call, "application", ("displayName",))
    principals = call.tenant.principals
    now = call.tenant.clock.now()
    values: Values = {
        "signInAudience": "AzureADMyOrg",
        "isFallbackPublicClient": None,
        "description": None,
        "requiredResourceAccess": [],
        **body,
        "id": str(uuid.uuid4()),
        "appId": str(uuid.uuid4()),
        "createdDateTime": call.tenant.clock.directory_text(),
        "publisherDomain": call.settings.tenant_domain,
        "keyCredentials": [],
        "passwordCredentials": [],
        "federated": [],
    }
    if body.get("passwordCredentials"):
        raise bad_request("Property passwordCredentials cannot be set here; use addPassword.")
    values["keyCredentials"] = _keys(body.get("keyCredentials") or [], [])
    principals.applications[values["id"]] = Entry(values, now)
    principals.elsewhere[values["appId"]] = values["displayName"]
    body = {"@odata.context": call.context("applications/$entity")} | _shown(call, values)
    return Response(201, body, {"Location": f"{call.base}/applications/{values['id']}"})


def update(call: Call) -> Response:
    entry = _find(call)
    body = _parsed(call, "application", ())
    if "passwordCredentials" in body:
        raise bad_request("Property passwordCredentials cannot be set here; use addPassword.")
    if "keyCredentials" in body:
        body["keyCredentials"] = _keys(body["keyCredentials"], entry.values["keyCredentials"])
    entry.values.update(body)
    return no_content()


def delete(call: Call) -> Response:
    """The service principal in the application's own tenant goes with it."""
    entry = _find(call)
    entry.gone = call.tenant.clock.now()
    principals = call.tenant.principals
    principals.elsewhere.pop(entry.values["appId"], None)
    own = principals.by_app_id(entry.values["appId"])
    if own:
        principals.forget(own["id"])
    return no_content()


def _parsed(call: Call, kind: str, required: tuple[str, ...]) -> dict[str, Any]:
    values = parsed(call, kind, required)
    for name, value in values.items():
        if value == "":
            raise bad_request(f"Invalid value specified for property '{name}' of resource '{kind.capitalize()}'.")
    if len(values.get("displayName") or "x") > 256 or len(values.get("description") or "") > 1024:
        raise bad_request("A value exceeds the maximum length.")
    return values


# -- certificates ------------------------------------------------------------------------------------------------------


def _keys(sent: list[Values], current: list[Values]) -> list[Values]:
    """The whole list replaces the old one. An entry that exists is known by its keyId and must be as it was."""
    by_id = {key["keyId"]: key for key in current}
    keys = []
    for item in sent:
        if item.get("usage") != "Verify" or item.get("type") != "AsymmetricX509Cert":
            raise bad_request('The value for the property "usage" or "type" in one of your credentials is invalid.')
        kept = by_id.get((item.get("keyId") or "").lower())
        if kept:
            if any(item.get(name) not in (None, kept[name]) for name in kept):
                raise bad_request(f"Update to existing credential with KeyId '{kept['keyId']}' is not allowed.")
            keys.append(kept)
        else:
            keys.append(_new_key(item))
    marks = [key["customKeyIdentifier"] for key in keys]
    if len(set(marks)) < len(marks):
        raise bad_request("Another credential with the same customKeyIdentifier exists.")
    return keys


def _new_key(item: Values) -> Values:
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(item.get("key") or ""))
    except ValueError as error:
        raise bad_request("Key credential must have a valid value: the DER certificate in base64.") from error
    thumbprint = certificate.fingerprint(hashes.SHA1())
    return {
        "customKeyIdentifier": base64.b64encode(thumbprint).decode(),
        "displayName": item.get("displayName") or certificate.subject.rfc4514_string(),
        "endDateTime": f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
        "key": item["key"],
        "keyId": item.get("keyId") or str(uuid.uuid4()),
        "startDateTime": f"{certificate.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}",
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
    }


# -- secrets -----------------------------------------------------------------------------------------------------------


def add_password(call: Call) -> Response:
    entry = _find(call)
    body = call.json()
    asked = body.get("passwordCredential") if isinstance(body, dict) else None
    if set(body) - {"passwordCredential"} or set(asked or {}) - {"displayName", "endDateTime", "startDateTime"}:
        raise bad_request("A parameter of addPassword is not valid.")
    text = f"Emu8Q~{secrets.token_urlsafe(24)}"
    made: Values = {
        "customKeyIdentifier": None,
        "displayName": (asked or {}).get("displayName"),
        "endDateTime": (asked or {}).get("endDateTime") or "2028-01-01T00:00:00Z",
        "hint": text[:3],
        "keyId": str(uuid.uuid4()),
        "secretText": text,
        "startDateTime": call.tenant.clock.intune_text(),
    }
    entry.values["passwordCredentials"].append(made | {"born": call.tenant.clock.now()})
    return Response(200, {"@odata.context": call.context("microsoft.graph.passwordCredential")} | made)


def remove_password(call: Call) -> Response:
    entry = _find(call)
    key = str(call.json().get("keyId")).lower()
    kept = [password for password in entry.values["passwordCredentials"] if password["keyId"] != key]
    if len(kept) == len(entry.values["passwordCredentials"]):
        raise bad_request(f"No password credential found with keyId '{key[:40]}'.")
    entry.values["passwordCredentials"] = kept
    return no_content()


# -- federated credentials ---------------------------------------------------------------------------------------------


def _federated(call: Call) -> Values:
    wanted = call.params["credential"].lower()
    kept: list[Values] = _find(call).values["federated"]
    found = next((each for each in kept if each["id"] == wanted), None)
    if found is None:
        raise directory_not_found(wanted)
    return found


def list_federated(call: Call) -> Response:
    check_select(call, ["federatedIdentityCredential"])
    refuse_expand(call)
    return page(call, _find(call).values["federated"], "federatedIdentityCredential", "federatedIdentityCredentials")


def read_federated(call: Call) -> Response:
    check_select(call, ["federatedIdentityCredential"])
    body = shown(call, "federatedIdentityCredential", _federated(call))
    return with_context(call, "federatedIdentityCredentials", body)


def create_federated(call: Call) -> Response:
    kept = _find(call).values["federated"]
    body = _parsed(call, "federatedIdentityCredential", ("audiences", "issuer", "name", "subject"))
    _check_federated(body, kept)
    if len(kept) >= _MOST_FEDERATED:
        raise bad_request("The application has the maximum number of federated identity credentials.")
    made = {"description": None, **body, "id": str(uuid.uuid4())}
    kept.append(made)
    context = {"@odata.context": call.context("federatedIdentityCredentials/$entity")}
    return Response(201, context | shown(call, "federatedIdentityCredential", made))


def update_federated(call: Call) -> Response:
    found = _federated(call)
    body = _parsed(call, "federatedIdentityCredential", ())
    if body.get("name", found["name"]) != found["name"]:
        raise bad_request("Property name is immutable.")
    others = [other for other in _find(call).values["federated"] if other is not found]
    _check_federated(found | body, others)
    found.update(body)
    return no_content()


def _check_federated(values: Values, others: list[Values]) -> None:
    if len(values["audiences"]) != 1 or not values["issuer"].startswith("https://"):
        raise bad_request("A federated identity credential has one audience, and an issuer that is a https URL.")
    if not 1 <= len(values["name"]) <= 120 or any(not (c.isalnum() or c in "-_") for c in values["name"]):
        raise bad_request(
            "The name of a federated identity credential must be URL friendly, of at most 120 characters."
        )
    for other in others:
        if other["name"] == values["name"]:
            raise GraphFault(
                409,
                f"FederatedIdentityCredential with name {values['name']} already exists.",
                "Request_MultipleObjectsWithSameKeyValue",
            )
        if (other["issuer"], other["subject"]) == (values["issuer"], values["subject"]):
            raise GraphFault(
                409,
                "FederatedIdentityCredential with this issuer and subject already exists.",
                "Request_MultipleObjectsWithSameKeyValue",
            )


def delete_federated(call: Call) -> Response:
    found = _federated(call)
    kept = _find(call).values["federated"]
    kept[:] = [other for other in kept if other is not found]
    return no_content()
