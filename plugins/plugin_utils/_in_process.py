# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module in Ansible's own process when the target is the controller, and as any other module when it is not.

Ansible's own code prepares the arguments and reads the result in both lanes. In this one the module gets the
arguments, the environment and the working directory that its process would have had, and what it prints is read where
the output of that process would have been. So nothing but the time it takes tells the lanes apart.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import inspect
import io
import json
import os
import shlex
import ssl
import sys
import urllib.request
import warnings
from collections.abc import Iterator, Mapping, Sequence
from importlib.machinery import FileFinder, ModuleSpec, SourceFileLoader
from typing import TYPE_CHECKING, Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.module_utils import basic
from ansible.module_utils.common import json as module_json
from ansible.module_utils.common import warnings as module_warnings
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.plugins.loader import filter_loader, test_loader
from ansible.utils.display import Display

try:  # ansible-core 2.19 and later
    from ansible.executor.module_common import _BuiltModule
    from ansible.module_utils import _internal
except ImportError:
    _BuiltModule = _internal = None

if TYPE_CHECKING:
    from ansible_collections.mobilesec.intune.plugins.module_utils._interface import Module

_PLUGINS = "ansible_collections.mobilesec.intune.plugins"
_UTILS = f"{_PLUGINS}.module_utils"


class _Compiled:
    """Finds what modules share as Python does, with its bytecode in __pycache__; Ansible's way compiles a collection in
    each run.
    """

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: object = None) -> ModuleSpec | None:
        return (
            FileFinder(path[0], (SourceFileLoader, [".py"])).find_spec(name)
            if path and name.startswith(f"{_UTILS}.")
            else None
        )


@contextlib.contextmanager
def _importing() -> Iterator[None]:
    sys.meta_path.insert(0, _Compiled)
    gc.disable()
    try:
        yield
    finally:
        # What is in memory now is left alone when a worker collects garbage: else each looks through it, and copies its
        # pages.
        gc.freeze()
        gc.enable()
        sys.meta_path.remove(_Compiled)


