# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apps (beta /deviceAppManagement/mobileApps): store apps, managed Google Play apps, and adoption of existing apps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from .._engine import wait
from .._engine.assignments import INTENTS
from .._engine.checks import check_new
from .._engine.errors import CreateOnlyChange, InvalidOptions, ObjectNotFound, Unfinished
from .._engine.fields import SWITCH, Field, arguments
from .._engine.finding import WHOLE
from .._engine.names import package_name, snake_case
from .._engine.options import Spec, assignment_options, resource_options, section_options
from .._engine.ownership import TaggedText
from .._engine.reference_fields import NamedReferences
from .._engine.references import Reference, ResolvedNames, graph_type
from .._engine.relations import Relation
from .._engine.removal import ASSIGNED
from .._engine.resolving import list_types, types_query
from .._engine.resource import ObjectType, Params, Raw, declared_fields
from .._engine.text_fields import Name, PackageName, Text, Url
from .._graph import odata
from .._graph.errors import Conflict, IntuneError, NotFound
from .._graph.session import GraphSession
from .._graph.shapes import Shape
from . import volume_purchase
from .app_types import (
    IOS_STORE_APP,
    IOS_VPP_APP,
    OF_GOOGLE,
    OFFICE,
    OFFICE_NEEDED,
    PLAY_APP,
    PLAY_WEB_APP,
    RECOGNISED_BY,
    TYPES,
    Icon,
    read_icon,
    store_id,
)
from .assignable import APP_ASSIGNMENTS, AssignedResource, app_settings_arguments
from .reference_types import APP_CATEGORY, SCOPE_TAG
from .tenant import PLAY


