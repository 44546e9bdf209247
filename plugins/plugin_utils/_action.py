# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the collection's modules in Ansible's own process where the target is the controller, else as a module.

Strategies load an action plugin by the name of the task's module before they fork a worker, so what it imports is there
for all tasks.
"""

from __future__ import annotations

import contextlib
import datetime
import gc
import importlib
import importlib.util
import json
import os
import sys
import urllib.request
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ModuleArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.common.warnings import get_deprecation_messages, get_warning_messages
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.mobilesec.intune.plugins.module_utils import _masking as masking
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.errors import InvalidOptions
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.guards import (
    numbers_for_texts,
    refuse_null,
    refuse_wrong_forms,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.options import without_nulls
from ansible_collections.mobilesec.intune.plugins.module_utils._interface import Module
from ansible_collections.mobilesec.intune.plugins.plugin_utils._prompt import prompt

COLLECTION = "mobilesec.intune"
SWITCH = "INTUNE_IN_PROCESS"
_PLUGINS = f"ansible_collections.{COLLECTION}.plugins"
_LIBRARIES = ("msal", "requests")
# Variables that take effect only when a process starts.
_START_ONLY = ("PYTHON", "LD_", "DYLD_", "OPENSSL_")

for _name in ("requests", f"{_PLUGINS}.module_utils._engine.engine", f"{_PLUGINS}.module_utils._engine.info"):
    with contextlib.suppress(ImportError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module(_name)
gc.freeze()  # Workers do not look through what was imported, which would copy their parent's memory.

display = Display()


class InProcess(ActionBase):
    """The action plugin of one module."""

    _supports_async = True
    module: Module

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        task_vars = task_vars or {}
        try:
            refuse_null(self._task.args)
            refuse_wrong_forms(self.module.spec, self._task.args)
        except InvalidOptions as error:
            raise AnsibleActionFail(str(error)) from None
        raw: dict[str, Any] = {}
        self._compute_environment_string(raw)
        environment = {str(name): str(value) for name, value in raw.items()}
        obstacle = self._obstacle(task_vars, environment)
        way = f"as a module: {obstacle}" if obstacle else "in Ansible's own process"
        display.vvv(f"{self._task.action} runs {way}", host=self._play_context.remote_addr)
        if obstacle:
            arguments = without_nulls(self.module.spec, self._task.args)
            result.update(
                self._execute_module(module_args=arguments, task_vars=task_vars, wrap_async=bool(self._task.async_val))
            )
        else:
            # A module's process starts in the directory of the playbook.
            with _in_environment(environment), _in_directory(self._loader.get_basedir()):
                result.update(self._in_process())
        warnings_of_numbers = numbers_for_texts(self.module.spec, self._task.args)
        if warnings_of_numbers:
            result["warnings"] = [*result.get("warnings", []), *warnings_of_numbers]
        return result

    def _obstacle(self, task_vars: Mapping[str, Any], environment: Mapping[str, str]) -> str | None:
        """Why the module needs a process of its own; None when it does not."""
        if not _is_switched_on(environment):
            return f"{SWITCH} turns the other way off"
        if self._connection.transport != "local":
            return f"the connection is {self._connection.transport}, not local"
        if self._connection.become:
            return "become is on"
        if self._task.async_val:
            return "the task is asynchronous"
        if constants.DEFAULT_KEEP_REMOTE_FILES:
            return "its files are to be kept (ANSIBLE_KEEP_REMOTE_FILES)"
        interpreter = self._interpreter(task_vars)
        if interpreter and not _is_this_interpreter(interpreter):
            return f"its interpreter is {interpreter}, Ansible's is {sys.executable}"
        missing = [name for name in _LIBRARIES if importlib.util.find_spec(name) is None]
        if missing:
            return f"Ansible's interpreter {sys.executable} has no {' and no '.join(missing)}"
        early = sorted(name for name in environment if name.startswith(_START_ONLY))
        if early:
            return f"{', '.join(early)} in its environment takes effect in a new process only"
        # Where no variable names a proxy, the system is asked, and its frameworks abort a forked process that does so.
        if sys.platform == "darwin" and not urllib.request.getproxies_environment():
            return "macOS cannot look proxies up in a worker; set no_proxy"
        return None

    def _interpreter(self, task_vars: Mapping[str, Any]) -> str | None:
        """The interpreter that the user chose; None when Ansible is to find one."""
        delegated = task_vars.get("ansible_delegated_vars", {}) if self._task.delegate_to else {}
        variables = delegated.get(self._task.delegate_to, task_vars)
        configured = constants.config.get_config_value("INTERPRETER_PYTHON", variables=variables)
        chosen = str(self._templar.template(configured or "")).strip()
        return None if not chosen or chosen.startswith("auto") else chosen

    def _in_process(self) -> dict[str, Any]:
        """What the module would return."""
        name = self._task.action.rpartition(".")[2]
        module = self.module
        arguments = json.loads(json.dumps(without_nulls(module.spec, self._task.args), default=_text))
        earlier = len(get_warning_messages()), len(get_deprecation_messages())
        checked = ModuleArgumentSpecValidator(module.spec, **module.constraints).validate(arguments)
        params = checked.validated_parameters
        secrets = module.secrets(arguments) | module.secrets(params)
        if checked.error_messages:
            is_unsupported = isinstance(checked.errors[0], UnsupportedError)
            prefix = f"Unsupported parameters for ({COLLECTION}.{name}) module: " if is_unsupported else ""
            message = prefix + masking.refusal(checked.error_messages[0])
            result: dict[str, Any] = {"failed": True, "msg": message, "invocation": module.invocation(params)}
        else:
            result = module.result(params, secrets, self._task.check_mode, self._task.diff, display.v, prompt())
        # From 2.19 on, Ansible adds the validator's to the result itself.
        for key, messages, before in zip(
            ("warnings", "deprecations"), (get_warning_messages(), get_deprecation_messages()), earlier
        ):
            if messages[before:]:
                result[key] = [*messages[before:], *result.get(key, [])]
        switches = {key: value for key, value in result.items() if value is None or isinstance(value, bool)}
        masked: dict[str, Any] = wrap_var(json.loads(json.dumps({**remove_values(result, secrets), **switches})))
        return masked


def _is_switched_on(environment: Mapping[str, str]) -> bool:
    value = environment.get(SWITCH, os.environ.get(SWITCH, ""))
    try:
        return bool(boolean(value)) if value else True
    except TypeError:
        raise AnsibleActionFail(f"{SWITCH} is '{value}', which is neither true nor false.") from None


def _is_this_interpreter(interpreter: str) -> bool:
    """A virtual environment's interpreter may be a link to the system's and yet is another one."""
    same_folder = os.path.realpath(os.path.dirname(interpreter)) == os.path.realpath(os.path.dirname(sys.executable))
    return same_folder and os.path.realpath(interpreter) == os.path.realpath(sys.executable)


def _text(value: Any) -> Any:
    """A vaulted value or a date, as a module gets it."""
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


@contextlib.contextmanager
def _in_environment(added: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(added)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _in_directory(path: str) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        # After sudo, this user may not be allowed to open it; then there is no way back, and no need for one.
        with contextlib.suppress(PermissionError):
            before = os.open(".", os.O_RDONLY)
            stack.callback(os.close, before)
            stack.callback(os.fchdir, before)
        os.chdir(path)
        yield
