# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""App registrations (v1.0 /applications), and what an application logs in with [graph facts: app registrations]."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import ssl
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, ClassVar

from .._engine.errors import InvalidOptions, says_it_exists
from .._engine.fields import SWITCH, Field, FieldType
from .._engine.options import Spec, empty_option, resource_options
from .._engine.ownership import DirectoryText
from .._engine.references import ResolvedNames
from .._engine.relations import Relation, RelationPlan
from .._engine.removal import Use
from .._engine.resource import ObjectType, Params, Raw, Resource
from .._engine.text_fields import Name
from .._engine.time_fields import parse_moment
from .._graph import odata
from .._graph.errors import BadRequest, Conflict, GraphError
from .._graph.session import GraphSession
from .._graph.shapes import Shape

AUDIENCE = "api://AzureADTokenExchange"
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_THUMBPRINT = re.compile(r"[0-9A-Fa-f]{40}")
# The limits of Entra: https://learn.microsoft.com/graph/api/resources/federatedidentitycredentials-overview
_MOST = 20
_LONGEST = 600
_ISSUER = re.compile(r"https://[^\s/]+\S*")
_URL_NAME = re.compile(r"[A-Za-z0-9_-]{1,120}")


@dataclass(frozen=True)
class _Declared:
    """Certificates as PEM, or thumbprints of existing ones; is_exact: others are removed."""

    entries: tuple[str, ...]
    is_exact: bool


_CERTIFICATES_SHAPE: Shape = [{"keyId": str, "customKeyIdentifier": str, "key": str, "endDateTime": str}]


class Certificates(FieldType):
    """Graph replaces the whole list, and an existing entry goes back as it was read."""

    shape = _CERTIFICATES_SHAPE

    def check(self, value: _Declared) -> None:
        for entry in value.entries:
            if "PRIVATE KEY" in entry:
                raise ValueError("holds a private key, which stays with you: give the certificate alone")
            if not _THUMBPRINT.fullmatch(entry.strip()) and not _thumbprint(_key(entry)):
                raise ValueError("must be certificates in PEM form, or SHA-1 thumbprints of 40 hexadecimal digits")

    def encode(self, value: _Declared, current: Any, ids: ResolvedNames) -> Any:
        existing = {_thumbprint_of(raw) for raw in current or []}
        declared = {_thumbprint(_key(text)) or text.strip().upper(): text for text in value.entries}
        unknown = [name for name, text in declared.items() if name not in existing and not _key(text)]
        if unknown:
            raise InvalidOptions(
                f"certificates: the application has no certificate with the thumbprint {', '.join(unknown)}."
                " This task wrote nothing."
            )
        # Some have no thumbprint, and a certificate that signs has an entry for each use.
        kept = [raw for raw in current or [] if not value.is_exact or _thumbprint_of(raw) in declared]
        new = [_new(text) for name, text in declared.items() if name not in existing]
        return [*kept, *new]

    def is_shared(self, value: _Declared, current: Any, ids: ResolvedNames) -> bool:
        return True

    def equal(self, desired: Any, current: Any) -> bool:
        return {_thumbprint_of(raw) for raw in desired or []} == {_thumbprint_of(raw) for raw in current or []}

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return sorted(_thumbprint_of(raw) for raw in value or [])


def is_valid_until(end: object) -> bool:
    """Whether something can still log in with a credential; where its end cannot be read, that is assumed."""
    try:
        return parse_moment(str(end)) > datetime.now(timezone.utc)
    except ValueError:
        return True


def _valid(credentials: Iterable[Raw] | None) -> list[Raw]:
    return [each for each in credentials or [] if is_valid_until(each.get("endDateTime"))]


def _new(text: str) -> dict[str, Any]:
    return {"type": "AsymmetricX509Cert", "usage": "Verify", "key": _key(text)}


def _key(text: str) -> str:
    """Return the one certificate of a PEM text as base64 of its DER form, nothing if it has not exactly one."""
    blocks = _PEM.findall(text)
    try:
        return base64.b64encode(ssl.PEM_cert_to_DER_cert(blocks[0])).decode("ascii") if len(blocks) == 1 else ""
    except ValueError:
        return ""


def _thumbprint(key: str) -> str:
    return hashlib.sha1(base64.b64decode(key)).hexdigest().upper() if key else ""  # noqa: S324  a name, no protection


