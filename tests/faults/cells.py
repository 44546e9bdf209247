# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One cell of the matrix: a subject in a phase under a fault, and what has to hold of it."""

from __future__ import annotations

import json
import re
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.mobilesec.intune.plugins.module_utils._graph._auth.prompt import AS_A_MODULE
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import IntuneError
from tests.emulator import groups, seeding
from tests.emulator.harmony import ACCESS_KEY, CLIENT_ID
from tests.emulator.principals import PARTNER_APP_ID
from tests.emulator.resources import BY_PATH
from tests.emulator.settings import DEFAULT_PERMISSIONS, OPT_IN_PERMISSIONS
from tests.emulator.threaded import ThreadedEmulator
from tests.faults.catalogue import Fault
from tests.faults.simulation import simulated
from tests.faults.subjects import GROUP, NAME, OTHERS, WRITERS, Reader, Subject
from tests.samples import APPS, CONFIGS, FILTERS
from tests.unit.plugins.modules.in_process import Tenant, module

Json = dict[str, Any]
PHASES = ("create", "change", "remove")
ZIMPERIUM = "08a8455c-48dd-45ff-ad82-7211355354f3"
PERMISSIONS = (
    *DEFAULT_PERMISSIONS,
    *OPT_IN_PERMISSIONS,
    "AppRoleAssignment.ReadWrite.All",
    "Application.ReadWrite.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "DeviceManagementManagedDevices.PrivilegedOperations.All",
    "DeviceManagementManagedDevices.ReadWrite.All",
)
USUAL: Json = {"timeout": 20, "retry_timeout": 60, "task_timeout": 600, "max_pages": 40, "max_megabytes": 64}
# Seconds on the tenant's clock in which a run has to end: the time of a task, and of the waits at its end.
BOUND = 1000.0
REQUESTS = 600
NOT_MET = "not met"


@dataclass
class Outcome:
    """What came of a cell: "ok", "failed" (with one clear sentence) or "not met"; wrong lists what does not hold."""

    subject: str
    phase: str
    fault: str
    result: str
    message: str = ""
    wrong: tuple[str, ...] = ()
    seconds: float = 0.0
    requests: int = 0


def _vanish(tenant: Any, operation: Json) -> Any:
    """Somebody else deletes the object that a request is about."""
    if operation["path"] == "groups":
        if operation["id"] in tenant.groups:
            groups.soft_delete(tenant, tenant.groups[operation["id"]])
    else:
        tenant.collection(operation["path"]).pop(operation["id"], None)


def _intrude(tenant: Any, operation: Json) -> Any:
    """Somebody else assigns the object that a request is about."""
    resource = BY_PATH.get(operation["path"])
    if resource is None or not resource.assignment or tenant.record(operation["path"], operation["id"]) is None:
        return
    group = next(group for group in tenant.groups.values() if group.values["displayName"] == OTHERS)
    seeding.perform(tenant, [assignment(operation["path"], operation["id"], group.id)])


def assignment(collection: str, object_id: str, group_id: str) -> Json:
    target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group_id}
    entry: Json = {"target": target, **({"intent": "available"} if collection == APPS else {})}
    return {"op": "assign", "collection": collection, "id": object_id, "assignments": [entry]}


seeding.OPERATIONS.update({"vanish": _vanish, "intrude": _intrude})


