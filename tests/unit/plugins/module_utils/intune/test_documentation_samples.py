# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft's documentation samples that create or change an object: each is written as a module's options, the module
runs, and what it sends is compared with the sample. `make samples` prints the table.

The samples are made by a machine, so many set properties together that do not go together (an identifier for custom VPN
beside the realm of Pulse Secure). The modules refuse such options; then the sample is sent in parts, each of which is
accepted, and every property has to arrive in one of them as the sample has it.
"""

from __future__ import annotations

import base64
import copy
import dataclasses
import importlib
import itertools
import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.mobilesec.intune.plugins.module_utils import _interface as interface
from ansible_collections.mobilesec.intune.plugins.module_utils._engine import wait
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.as_options import as_options
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.checks import check_new, check_options
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.engine import reconcile
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.errors import InvalidOptions
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.fields import Enum, Secret
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.reference_fields import NamedReference
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.references import ReferenceType, ResolvedNames
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.resource import ObjectType, Resource
from ansible_collections.mobilesec.intune.plugins.module_utils._graph import clouds
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.batch import BatchRequest, BatchResponse
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.shapes import Shapes
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.app_settings import payload
from tests.emulator.schema import Contract

Json = dict[str, Any]
HERE = Path(__file__).parent
ROOT = Path(interface.__file__).parents[2]
CONTRACTS = {
    version: Contract.load(ROOT / "tests" / "emulator" / "contract" / name)
    for version, name in (("beta", "beta.json"), ("v1.0", "v1.json"))
}
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
ID = "11111111-2222-3333-4444-555555555555"

# Placeholders that Graph itself would not take, and what stands in the sample instead.
REAL: Json = {
    "payload": base64.b64encode(b"<plist><dict/></plist>").decode(),
    "omaSettings": [
        {"@odata.type": "#microsoft.graph.omaSettingInteger", "omaUri": "./a", "value": 1, "displayName": "a"}
    ],
    "largeIcon": {"type": "image/png", "value": PNG},
    "payloadJson": payload({"key": "value"}, "app:com.example.sample"),
    "encodedSettingXml": base64.b64encode(b"<dict><key>a</key><true/></dict>").decode(),
    "packageId": "app:com.example.sample",
    "bundleId": "com.example.sample",
    "settings": [{"appConfigKey": "key", "appConfigKeyType": "integerType", "appConfigKeyValue": "5"}],
}
for name in ("eapXml", "customXml"):
    REAL[name] = base64.b64encode(b"<a/>").decode()
# Parts of placeholders that Graph would not take.
RULES = base64.b64encode(b'{"Rules": []}').decode()
REAL_PARTS: Json = {"mtuSizeInBytes": 1280, "protocols": 6, "lowerNumber": 1, "upperNumber": 2, "rulesContent": RULES}
# Apple devices refuse the numbers of the samples.
REAL_PARTS |= {"lifetimeInMinutes": 60, "natKeepAliveIntervalInSeconds": 60}
# Placeholders that are no ids, versions, dates or addresses.
REAL_PARTS |= {"minAndroidSecurityPatchLevel": "2026-01-31", "objectIdentifier": "1.3.6.1", "microsoftTunnelSiteId": ID}
REAL_PARTS |= dict.fromkeys(("lowerAddress", "upperAddress", "destinationPrefix"), "192.0.2.1")
REAL_PARTS |= dict.fromkeys(
    ("appId", "targetApplicationBundleIdentifier", "vpnAlwaysOnPackageIdentifier"), "com.example.a"
)
REAL_PARTS |= {key: ["com.example.a"] for key in ("allowedBundleIdentifiers", "targetedPackageIds")}
REAL_PARTS |= dict.fromkeys(("osMinimumVersion", "osMaximumVersion", "lowestVersion", "highestVersion"), "10.0.1")
REAL_PARTS |= dict.fromkeys(
    ("mobileOsMinimumVersion", "mobileOsMaximumVersion", "minimumOSVersion", "maximumOSVersion"), "10.0.1"
)
_VERSIONS = (
    f"{bound}{effect}OsVersion" for bound in ("minimum", "maximum") for effect in ("Required", "Warning", "Wipe")
)
REAL_PARTS |= dict.fromkeys(_VERSIONS, "10.0.1")
REAL_PARTS |= dict.fromkeys(
    (f"minimum{effect}PatchVersion" for effect in ("Required", "Warning", "Wipe")), "2026-01-31"
)
REAL_PARTS |= dict.fromkeys(("osMinimumBuildVersion", "osMaximumBuildVersion"), "20G75")
REAL_PARTS |= dict.fromkeys(("periodOfflineBeforeAccessCheck", "periodOnlineBeforeAccessCheck"), "PT30M")
REAL_PARTS |= dict.fromkeys(("periodOfflineBeforeWipeIsEnforced", "periodBeforePinReset"), "P90D")
REAL_PARTS |= {"address": "vpn.example.com", "identifier": "com.example.vpn", "permission": "android.permission.CAMERA"}
# Approved in managed Google Play and synchronized, never POSTed.
IMPORTED = {"androidManagedStoreApp", "androidManagedStoreWebApp"}
_GOOGLE = "Google Play says it"
_APPLE = "Apple's volume purchase program says it"
# By type and property: what no option sets, and why.
LEFT: dict[str, dict[str, str]] = {
    "androidManagedStoreApp": dict.fromkeys(
        ("appIdentifier", "description", "displayName", "isSystemApp", "publisher"), _GOOGLE
    ),
    "iosVppApp": {
        **dict.fromkeys(
            ("appStoreUrl", "applicableDeviceType", "bundleId", "licensingType", "releaseDateTime"), _APPLE
        ),
        **dict.fromkeys(("revokeLicenseActionResults", "totalLicenseCount", "usedLicenseCount"), _APPLE),
        **dict.fromkeys(("vppTokenAccountType", "vppTokenAppleId", "vppTokenId", "vppTokenOrganizationName"), _APPLE),
    },
    "notificationMessageTemplate": {"defaultLocale": "it follows from the message that is the default"},
    "iosikEv2VpnConfiguration": dict.fromkeys(
        ("loginGroupOrDomain", "microsoftTunnelSiteId"), "of other vendors, not of IKEv2"
    ),
    "group": {
        **dict.fromkeys(
            ("groupTypes", "mailEnabled", "securityEnabled"),
            "a security group has what the module gives it",
        ),
        "assignedLabels": "sensitivity labels are for Microsoft 365 groups",
    },
}


@dataclass(frozen=True)
class Sample:
    method: str
    collection: str
    graph_type: str
    body: Json = dataclasses.field(hash=False)

    def __str__(self) -> str:
        return f"{self.method} {self.graph_type}"


def samples() -> Iterator[Sample]:
    for entry in json.loads((HERE / "documentation_samples.json").read_text(encoding="utf-8"))["samples"]:
        for method in entry["methods"]:
            yield Sample(method, entry["collection"], entry["type"], entry["body"])


SAMPLES = list(samples())


def module_of(sample: Sample) -> interface.Module | None:
    for path in sorted((ROOT / "plugins" / "modules").glob("intune_*.py")):
        module = importlib.import_module(f"ansible_collections.mobilesec.intune.plugins.modules.{path.stem}").MODULE
        if module.resource is not None and "state" in module.options:
            if (sample.collection, sample.graph_type) in [
                (object_type.path or module.resource.path, object_type.graph_type)
                for object_type in module.resource.types
            ]:
                assert isinstance(module, interface.Module)
                return module
    return None


class SameNames(ResolvedNames):
    """Names and ids are the same text here."""

    def name_of(self, reference_type: ReferenceType, object_id: str) -> str:
        return object_id


class StandIn:
    """Stands for a session: knows every object that is asked for, and remembers what is written."""

    def __init__(self, sample: Sample, current: Json | None, linked: Mapping[str, str]) -> None:
        self.cloud = clouds.cloud()
        self.shapes = Shapes()
        self.requests_sent = 0
        self.sent: Json = {}
        self._sample = sample
        self._current = current
        # Type of the objects that the sample's object may be linked to, by id.
        self._linked = linked
        self._texts = sorted(set(_texts(sample.body)))

    def token_claims(self) -> Json:
        return {}

    def get(self, path: str, **_more: Any) -> Json:
        if path.endswith("androidManagedStoreAccountEnterpriseSettings"):
            return {"bindStatus": "boundAndValidated"}
        return self._current or {"id": ID, **self.sent}

    def list(self, path: str, *_more: Any, **_named: Any) -> Iterator[Json]:
        if path == self._sample.collection:
            return iter([self._current] if self._current else [])
        return iter([] if path.startswith(self._sample.collection) else self._known(path))

    def items(self, body: Json, with_ids: bool = True) -> Iterator[Json]:
        return iter(body.get("value", ()))

    def batch(self, requests: Sequence[BatchRequest], version: str = "beta") -> Sequence[BatchResponse]:
        return [BatchResponse(200, body=self._answer(request.url)) for request in requests]

    def _answer(self, url: str) -> Json:
        path, _question, query = url.lstrip("/").partition("?")
        asked = re.search(r"/([0-9A-Fa-f-]{36})", path)
        if asked and asked.group(1) in self._linked:
            return {
                "id": asked.group(1),
                "displayName": "linked",
                "@odata.type": f"#microsoft.graph.{self._linked[asked.group(1)]}",
            }
        if path.startswith(f"{self._sample.collection}/") or (asked and asked.group(1) == ID):
            return self._current or {}
        if path == self._sample.collection:
            return {"value": [self._current] if self._current else []}
        found = self._known(path)
        if asked:
            return {"id": asked.group(1), "displayName": asked.group(1)}
        named = [raw for raw in found if f"'{raw['displayName']}'" in query.replace("%20", " ").replace("%27", "'")]
        return {"value": named or found}

    def _known(self, path: str) -> Sequence[Json]:
        app = "androidManagedStoreApp" if self._sample.graph_type.startswith("android") else "iosStoreApp"
        kind = {"@odata.type": f"#microsoft.graph.{app}"} if path.endswith("mobileApps") else {}
        return [
            {"id": text, "displayName": text, "userPrincipalName": text, "packageId": "com.example.sample", **kind}
            for text in self._texts
        ]

    def post(self, path: str, json: Any = None, **_more: Any) -> Json:
        self.sent.update(json or {})
        return {"id": ID, **(json or {})}

    def patch(self, path: str, json: Any, **_more: Any) -> Json | None:
        self.sent.update(json)
        return {"id": ID, **json}

    def delete(self, path: str, **_more: Any) -> None:
        raise AssertionError(path)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value.rsplit("/", 1)[-1].strip("')")
        yield value


# -- options of a sample ---------------------------------------------------------------------------------------------


@dataclass
class Part:
    """Options that go together, and the names of those that stand for the sample's own values."""

    options: Json
    covered: set[str]


