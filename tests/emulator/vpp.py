# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Apple's volume purchase program: licences appear in Intune with a synchronization that takes its time."""

from __future__ import annotations

from dataclasses import dataclass

from .clock import ALWAYS
from .errors import INTUNE, GraphFault, bad_request, not_found
from .messages import Response
from .play import APPS
from .rendering import entity
from .resources import BY_PATH, VPP_TOKENS
from .routing import Call, Router
from .store import Tenant


@dataclass(frozen=True)
class Purchase:
    """What somebody bought in Apple Business Manager, in the location of a token."""

    token: str
    name: str
    bundle_id: str
    store_id: str
    licences: int


def add_routes(router: Router) -> None:
    router.add("POST", f"{VPP_TOKENS}/{{id}}/syncLicenses", sync, INTUNE)


def sync(call: Call) -> Response:
    token = call.tenant.record(VPP_TOKENS, call.params["id"])
    if token is None:
        raise not_found(f"The resource '{call.params['id'][:80]}' was not found in 'vppTokens'.")
    if call.request.body:
        raise bad_request("The action takes no parameters.")
    if token.values["state"] != "valid":
        raise bad_request("The token is not valid and cannot be synchronized.")
    if token.id in call.tenant.vpp_due:
        raise GraphFault(409, "A synchronization of this token is in progress.")
    token.values["lastSyncStatus"] = "inProgress"
    call.tenant.vpp_due[token.id] = call.tenant.clock.now() + call.settings.vpp_sync / 1000
    return Response(200, entity(call, BY_PATH[VPP_TOKENS], token, single=True))


def advance(tenant: Tenant) -> None:
    """Finish the synchronizations whose time has come."""
    for token_id, due in list(tenant.vpp_due.items()):
        token = tenant.record(VPP_TOKENS, token_id)
        if token and tenant.clock.now() >= due:
            del tenant.vpp_due[token_id]
            token.values |= {"lastSyncStatus": "completed", "lastSyncDateTime": tenant.clock.intune_text()}
            for purchase in tenant.purchases:
                if purchase.token == token_id:
                    _bring(tenant, purchase)


def _bring(tenant: Tenant, purchase: Purchase) -> None:
    """What comes from Apple overwrites what Intune has of it."""
    values = {
        "displayName": purchase.name,
        "description": f"{purchase.name} from the App Store",
        "publisher": "Example Developer",
        "bundleId": purchase.bundle_id,
        "appStoreUrl": f"https://apps.apple.com/us/app/id{purchase.store_id}",
        "totalLicenseCount": purchase.licences,
        "vppTokenId": purchase.token,
        "publishingState": "published",
    }
    for record in tenant.collection(APPS).values():
        if (record.type, record.values.get("bundleId"), record.values.get("vppTokenId")) == (
            "iosVppApp",
            purchase.bundle_id,
            purchase.token,
        ):
            record.values |= values
            return
    tenant.add(APPS, "iosVppApp", values).born = ALWAYS