class Bench:
    """One emulated tenant in which cells are run."""

    def __init__(self, emulator: ThreadedEmulator, folder: Path) -> None:
        self.emulator = emulator
        self.tenant = Tenant(emulator)
        self.tenant.credentials["token_cache"] = str(folder / "tokens")
        self.folder = folder
        # Whether the fault of the last run met a request.
        self.was_met = False

    @property
    def clock(self) -> Any:
        return self.emulator.tenant_clock

    # -- runs --------------------------------------------------------------------------------------------------------

    def attempt(self, run: Callable[[], Json]) -> tuple[Json | None, str, str]:
        """(result, message of a foreseen error, what is wrong with the end)."""
        try:
            with simulated(self.clock):
                return run(), "", ""
        except IntuneError as error:
            message = str(error)
            return None, message, _flaw_of(message)
        except Exception as error:
            words = f"{type(error).__name__} at {_place(error)}: {str(error)[:120]}"
            return None, "", f"ends with the general sentence: {words}"

    def reset(self) -> None:
        self.emulator._control("POST", "reset", {})
        self.emulator.settings(
            eventual=0,
            replica=0,
            batches_behind=False,
            publishing=0,
            play_sync=0,
            rewrite_payloads=False,
            empty_pages=False,
            page_size=None,
            refuse_hidden_names=0,
        )
        self.emulator.seed(
            {"op": "create", "collection": "groups", "body": {"displayName": OTHERS}},
            {"op": "create", "collection": "groups", "body": {"displayName": GROUP}},
            {"op": "create", "collection": APPS, "body": store_app("Target")},
            {"op": "create", "collection": APPS, "body": store_app("Foreign app")},
        )

    def options(self, fault: Fault) -> Json:
        found = {**USUAL, **fault.options}
        return {**found, "graph_url": f"https://localhost:{_closed_port()}"} if fault.refused else found

    def under(self, fault: Fault, run: Callable[[Json], Json]) -> tuple[Json | None, str, str, float, list[Json]]:
        """Run while the fault is on. Afterwards it is off, and what it delayed has become visible."""
        self.emulator.settings(**fault.settings)
        self.emulator.faults(*fault.rules)
        self.emulator.journal(clear=True)
        begun = self.clock.now()
        result, message, flaw = self.attempt(lambda: run(self.options(fault)))
        self.was_met = fault.refused or bool(fault.settings) or self.emulator.application.faults.have_applied
        seconds = self.clock.now() - begun
        journal = self.emulator.journal()
        self.emulator.faults()
        self.emulator.settings(refuse_hidden_names=0)
        self.clock.step(200)
        return result, message, flaw, seconds, journal

    def create(self, subject: Subject) -> None:
        """The subject's object exists."""
        options = phase_options(self.emulator, subject, "create")
        _result, message, flaw = self.attempt(lambda: self.tenant.run(subject.module, **USUAL, **options))
        assert not message + flaw, f"{subject.label} cannot be prepared: {message}{flaw}"

    # -- writers -----------------------------------------------------------------------------------------------------

    def write(self, subject: Subject, phase: str, fault: Fault) -> Outcome:
        self.reset()
        if phase != "create":
            self.create(subject)
            # Long ago, so that what shows new objects late does not hide it.
            self.clock.step(300)
        if phase == "change":
            self._intrude(subject)
        options = phase_options(self.emulator, subject, phase)
        before = self.others()
        result, message, flaw, seconds, journal = self.under(
            fault, lambda more: self.tenant.run(subject.module, **{**more, **options})
        )
        wrong = [flaw] if flaw else []
        outcome = Outcome(
            subject.label, phase, fault.name, "ok" if result else "failed", message, (), seconds, len(journal)
        )
        if not self.was_met:
            outcome.result = NOT_MET
            if message:
                outcome.wrong = (f"fails without the fault: {message[:200]}",)
            return outcome
        wrong += self.bounds(seconds, journal)
        wrong += self._afterwards(subject, phase, options, fault, result)
        if "deleted" not in fault.name:
            wrong += self.kept(before, self.others())
        if phase == "change" or _is_kept(result, fault) or (phase == "create" and "just created" in fault.name):
            wrong += self._foreign_assignments(subject, fault)
        outcome.wrong = tuple(wrong)
        return outcome

    def _afterwards(
        self, subject: Subject, phase: str, options: Json, fault: Fault, first: Json | None
    ) -> Iterator[str]:
        second, message, flaw = self.attempt(lambda: self.tenant.run(subject.module, **USUAL, **options))
        if second is None:
            yield f"the second run fails: {message or flaw}"[:300]
            return
        # An id that Graph gave wrongly leads to another object, or to none.
        is_excused = fault.disturbs or "other id" in fault.name or _passed_over(first)
        if first and not is_excused and second["changed"]:
            yield f"the first run ended well, and the second one changed: {json.dumps(second.get('diff'))[:300]}"
        third, message, flaw = self.attempt(lambda: self.tenant.run(subject.module, **USUAL, **options))
        if third is None or third["changed"]:
            why = message or flaw or json.dumps((third or {}).get("diff"))
            yield f"the third run is not without a change: {why[:300]}"
        count = self._count(subject)
        expected = 0 if phase == "remove" and not _is_kept(first, fault) else 1
        if subject.collection and any(number != expected for number in count.values()):
            yield f"objects named '{NAME}': {count}, not {expected} each"

    def _count(self, subject: Subject) -> dict[str, int]:
        """How many objects of ours exist, by collection."""
        state = self.emulator.state()
        lists = state["records"] | {"groups": state["groups"], "applications": state["app_registrations"]}
        if subject.collection != "*":
            return {subject.collection: sum(map(_is_ours, lists.get(subject.collection, [])))}
        document: Json = subject.options["configuration"]
        paths = {"groups": "groups", "assignment_filters": FILTERS, "apps": APPS}
        chosen = [path for name, path in paths.items() if name in document]
        return {path: sum(map(_is_ours, lists.get(path, []))) for path in chosen}

    def _intrude(self, subject: Subject) -> None:
        """Somebody else has assigned our object."""
        for path, items in self.emulator.state()["records"].items():
            for item in items:
                if _is_ours(item) and BY_PATH.get(path) and BY_PATH[path].assignment:
                    self.emulator.seed({"op": "intrude", "path": path, "id": item["id"]})

    def _foreign_assignments(self, subject: Subject, fault: Fault) -> Iterator[str]:
        """The assignment by somebody else exists, unless the object itself was deleted."""
        if any("deleted" in part or "two runs" in part for part in (fault.name,)):
            return
        state = self.emulator.state()
        (other,) = (group["id"] for group in state["groups"] if group["displayName"] == OTHERS)
        for path, items in state["records"].items():
            for item in items:
                if _is_ours(item) and BY_PATH.get(path) and BY_PATH[path].assignment:
                    if other not in [entry["target"].get("groupId") for entry in item["assignments"]]:
                        yield f"somebody else's assignment of {path} is lost"

    def others(self) -> Json:
        state = self.emulator.state()
        objects = {
            f"{path}/{item['id']}": _essence(item)
            for path, items in state["records"].items()
            for item in items
            if not _is_ours(item)
        }
        groups = {f"groups/{item['id']}": _essence(item) for item in state["groups"] if not _is_ours(item)}
        applications = {
            f"applications/{item['id']}": _essence(item) for item in state["app_registrations"] if not _is_ours(item)
        }
        return objects | groups | applications

    @staticmethod
    def kept(before: Json, after: Json) -> Iterator[str]:
        for key, value in before.items():
            if after.get(key) != value:
                yield f"{key}, an object of somebody else, was changed or deleted"

    @staticmethod
    def bounds(seconds: float, journal: list[Json]) -> Iterator[str]:
        if seconds > BOUND:
            yield f"takes {seconds:.0f} s"
        if len(journal) > REQUESTS:
            yield f"takes {len(journal)} requests"

    # -- readers -----------------------------------------------------------------------------------------------------

    def read(self, reader: Reader, fault: Fault) -> Outcome:
        self.reset()
        if reader.module == "intune_permission_info":
            self.emulator.seed({"op": "application", "app_id": PARTNER_APP_ID})
        for subject in WRITERS if reader.module == "intune_export" else ():
            self.create(subject)
        self.emulator.settings(page_size=7)
        result, message, flaw = self.attempt(lambda: self.read_once(reader, dict(USUAL)))
        assert result, f"{reader.label}: {message}{flaw}"
        usual = _comparable(result)
        fault_settings = Fault(
            fault.name, fault.rules, {**fault.settings, "page_size": 7}, fault.options, refused=fault.refused
        )
        result, message, flaw, seconds, journal = self.under(fault_settings, lambda more: self.read_once(reader, more))
        outcome = Outcome(
            reader.label, "read", fault.name, "ok" if result else "failed", message, (), seconds, len(journal)
        )
        if not self.was_met:
            outcome.result = NOT_MET
            return outcome
        wrong = [flaw] if flaw else []
        wrong += self.bounds(seconds, journal)
        is_said = result and (result.get("warnings") or "something_new" in _comparable(result))
        if result and not is_said and not _tolerable(reader, fault) and _comparable(result) != usual:
            wrong.append(f"reads something else without a word: {_difference(usual, _comparable(result))}")
        if any(entry["method"] not in ("GET", "POST") for entry in journal):
            wrong.append("writes")
        outcome.wrong = tuple(wrong)
        return outcome

    def read_once(self, reader: Reader, more: Json) -> Json:
        if reader.module == "inventory":
            return self._inventory({**more, **reader.options})
        if reader.module == "intune_export":
            return self._export({**more, **reader.options})
        if reader.module.startswith("harmony_"):
            return self._of_harmony(reader.module, {**more, **reader.options})
        if reader.module == "intune_harmony_coverage":
            more = {**more, **self.harmony}
        return self.tenant.run(reader.module, **{**more, **reader.options})

    @property
    def harmony(self) -> Json:
        return {
            "harmony_url": self.emulator.graph_url,
            "harmony_client_id": CLIENT_ID,
            "harmony_access_key": ACCESS_KEY,
        }

    def _of_harmony(self, name: str, options: Json) -> Json:
        declared = module(name)
        shared = {option: self.tenant.credentials[option] for option in ("ca_path", "token_cache")}
        given = {**shared, **options, **self.harmony}
        taken = {option: value for option, value in given.items() if option in declared.spec}
        validated = ArgumentSpecValidator(declared.spec, **declared.constraints).validate(taken)
        assert validated.error_messages == [], validated.error_messages
        params = validated.validated_parameters
        session = declared.session(params, declared.secrets(params), AS_A_MODULE)
        try:
            return declared.interface(session, params, False, False)
        finally:
            session.close()

    def _export(self, options: Json) -> Json:
        """The files; what is left out of them is named in each."""
        with tempfile.TemporaryDirectory() as folder:
            result = self.tenant.run("intune_export", dest=folder, **options)
            files = {path.name: path.read_text(encoding="utf-8") for path in Path(folder).iterdir()}
        return {"files": files, "warnings": result["warnings"]}

    def _inventory(self, more: Json) -> Json:
        from ansible.errors import AnsibleParserError
        from ansible.inventory.data import InventoryData
        from ansible.parsing.dataloader import DataLoader
        from ansible.plugins.loader import inventory_loader

        source = self.folder / "cell.managed_devices.yml"
        harmony = self.harmony if more.get("harmony") else {}
        content = {"plugin": "mobilesec.intune.managed_devices", **self.tenant.credentials, **harmony, **more}
        source.write_text(yaml.safe_dump(content), encoding="utf-8")
        plugin = inventory_loader.get("mobilesec.intune.managed_devices")
        data = InventoryData()
        try:
            plugin.parse(data, DataLoader(), str(source))
        except AnsibleParserError as error:
            raise IntuneError(str(error)) from error
        return {"hosts": {name: str(host.get_vars()) for name, host in sorted(data.hosts.items())}}