def holders(object_type: ObjectType, options: Json) -> list[Json]:
    """The mappings in which options of the object stand."""
    return [options.get(object_type.section or "", {}), options]


def parts(module: interface.Module, object_type: ObjectType, options: Json) -> Iterator[Part]:
    """Split options into sets that the module accepts and that hold each of them once or more."""
    assert module.resource is not None
    left = set(_names(object_type, options))
    always = needed(module.resource(), object_type)
    while left:
        wanted = _only(object_type, options, left | always)
        best: Part | None = None
        for attempt in (wanted, *_with_other_choices(module, object_type, wanted)):
            accepted = _accepted(module, object_type, copy.deepcopy(attempt))
            if accepted is not None:
                same = {
                    name
                    for name in _names(object_type, accepted) & left
                    if _value(object_type, accepted, name) == _value(object_type, options, name)
                }
                if best is None or len(same) > len(best.covered):
                    best = Part(accepted, same)
                if len(same) == len(left) or (attempt is wanted and same):
                    break
        if best is None or not best.covered:
            return
        yield best
        left -= best.covered


def needed(resource: Resource, object_type: ObjectType) -> set[str]:
    """Options without which no object can be identified or created."""
    return {*object_type.required, "name", "id", *resource.identity({"@odata.type": object_type.odata_type})}


