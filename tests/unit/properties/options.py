# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Option sets of every module that brings an object to a state, drawn from its argument spec, its fields and the
schema.

A module that is added to the collection is drawn for without a change here, unless an option takes a value that neither
its argument spec nor the schema describes: such values stand in SPECIAL.
"""

from __future__ import annotations

import base64
import copy
import datetime
import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import strategies as st

from ansible_collections.mobilesec.intune.plugins.module_utils import _interface as interface
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.assignments import Assignable
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.complex_fields import Complex, ComplexList
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.errors import InvalidOptions
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.fields import Field, FieldType, Number, StringSet
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.reference_fields import (
    NamedReference,
    NamedReferences,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.references import ReferenceType
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.resource import ObjectType, Resource
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.text_fields import (
    APP_ID,
    DATE,
    OBJECT_IDENTIFIER,
    VERSION,
    BundleId,
    Guid,
    IpAddress,
    PackageName,
    Url,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._interface import Module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.mtd_connector import PARTNERS
from tests.emulator.inprocess import LocalTenant
from tests.emulator.schema import Contract

COLLECTION = "ansible_collections.mobilesec.intune"
ROOT = Path(interface.__file__).parents[2]
CONTRACT = Contract.load(ROOT / "tests" / "emulator" / "contract" / "beta.json")
USERS = [f"user0{number}@contoso.example" for number in range(1, 4)]

Options = dict[str, Any]
Strategy = st.SearchStrategy[Any]

# Awkward where it costs nothing: quotes, percent signs, other scripts, what looks like a template.
TEXT = st.one_of(
    st.sampled_from(
        [
            "O'Brien & Söhne #1",
            "100 % {{ not a template }}",
            "a/b?c=d",
            "two\nlines",
            "日本",
            "ends in space ",
            "true",
            "0",
        ]
    ),
    st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12),
)
NAMES = st.sampled_from(["O'Brien & Söhne #1", "Harmony Mobile", "{{ name }} (50 %)", "Ünïcode / 日本"])
URLS = st.sampled_from(["https://example.com/", "https://example.com/a?b=c%20d"])

# By the schema's primitive type, for options that the argument spec calls a string.
BY_EDM: dict[str, Strategy] = {
    "guid": st.uuids().map(str),
    "datetime": st.sampled_from(["2030-01-02T03:04:05Z", "2031-12-31T00:00:00Z"]),
    "date": st.sampled_from(["2030-01-02", "2031-12-31"]),
    "time": st.sampled_from(["08:00:00", "23:30:00"]),
    "duration": st.sampled_from(["PT1H", "P1D"]),
    "binary": st.binary(min_size=1, max_size=6).map(lambda content: base64.b64encode(content).decode()),
}


def _authority(name: str, days: int = 30, is_authority: bool = True) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    start = end - datetime.timedelta(days=365)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), start, end)
    signed = builder.add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True).sign(
        key, hashes.SHA256()
    )
    return signed.public_bytes(Encoding.PEM).decode()


def _plain_values(depth: int = 1) -> Strategy:
    """What a managed property of Android may be."""
    simple = st.one_of(
        st.text("ab =<&\"'", max_size=5),
        st.integers(-5, 5),
        st.booleans(),
        st.lists(st.text("ab", max_size=2), max_size=2),
    )
    if not depth:
        return simple
    inner = st.dictionaries(st.text("abc", min_size=1, max_size=2), _plain_values(depth - 1), max_size=2)
    return st.one_of(simple, inner, st.lists(inner, min_size=1, max_size=2))


_SETTING = st.one_of(
    st.fixed_dictionaries({"key": st.text("abc", min_size=1, max_size=3), "value": TEXT}),
    st.fixed_dictionaries(
        {"key": st.text("abc", min_size=1, max_size=3), "type": st.just("integer"), "value": st.integers(-9, 9)}
    ),
    st.fixed_dictionaries(
        {"key": st.text("abc", min_size=1, max_size=3), "type": st.just("boolean"), "value": st.booleans()}
    ),
    st.fixed_dictionaries(
        {
            "key": st.text("abc", min_size=1, max_size=3),
            "type": st.just("real"),
            "value": st.sampled_from(["1.50", "2", "-0.25"]),
        }
    ),
    st.fixed_dictionaries({"key": st.text("abc", min_size=1, max_size=3), "secret_value": TEXT}),
)

# By the form of a text.
FORMS: list[tuple[FieldType | type[FieldType], Strategy]] = [
    (APP_ID, st.sampled_from(["com.example.a", "com.example.b-2"])),
    (VERSION, st.sampled_from(["15", "10.0.19045.1234"])),
    (DATE, st.sampled_from(["2026-01-31", "2025-12-01"])),
    (OBJECT_IDENTIFIER, st.just("1.3.6.1.5.5.7.3.2")),
    (Guid, st.uuids().map(str)),
    (IpAddress, st.sampled_from(["192.0.2.1", "2001:db8::1"])),
    (Url, URLS),
    (PackageName, st.sampled_from(["com.example.a", "com.example.b"])),
    (BundleId, st.sampled_from(["com.example.a", "com.example.b-2"])),
]

MOBILE = ("ios", "android")
PROFILE_TEXTS = [
    f'<plist version="1.0"><dict><key>PayloadType</key><string>Configuration</string>{more}</dict></plist>'
    for more in ("", "<key>a</key><true/>", "<key>b</key>\n<array><string>x &amp; y</string></array>")
]
_OMA_VALUES: dict[str, Strategy] = {
    "string": TEXT,
    "integer": st.integers(-9, 9),
    "boolean": st.booleans(),
    "floating_point": st.sampled_from([0.5, "2"]),
    "date_time": BY_EDM["datetime"],
    "base64": BY_EDM["binary"],
    "string_xml": st.sampled_from(["<a/>", "<a><b>c</b></a>"]),
}
OMA_SETTING = st.one_of(
    *(
        st.fixed_dictionaries(
            {"oma_uri": st.sampled_from(["./a", "./b", "./c"]), "type": st.just(option), "value": values},
            optional={"display_name": TEXT, "description": TEXT},
        )
        for option, values in _OMA_VALUES.items()
    )
)
ANDROID = ("_work_profile", "_device_owner", "_for_work")

# By module, or module and Graph type, and place of the option; None leaves the option out.
SPECIAL: dict[str, dict[str, Strategy | None]] = {
    "intune_app": {
        "app_store_url": st.sampled_from(
            ["https://apps.apple.com/us/app/x/id1", "https://apps.apple.com/de/app/id1?l=de"]
        ),
        "bundle_id": st.just("com.example.bundle"),
        "package_id": None,
        "icon": None,
        "information_url": URLS,
        "privacy_information_url": URLS,
        "app_url": URLS,
    },
    "intune_app-managedAndroidStoreApp": {
        "app_store_url": st.just("https://play.google.com/store/apps/details?id=com.example.a"),
        "package_id": st.sampled_from(["com.example.a", "app:com.example.a"]),
    },
    "intune_app-androidStoreApp": {
        "app_store_url": st.just("https://play.google.com/store/apps/details?id=com.example.a&hl=de")
    },
    "intune_app-androidManagedStoreApp": {"package_id": st.just("com.example.app")},
    "intune_app_config": {
        "ios.settings": st.lists(_SETTING, max_size=3, unique_by=lambda item: item["key"]),
        "ios.settings_xml": st.sampled_from(
            ["<dict><key>a</key><true/></dict>", "<dict>\n  <key>b</key>\n  <string>x &amp; y</string>\n</dict>\n"]
        ),
        "managed_apps.apps": st.lists(
            st.sampled_from(
                [{"bundle_id": "com.example.a"}, {"package_id": "com.example.a"}, {"package_id": "com.example.b"}]
            ),
            max_size=3,
        ),
        "android.managed_properties": st.dictionaries(
            st.text("abc", min_size=1, max_size=2), _plain_values(), max_size=3
        ),
        "android.secret_managed_properties": st.dictionaries(
            st.text("xyz", min_size=1, max_size=2), _plain_values(), max_size=2
        ),
        "android.package_id": None,
        "android_for_work.package_id": None,
    },
    "intune_app_protection_policy": {
        **{f"{section}.app_group_type": st.sampled_from(["all_apps", "all_microsoft_apps"]) for section in MOBILE},
        **{f"{section}.apps": None for section in MOBILE},
        "windows.apps": st.just([{"windows_app_id": "com.microsoft.edge"}]),
    },
    "intune_certificate_profile": {
        "certificate": st.sampled_from([_authority("one"), _authority("two")]),
        "root_certificate_path": None,
        "cert_file_name": st.sampled_from(["root.cer", "other root.cer"]),
    },
    "intune_conditional_access_policy": {
        # What is enforced has rules of its own, which unit tests hold.
        "policy_state": st.sampled_from(["disabled", "enabled_for_reporting_but_not_enforced"]),
        "conditions": st.fixed_dictionaries(
            {
                "users": st.fixed_dictionaries(
                    {"include_users": st.sampled_from([["All"], USERS[:1], USERS])},
                    optional={
                        "exclude_roles": st.sampled_from([["Intune Administrator"], []]),
                        "exclude_users": st.sampled_from([["GuestsOrExternalUsers"], USERS[1:]]),
                    },
                ),
                "applications": st.sampled_from([{"include_applications": [word]} for word in ("All", "Office365")]),
            },
            optional={
                "platforms": st.sampled_from(
                    [
                        {"include_platforms": ["android", "ios"]},
                        {"include_platforms": ["all"], "exclude_platforms": ["linux"]},
                    ]
                ),
                "locations": st.sampled_from(
                    [{"include_locations": ["All"], "exclude_locations": ["AllTrusted", "Headquarters"]}]
                ),
                "client_app_types": st.sampled_from([["all"], ["browser", "other"]]),
                "devices": st.sampled_from(
                    [{"device_filter": {"mode": "exclude", "rule": "device.isCompliant -eq True"}}]
                ),
                "insider_risk_levels": st.sampled_from([["minor", "elevated"], ["minor"]]),
                "user_risk_levels": st.sampled_from([["low"], []]),
            },
        ),
        "grant_controls": st.fixed_dictionaries(
            {"built_in_controls": st.sampled_from([["block"], ["compliant_device", "compliant_application"], ["mfa"]])},
            optional={"operator": st.sampled_from(["and", "or"])},
        ),
        "session_controls": st.sampled_from(
            [
                {"persistent_browser": {"mode": "never", "is_enabled": True}},
                {"sign_in_frequency": {"frequency_interval": "every_time", "is_enabled": True}},
                {"sign_in_frequency": {"type": "hours", "value": 4, "is_enabled": True}},
                {"disable_resilience_defaults": False},
            ]
        ),
    },
    "intune_custom_profile": {
        **{f"{section}.payload": st.sampled_from(PROFILE_TEXTS) for section in ("ios", "macos")},
        **{f"{section}.{name}": None for section in ("ios", "macos") for name in ("payload_path", "secret_payload")},
        **{
            f"{section}.oma_settings": st.lists(OMA_SETTING, max_size=3, unique_by=lambda item: item["oma_uri"])
            for section in ("android", "android_work_profile", "android_for_work")
        },
        "update_secrets": None,
    },
    "intune_assignment_filter": {
        "platform": st.sampled_from(["ios", "macos", "android_for_work", "windows10_and_later"]),
        "assignment_filter_management_type": st.just("devices"),
        "rule": st.sampled_from(
            ['(device.deviceOwnership -eq "Corporate")', '(device.deviceOwnership -eq "Personal")']
        ),
    },
    "intune_notification_template": {
        "localized_notification_messages": st.lists(
            st.fixed_dictionaries(
                {"locale": st.sampled_from(["en-US", "de-de", "fr"]), "subject": TEXT, "message_template": TEXT}
            ),
            min_size=1,
            unique_by=lambda message: message["locale"],
        ).map(lambda messages: [{**message, "is_default": not place} for place, message in enumerate(messages)]),
    },
    "intune_group": {
        "membership_rule": st.sampled_from(['(device.deviceOSType -eq "iOS")', '(device.deviceOSType -eq "Android")']),
        "members": st.lists(st.sampled_from(USERS), unique=True, max_size=2),
        "absent_members": st.lists(st.sampled_from(USERS), unique=True, max_size=2),
        "owners": st.lists(st.sampled_from(USERS), unique=True, max_size=2),
        # The emulated application may not manage such groups.
        "is_assignable_to_role": st.just(False),
        "mail_nickname": st.sampled_from(["nick", "Nick-2"]),
        "visibility": st.sampled_from(["private", "public"]),
    },
    "intune_vpn_profile": {
        f"{section}.secret_{name}": None
        for section in ("ios", "ios_ikev2", "macos", *(f"android{end}" for end in ("", *ANDROID)))
        for name in ("custom_data", "custom_key_value_data")
    },
    "intune_mtd_connector": {"partner": st.sampled_from(sorted(PARTNERS)), "wait_for": None},
}
# Options that say how, not what.
_NOT_DRAWN = {
    "state",
    "id",
    "name",
    "recreate",
    "assignments",
    "use",
    "wait_timeout",
    "wait_poll",
    "update_secrets",
    "created_by",
    "unset",
}


@dataclass(frozen=True)
class Subject:
    """A module and the type of object it is drawn for."""

    name: str
    module: Module
    object_type: ObjectType

    @property
    def resource(self) -> Resource:
        assert self.module.resource is not None
        return self.module.resource()

    @cached_property
    def identity(self) -> Options:
        """The options that say the type, where a section does not."""
        return {
            key: value
            for key, value in self.resource.identity({"@odata.type": self.object_type.odata_type}).items()
            if value
        }

    def __repr__(self) -> str:
        return f"{self.name}-{self.object_type.graph_type}"


def subjects() -> Iterable[Subject]:
    for path in sorted((ROOT / "plugins" / "modules").glob("intune_*.py")):
        module = importlib.import_module(f"{COLLECTION}.plugins.modules.{path.stem}").MODULE
        if module.resource is not None and "state" in module.options:
            yield from (Subject(path.stem, module, object_type) for object_type in module.resource.types)


# -- values ----------------------------------------------------------------------------------------------------------


def _text(edm: str | None) -> Strategy:
    return BY_EDM.get(edm or "", TEXT)


class Drawn:
    """Strategies for one subject; names(kind) are the names that the tenant has for a kind of reference."""

    def __init__(self, subject: Subject, names: Names) -> None:
        self.subject = subject
        self.names = names
        self.special = {**SPECIAL.get(subject.name, {}), **SPECIAL.get(repr(subject), {})}

    def options(self, required: bool = True) -> Strategy:
        subject, resource = self.subject, self.subject.resource
        spec, object_type = subject.module.options, subject.object_type
        own = {field.option: field for field in object_type.fields}
        shared = {field.option: field for field in resource.fields(object_type) if field not in object_type.fields}
        drawn: dict[str, Strategy] = {}
        needed: dict[str, Strategy] = {}
        section: Mapping[str, Any] = spec.get(object_type.section or "", {})
        for option, argument in spec.items():
            is_other = option not in own and option not in shared and not argument.get("choices")
            if (
                option in _NOT_DRAWN
                or option in subject.identity
                or (is_other and option not in self.special and not self._is_relation(option))
            ):
                continue
            strategy = self.value(option, argument, shared.get(option) or own.get(option), object_type.graph_type)
            if strategy is not None:
                (needed if option in object_type.required and not object_type.section else drawn)[option] = strategy
        if object_type.section:
            inner: dict[str, Strategy] = {}
            inner_needed: dict[str, Strategy] = {}
            for option, argument in section["options"].items():
                strategy = self.value(
                    f"{object_type.section}.{option}", argument, own.get(option), object_type.graph_type
                )
                if strategy is not None:
                    (inner_needed if option in object_type.required else inner)[option] = strategy
            needed[object_type.section] = st.fixed_dictionaries(inner_needed, optional=inner)
        if resource.assignable:
            drawn["assignments"] = self.assignments(resource.assignable)
        if not required:
            drawn.update({name: needed.pop(name) for name in set(needed) - {object_type.section}})
        return st.fixed_dictionaries(needed, optional=drawn).map(lambda values: {**subject.identity, **values})

    def _is_relation(self, option: str) -> bool:
        return any(relation.option == option for relation in self.subject.resource.relations)

    def value(self, place: str, argument: Mapping[str, Any], field: Field | None, graph_type: str) -> Strategy | None:
        if place in self.special:
            return self.special[place]
        kind = field.type if field else None
        form = kind.item if isinstance(kind, StringSet) else kind
        texts = next(
            (texts for each, texts in FORMS if form is each or (isinstance(each, type) and isinstance(form, each))),
            None,
        )
        if texts is not None:
            return st.lists(texts, max_size=2, unique=True) if isinstance(kind, StringSet) else texts
        if isinstance(kind, NamedReference):
            return st.sampled_from(self.names.of(kind.reference_type))
        if isinstance(kind, NamedReferences):
            return st.lists(st.sampled_from(self.names.of(kind.reference_type)), min_size=1, max_size=2, unique=True)
        if self._is_relation(place):
            return st.lists(st.sampled_from(["Business"]), max_size=1)
        if argument.get("choices") and argument["type"] != "list":
            return st.sampled_from(list(argument["choices"]))
        edm = _edm(graph_type, field)
        return self._by_type(place, argument, kind, edm)

    def _by_type(
        self, place: str, argument: Mapping[str, Any], kind: Any, edm: tuple[str, str] | None
    ) -> Strategy | None:
        option_type = argument["type"]
        if option_type == "bool":
            return st.booleans()
        if option_type in ("int", "float"):
            limits = (kind.minimum, kind.maximum) if isinstance(kind, Number) else (None, None)
            return st.integers(0 if limits[0] is None else limits[0], 10 if limits[1] is None else limits[1])
        if option_type == "json":
            return st.sampled_from(['{"a": 1}', '{"Rules": [1.5, true, "x"]}'])
        if option_type == "str":
            return _text(edm[0] if edm else None)
        if option_type == "dict" and argument.get("options"):
            fields = kind.fields if isinstance(kind, Complex) else ()
            return self._nested(place, argument["options"], fields, edm)
        if option_type == "dict":
            return st.dictionaries(st.text("abc", min_size=1, max_size=3), TEXT, max_size=3)
        if option_type == "list" and argument.get("choices"):
            return st.lists(st.sampled_from(list(argument["choices"])), unique=True, min_size=1)
        if option_type == "list" and argument["elements"] == "dict":
            fields = kind.item.fields if isinstance(kind, ComplexList) else ()
            return st.lists(self._nested(place, argument["options"], fields, edm), max_size=2)
        if option_type == "list":
            return st.lists(_text(edm[0] if edm else None), max_size=3, unique=True)
        return None

    def _nested(
        self, place: str, options: Mapping[str, Any], fields: Iterable[Field], edm: tuple[str, str] | None
    ) -> Strategy:
        known = {item.option: item for item in fields}
        needed: dict[str, Strategy] = {}
        drawn: dict[str, Strategy] = {}
        graph_type = edm[1] if edm and edm[0] == "complex" else ""
        for option, argument in options.items():
            strategy = self.value(f"{place}.{option}", argument, known.get(option), graph_type)
            if strategy is not None:
                # A part that refers to something says little without it.
                is_needed = argument.get("required") or (
                    option in known and isinstance(known[option].type, NamedReference)
                )
                (needed if is_needed else drawn)[option] = strategy
        return st.fixed_dictionaries(needed, optional=drawn)

    def assignments(self, assignable: Assignable) -> Strategy:
        groups = self.names.of(assignable.group_type)
        spec = self.subject.module.options["assignments"]["options"]
        form = assignable.settings.get(self.subject.object_type.graph_type)
        extra: dict[str, Strategy] = {}
        settings = {}
        for field in form.fields if form else ():
            strategy = self.value(
                f"assignments.settings.{field.option}", spec["settings"]["options"][field.option], field, ""
            )
            if strategy is not None:
                settings[field.option] = strategy
        if settings:
            extra["settings"] = st.fixed_dictionaries({}, optional=settings)
        all_of_them = [{"all_users": True}, {"all_devices": True}]
        if self.subject.object_type.graph_type in assignable.entry_types:
            all_of_them.pop()  # for managed apps, which belong to users
        target = st.sampled_from([*({"group": group} for group in groups), *all_of_them])
        filtered = st.fixed_dictionaries(
            {"filter": st.sampled_from(self.names.of(assignable.filter_type))},
            optional={"filter_mode": st.sampled_from(["include", "exclude"])},
        )
        parts: tuple[Strategy, ...] = (
            target,
            st.one_of(st.just({}), filtered),
            st.fixed_dictionaries({}, optional=extra),
        )
        included = st.builds(lambda where, filters, more: {**where, **filters, **more}, *parts)
        excluded = st.sampled_from(groups).map(lambda group: {"group": group, "exclude": True})
        items = st.lists(st.one_of(included, excluded), max_size=3, unique_by=_target)
        if "intent" not in spec:
            return items
        # One intent for all: Graph lets an exclusion stand beside inclusions of its own intent only.
        intent = st.shared(st.sampled_from(["required", "available", "uninstall"]), key="intent")
        return st.builds(_with_intent, intent, items)


def _target(item: Options) -> str:
    return str([item.get(key) for key in ("group", "all_devices", "all_users")])


def _with_intent(intent: str, items: list[Options]) -> list[Options]:
    return [{**item, "intent": intent} for item in items if intent != "available" or not item.get("all_devices")]


def _edm(graph_type: str, field: Field | None) -> tuple[str, str] | None:
    """The schema's type of the property behind a field, with the name of a complex type."""
    if field is None or not CONTRACT.has_type(graph_type):
        return None
    found = CONTRACT.properties(graph_type).get(field.graph)
    return (found.type, found.target) if found else None


