# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all modules share: the way from options to a result.

A module's work is a function of (session, parameters, check mode, diff mode) to a result dictionary. A module file
declares it, with its options, as MODULE; Module.run() is how it is called.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Callable, Protocol

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values

from . import _masking as masking
from ._engine.errors import InvalidOptions
from ._engine.guards import refuse_empty, refuse_malformed, refuse_wrong_forms, unknown_options
from ._engine.options import Spec
from ._engine.resource import Resource
from ._graph import odata
from ._graph._auth.prompt import AS_A_MODULE, Prompt
from ._graph.errors import ConfigurationError, ConnectionFailed, IntuneError, Unexpected
from ._graph.redact import Redactor, libraries_unlogged
from ._graph.session import GraphSession
from ._login_options import auth_options, chosen_credential, filled_in, several_credentials

# (session, params, check_mode, diff_mode) -> result
Interface = Callable[[Any, Mapping[str, Any], bool, bool], dict[str, Any]]


class Session(Protocol):
    """What is shared by the sessions of all services."""

    redactor: Redactor
    progress: Callable[[str], object]

    def close(self) -> None:
        """Close its connections."""


def _permission_hint(method: str, path: str, is_user: bool) -> str | None:
    """The catalogue is of use after a refusal only, so no other task waits for it to be loaded."""
    from ._permissions import requirements as permissions

    return permissions.hint(method, path, is_user)