def store_app(name: str) -> Json:
    return {
        "@odata.type": "#microsoft.graph.iosStoreApp",
        "displayName": name,
        "publisher": "x",
        "bundleId": f"com.example.{len(name)}",
        "publishingState": "published",
    }


def _flaw_of(message: str) -> str:
    if "defect of the collection" in message:
        return f"ends with the general sentence: {message[:200]}"
    if "Traceback" in message or len(message) < 20:
        return f"has no clear message: {message[:200]}"
    return ""


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    place = ""
    while trace is not None:
        place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_ours(item: Json) -> bool:
    return item.get("displayName") == NAME or item.get("packageId") == "com.example.cell" or item.get("id") == ZIMPERIUM


def _essence(item: Json) -> str:
    passing = ("lastModifiedDateTime", "version", "lastAppSyncDateTime", "lastAppSyncStatus", "isAssigned")
    return json.dumps({key: value for key, value in item.items() if key not in passing}, sort_keys=True, default=str)


def phase_options(emulator: ThreadedEmulator, subject: Subject, phase: str) -> Json:
    """The options with which the subject's module is run in a phase."""
    options = {**subject.options, **subject.more(emulator)}
    if phase == "remove":
        return {**_identity(options), "state": "absent"}
    return {**options, **subject.change} if phase == "change" else options


