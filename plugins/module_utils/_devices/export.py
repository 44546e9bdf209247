# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet as a report: Intune creates a file, which is downloaded in one piece (deviceManagement/reports/exportJobs).

The report has names and values of its own [graph facts: export jobs]; they are read as Graph writes them
elsewhere.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, BinaryIO, Callable

from .._engine import wait
from .._engine.errors import InvalidOptions
from .._graph import odata
from .._graph.errors import IntuneError, NotFound
from .._graph.lists import distinct, in_pages
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
    "unknown": ("0", "", "notevaluated", "notavailable"),
    "compliant": ("1",),
    "noncompliant": ("2", "notcompliant"),
    "conflict": ("3",),
    "error": ("4",),
    "inGracePeriod": ("254",),
    "configManager": ("255", "seeconfigmgr"),
}
_OWNERS = {"unknown": ("0", ""), "company": ("1", "corporate"), "personal": ("2",)}
# A device has about 300 bytes in the file.
_MOST_BYTES = 2 << 30
_LONGEST_ROW = 1 << 20  # characters
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d*)?(?:Z|\+00:00)?", re.ASCII)
_ADVICE = "Run again, or read the devices without via=export_job."


def columns(properties: list[str]) -> list[str]:
    """Return the report's columns for properties. Raises InvalidOptions for those that it has not."""
    missing = [name for name in properties if name not in COLUMNS]
    if missing:
        raise InvalidOptions(
            f"via=export_job: the report has nothing for {', '.join(missing)}. It has {', '.join(COLUMNS)}."
        )
    return [COLUMNS[name] for name in properties]


def pages(session: GraphSession, properties: list[str], timeout: int) -> Iterator[list[dict[str, Any]]]:
    """Yield all managed devices with these properties, some at a time; timeout is how many seconds a job may take."""
    body = {"reportName": _REPORT, "format": "csv", "select": columns(properties)}
    # A second job does no harm, so this can be repeated.
    job = session.post(_PATH, body, repeatable=True) or {}
    if not job.get("id"):
        raise IntuneError("Microsoft Graph did not return the ID of the export job. Run again.")
    with tempfile.TemporaryFile() as file:
        session.download(_address_of_file(session, str(job["id"]), timeout), file)
        yield from _devices(file, properties)


def _address_of_file(session: GraphSession, job_id: str, timeout: int) -> str:
    """Wait until an export job has written its file, and return its address."""
    status: object = None
    not_found = 0
    for _attempt in wait.attempts(timeout):
        try:
            job = session.get(f"{_PATH}/{odata.segment(job_id)}")
        except NotFound:  # new, or gone
            not_found += 1
            if not_found > wait.DELETED_TRIES:
                raise IntuneError(f"The export job '{job_id}' does not exist any more. {_ADVICE}") from None
            continue
        status = job.get("status")
        session.progress(f"Export job '{job_id}': {status}")
        if str(status).lower() == "failed":
            raise IntuneError(f"The export job '{job_id}' failed, and there is no file to download. {_ADVICE}")
        # A job can be completed a while before its address is shown.
        if str(status).lower() == "completed" and job.get("url"):
            return str(job["url"])
    raise IntuneError(
        f"The export job '{job_id}' has no file after {timeout} seconds (option export_timeout), its status is "
        f"'{status}'. Give it more time, or read the devices without via=export_job."
    )


def _devices(file: BinaryIO, properties: list[str]) -> Iterator[list[dict[str, Any]]]:
    """Yield the devices of all tables in the archive; each is in one page only."""
    seen: set[int] = set()
    try:
        with zipfile.ZipFile(file) as archive:
            members = [member for member in archive.infolist() if member.filename.lower().endswith(".csv")]
            if not members:
                raise ValueError("there is no CSV file in it")
            size = sum(member.file_size for member in members)
            if size > _MOST_BYTES:
                raise IntuneError(
                    f"The report has {size} bytes, more than the {_MOST_BYTES} that are read of a report."
                )
            for member in members:
                with archive.open(member) as packed, io.TextIOWrapper(packed, "utf-8-sig", newline="") as text:
                    yield from in_pages(distinct(_of_table(text, properties), seen))
    # RuntimeError: it is encrypted, or packed in a way that Python does not know.
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, RuntimeError) as error:
        raise IntuneError(f"The report of Microsoft Graph cannot be read: {error}. {_ADVICE}") from None


def _of_table(text: io.TextIOWrapper, properties: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the devices of the rows. A row that cannot be read is an error: it could stand for several devices."""
    lines = _Lines(text)
    rows = csv.reader(lines, strict=True)
    number = 1
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        missing = [COLUMNS[name] for name in properties if COLUMNS[name].lower() not in header]
        if missing:
            raise IntuneError(f"The report lacks the columns {', '.join(missing)}, which were requested. {_ADVICE}")
        cells = [(name, header.index(COLUMNS[name].lower()), _READ.get(name, str)) for name in properties]
        for row in rows:
            number += 1
            lines.row_length = 0
            if row:
                yield _device(row, cells, len(header))
    except csv.Error as error:
        raise IntuneError(f"Row {number + 1} of the report cannot be read: {error}. {_ADVICE}") from None
    except ValueError as error:
        raise IntuneError(f"Row {number} of the report cannot be read: {error}. {_ADVICE}") from None


def _device(row: list[str], cells: list[tuple[str, int, Callable[[str], str]]], width: int) -> dict[str, Any]:
    """Return the device of a row; cells are the properties, their places, and how each is read. Raises ValueError."""
    if len(row) != width:
        raise ValueError(f"it has {len(row)} cells instead of {width}")
    # A stray quote joins this row and the next: a cell then holds as many commas as a row.
    if any("\n" in cell and cell.count(",") >= width - 1 > 0 for cell in row):
        raise ValueError("one of its cells holds another row")
    device = {name: read(row[place]) for name, place, read in cells}
    if not device.get("id", "-"):
        raise ValueError("it has no DeviceId")
    return device


class _Lines:
    """The lines of rows, whose reader says where one begins: a row without an end would be held in memory whole."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.row_length = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(_LONGEST_ROW):
            self.row_length += len(line)
            if self.row_length >= _LONGEST_ROW:
                raise csv.Error(f"it is longer than {_LONGEST_ROW} characters")
            yield line


def _member_of(enum: dict[str, tuple[str, ...]], what: str) -> Callable[[str], str]:
    """Return what reads members of an enum. It raises ValueError for other words, such as translated ones."""
    members = {word: member for member, words in enum.items() for word in (*words, member.lower())}

    def read(value: str) -> str:
        member = members.get("".join(value.split()).lower())
        if member is None:
            raise ValueError(f"'{value}' is not {what} ({', '.join(enum)})")
        return member

    return read


def _time(value: str) -> str:
    """2026-01-31 12:00:00.0000000 in UTC, as Graph writes it elsewhere. Raises ValueError for any other form."""
    if not value.strip():
        return "0001-01-01T00:00:00Z"
    found = _TIME.fullmatch(value.strip())
    with suppress(ValueError):
        if found:
            return f"{datetime.fromisoformat(f'{found[1]}T{found[2]}').isoformat()}Z"
    raise ValueError(f"'{value}' is not a time such as 2026-01-31 12:00:00")


_READ: dict[str, Callable[[str], str]] = {
    "complianceState": _member_of(_COMPLIANCE, "a compliance state"),
    "managedDeviceOwnerType": _member_of(_OWNERS, "an ownership"),
    "lastSyncDateTime": _time,
}