def _names(object_type: ObjectType, options: Json) -> set[str]:
    return {name for holder in holders(object_type, options) for name in holder if name != object_type.section}


def _value(object_type: ObjectType, options: Json, name: str) -> Any:
    return next(holder[name] for holder in holders(object_type, options) if name in holder)


def _only(object_type: ObjectType, options: Json, names: set[str]) -> Json:
    kept = {name: value for name, value in options.items() if name in names}
    if object_type.section:
        kept[object_type.section] = {
            name: value for name, value in options[object_type.section].items() if name in names
        }
    return kept


def _with_other_choices(module: interface.Module, object_type: ObjectType, options: Json) -> Iterator[Json]:
    """The options with other members for one or two of the enums that the refusal names."""
    said = _refusal(module, object_type, options)
    enums = [
        [(field.option, choice) for choice in field.type.choices]
        for field in object_type.fields
        if isinstance(field.type, Enum)
        and field.option in holders(object_type, options)[0]
        and field.option in re.findall(r"\w+", said)
    ]
    for change in (
        *itertools.chain(*(itertools.product(choices) for choices in enums)),
        *itertools.chain(*itertools.starmap(itertools.product, itertools.combinations(enums, 2))),
    ):
        changed = copy.deepcopy(options)
        holders(object_type, changed)[0 if object_type.section else 1].update(change)
        yield changed


