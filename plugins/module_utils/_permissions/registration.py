# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface function of intune_application: an app registration, its service principal, and a client secret."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from .._engine import files
from .._engine.engine import reconcile
from .._engine.errors import InvalidOptions, Unfinished
from .._graph.errors import BadRequest, IntuneError, NotFound
from .._graph.session import GraphSession
from .app_registration import Application, is_valid_until
from .client_secret import NewSecret
from .service_principal import ServicePrincipal

# How often the application of another run is deleted before the task gives up.
_TRIES = 3


class _Discarded(Exception):
    """Another run has created the secret: the file is not written."""


def manage(
    session: GraphSession, params: Mapping[str, Any], check_mode: bool = False, diff_mode: bool = False
) -> dict[str, Any]:
    """Bring an app registration to the declared state and return a module's result."""
    secret = params.get("password_credential") or {}
    _check_secret(secret)
    is_changed = False
    for attempt in range(1, _TRIES + 1):
        result = reconcile(Application(), session, params, check_mode, diff_mode)
        if params.get("state") == "absent":
            break
        result["changed"] = is_changed = is_changed or bool(result["changed"])
        try:
            _with_principal(session, result, check_mode)
            if secret:
                _with_secret(session, result, secret, check_mode)
            break
        except IntuneError as error:
            is_changed = error.changed = error.changed or (bool(result["changed"]) and not check_mode)
            # One of several that runs at once create is deleted by its run, which keeps another one.
            if attempt == _TRIES or params.get("id") or not _is_deleted(session, result["id"], error):
                raise
    return {**result, "graph_requests": session.requests_sent}


def _is_deleted(session: GraphSession, object_id: str, error: IntuneError) -> bool:
    """Whether a refusal is about an application that exists no more."""
    return isinstance(error, (BadRequest, NotFound, Unfinished)) and Application().read(session, object_id) is None


def _with_principal(session: GraphSession, result: dict[str, Any], check_mode: bool) -> None:
    """Create the service principal, without which an application cannot log in."""
    application = result["application"]
    app_id = application.get("app_id")
    principal: Mapping[str, Any] = {"changed": True, "id": None}
    if app_id:  # check mode has none for an application that it would create
        principal = reconcile(ServicePrincipal(app_id, (), False, True), session, {"name": app_id}, check_mode)
    application["service_principal_id"] = None if check_mode and principal["changed"] else principal["id"]
    if "diff" in result:
        result["diff"]["before"]["service_principal"] = not principal["changed"]
        result["diff"]["after"]["service_principal"] = True
    result["changed"] = result["changed"] or principal["changed"]


# -- the client secret -------------------------------------------------------------------------------------------------


def _check_secret(declared: Mapping[str, Any]) -> None:
    if not declared:
        return
    if declared["days"] < 1:
        raise InvalidOptions(f"password_credential.days: {declared['days']} is not a number of days from 1 on.")
    if not declared["name"].strip():
        raise InvalidOptions("password_credential.name is empty: later runs find the secret by it. Give a name.")
    if not declared.get("dest") and not declared.get("return_value"):
        raise InvalidOptions(
            "password_credential: Graph shows a secret once. Declare dest, a file for it, or return_value=true with "
            "no_log: true. This task wrote nothing."
        )
    if declared.get("dest"):
        path = files.place(declared["dest"])
        files.refuse_no_file(path, "password_credential.dest")
        if not os.path.isdir(os.path.dirname(path)):
            raise InvalidOptions(f"password_credential.dest: the directory of '{path}' does not exist.")
        files.refuse_shared(os.path.dirname(path), bool(declared.get("shared_directory")))


def _with_secret(session: GraphSession, result: dict[str, Any], declared: Mapping[str, Any], check_mode: bool) -> None:
    """Create a secret unless the application has one of the name that is still valid."""
    shown = result["application"].get("client_secrets") or []
    path = files.place(declared["dest"]) if declared.get("dest") else None
    if any(each["name"] == declared["name"] and is_valid_until(each["end_date_time"]) for each in shown):
        if path:
            _warn_of_unknown(result, declared["name"], path)
        return
    created: dict[str, Any] = {"name": declared["name"], "path": path}
    if not check_mode:
        secret = NewSecret(
            session, result["id"], declared["name"], declared["days"], [str(each["id"]) for each in shown]
        )
        answer = _stored(secret, path)
        if answer is None:
            _warn_of_unknown(result, declared["name"], path)
            return
        created.update({"id": answer.get("keyId"), "end_date_time": secret.end})
        if declared.get("return_value"):
            created["value"] = answer["secretText"]
    result.update({"changed": True, "client_secret": created})
    if "diff" in result:
        result["diff"]["before"]["password_credential"] = None
        result["diff"]["after"]["password_credential"] = declared["name"]


def _warn_of_unknown(result: dict[str, Any], name: str, path: str | None) -> None:
    if not path or not os.path.exists(path):
        where = f": '{path}' was not written" if path else ""
        result["warnings"].append(
            f"The application has a client secret '{name}', and Graph does not show it again{where}. "
            "Declare another name to get another secret."
        )


def _stored(secret: NewSecret, path: str | None) -> dict[str, Any] | None:
    """Create a secret and write it into a file, which exists before the secret does: a wrong path loses none."""
    if path is None:
        return secret.create()
    try:
        with suppress(_Discarded), files.replaced(path) as file:
            answer = secret.create()
            if answer is None:
                raise _Discarded
            file.write(answer["secretText"])
            return answer
    except OSError as error:
        secret.discard()
        raise InvalidOptions(
            f"password_credential.dest: '{path}' cannot be written: {error.strerror or error}. The application has no "
            "new secret."
        ) from None
    return None