# -- what options refer to -------------------------------------------------------------------------------------------


class Names:
    """The objects in a tenant that options may refer to; those of a kind are made when it is first asked for."""

    def __init__(self, tenant: LocalTenant) -> None:
        self._tenant = tenant
        self._known: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        self._operations: list[dict[str, Any]] = []

    def seed_again(self) -> None:
        """Bring the tenant back to what it was before anything was done with the names."""
        self._tenant.reset()
        self._tenant.seed(*self._operations)

    def _seed(self, *operations: dict[str, Any]) -> None:
        self._tenant.seed(*operations)
        self._operations += operations

    def of(self, kind: ReferenceType) -> list[str]:
        key = (kind.path, kind.types)
        if key not in self._known:
            self._known[key] = self._made(kind)
        return self._known[key]

    def _made(self, kind: ReferenceType) -> list[str]:
        if kind.path == "groups":
            names = ["Group of O'Brien & Söhne #1", "Everyone %", "Third"]
            self._seed(*({"op": "create", "collection": "groups", "body": {"displayName": name}} for name in names))
            return names
        present = [
            record.values["displayName"]
            for record in self._tenant.graph.tenant.collection(kind.path).values()
            if not kind.types
        ]
        if present:
            return present
        if not kind.types:
            self._seed({"op": "create", "collection": kind.path, "body": {"displayName": f"The {kind.title}"}})
            return [f"The {kind.title}"]
        names = []
        for graph_type in kind.types:
            if CONTRACT.has_type(graph_type):
                names.append(f"{kind.title} {graph_type} #'")
                body = {"@odata.type": f"#microsoft.graph.{graph_type}", "displayName": names[-1]}
                if "packageId" in CONTRACT.properties(graph_type):
                    body |= {"packageId": "com.example.target", "appIdentifier": "app:com.example.target"}
                if "publishingState" in CONTRACT.properties(graph_type):
                    body["publishingState"] = "published"
                self._seed({"op": "create", "collection": kind.path, "body": body})
        return names


def validated(subject: Subject, options: Options) -> Options:
    """The parameters as Ansible hands them to the module."""
    constraints = {key: value for key, value in subject.module.constraints.items() if key != "supports_check_mode"}
    result = ArgumentSpecValidator(subject.module.options, **constraints).validate(copy.deepcopy(options))
    if any("mutually exclusive" in message for message in result.error_messages):
        raise InvalidOptions(result.error_messages[0])
    assert result.error_messages == []
    return result.validated_parameters