def _identity(options: Json) -> Json:
    if "configuration" in options:
        return {
            "configuration": {
                name: [{"name": item["name"], **_of(item, "type", "platform", "ios", "assignments")} for item in items]
                for name, items in options["configuration"].items()
            }
        }
    # Of a tagged object, a run takes back the assignments that it declares, and leaves the object if others remain.
    owned = ("created_by", "assignments") if "created_by" in options else ()
    return _of(options, "name", "type", "package_id", "platform", "partner", "app_id", "sets", *owned)


def _of(options: Json, *names: str) -> Json:
    return {name: options[name] for name in names if name in options}


def _is_kept(result: Json | None, fault: Fault) -> bool:
    """Whether a run left its object to somebody who had assigned it in the meantime."""
    return "another writer assigns" in fault.name and bool((result or {}).get("kept_because"))


def _passed_over(result: Json | None) -> bool:
    """Whether a run says that it left an object of a new type as it was."""
    return any("does not support its type, somethingNew" in text for text in (result or {}).get("warnings", ()))


def _tolerable(reader: Reader, fault: Fault) -> bool:
    """Faults after which a reader may rightly read something else, or the values of the answer are plausible."""
    plausible = ("other id", "null name", "no type", "odd type", "deleted", "spelled", "assigns", "null assignments")
    if reader.module in ("intune_enrollment_info", "intune_tenant_info") and re.search(r"\b40[034]\b", fault.name):
        return True  # its result names what it could not read
    if "harmony" in reader.module and any(word in fault.name for word in ("type", " id ", "assignments")):
        return True  # the fields of its rows are not documented, and are shown as they are
    return any(word in fault.name for word in plausible)