def _refusal(module: interface.Module, object_type: ObjectType, options: Json) -> str:
    assert module.resource is not None
    try:
        params = validated(module, options)
        resource = module.resource()
        prepared = check_options(resource, params)
        check_new(resource, prepared)
        resource.check_fit(object_type, prepared)
    except InvalidOptions as refusal:
        return str(refusal)
    return ""


def _accepted(module: interface.Module, object_type: ObjectType, options: Json) -> Json | None:
    """The options without those that the module says it does not take together, None when nothing can be left out."""
    assert module.resource is not None
    for _attempt in range(40):
        said = _refusal(module, object_type, options)
        if not said:
            return options
        words = re.findall(r"\w+", said)
        named = [
            (holder, name)
            for holder in holders(object_type, options)
            for name in holder
            if name in words and name != object_type.section
        ]
        droppable = [(holder, name) for holder, name in named if name not in needed(module.resource(), object_type)]
        if not droppable:
            return None
        holder, name = droppable[-1]
        del holder[name]
    return None


def validated(module: interface.Module, options: Json) -> Json:
    constraints = {key: value for key, value in module.constraints.items() if key != "supports_check_mode"}
    result = ArgumentSpecValidator(module.options, **constraints).validate(copy.deepcopy(options))
    if result.error_messages:
        raise InvalidOptions(result.error_messages[0])
    return result.validated_parameters


# -- comparing -------------------------------------------------------------------------------------------------------


def normal(value: Any) -> Any:
    """JSON without annotations, nulls and, for lists of plain values, order."""
    if isinstance(value, dict):
        return {key: normal(item) for key, item in value.items() if "@odata" not in key and item is not None}
    if isinstance(value, list):
        items = [normal(item) for item in value]
        return sorted(items, key=str) if all(isinstance(item, str) for item in items) else items
    return value


def contains(sent: Any, wanted: Any) -> bool:
    """Whether what was sent says all that the sample says; what a module adds to a complex value are its defaults."""
    if isinstance(wanted, dict):
        # An empty list within a value says as little as none.
        said = {key: item for key, item in wanted.items() if item != []}
        return isinstance(sent, dict) and all(key in sent and contains(sent[key], item) for key, item in said.items())
    if isinstance(wanted, list):
        return isinstance(sent, list) and len(sent) == len(wanted) and all(map(contains, sent, wanted))
    return bool(sent == wanted)


def expected(sample: Sample) -> Json:
    """What of a sample a client can send: without read-only properties, with one minimum version instead of all."""
    contract = CONTRACTS["v1.0" if sample.collection == "groups" else "beta"]
    properties = contract.properties(sample.graph_type)
    wanted = {
        key: value
        for key, value in sample.body.items()
        if key in properties and not properties[key].readonly and "@" not in key
    }
    for key, value in REAL.items():
        if key in wanted:
            wanted[key] = value
    if sample.graph_type == "managedAndroidStoreApp":
        # Only configurations have the form of managed Google Play.
        wanted["packageId"] = "com.example.sample"
    if sample.graph_type in ("iosStoreApp", "managedIOSStoreApp"):
        wanted["appStoreUrl"] = "https://apps.apple.com/us/app/sample/id1"
    minimum = wanted.get("minimumSupportedOperatingSystem")
    if minimum:
        wanted["minimumSupportedOperatingSystem"] = {
            next(version for version, is_set in minimum.items() if is_set is True): True
        }
    return dict(_with_real_parts(wanted))


def _with_real_parts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: REAL_PARTS.get(key, _with_real_parts(item)) for key, item in value.items()}
    return [_with_real_parts(item) for item in value] if isinstance(value, list) else value