def _thumbprint_of(raw: Raw) -> str:
    """Graph shows a certificate only on request, but names it by its thumbprint, in base64 or in hexadecimal digits."""
    name = str(raw.get("customKeyIdentifier") or "")
    try:
        if raw.get("key"):
            return _thumbprint(str(raw["key"]))
        if _THUMBPRINT.fullmatch(name):
            return name.upper()
        decoded = base64.b64decode(name)
    except ValueError:
        return name
    return decoded.hex().upper() if len(decoded) == 20 else decoded.decode("ascii", "replace").upper()


def _unfit(declared: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what Entra refuses of federated credentials."""
    names = [item["name"].lower() for item in declared]
    tokens = [_token(item) for item in declared]
    if len(declared) > _MOST:
        yield f"an application takes {_MOST} at most, not {len(declared)}"
    for item in declared:
        name = item["name"]
        if not _URL_NAME.fullmatch(name):
            yield f"'{name}' is not a name of 1 to 120 letters, digits, - and _"
        if names.count(name.lower()) > 1:
            yield f"'{name}' is declared more than once"
        if tokens.count(_token(item)) > 1:
            yield f"'{name}' has the issuer and the subject of another one"
        if not _ISSUER.fullmatch(item["issuer"]):
            yield f"the issuer of '{name}' must be a URL such as https://ci.example.com without blanks"
        for option in ("subject", "audience"):
            text = item[option]
            if not text.strip() or text != text.strip() or len(text) > _LONGEST:
                yield f"the {option} of '{name}' must be 1 to {_LONGEST} characters, without blanks at its ends"


def _token(credential: Raw) -> tuple[str, str]:
    """Return which tokens a federated credential is for."""
    return str(credential.get("issuer")), str(credential.get("subject"))


class FederatedCredentials(Relation):
    """Tokens of other identity providers that an application accepts, each with a name that stays."""

    def __init__(self) -> None:
        super().__init__(
            "federated_credentials", "purge_federated_credentials", "federatedIdentityCredentials", lambda text: (), ()
        )

    def query(self, version: str) -> dict[str, str]:
        return {}  # there are 20 at most

    def label(self, raw: Mapping[str, Any]) -> str:
        return json.dumps(
            {
                "name": raw.get("name"),
                "issuer": raw.get("issuer"),
                "subject": raw.get("subject"),
                "audience": next(iter(raw.get("audiences") or []), None),
            }
        )

    def shown(self, labels: Iterable[str]) -> list[Any]:
        return [json.loads(label) for label in sorted(labels)]

    def read(self, session: GraphSession, path: str, version: str) -> list[dict[str, Any]]:
        found = list(session.list(f"{path}/{self.navigation}", version=version))
        if not all(raw.get("name") for raw in found):
            raise GraphError(
                f"GET {path}/{self.navigation} answered with a credential that has no name.", status=200, method="GET"
            )
        # Another issuer is another member to whoever compares.
        return [{**raw, "id": self.label(raw), "object_id": raw["id"]} for raw in found]

    def plan(
        self,
        session: GraphSession,
        declared: Sequence[Any],
        current: list[dict[str, Any]],
        purge: bool,
        resolved: ResolvedNames,
        check_mode: bool,
    ) -> RelationPlan:
        result = RelationPlan(self, current)
        labels = {item["name"]: self.label({**item, "audiences": [item["audience"]]}) for item in declared}
        held = {str(raw["name"]): str(raw["id"]) for raw in current}
        names = {_token(raw): str(raw["name"]) for raw in current if raw["name"] not in labels}
        taken = next((item for item in declared if _token(item) in names and not purge), None)
        if taken:
            raise InvalidOptions(
                f"{self.option}: '{names[_token(taken)]}' has the issuer and the subject of '{taken['name']}' already, "
                "and Entra takes one of them only. Declare it by its name, or set purge_federated_credentials=true to "
                "replace it. This task wrote nothing."
            )
        result.add = {label: label for name, label in labels.items() if held.get(name) != label}
        result.remove = {
            key: key for name, key in held.items() if (purge if name not in labels else labels[name] != key)
        }
        return result

    def apply(self, session: GraphSession, path: str, planned: RelationPlan, root: str, version: str) -> None:
        base = f"{path}/{self.navigation}"
        existing = {raw["name"]: raw["object_id"] for raw in self.read(session, path, version)}
        added = [json.loads(label) for label in planned.add]
        names, tokens = {item["name"] for item in added}, set(map(_token, added))
        removed = [item for item in map(json.loads, planned.remove) if item["name"] in existing.keys() - names]
        addresses = {name: f"{base}/{odata.segment(object_id)}" for name, object_id in existing.items()}
        # Entra takes no second one of an issuer and a subject, so what is replaced goes first.
        for item in removed:
            if _token(item) in tokens:
                session.delete(addresses[item["name"]], version=version)
        for item in added:
            body = {"issuer": item["issuer"], "subject": item["subject"], "audiences": [item["audience"]]}
            if item["name"] in existing:
                session.patch(addresses[item["name"]], body, version=version)
            else:
                try:
                    session.post(base, {"name": item["name"], **body}, version=version)
                except (BadRequest, Conflict) as error:
                    # Another run, or an earlier try of this one, was first; the engine waits until it shows.
                    if not says_it_exists(error):
                        raise
        for item in removed:
            if _token(item) not in tokens:
                session.delete(addresses[item["name"]], version=version)


class Application(Resource):
    singular = "application"
    plural = "applications"
    title = "application"
    path = "applications"
    version = "v1.0"
    polymorphic = False
    is_listed_whole = False
    types = (ObjectType("application", "application", defaults={"signInAudience": "AzureADMyOrg"}),)
    common_fields = (
        Field("name", "displayName", Name(256)),
        Field("description", "description", DirectoryText()),
        Field("allow_public_client_flows", "isFallbackPublicClient", SWITCH),
        Field("certificates", "keyCredentials", Certificates()),
    )
    relations = (FederatedCredentials(),)
    further_shapes: Mapping[str, Shape] = {
        "appId": str,
        "passwordCredentials": [{"keyId": str, "displayName": str, "endDateTime": str}],
        **dict.fromkeys(("name", "issuer", "subject"), str),
        "audiences": [str],
    }
    reported = ("appId", "createdDateTime", "signInAudience")

    argument_spec: ClassVar[Spec] = {
        **resource_options(),
        **empty_option(),
        "allow_public_client_flows": {"type": "bool"},
        "certificates": {"type": "list", "elements": "str"},
        "purge_certificates": {"type": "bool", "default": False},
        "federated_credentials": {
            "type": "list",
            "elements": "dict",
            "options": {
                "name": {"type": "str", "required": True},
                "issuer": {"type": "str", "required": True},
                "subject": {"type": "str", "required": True},
                "audience": {"type": "str", "default": AUDIENCE},
            },
        },
        "purge_federated_credentials": {"type": "bool", "default": False},
    }

    def validate(self, params: Params) -> None:
        declared = params.get("federated_credentials") or []
        problem = next(_unfit(declared), None)
        if problem:
            raise InvalidOptions(f"federated_credentials: {problem}. This task wrote nothing.")

    def prepare(self, params: Params) -> Params:
        declared = params.get("certificates")
        if declared is None:
            return params
        return {**params, "certificates": _Declared(tuple(declared), bool(params.get("purge_certificates")))}

    def other_uses(self, session: GraphSession, current: Raw, params: Params, warnings: list[str]) -> list[Use]:
        """Credentials that the task does not declare, and that have not expired."""
        declared = params["certificates"].entries if params.get("certificates") else ()
        thumbprints = {_thumbprint(_key(text)) or text.strip().upper() for text in declared}
        names = {item["name"] for item in params.get("federated_credentials") or []}
        # Of two equal applications, the one with a secret is in use; its text is with whoever got it.
        is_deleted = params.get("state") == "absent"
        secret = (params.get("password_credential") or {}).get("name") if is_deleted else None
        others = [
            f"the client secret '{each.get('displayName') or each.get('keyId')}'"
            for each in _valid(current.get("passwordCredentials"))
            if each.get("displayName") != secret
        ]
        others += [
            f"the certificate {_thumbprint_of(each)}"
            for each in _valid(current.get("keyCredentials"))
            if _thumbprint_of(each) not in thumbprints
        ]
        for relation in self.relations:
            federated = relation.read(session, self.address(current), self.version)
            others += [f"the federated credential '{each['name']}'" for each in federated if each["name"] not in names]
        return [Use("credentials", tuple(sorted(others)))] if others else []

    def derived(self, raw: Raw, params: Params) -> dict[str, Any]:
        return {
            "client_secrets": [
                {"name": each.get("displayName"), "id": each.get("keyId"), "end_date_time": each.get("endDateTime")}
                for each in raw.get("passwordCredentials") or []
            ],
            "certificates_end": {
                _thumbprint_of(each): each.get("endDateTime") for each in raw.get("keyCredentials") or []
            },
        }