def checked(spec: Spec, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options of a plugin that is no module, with defaults and those of the environment. Raises InvalidOptions."""
    declared = {name: value for name, value in values.items() if value is not None}
    refuse_wrong_forms(spec, declared)
    unknown = unknown_options(declared, spec, f" Use: {', '.join(sorted(spec))}.")
    if unknown:
        raise InvalidOptions(unknown)
    result = ArgumentSpecValidator(spec).validate(declared)
    if result.error_messages:
        raise InvalidOptions(f"{'. '.join(result.error_messages)}.")
    return chosen_credential(result.validated_parameters)


def graph_session(params: Mapping[str, Any], secrets: set[str], prompt: Prompt = AS_A_MODULE) -> GraphSession:
    """What requests to Graph are sent by. Logs in only when the first request is sent."""
    # Graph may show a secret in another form than Ansible masks, as a part of JSON or of a URL.
    session = GraphSession.from_params(params, secrets, prompt)
    session.permission_hint = _permission_hint
    return session


@dataclass(frozen=True)
class Module:
    """A module's interface function and what Ansible has to know to call it."""

    interface: Interface
    options: Spec
    constraints: Mapping[str, Any] = field(default_factory=dict)
    resource: type[Resource] | None = None
    # Completes the options before anything else looks at them.
    prepare: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict
    # Shows what is secret in options whose parts Ansible does not check.
    secret_in: Spec = field(default_factory=dict)

    @property
    def spec(self) -> Spec:
        return {**self.login_options(), **self.options}

    def login_options(self) -> Spec:
        return auth_options()

    def session(self, params: Mapping[str, Any], secrets: set[str], prompt: Prompt) -> Session:
        """What the requests of a task are sent by."""
        return graph_session(chosen_credential(params), secrets, prompt)

    def secrets(self, params: Mapping[str, Any]) -> set[str]:
        return masking.secrets({**self.spec, **self.secret_in}, params)

    def invocation(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """What a result shows of the arguments; the caller masks secrets."""
        return {"module_args": masking.shown({**self.spec, **self.secret_in}, params)}

    def run(self) -> None:
        """Run as a module."""
        module = _AnsibleModule(self)
        result = self.result(
            module.params, module.no_log_values, module.check_mode, bool(module._diff), progress=module.log
        )
        for warning in result.pop("warnings", []):
            module.warn(warning)
        if result.pop("failed", False):
            module.fail_json(**result)
        module.exit_json(**result)

    def result(
        self,
        params: Mapping[str, Any],
        secrets: set[str],
        check_mode: bool,
        diff_mode: bool,
        progress: Callable[[str], object],
        prompt: Prompt = AS_A_MODULE,
    ) -> dict[str, Any]:
        """What the task returns, with one readable sentence where it fails.

        The caller masks secrets, those that are added included.
        """
        invocation = self.invocation(params)
        redactor = Redactor(secrets)
        try:
            declared = {name: params[name] for name in self.options if name in params}
            refuse_empty(declared)
            refuse_malformed(self.options, declared, self.resource().is_id if self.resource else odata.is_guid)
            params = self.prepare(params)
            secrets.update(self.secrets(params))
            with closing(self.session(params, secrets, prompt)) as session, libraries_unlogged():
                redactor = session.redactor
                session.progress = progress
                result = self.interface(session, params, check_mode, diff_mode)
        except Exception as caught:
            error = caught if isinstance(caught, IntuneError) else Unexpected(caught)
            if isinstance(error, (ConfigurationError, ConnectionFailed)):
                error.append(" ".join(filled_in(self.login_options(), params, error.message)))
            result = {"failed": True, "msg": str(error), "changed": error.changed, **error.to_result()}
            return {**redactor.messages(_with_warnings(result, params)), "invocation": invocation}
        result = redactor.result(_with_warnings(result, params))
        if "warnings" in result:
            result["warnings"] = redactor.messages(result["warnings"])
        if "diff" in result:
            result["diff"] = _readable(remove_values(result["diff"], secrets))
        return {**result, "invocation": invocation}


def _with_warnings(result: dict[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    warnings = several_credentials(params)
    return {**result, "warnings": [*warnings, *result.get("warnings", [])]} if warnings else result


def _readable(diff: Any) -> Any:
    """Return a diff, or a list of them, as text where Ansible would show escapes in place of letters: it writes
    dictionaries in ASCII.
    """
    if isinstance(diff, list):
        return [_readable(each) for each in diff]
    texts = {
        side: json.dumps(diff[side], ensure_ascii=False, indent=4, sort_keys=True) + "\n"
        for side in ("before", "after")
        if isinstance(diff[side], dict)
    }
    return diff if "".join(texts.values()).isascii() else {**diff, **texts}


class _AnsibleModule(AnsibleModule):
    """Masks every secret before it shows or logs an argument, also when the arguments are refused."""

    def __init__(self, declared: Module) -> None:
        self.declared = declared
        super().__init__(declared.spec, supports_check_mode=True, **declared.constraints)

    def log(self, msg: str, log_args: Mapping[str, Any] | None = None) -> None:
        self.no_log_values.update(self.declared.secrets(self.params))
        if log_args:  # the arguments: a secret may be in an option of another name
            log_args = remove_values(self.declared.invocation(self.params)["module_args"], self.no_log_values)
            msg = f"Invoked with {' '.join(f'{name}={value}' for name, value in log_args.items())}"
        super().log(msg, log_args)

    def fail_json(self, msg: str, **result: Any) -> Any:
        self.no_log_values.update(self.declared.secrets(self.params))
        result.setdefault("invocation", self.declared.invocation(self.params))
        return super().fail_json(masking.refusal(msg), **result)

    def add_path_info(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The owner and mode of a file that a module wrote are not a part of its result."""
        return kwargs


def resource_module(resource: type[Resource]) -> Module:
    """The module that brings one object of the resource to a state."""

    def interface(
        session: GraphSession, params: Mapping[str, Any], check_mode: bool, diff_mode: bool
    ) -> dict[str, Any]:
        # Imported late, here and below: a module needs one of the two.
        from ._engine.engine import reconcile

        return reconcile(resource(), session, params, check_mode, diff_mode)

    return Module(interface, resource.argument_spec, resource.constraints, resource)


def info_module(resource: type[Resource], **own: Any) -> Module:
    """The module that reads objects of the resource; own are further options."""

    def interface(
        session: GraphSession, params: Mapping[str, Any], check_mode: bool, diff_mode: bool
    ) -> dict[str, Any]:
        from ._engine.info import gather

        return gather(resource(), session, params, check_mode)

    options = {**{option: {"type": "str"} for option in resource.selected_by}, **own}
    return Module(interface, options, {"mutually_exclusive": [resource.selected_by]}, resource)