class App(AssignedResource):
    # Other objects of the same app that are assigned as well.
    also_assigned: Sequence[Raw] = ()
    singular = "app"
    plural = "apps"
    title = "app"
    path = "deviceAppManagement/mobileApps"
    ownership_property = "notes"
    used_in = ASSIGNED[1:3]
    types = TYPES
    common_fields = (
        Field("name", "displayName", Name()),
        Field("description", "description", Text()),
        Field("publisher", "publisher"),
        Field("developer", "developer"),
        Field("owner", "owner"),
        Field("notes", "notes", TaggedText()),
        Field("information_url", "informationUrl", Url()),
        Field("privacy_information_url", "privacyInformationUrl", Url()),
        Field("is_featured", "isFeatured", SWITCH),
        Field("scope_tags", "roleScopeTagIds", NamedReferences(SCOPE_TAG, "0")),
        # largeIcon is null in lists [graph facts: mobile apps].
        Field("icon", "largeIcon", Icon(), not_in_lists=True),
    )
    relations = (
        Relation(
            "categories",
            None,
            "categories",
            lambda text: [Reference(APP_CATEGORY, text)],
            ("displayName",),
            target="beta/deviceAppManagement/mobileAppCategories",
        ),
    )
    assignable = APP_ASSIGNMENTS
    further_shapes: Mapping[str, Shape] = {
        **dict.fromkeys(
            (
                *("packageId", "appIdentifier", "bundleId", "appStoreUrl", "publishingState", "bindStatus"),
                *("state", "lastSyncStatus", "lastSyncDateTime"),
            ),
            str,
        ),
        **dict.fromkeys(("usedLicenseCount", "totalLicenseCount"), int),
        "isAssigned": bool,
    }
    reported = (
        "packageId",
        "bundleId",
        "appIdentifier",
        "appStoreUrl",
        "appTracks",
        "publishingState",
        "isAssigned",
        # Of apps that were bought in a volume purchase program.
        "usedLicenseCount",
        "totalLicenseCount",
        "vppTokenOrganizationName",
        "createdDateTime",
        "lastModifiedDateTime",
    )

    shares_names = True
    found_by = ("name", "type", "bundle_id", "package_id")
    labels = ("name", "package_id", "bundle_id", "id")

    always_set = (
        "applicable_device_types",
        "minimum_supported_operating_system",
        "office_suite_app_default_file_format",
        "update_channel",
    )
    argument_spec: ClassVar[Spec] = {
        **resource_options(),
        **arguments(common_fields),
        **relations[0].arguments(),
        **assignment_options(
            intent={"type": "str", "choices": INTENTS.choices},
            settings={"type": "dict", "options": app_settings_arguments()},
        ),
        # Without choices: apps of types that Graph gets in the future are shown, and accepted.
        "type": {"type": "str"},
        "use": {"type": "str", "choices": list(volume_purchase.USES)},
        # An action, not a secret.
        "sync_vpp_tokens": {"type": "bool", "default": False, "no_log": False},
        **{
            option: argument
            for object_type in TYPES
            if not object_type.section
            for option, argument in arguments(object_type.fields).items()
        },
        **section_options(OFFICE),
        "bundle_id": {"type": "str"},
        "package_id": {"type": "str"},
        # Of each platform, other versions.
        "minimum_supported_operating_system": {"type": "str"},
        "wait_timeout": {"type": "int", "default": 300},
        "approve_all_permissions": {"type": "bool", "default": True},
    }
    constraints: ClassVar[Spec] = {"required_one_of": [("name", "id", "package_id", "bundle_id")]}

    # -- options ---------------------------------------------------------------------------------------------

    def validate(self, params: Params) -> None:
        if not any(params.get(key) for key in ("id", "name", "package_id", "bundle_id")):
            raise InvalidOptions("Declare one of name, id, package_id and bundle_id to identify the app.")
        self._check_use(params)
        declared = self.declared_type(params)
        if declared:
            self.check_fit(declared, params)
        elif params.get("type") and not params.get("id"):
            listed = ", ".join(snake_case(object_type.graph_type) for object_type in self.types)
            raise InvalidOptions(f"type '{params['type']}' is not a type of app. Use one of: {listed}.")

    def _check_use(self, params: Params) -> None:
        unfit = [option for option in ("type", "package_id") if params.get(option)]
        if params.get("use") and unfit:
            raise InvalidOptions(
                f"use is for an app of Apple's store whose type is chosen, so {unfit[0]} cannot be declared with it."
            )
        is_found = params.get("id") or params.get("bundle_id") or store_id(params.get("app_store_url"))
        if params.get("use") and not is_found:
            raise InvalidOptions("use needs bundle_id or app_store_url: a purchased app is found by them.")
        if params.get("sync_vpp_tokens") and params.get("use") != "vpp":
            raise InvalidOptions("sync_vpp_tokens is for apps with use=vpp.")

    def prepare(self, params: Params) -> Params:
        prepared = dict(params)
        if params.get("package_id"):
            prepared["package_id"] = package_name(params["package_id"])
        if params.get("icon") is not None and params.get("state") != "absent":
            prepared["icon"] = read_icon(params["icon"])
        return prepared

    def declared(self, object_type: ObjectType, params: Params) -> list[tuple[Field, Any]]:
        """Of an app that use has chosen, what Apple's store says stays; only a store app takes it from the options."""
        is_from_apple = params.get("use") and object_type.graph_type == IOS_VPP_APP.graph_type
        kept = volume_purchase.FROM_APPLE if is_from_apple else ()
        return [(field, value) for field, value in super().declared(object_type, params) if field.option not in kept]

    def declared_assignments(self, object_type: ObjectType | None, params: Params) -> Sequence[Raw] | None:
        """A store app that use has chosen does without the settings that only purchased apps have."""
        items = super().declared_assignments(object_type, params)
        if not items or not params.get("use") or object_type is not IOS_STORE_APP:
            return items
        store, bought = (
            {field.option for field in APP_ASSIGNMENTS.settings[each.graph_type].fields}
            for each in (IOS_STORE_APP, IOS_VPP_APP)
        )
        settings = [item.get("settings") or {} for item in items]
        return [
            {**item, "settings": {name: each[name] for name in each if name in store or name not in bought}}
            for item, each in zip(items, settings)
        ]

    def check_fit(self, object_type: ObjectType, params: Params) -> None:
        object_type = IOS_STORE_APP if params.get("use") else object_type
        declared = {field.path for other in self.types for field, _value in declared_fields(params, other.fields)} | {
            option for option in RECOGNISED_BY if params.get(option) is not None
        }
        unfit = {
            option
            for option in declared - {field.path for field in object_type.fields}
            if object_type.graph_type not in RECOGNISED_BY.get(option, ())
        }
        # The name is how an app of Google Play is found.
        unfit.update(option for option in object_type.fixed if option != "name" and params.get(option) is not None)
        if unfit:
            raise InvalidOptions(
                f"{self.describe(params)}: a {object_type.title} does not take {', '.join(sorted(unfit))}. "
                "This task wrote nothing."
            )

    def declared_type(self, params: Params) -> ObjectType | None:
        if params.get("use"):
            return {"vpp": IOS_VPP_APP, "store": IOS_STORE_APP}.get(params["use"])
        return next((each for each in self.types if snake_case(each.graph_type) == params.get("type")), None) or (
            super().declared_type(params) if params.get("type") is None else None
        )

    def identity(self, raw: Raw) -> dict[str, Any]:
        options = {"type": snake_case(graph_type(raw))}
        if self.type_of(raw) in OF_GOOGLE:
            options["package_id"] = _package_of(raw)
        if self.type_of(raw) is PLAY_WEB_APP:
            options["name"] = str(raw.get("displayName") or "")
        return {name: value for name, value in options.items() if value}

    # -- reading ---------------------------------------------------------------------------------------------

    def matches(self, raw: Raw, params: Params) -> bool:
        """All that the collection holds are apps, of types that this module does not know too."""
        declared = self.declared_type(params)
        return not declared or graph_type(raw) == declared.graph_type

    def checked(self, raw: dict[str, Any], params: Params) -> dict[str, Any] | None:
        """Return an app that was found by name or id if it is the one that the options describe further."""
        other = self._other_identity(raw, params)
        if other:
            if params.get("state") == "absent":
                return None
            raise CreateOnlyChange(self.describe(params), [other])
        is_renamed = params.get("id") and params.get("name") not in (None, raw.get("displayName"))
        if is_renamed and params.get("state") != "absent" and self.type_of(raw) in OF_GOOGLE:
            raise InvalidOptions(
                f"{params['id']} cannot be renamed to '{params['name']}': its name comes from managed Google "
                "Play. This task wrote nothing."
            )
        return raw

    def _other_identity(self, raw: Raw, params: Params) -> str | None:
        """Return the option that names another app than this one, of those that identify an app and that nobody
        changes.
        """
        if not self.declared_type(params) and params.get("type") not in (None, snake_case(graph_type(raw))):
            return "type"
        own = {field.option for field in self.type_of(raw).fields}
        for option, current in (("package_id", _package_of(raw)), ("bundle_id", raw.get("bundleId"))):
            if option not in own and current and params.get(option) not in (None, current):
                return option
        return None

    def first_url(self, params: Params) -> str | None:
        if params.get("id") or self._is_searched_by_name(params):
            return super().first_url(params)
        types = self._types_to_search(params)
        return odata.url(self.path, types_query(types, self.query_of(self.path).get("$expand"))) if types else None

    def _is_searched_by_name(self, params: Params) -> bool:
        if volume_purchase.may_be_bought(params):
            return False
        return bool(params.get("name") and not (self.declared_type(params) is PLAY_APP and params.get("package_id")))

    def candidates(
        self, session: GraphSession, params: Params, answer: dict[str, Any] | None = None
    ) -> Iterable[dict[str, Any]]:
        if self._is_searched_by_name(params):
            found = list(self.with_name(session, params["name"], params, answer))
            if found or params.get("state") == "absent":
                return found
            answer = answer if answer and answer.get(WHOLE) else None
        found = self._recognised(session, params, answer)
        if not volume_purchase.may_be_bought(params):
            return found
        chosen = volume_purchase.chosen(found, params["use"], params.get("state") == "absent")
        # No run creates a purchased app, so two of them are of two tokens.
        self.may_be_doubled = not any(self.type_of(raw) is IOS_VPP_APP for raw in chosen)
        self.also_assigned = [raw for raw in found if raw not in chosen and volume_purchase.is_assigned(raw)]
        return chosen

    def _recognised(
        self, session: GraphSession, params: Params, answer: dict[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Find an existing app with another name: a second object for one store app would be a duplicate."""
        package_id = params.get("package_id") or store_id(params.get("app_store_url"))
        bundle_id = params.get("bundle_id")
        url_id = store_id(params.get("app_store_url"))
        if not (package_id or bundle_id or url_id):
            return []

        def is_same(raw: Raw) -> bool:
            return bool(
                (package_id and _package_of(raw) == package_id)
                or (bundle_id and raw.get("bundleId") == bundle_id)
                or (url_id and store_id(raw.get("appStoreUrl")) == url_id)
            )

        # Graph declares no filter on bundleId and packageId, so the type is listed and compared here.
        types = self._types_to_search(params)
        expand = self.query_of(self.path).get("$expand")
        found = [raw for raw in list_types(session, self.path, types, self.version, expand, answer) if is_same(raw)]
        for raw in found:
            if graph_type(raw) not in self._graph_types():
                self.pass_over(raw)
        return [raw for raw in found if graph_type(raw) in types]

    def _types_to_search(self, params: Params) -> list[str]:
        if volume_purchase.may_be_bought(params):
            return [IOS_STORE_APP.graph_type, IOS_VPP_APP.graph_type]
        declared_type = self.declared_type(params)
        return (
            [declared_type.graph_type]
            if declared_type
            else sorted({name for key, names in RECOGNISED_BY.items() if params.get(key) for name in names})
        )

    def advice(self, session: GraphSession, raw: Raw, params: Params) -> list[str]:
        return [
            f"{self.describe(params)}: {self.type_of(other).title} '{other.get('displayName')}' ({other['id']}) is "
            f"assigned too, and {self.type_of(raw).title} '{raw.get('displayName')}' is used. Remove its assignments "
            "when all devices have the app."
            for other in self.also_assigned
        ]

    # -- writing ---------------------------------------------------------------------------------------------

    def contradictions(self, object_type: ObjectType, options: Params) -> Iterable[str]:
        if object_type is PLAY_APP and options.get("package_id"):
            try:
                PackageName().check(options["package_id"])
            except ValueError as error:
                yield f"package_id {error}"

    def check_creatable(self, object_type: ObjectType | None, params: Params) -> ObjectType:
        if params.get("use") == "vpp":
            return self._check_purchase(params)
        if params.get("use"):
            check_new(self, {**params, "use": "store"})
            object_type = IOS_STORE_APP
        if object_type is None:
            raise ObjectNotFound(
                f"{self.describe(params)} does not exist. To create it, declare its type. This task wrote nothing."
            )
        if object_type is OFFICE:
            declared = params.get("office_suite") or {}
            needed = () if declared.get("office_configuration_xml") else OFFICE_NEEDED
            self.check_missing(params, [f"office_suite.{option}" for option in needed if not declared.get(option)])
        if object_type is not PLAY_APP:
            return super().check_creatable(object_type, params)
        if not params.get("package_id"):
            raise InvalidOptions(
                f"{self.describe(params)} does not exist. To get it from managed Google Play, package_id is "
                "needed. This task wrote nothing."
            )
        return object_type

    def _check_purchase(self, params: Params) -> ObjectType:
        if params.get("sync_vpp_tokens"):
            return IOS_VPP_APP
        raise ObjectNotFound(
            f"{self.describe(params)} does not exist as a volume purchase app. Buy licences for it in Apple Business "
            "Manager; sync_vpp_tokens=true then brings it without waiting for the next synchronization. "
            "This task wrote nothing."
        )

    def create_body(
        self, object_type: ObjectType, params: Params, desired: Mapping[str, Any], ids: ResolvedNames
    ) -> dict[str, Any]:
        body = super().create_body(object_type, params, desired, ids)
        if object_type not in (PLAY_APP, IOS_VPP_APP):
            body.setdefault("description", params["name"])
        return body

    def before_create(self, session: GraphSession, params: Params) -> None:
        declared_type = self.declared_type(params)
        if declared_type is IOS_VPP_APP and not volume_purchase.valid_tokens(session, self.version):
            raise IntuneError(
                f"The tenant has no valid volume purchase token, so {self.describe(params)} cannot come from Apple. "
                "Upload one in the Intune admin center: Tenant administration > Connectors and tokens > Apple VPP "
                "Tokens. This task wrote nothing."
            )
        if declared_type is PLAY_APP:
            status = session.get(PLAY, version=self.version).get("bindStatus")
            if str(status).lower() != "boundandvalidated":
                raise IntuneError(
                    f"Managed Google Play is not connected to this tenant (bindStatus {status}), so "
                    f"{self.describe(params)} cannot be added. "
                    "Connect it in the Intune admin center: Devices > Android > Enrollment > Managed Google "
                    "Play. This task wrote nothing."
                )

    def create(self, session: GraphSession, body: dict[str, Any], params: Params) -> tuple[dict[str, Any], bool]:
        if self.declared_type(params) is IOS_VPP_APP:
            return self._synchronized(session, params), False
        if self.declared_type(params) is not PLAY_APP:
            return super().create(session, body, params)
        return self._import(session, params), False

    def _synchronized(self, session: GraphSession, params: Params) -> dict[str, Any]:
        """Synchronize the volume purchase tokens, and wait for the app or for the end of it."""
        before = volume_purchase.valid_tokens(session, self.version)
        for token_id in before:
            volume_purchase.synchronize(session, token_id, self.version)

        def arrived() -> dict[str, Any] | None:
            now = {str(raw["id"]): raw for raw in session.list(volume_purchase.TOKENS, self.version)}
            found = self.only_one(self.candidates(session, params), params)
            ended = all(volume_purchase.is_synchronized(raw, now.get(key)) for key, raw in before.items())
            return found or ({} if ended else None)

        timeout = float(params.get("wait_timeout") or 0)
        found = wait.until(arrived, timeout, first=1.0)
        if not found:
            when = f"within {timeout:.0f} s (wait_timeout)" if found is None else "with the synchronization"
            raise Unfinished(
                f"{self.describe(params)} did not appear in Intune {when} of the volume purchase tokens. Check in "
                "Apple Business Manager that there are licences for it, in the location of a token; run again to go on."
            )
        return found

    def _import(self, session: GraphSession, params: Params) -> dict[str, Any]:
        """Approve an app in managed Google Play and wait for the sync to bring it: it cannot be POSTed
        [graph facts: managed Google Play].
        """
        approval = {
            "packageIds": [f"app:{params['package_id']}"],
            "approveAllPermissions": bool(params.get("approve_all_permissions", True)),
        }
        session.post(f"{PLAY}/approveApps", approval, version=self.version, repeatable=True)
        with suppress(Conflict):  # a sync is running already, which is enough
            session.post(f"{PLAY}/syncApps", None, version=self.version, repeatable=True)
        timeout = float(params.get("wait_timeout") or 0)
        found = wait.until(lambda: self.only_one(self._recognised(session, params), params), timeout, first=1.0)
        if found is None:
            raise Unfinished(
                f"{self.describe(params)} was approved in managed Google Play, but did not appear in Intune "
                f"within {timeout:.0f} s (wait_timeout). "
                "Check that the package id is right; run again to go on."
            )
        return found

    def await_ready(self, session: GraphSession, raw: dict[str, Any], params: Params) -> dict[str, Any]:
        """Wait until the app is published: it cannot be assigned earlier."""
        timeout = float(params.get("wait_timeout") or 0)
        for _attempt in wait.attempts(timeout):
            if str(raw.get("publishingState") or "published").lower() == "published":
                return raw
            with suppress(NotFound):  # a part of Graph may not know a new one yet [graph facts: consistency]
                raw = session.get(f"{self.path}/{odata.segment(str(raw['id']))}", version=self.version)
        raise IntuneError(
            f"{self.describe(params)} exists, but is still {raw.get('publishingState')} after {timeout:.0f} s "
            "(wait_timeout). Run again to go on."
        )


def _package_of(raw: Raw) -> str:
    return package_name(raw.get("packageId") or raw.get("appIdentifier"))