@dataclass
class Row:
    sample: Sample
    parts: int = 0
    missing: list[str] = dataclasses.field(default_factory=list)
    left: list[str] = dataclasses.field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return bool(self.parts) and not self.missing and not self.left

    def __str__(self) -> str:
        how = {0: "no module", 1: "one task"}.get(self.parts, f"{self.parts} tasks")
        lacks = f", lacks {', '.join(self.missing)}" if self.missing else ""
        reasons = LEFT.get(self.sample.graph_type, {})
        by_reason = {
            reasons[name]: [other for other in self.left if reasons[other] == reasons[name]] for name in self.left
        }
        left = "".join(f", without {', '.join(names)} ({reason})" for reason, names in by_reason.items())
        return f"{self.sample.method:5} {self.sample.graph_type:40} {how}{lacks}{left}"


def row_of(sample: Sample, icon: Path) -> Row:
    module = module_of(sample)
    if module is None or module.resource is None:
        return Row(sample)
    resource = module.resource()
    wanted = expected(sample)
    raw = {"id": ID, "@odata.type": f"#microsoft.graph.{sample.graph_type}", **wanted}
    object_type = resource.type_of(raw)
    options = as_options(resource, copy.deepcopy(raw), SameNames())
    options.pop("assignments", None)
    if "largeIcon" in wanted:
        options["icon"] = str(icon)
    for field in object_type.fields:
        if isinstance(field.type, Secret) and field.graph in wanted:
            holders(object_type, options)[0 if object_type.section else 1][field.option] = wanted[field.graph]
    # Samples do not show links, and a new object may need one.
    linked = {}
    for field in object_type.fields:
        if field.is_link and isinstance(field.type, NamedReference):
            linked[str(uuid.uuid5(uuid.NAMESPACE_URL, field.option))] = next(iter(field.type.reference_type.types), "")
            holders(object_type, options)[0 if object_type.section else 1][field.option] = list(linked)[-1]
    # Which apps a policy for managed apps is for is written by an action of its own.
    if sample.graph_type in (
        "targetedManagedAppConfiguration",
        "iosManagedAppProtection",
        "androidManagedAppProtection",
    ):
        options[str(object_type.section)]["app_group_type"] = "all_apps"
    if sample.graph_type == "windowsManagedAppProtection":
        options["windows"]["apps"] = [{"windows_app_id": "com.microsoft.edge"}]
    by_option = {field.option: field for field in resource.settable_fields(object_type)}
    # A type that Graph does not let anybody create is found; what the sample says is then a change of it.
    creates = sample.method == "POST" and object_type.creatable and sample.graph_type not in IMPORTED
    arrived: set[str] = set()
    count = 0
    for part in parts(module, object_type, options):
        count += 1
        fixed = {
            field.graph: wanted[field.graph]
            for field in by_option.values()
            if field.create_only and field.graph in wanted
        }
        is_new = creates and count == 1
        current = None if is_new else {"id": ID, "@odata.type": raw["@odata.type"], **fixed}
        given = {
            name: value
            for name, value in part.options.items()
            if not (is_new and name == "id" and not resource.id_is_given)
        }
        if "update_secrets" in module.options:
            given["update_secrets"] = "always"
        session = StandIn(sample, current, linked)
        reconcile(module.resource(), session, validated(module, given))  # type: ignore[arg-type]
        sent = {**(fixed if current else {}), **session.sent}
        arrived |= {key for key, value in wanted.items() if contains(normal(sent.get(key)), normal(value))}
    lacking = sorted(key for key, value in wanted.items() if key not in arrived and value not in (None, [], ""))
    reasons = LEFT.get(sample.graph_type, {})
    return Row(
        sample, count, [key for key in lacking if key not in reasons], [key for key in lacking if key in reasons]
    )


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    icon = tmp_path_factory.mktemp("samples") / "icon.png"
    icon.write_bytes(base64.b64decode(PNG))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(wait, "attempts", lambda *_times, **_more: [1])
        return [row_of(sample, icon) for sample in SAMPLES]


def test_the_modules_send_what_the_samples_say(table: list[Row]) -> None:
    for row in table:
        print(row)
    whole = [row for row in table if row.is_whole]
    print(
        f"{len(whole)} of {len(table)} samples are sent as they are, {sum(row.parts == 1 for row in whole)} "
        "of them by one task;"
    )
    print(
        f"{sum(bool(row.left) for row in table)} without what no client sets, "
        f"{sum(not row.parts for row in table)} by no module."
    )
    assert [str(row) for row in table if row.missing or not row.parts] == []
    left = {kind: {name for row in table if row.sample.graph_type == kind for name in row.left} for kind in LEFT}
    assert left == {kind: set(reasons) for kind, reasons in LEFT.items()}, "a reason that is none any more"