def _comparable(result: Json) -> str:
    return json.dumps(
        {
            key: value
            for key, value in result.items()
            if key not in ("graph_requests", "harmony_requests", "warnings", "seconds")
        },
        sort_keys=True,
        default=str,
    )


def _difference(usual: str, found: str) -> str:
    place = next((number for number in range(len(found)) if usual[: number + 1] != found[: number + 1]), 0)
    return f"{len(usual)} and {len(found)} characters, from: {found[max(0, place - 60) : place + 60]}"


@contextmanager
def bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "tokens").mkdir(mode=0o700)
        options: Json = {"devices": 30, "users": 8, "permissions": PERMISSIONS, "token_lifetime_s": 10**8}
        with ThreadedEmulator(**options) as emulator:
            assert isinstance(emulator, ThreadedEmulator)
            yield Bench(emulator, place)


def run_cell(place: Bench, subject: Subject | Reader, phase: str, fault: Fault) -> Outcome:
    started = time.perf_counter()
    outcome = place.read(subject, fault) if isinstance(subject, Reader) else place.write(subject, phase, fault)
    outcome.message = outcome.message or f"{time.perf_counter() - started:.2f} s"
    return outcome


__all__ = ["CONFIGS", "NOT_MET", "PHASES", "Bench", "Outcome", "bench", "run_cell"]
