# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trusted root certificate profiles (beta /deviceManagement/deviceConfigurations)."""

from __future__ import annotations

import base64
import binascii
import datetime
import os
from typing import Any, ClassVar

from .._engine import files
from .._engine.errors import InvalidOptions
from .._engine.fields import Enum, Field, FieldType, arguments, named
from .._engine.options import Spec, profile_options
from .._engine.references import ResolvedNames, graph_type
from .._engine.resource import ObjectType, Params, Raw
from .._engine.text_fields import FILE_NAME
from .._graph.session import GraphSession
from .device_configuration import APPLICABILITY, DeviceConfiguration

_BEGIN = b"-----BEGIN CERTIFICATE-----"
_END = b"-----END CERTIFICATE-----"


def to_der(content: bytes) -> bytes:
    """Return a certificate's DER form from PEM or DER. Raises ValueError when PEM holds more or less than one."""
    if b"PRIVATE KEY-----" in content:
        raise ValueError("it holds a private key, which stays with you: give the certificate alone")
    if _BEGIN not in content:
        return content
    if content.count(_BEGIN) > 1:
        raise ValueError("it holds more than one certificate; a profile takes one")
    body = content.split(_BEGIN, 1)[1].split(_END, 1)[0]
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error:
        raise ValueError("its PEM text is damaged") from None


class _Certificate(FieldType):
    """trustedRootCertificate: base64 of the file; PEM and DER of one certificate are the same."""

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return base64.b64encode(value).decode()

    def equal(self, desired: Any, current: Any) -> bool:
        return self._meaning(desired) == self._meaning(current)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        from hashlib import sha256

        der = self._meaning(value)
        return f"SHA-256 {sha256(der).hexdigest().upper()}" if der else None

    def declare(self, value: Any, ids: ResolvedNames) -> Any:
        body = base64.encodebytes(self._meaning(value)).decode()
        return f"{_BEGIN.decode()}\n{body}{_END.decode()}\n"

    @staticmethod
    def _meaning(value: Any) -> bytes:
        try:
            return to_der(base64.b64decode(value or ""))
        except ValueError:
            return str(value).encode()


_GRAPH_NAME, _CERTIFICATE = "trustedRootCertificate", _Certificate()


def _type(graph_type: str, title: str, *fields: Field) -> ObjectType:
    own = (
        Field("certificate", _GRAPH_NAME, _CERTIFICATE),
        Field("cert_file_name", "certFileName", FILE_NAME),
        *fields,
    )
    return ObjectType(graph_type, f"{title} trusted certificate profile", own)


DEPLOYMENT_CHANNEL = named(Enum("deviceChannel", "userChannel"), "deploymentChannel")
DESTINATION_STORE = named(
    Enum("computerCertStoreRoot", "computerCertStoreIntermediate", "userCertStoreIntermediate"), "destinationStore"
)
PLATFORMS = {
    "ios": _type("iosTrustedRootCertificate", "iOS"),
    "android_work_profile": _type("androidWorkProfileTrustedRootCertificate", "Android work profile"),
    "android_device_owner": _type("androidDeviceOwnerTrustedRootCertificate", "Android device owner"),
    "macos": _type("macOSTrustedRootCertificate", "macOS", *DEPLOYMENT_CHANNEL),
    "windows": _type("windows81TrustedRootCertificate", "Windows", *DESTINATION_STORE),
}