# Strategies load action plugins before they fork a worker for each task, so that this is imported once for a whole run.
with _importing():
    for _late in ("requests", f"{_UTILS}.interface", f"{_UTILS}.reconcile.engine", f"{_UTILS}.reconcile.info"):
        with contextlib.suppress(ImportError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module(_late)
    # So are the filters and tests that come with Ansible: asking for one of them loads all. And OpenSSL, by the first
    # that asks for it.
    filter_loader.get("ansible.builtin.combine")
    test_loader.get("ansible.builtin.changed")
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

SWITCH = "INTUNE_IN_PROCESS"
_LIBRARIES = ("msal", "requests")
_PROFILE = "legacy"  # in which form ansible-core exchanges data with a module that asks for no other
# Variables that take effect only when a process starts.
_START_ONLY = ("PYTHON", "LD_", "DYLD_", "OPENSSL_")
# Variables that may be secrets. They go where the module goes: a command line is there for all to see, and shown with
# -vvv.
_OWN = ("AZURE_", "INTUNE_")
# How Python reads a module, after a line with variables, from its standard input. Its own way of reading a program
# there takes a quarter of a millisecond
# a kilobyte, and its import from archives compiles each file twice, once to tell its name (CPython: zipimport,
# get_filename).
# Looking for garbage among what was just imported, and once more when the process ends anyway, takes a tenth of its
# time.
_START = (
    "import atexit, functools, gc, json, os, sys, zipimport as z; gc.set_threshold(100000); "
    "atexit.register(gc.freeze); "
)
_START += "i = sys.stdin.buffer; os.environ.update(json.loads(i.readline())); "
_START += "n = '_get_module_code'; f = getattr(z, n, None); f and setattr(z, n, functools.lru_cache(None)(f)); "
_START += "exec(compile(i.read(), '<stdin>', 'exec'))"
# What is set of Ansible's innards; a version without it runs modules as modules.
_INNARDS = [(basic, "_ANSIBLE_ARGS"), (module_warnings, "_global_warnings"), (module_warnings, "_global_deprecations")]
if _internal:
    _INNARDS += [(basic, "_ANSIBLE_PROFILE"), (_internal, "is_controller")]

display = Display()


class Lane(NormalAction):
    """The base of the collection's action plugins. MODULE is what the module file of the same name declares."""

    MODULE: Module
    _is_here = False
    _is_piped = False
    _arguments: bytes | None = None

    def __init_subclass__(cls) -> None:
        name = cls.__module__.rpartition(".")[2]
        with _importing():
            cls.MODULE = importlib.import_module(f"{_PLUGINS}.modules.{name}").MODULE

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        task_vars = task_vars or {}
        obstacle = self._obstacle(task_vars)
        self._is_here = obstacle is None
        self._is_piped = not self._is_here and self._may_be_piped(self._variables(task_vars))
        lane = f"as a module: {obstacle}" if obstacle else "in Ansible's own process"
        display.vvv(f"{self._task.action} runs {lane}", host=self._play_context.remote_addr)
        return super().run(tmp, task_vars)

    # -- which lane -------------------------------------------------------------------------------------------

    def _obstacle(self, task_vars: Mapping[str, Any]) -> str | None:
        """Why the module needs a process of its own; None when it does not."""
        raw: dict[str, Any] = {}
        self._compute_environment_string(raw)
        self._environment = {str(name): str(value) for name, value in raw.items()}
        if not self._is_switched_on():
            return f"{SWITCH} turns the other way off"
        if not all(hasattr(owner, name) for owner, name in _INNARDS):
            return "this version of ansible-core is not known to the other way"
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
        early = sorted(name for name in self._environment if name.startswith(_START_ONLY))
        if early:
            return f"{', '.join(early)} in its environment takes effect in a new process only"
        # Where no variable names a proxy, the system is asked, and its frameworks abort a forked process that does so.
        if sys.platform == "darwin" and not urllib.request.getproxies_environment():
            return "macOS cannot look proxies up in a worker; set no_proxy"
        return None

    def _is_switched_on(self) -> bool:
        value = self._environment.get(SWITCH, os.environ.get(SWITCH, ""))
        try:
            return bool(boolean(value)) if value else True
        except TypeError:
            raise AnsibleError(f"{SWITCH} is '{value}', which is neither true nor false.") from None

    def _interpreter(self, task_vars: Mapping[str, Any]) -> str | None:
        """The interpreter that the user chose; None when Ansible is to find one."""
        configured = constants.config.get_config_value("INTERPRETER_PYTHON", variables=self._variables(task_vars))
        chosen = str(self._templar.template(configured or "")).strip()
        return None if not chosen or chosen.startswith("auto") else chosen

    def _variables(self, task_vars: Mapping[str, Any]) -> Mapping[str, Any]:
        """The variables of the host that the module runs for."""
        delegated: Mapping[str, Any] = task_vars.get("ansible_delegated_vars", {}) if self._task.delegate_to else {}
        return delegated.get(self._task.delegate_to, task_vars)

    def _may_be_piped(self, variables: Mapping[str, Any]) -> bool:
        """Whether the module goes to Python's standard input although nobody turned pipelining on.

        It is off by default only because of what sudo may be set to; secrets in arguments then touch no disk.
        """
        if (
            self._connection.become
            or self._task.async_val
            or constants.DEFAULT_KEEP_REMOTE_FILES
            or not self._connection.has_pipelining
        ):
            return False
        try:
            return bool(self._connection.get_option_and_origin("pipelining", variables)[1] == "default")
        except KeyError:
            return False

    # -- what ActionBase does to run a module, here -----------------------------------------------------------

    def _is_pipelining_enabled(self, *args: Any, **kwargs: Any) -> bool:
        return self._is_here or self._is_piped or bool(super()._is_pipelining_enabled(*args, **kwargs))

    def _goes_to_stdin(self) -> bool:
        return self._connection._shell.SHELL_FAMILY == "sh" and self._is_pipelining_enabled(
            "new", bool(self._task.async_val)
        )

    def _compute_environment_string(self, raw_environment_out: dict[str, Any] | None = None) -> str:
        whole = str(super()._compute_environment_string(raw_environment_out))
        if raw_environment_out is not None or not self._goes_to_stdin():
            return whole
        return str(
            self._connection._shell.env_prefix(
                **{name: value for name, value in self._environment.items() if not name.startswith(_OWN)}
            )
        )

    def _configure_module(self, module_name: str, module_args: dict[str, Any], task_vars: dict[str, Any]) -> Any:
        """The arguments alone, in place of a program that holds them."""
        if not self._is_here:
            return super()._configure_module(module_name, module_args, task_vars)
        path = inspect.getfile(type(self))
        shebang = f"#!{sys.executable}"
        self._arguments = _encoded({"ANSIBLE_MODULE_ARGS": module_args})
        if _BuiltModule:
            return _BuiltModule(
                b_module_data=self._arguments, module_style="new", shebang=shebang, serialization_profile=_PROFILE
            ), path
        return "new", shebang, self._arguments, path

    def _low_level_execute_command(self, cmd: str, *args: Any, in_data: bytes | None = None, **kwargs: Any) -> Any:
        if in_data is None or in_data is not self._arguments:
            if in_data is not None and self._goes_to_stdin():
                cmd = f"{cmd} -c {shlex.quote(_START)}"
                in_data = (
                    json.dumps(
                        {name: value for name, value in self._environment.items() if name.startswith(_OWN)}
                    ).encode()
                    + b"\n"
                    + in_data
                )
            return super()._low_level_execute_command(cmd, *args, in_data=in_data, **kwargs)
        rc, stdout, stderr = self._called(in_data)
        return {
            "rc": rc,
            "stdout": stdout,
            "stdout_lines": stdout.splitlines(),
            "stderr": stderr,
            "stderr_lines": stderr.splitlines(),
        }

    def _called(self, arguments: bytes) -> tuple[int, str, str]:
        """The exit status and the output of the module. What else ends it, a task's timeout for one, passes through."""
        stdout, stderr = io.StringIO(), io.StringIO()
        with contextlib.ExitStack() as stack:
            stack.enter_context(_like_a_new_process(arguments))
            stack.enter_context(_in_environment(self._environment))
            # The local connection starts processes there.
            stack.enter_context(_in_directory(self._loader.get_basedir()))
            stack.enter_context(contextlib.redirect_stdout(stdout))
            stack.enter_context(contextlib.redirect_stderr(stderr))
            try:
                self.MODULE.run(progress=_tell)
            except SystemExit as end:
                return int(end.code or 0), stdout.getvalue(), stderr.getvalue()
        raise AnsibleError(f"{self._task.action} ended without a result.")


def _tell(progress: str) -> None:
    """Show how far a task is, with -v. Only through Ansible's queue: the worker's own output is the module's here."""
    if getattr(display, "_final_q", None):
        display.v(progress)


def _is_this_interpreter(interpreter: str) -> bool:
    """A virtual environment's interpreter may be a link to the system's and yet is another one."""
    same_folder = os.path.realpath(os.path.dirname(interpreter)) == os.path.realpath(os.path.dirname(sys.executable))
    return same_folder and os.path.realpath(interpreter) == os.path.realpath(sys.executable)


def _encoded(params: dict[str, Any]) -> bytes:
    if _BuiltModule:
        encoder = module_json.get_module_encoder(_PROFILE, module_json.Direction.CONTROLLER_TO_MODULE)
        return json.dumps(params, cls=encoder).encode()
    return json.dumps(params, cls=module_json.AnsibleJSONEncoder, vault_to_text=True).encode()


@contextlib.contextmanager
def _like_a_new_process(arguments: bytes) -> Iterator[None]:
    """Let AnsibleModule find what Ansible's wrapper of modules leaves for it, and no warnings of an earlier item of a
    loop.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(_set(basic, "_ANSIBLE_ARGS", arguments))
        if _internal:
            stack.enter_context(_set(basic, "_ANSIBLE_PROFILE", _PROFILE))
            # Else warnings would be shown at once, and not be returned in the result.
            stack.enter_context(_set(_internal, "is_controller", False))
        for name in ("_global_warnings", "_global_deprecations"):
            kept = getattr(module_warnings, name)
            stack.enter_context(_set(module_warnings, name, type(kept)()))
        yield


@contextlib.contextmanager
def _set(owner: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


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
        # After sudo it may be a directory that this user cannot open; there is no way back to it then, and no need for
        # one.
        with contextlib.suppress(PermissionError):
            before = os.open(".", os.O_RDONLY)
            stack.callback(os.close, before)
            stack.callback(os.fchdir, before)
        os.chdir(path)
        yield
