# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a person is asked to log in, and where nobody would see it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

# What AWX, ansible-runner and CI services set in the environment of a job.
_OF_JOBS = ("CI", "JOB_ID", "TF_BUILD", "JENKINS_URL")
_OF_AWX = "AWX_"


@dataclass(frozen=True)
class Prompt:
    """Shows a text to the user; obstacle is why that is not possible, empty where it is."""

    show: Callable[[str], object]
    obstacle: str = ""


AS_A_MODULE = Prompt(
    lambda text: None,
    "a module cannot show it a code. Run the task in Ansible's own process, which takes connection: local and "
    "INTUNE_IN_PROCESS not false; -vvv shows why a task runs as a module",
)


def at_terminal(show: Callable[[str], object], has_terminal: bool) -> Prompt:
    """Return the prompt of a process in which Ansible itself runs."""
    job = next((name for name in os.environ if name in _OF_JOBS or name.startswith(_OF_AWX)), None)
    if job:
        return Prompt(show, f"this is a job of AWX or of a CI service ({job} is set). Use another credential there")
    if not has_terminal:
        return Prompt(show, "there is no terminal to show it a code on. Run the playbook in one, or use another login")
    return Prompt(show)