class CertificateProfile(DeviceConfiguration):
    singular = "certificate_profile"
    plural = "certificate_profiles"
    title = "certificate profile"
    types = tuple(PLATFORMS.values())
    type_option = "platform"

    always_set = ("certificate", "destination_store")
    argument_spec: ClassVar[Spec] = {
        **profile_options(),
        "platform": {"type": "str", "choices": list(PLATFORMS)},
        "root_certificate_path": {"type": "path"},
        "certificate": {"type": "str"},
        "cert_file_name": {"type": "str"},
        **arguments((*DEPLOYMENT_CHANNEL, *DESTINATION_STORE, *APPLICABILITY)),
    }
    constraints: ClassVar[Spec] = {
        "required_one_of": [("name", "id")],
        "mutually_exclusive": [("root_certificate_path", "certificate")],
    }

    def validate(self, params: Params) -> None:
        declared_type = self.declared_type(params)
        if declared_type:
            self.check_fit(declared_type, params)

    def check_fit(self, object_type: ObjectType, params: Params) -> None:
        for field in (*DEPLOYMENT_CHANNEL, *DESTINATION_STORE):
            if params.get(field.option) and field not in object_type.fields:
                raise InvalidOptions(f"A {object_type.title} has no {field.option}. This task wrote nothing.")

    def prepare(self, params: Params) -> Params:
        """Read the certificate."""
        if params.get("certificate") is None and params.get("root_certificate_path") is None:
            return params
        if params.get("state") == "absent":
            return {**params, "certificate": None}
        try:
            return {**params, "certificate": to_der(_content(params))}
        except ValueError as error:
            raise _unusable(params, error) from None

    def check_change(self, session: GraphSession, current: Raw | None, predicted: Raw, params: Params) -> None:
        """What is distributed as a trusted root must be one; an existing one may have expired since."""
        if current is None or not _CERTIFICATE.equal(predicted.get(_GRAPH_NAME), current.get(_GRAPH_NAME)):
            try:
                check_authority(params["certificate"])
            except ValueError as error:
                raise _unusable(params, error) from None

    def identity(self, raw: Raw) -> dict[str, Any]:
        platforms = [name for name, each in PLATFORMS.items() if each.graph_type == graph_type(raw)]
        return {"platform": platforms[0]} if platforms else {}

    def declared_type(self, params: Params) -> ObjectType | None:
        return PLATFORMS.get(params.get("platform") or "")

    def create_body(self, object_type: ObjectType, params: Params, desired: Any, ids: ResolvedNames) -> dict[str, Any]:
        body = super().create_body(object_type, params, desired, ids)
        name = os.path.splitext(os.path.basename(params.get("root_certificate_path") or "root"))[0]
        body.setdefault("certFileName", f"{name}.cer")
        return body

    def check_creatable(self, object_type: ObjectType | None, params: Params) -> ObjectType:
        missing = [
            name
            for name, is_declared in (
                ("platform", object_type),
                ("certificate or root_certificate_path", params.get("certificate")),
            )
            if not is_declared
        ]
        self.check_missing(params, missing)
        return super().check_creatable(object_type, params)


def _content(params: Params) -> bytes:
    if params.get("certificate") is not None:
        return str(params["certificate"]).encode()
    return files.content("root_certificate_path", str(params["root_certificate_path"]))


def _unusable(params: Params, error: ValueError) -> InvalidOptions:
    path = params.get("root_certificate_path")
    source = f"root_certificate_path {path}" if path is not None else "certificate"
    return InvalidOptions(f"{source} cannot be used: {error}. This task wrote nothing.")


def check_authority(der: bytes) -> None:
    """Raise ValueError unless the certificate is a valid CA certificate.

    cryptography is installed wherever msal is: msal needs it for certificate credentials.
    """
    try:
        from cryptography import x509
    except ImportError:
        raise ValueError("the Python library cryptography, which msal brings, is not installed") from None
    try:
        certificate = x509.load_der_x509_certificate(der)
    except ValueError:
        raise ValueError("it is no X.509 certificate in PEM or DER form") from None
    try:
        is_authority = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        is_authority = False
    if not is_authority:
        raise ValueError("it is not the certificate of a certificate authority (basicConstraints lacks CA:TRUE)")
    now = datetime.datetime.now(datetime.timezone.utc)
    # cryptography < 42 knows the naive form only.
    expires = getattr(certificate, "not_valid_after_utc", None) or certificate.not_valid_after.replace(
        tzinfo=datetime.timezone.utc
    )
    if expires < now:
        raise ValueError(f"it expired on {expires:%Y-%m-%d}")
