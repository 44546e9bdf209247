# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``reports/exportJobs``: a job that is done after a while, and its file at another host, which wants no token."""

from __future__ import annotations

import csv
import io
import secrets
import zipfile
from urllib.parse import parse_qs

from .errors import INTUNE, bad_request, not_found
from .fleet import random_guid
from .messages import Json, Request, Response
from .routing import Call, Router
from .schema import UNSET_DATE, BodyError, Rules

PATH = "deviceManagement/reports/exportJobs"
BLOBS = "/_blob/"
# The columns of the report, as far as sources agree on them [graph facts: export jobs], and where they
# come from.
_COLUMNS = {
    "DeviceId": "id",
    "DeviceName": "deviceName",
    "SerialNumber": "serialNumber",
    "ReferenceId": "azureADDeviceId",
    "UserId": "userId",
    "UPN": "userPrincipalName",
    "UserName": "userDisplayName",
    "UserEmail": "emailAddress",
    "OS": "operatingSystem",
    "OSVersion": "osVersion",
    "Manufacturer": "manufacturer",
    "Model": "model",
    "OwnerType": "managedDeviceOwnerType",
    "ComplianceState": "complianceState",
    "LastContact": "lastSyncDateTime",
    "IMEI": "imei",
    "PhoneNumber": "phoneNumber",
    "SubscriberCarrierNetwork": "subscriberCarrier",
    "WifiMacAddress": "wiFiMacAddress",
}
_REPORTS = ("Devices", "DevicesWithInventory")
# Numbers of enum members, in which reports are written.
_NUMBERS = {
    "OwnerType": {"company": "1", "personal": "2"},
    "ComplianceState": {"compliant": "1", "noncompliant": "2", "inGracePeriod": "254", "unknown": "0"},
}


class Exports:
    """The jobs of one tenant."""

    def __init__(self) -> None:
        self.jobs: dict[str, Json] = {}
        self.blobs: dict[str, tuple[str, bytes]] = {}

    def add_routes(self, router: Router) -> None:
        router.add("POST", PATH, self.create, INTUNE)
        router.add("GET", f"{PATH}/{{id}}", self.read, INTUNE, ("$select", "$format"))

    def create(self, call: Call) -> Response:
        try:
            _name, values, _binds = call.validator.entity(
                call.json(), "deviceManagementExportJob", Rules(create=True, required=("reportName",))
            )
        except BodyError as error:
            raise bad_request(str(error)) from error
        columns_by_name = {name.lower(): name for name in _COLUMNS}
        unknown = [name for name in values.get("select") or [] if name.lower() not in columns_by_name]
        if values["reportName"] not in _REPORTS or unknown:
            raise bad_request(f"The report or its columns are not valid: {values['reportName']} {', '.join(unknown)}")
        if values.get("format", "csv") != "csv":
            raise bad_request("Only csv is part of this emulated tenant.")
        job_id = f"{values['reportName']}_{random_guid()}"
        defaults: dict[str, Json] = {
            "filter": None,
            "select": [],
            "format": "csv",
            "snapshotId": None,
            "localizationType": "localizedValuesAsAdditionalColumn",
        }
        self.jobs[job_id] = (
            defaults | values | {"id": job_id, "status": "notStarted", "url": None, "expirationDateTime": UNSET_DATE}
        )
        return Response(201, dict(self.jobs[job_id]))

    def read(self, call: Call) -> Response:
        job = self.jobs.get(call.params["id"])
        if job is None:
            raise not_found("The export job was not found.")
        answer = dict(job)
        # The next look finds it one step further.
        if job["status"] == "inProgress":
            self._complete(call, job)
        elif job["status"] == "notStarted":
            job["status"] = "inProgress"
        return Response(200, answer)

    def _complete(self, call: Call, job: Json) -> None:
        signature = secrets.token_urlsafe(16)
        self.blobs[job["id"]] = (signature, self._report(call, job))
        # Storage is at a host of its own.
        root = call.request.root.replace("localhost", "127.0.0.1")
        job |= {
            "status": "completed",
            "url": f"{root}{BLOBS}{job['id']}.zip?sig={signature}",
            "expirationDateTime": "2099-01-01T00:00:00Z",
        }

    def _report(self, call: Call, job: Json) -> bytes:
        columns = job["select"] or list(_COLUMNS)
        columns_by_name = {name.lower(): name for name in _COLUMNS}
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(columns)
        for number in range(call.tenant.fleet.devices):
            device = call.tenant.fleet.managed(number)
            writer.writerow([_cell(columns_by_name[column.lower()], device) for column in columns])
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{job['id']}.csv", text.getvalue().encode("utf-8-sig"))
        return packed.getvalue()

    def blob(self, request: Request) -> Response:
        """The file. Azure's storage refuses a request with a signature and a token of another service."""
        signature, content = self.blobs.get(request.path.removeprefix(BLOBS).removesuffix(".zip"), ("", b""))
        if "authorization" in request.headers or not signature or parse_qs(request.query).get("sig") != [signature]:
            return Response(
                403,
                b"<?xml version='1.0'?><Error><Code>AuthenticationFailed</Code></Error>",
                content_type="application/xml",
            )
        return Response(200, content, content_type="application/octet-stream")


def _cell(column: str, device: dict[str, Json]) -> str:
    value = str(device.get(_COLUMNS[column]) or "")
    if column == "LastContact":
        return value.replace("T", " ").replace("Z", ".0000000")
    return _NUMBERS.get(column, {}).get(value, value)
