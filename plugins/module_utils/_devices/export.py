# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet as a report: Intune makes a file, which is downloaded in one piece (deviceManagement/reports/exportJobs).

The report has names and values of its own [graph facts: export jobs]; they are read as Graph writes them
elsewhere.
"""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO, Callable

from .._engine import wait
from .._engine.errors import InvalidOptions
from .._graph import odata
from .._graph.errors import IntuneError
from .._graph.session import GraphSession

_PATH = "deviceManagement/reports/exportJobs"
_REPORT = "DevicesWithInventory"
# Property of a managed device -> column of the report. Letter case does not count: Microsoft's own examples differ in
# it.
COLUMNS = {
    "id": "DeviceId",
    "deviceName": "DeviceName",
    "serialNumber": "SerialNumber",
    "azureADDeviceId": "ReferenceId",
    "userId": "UserId",
    "userPrincipalName": "UPN",
    "userDisplayName": "UserName",
    "emailAddress": "UserEmail",
    "operatingSystem": "OS",
    "osVersion": "OSVersion",
    "manufacturer": "Manufacturer",
    "model": "Model",
    "managedDeviceOwnerType": "OwnerType",
    "complianceState": "ComplianceState",
    "lastSyncDateTime": "LastContact",
    "imei": "IMEI",
    "phoneNumber": "PhoneNumber",
    "subscriberCarrier": "SubscriberCarrierNetwork",
    "wiFiMacAddress": "WifiMacAddress",
}
# Reports write members of enums by number or in words [graph schema: the enums' order and values].
_COMPLIANCE = {
    "0": "unknown",
    "1": "compliant",
    "2": "noncompliant",
    "3": "conflict",
    "4": "error",
    "254": "inGracePeriod",
    "255": "configManager",
    "notcompliant": "noncompliant",
    "ingraceperiod": "inGracePeriod",
    "configmanager": "configManager",
}
_OWNERS = {"0": "unknown", "1": "company", "2": "personal", "corporate": "company"}
# A device has about 300 bytes in the file, and a tenth of that when it is compressed.
_MOST_BYTES = 2 << 30
_MOST_COMPRESSED = 1 << 30
_READY_WITHIN = 1800.0  # seconds
_AT_ONCE = 1000


def columns(properties: list[str]) -> list[str]:
    """Return the report's columns for properties. Raises InvalidOptions for those that it has not."""
    missing = [name for name in properties if name not in COLUMNS]
    if missing:
        raise InvalidOptions(
            f"via=export_job: the report has nothing for {', '.join(missing)}. It has {', '.join(COLUMNS)}."
        )
    return [COLUMNS[name] for name in properties]


def pages(session: GraphSession, properties: list[str]) -> Iterator[list[dict[str, Any]]]:
    """Yield all managed devices with these properties, some at a time."""
    body = {"reportName": _REPORT, "format": "csv", "select": columns(properties)}
    # A second job does no harm, so this can be repeated.
    job = session.post(_PATH, body, repeatable=True) or {}
    if not job.get("id"):
        raise IntuneError("Microsoft Graph did not tell the ID of the export job.")
    address = f"{_PATH}/{odata.segment(str(job['id']))}"
    done = wait.until(lambda: _finished(session.get(address)), _READY_WITHIN)
    if done is None:
        raise IntuneError(
            f"The export job {job['id']} was not completed within {_READY_WITHIN / 60:.0f} minutes. Read the "
            "devices without via=export_job."
        )
    if not done.get("url"):
        raise IntuneError(
            f"The export job {job['id']} {done.get('status')}, and there is no file to download. Read the "
            "devices without via=export_job."
        )
    with tempfile.TemporaryFile() as file:
        session.download(str(done["url"]), file, _MOST_COMPRESSED)
        yield from _devices(file, properties)


def _finished(job: dict[str, Any]) -> dict[str, Any] | None:
    return job if str(job.get("status")).lower() in ("completed", "failed") else None


def _devices(file: BinaryIO, properties: list[str]) -> Iterator[list[dict[str, Any]]]:
    try:
        with zipfile.ZipFile(file) as archive:
            (member,) = archive.infolist()
            if member.file_size > _MOST_BYTES:
                raise IntuneError(
                    f"The report has {member.file_size} bytes, more than the {_MOST_BYTES} that are read of a report."
                )
            with archive.open(member) as packed, io.TextIOWrapper(packed, encoding="utf-8-sig", newline="") as text:
                yield from _rows(text, properties)
    except (zipfile.BadZipFile, ValueError, EOFError, csv.Error) as error:
        raise IntuneError(f"The report that Microsoft Graph made cannot be read: {error}.") from None


def _rows(text: io.TextIOWrapper, properties: list[str]) -> Iterator[list[dict[str, Any]]]:
    rows = csv.reader(text)
    header = {name.strip().lower(): place for place, name in enumerate(next(rows, []))}
    places = [header.get(COLUMNS[name].lower()) for name in properties]
    missing = [COLUMNS[name] for name, place in zip(properties, places) if place is None]
    if missing:
        raise IntuneError(f"The report lacks the columns {', '.join(missing)}, which were asked for.")
    take = [(name, place, _READ.get(name, str)) for name, place in zip(properties, places) if place is not None]
    while True:
        page = [{name: read(row[place]) for name, place, read in take} for row in islice(rows, _AT_ONCE) if row]
        if not page:
            return
        yield page


def _compliance(value: str) -> str:
    words = value.replace(" ", "").lower()
    return _COMPLIANCE.get(words, words)


def _owner(value: str) -> str:
    return _OWNERS.get(value.lower(), value.lower())


def _time(value: str) -> str:
    """2026-01-31 12:00:00.0000000 in UTC, as Graph writes it elsewhere."""
    text = value.strip().replace(" ", "T", 1)
    return f"{text[:19]}Z" if text else "0001-01-01T00:00:00Z"


_READ: dict[str, Callable[[str], str]] = {
    "complianceState": _compliance,
    "managedDeviceOwnerType": _owner,
    "lastSyncDateTime": _time,
}
