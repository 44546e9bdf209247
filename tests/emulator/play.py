# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Managed Google Play: approving an app and importing it by a synchronisation that takes its time."""

from __future__ import annotations

import re

from .clock import ALWAYS
from .errors import INTUNE, bad_request
from .messages import Json, Response, no_content
from .rendering import check_select, typed
from .resources import BETA
from .routing import Call, Router
from .schema import BodyError, Rules
from .store import Tenant

SETTINGS = "deviceManagement/androidManagedStoreAccountEnterpriseSettings"
APPS = "deviceAppManagement/mobileApps"
_TYPE = "androidManagedStoreAccountEnterpriseSettings"
_PRODUCT = re.compile(r"^app:(com(?:\.[A-Za-z][A-Za-z0-9_]*)+)$")
# Names of the managed Google Play catalogue; any other package is named after itself.
_NAMES = {
    "com.lacoon.security.fox": ("Harmony Mobile Protect", "Check Point Software Technologies, Ltd."),
    "com.microsoft.windowsintune.companyportal": ("Intune Company Portal", "Microsoft Corporation"),
    "com.microsoft.scmx": ("Microsoft Defender: Antivirus", "Microsoft Corporation"),
}


def add_routes(router: Router) -> None:
    router.add("GET", SETTINGS, read, INTUNE, ("$select", "$format"), BETA)
    router.add("PATCH", SETTINGS, update, INTUNE, (), BETA)
    router.add("POST", f"{SETTINGS}/approveApps", approve, INTUNE, (), BETA)
    router.add("POST", f"{SETTINGS}/addApps", add_apps, INTUNE, (), BETA)
    router.add("POST", f"{SETTINGS}/syncApps", sync, INTUNE, (), BETA)
    router.add("POST", f"{SETTINGS}/unbind", unbind, INTUNE, (), BETA)


def account(tenant: Tenant) -> dict[str, Json]:
    return tenant.collection(SETTINGS)[_TYPE].values


def bound(tenant: Tenant) -> bool:
    return bool(account(tenant)["bindStatus"] == "boundAndValidated")


def seed(tenant: Tenant, is_bound: bool) -> None:
    values: dict[str, Json] = {
        "bindStatus": "boundAndValidated" if is_bound else "notBound",
        "lastAppSyncStatus": "success" if is_bound else "none",
    }
    if is_bound:
        values |= {
            "ownerUserPrincipalName": f"play@{tenant.settings.tenant_domain}",
            "ownerOrganizationName": "Contoso Example",
            "enrollmentTarget": "all",
        }
        values |= {
            "deviceOwnerManagementEnabled": True,
            "lastAppSyncDateTime": tenant.clock.intune_text(),
            "managedGooglePlayInitialScopeTagIds": ["0"],
        }
    tenant.add(SETTINGS, _TYPE, values, _TYPE)


def read(call: Call) -> Response:
    check_select(call, _TYPE)
    body = typed(call, _TYPE, account(call.tenant), None)
    body.pop("@odata.type", None)
    if call.query.select:
        body = {key: value for key, value in body.items() if key in {*call.query.select, "id"}}
    return Response(200, {"@odata.context": call.context(f"{SETTINGS}/$entity")} | body)


def update(call: Call) -> Response:
    try:
        _name, values, _binds = call.validator.entity(call.json(), _TYPE, Rules(create=False))
    except BodyError as error:
        raise bad_request(str(error)) from error
    fixed = {"bindStatus", "lastAppSyncDateTime", "lastAppSyncStatus", "lastModifiedDateTime", "ownerUserPrincipalName"}
    if fixed & values.keys():
        raise bad_request(
            f"The property '{sorted(fixed & values.keys())[0]}' is set by the binding and cannot be changed."
        )
    account(call.tenant).update(values)
    return Response(200, typed(call, _TYPE, account(call.tenant), None))


def _needs_binding(tenant: Tenant) -> None:
    if not bound(tenant):
        raise bad_request("The tenant is not bound to managed Google Play.")


def approve(call: Call) -> Response:
    body = call.json()
    _needs_binding(call.tenant)
    if not isinstance(body, dict) or not {"packageIds"} <= set(body) <= {"packageIds", "approveAllPermissions"}:
        raise bad_request("The body must have 'packageIds' and can have 'approveAllPermissions'.")
    if not isinstance(body.get("approveAllPermissions", True), bool):
        raise bad_request("The parameter 'approveAllPermissions' must be a boolean.")
    _approve(call.tenant, body["packageIds"])
    return no_content()


def add_apps(call: Call) -> Response:
    body = call.json()
    _needs_binding(call.tenant)
    if not isinstance(body, dict) or set(body) != {"productIds"}:
        raise bad_request("The body must have exactly the parameter 'productIds'.")
    _approve(call.tenant, body["productIds"])
    return no_content()


def _approve(tenant: Tenant, products: Json) -> None:
    """Approving imports nothing: the app appears in mobileApps with the next sync. The prefix app: is needed."""
    if not isinstance(products, list) or not products:
        raise bad_request("At least one product id is required.")
    packages = []
    for product in products:
        match = _PRODUCT.match(product) if isinstance(product, str) else None
        if not match:
            raise bad_request(
                f"The product id '{str(product)[:60]}' is not the id of an app in managed Google Play; it "
                "must have the form 'app:<package>'."
            )
        packages.append(match.group(1))
    tenant.approved.update(packages)


def sync(call: Call) -> Response:
    _needs_binding(call.tenant)
    if call.tenant.sync_due is None:
        call.tenant.sync_due = call.tenant.clock.now() + call.settings.play_sync / 1000
    return no_content()


def unbind(call: Call) -> Response:
    _needs_binding(call.tenant)
    account(call.tenant)["bindStatus"] = "notBound"
    return no_content()


def advance(tenant: Tenant) -> None:
    """Finish a synchronisation whose time has come: approved apps become managed store apps."""
    if tenant.sync_due is None or tenant.clock.now() < tenant.sync_due:
        return
    tenant.sync_due = None
    account(tenant).update({"lastAppSyncDateTime": tenant.clock.intune_text(), "lastAppSyncStatus": "success"})
    present = {
        record.values.get("packageId")
        for record in tenant.collection(APPS).values()
        if record.type == "androidManagedStoreApp"
    }
    for package in sorted(tenant.approved - present):
        import_app(tenant, package)


def import_app(tenant: Tenant, package: str) -> None:
    title, publisher = _NAMES.get(package, (package.rpartition(".")[2].replace("_", " ").title(), "Example Developer"))
    record = tenant.add(
        APPS,
        "androidManagedStoreApp",
        {
            "displayName": title,
            "description": f"{title} from managed Google Play",
            "publisher": publisher,
            "packageId": package,
            "appIdentifier": f"app:{package}",
            "appStoreUrl": f"https://play.google.com/store/apps/details?id={package}",
            "publishingState": "published",
        },
    )
    record.born = ALWAYS
