# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Follows a guide as its reader does: writes its files, runs its commands, and compares what they print.

A code block with a caption is a file, or, as a diff, an edit of one. A block of the language console has commands, each
after a dollar sign, with lines of their output below; "..." stands for anything. A command ends with 0, unless the
guide asks for its exit code next.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

from tests.emulator import az
from tests.emulator.client import Emulator

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs/docsite/rst"
REPOSITORY = "https://github.com/mobilesec/intune.git"
_PART = re.compile(
    r"^(?P<title>\S.*)\n(?:=+|-+|~+)\n"
    r"|^(?P<indent> *)\.\. code-block:: (?P<language>\w+)\n(?: +:caption: (?P<caption>.+)\n)?\n"
    r"(?P<body>(?:(?P=indent)   .*\n|\n)+)",
    re.MULTILINE,
)
_FOREIGN = ("ANSIBLE_", "AZURE_", "INTUNE_", "PYTHON", "PIP_", "GIT_")
# Of the checkout, what a repository does not hold.
_BY_PRODUCTS = shutil.ignore_patterns(".*_cache", "__pycache__", ".git", ".hypothesis", "output", "dist")


class Reader:
    """A person with an empty home directory, for whom the emulated tenant stands where the guide has a real one."""

    def __init__(self, guide: str, home: Path, emulator: Emulator) -> None:
        self.home = home
        # What the reader writes in place of the guide's examples.
        self.replaced: dict[str, str] = {}
        self.outputs: list[str] = []
        # What stands for an example in a command.
        self.replaces: dict[str, str] = {}
        self._typed = emulator.endpoints["client_secret"]
        self._state = home.parent / "state.sh"
        self._parts = parts_of(guide)
        self._environment = self._clean(emulator)
        self._state.write_text(f"cd '{home}'\n", encoding="utf-8")

    def _clean(self, emulator: Emulator) -> dict[str, str]:
        """The environment of the commands: what a guide takes from the network is at hand, and nothing else is."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        hosts = {
            name: value for name, value in emulator.env.items() if not name.startswith(("AZURE_TENANT", "AZURE_CLI"))
        }
        return {
            **kept,
            **hosts,
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_NOCOLOR": "1",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            # pip finds what it installs in the environment of the tests.
            "PYTHONPATH": next(path for path in sys.path if path.endswith("site-packages")),
            "PIP_NO_INDEX": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            **{
                f"GIT_{who}_{what}": "reader@localhost" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
            },
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{repository(self.home.parent)}.insteadOf",
            "GIT_CONFIG_VALUE_0": REPOSITORY,
        }

    def log_in_to_azure_cli(self, emulator: Emulator) -> None:
        """Have the Azure CLI at hand, and a person who may log in with it."""
        folder = self.home.parent / "bin"
        found = az.install(folder, tenant=emulator.endpoints["tenant_id"], **emulator.user_token())
        self._environment.update(found, PATH=f"{folder}:{self._environment['PATH']}")

    def prepare(self, until: str = "Check the tenant") -> None:
        """Do what the guide First onboarding does before its first playbook, in the environment of the tests."""
        first = Reader.__new__(Reader)
        parts = [part for part in parts_of("first_onboarding") if "python3 -m venv" not in (part["body"] or "")]
        first.__dict__ = {**self.__dict__, "_parts": parts}
        first.follow(until=until)

    def follow(self, until: str = "") -> None:
        """Do what the guide says, from where the reader stopped up to the heading 'until', or to the end."""
        while self._parts:
            part = self._parts.pop(0)
            if until and part["title"] == until:
                return
            if part["body"]:
                self._do(part["language"], part["caption"] or "", textwrap.dedent(part["body"]).strip("\n") + "\n")
        assert not until, f"The guide has no heading '{until}'"

    def _do(self, language: str, caption: str, text: str) -> None:
        for example, own in self.replaced.items():
            text = text.replace(example, own)
        if caption and language == "diff":
            edit(self.home / caption, text)
        elif caption:
            (self.home / caption).parent.mkdir(parents=True, exist_ok=True)
            (self.home / caption).write_text(text, encoding="utf-8")
        elif language == "console":
            steps = list(commands(text))
            for number, (command, expected) in enumerate(steps):
                status, output = self.run(command)
                asked = number + 1 < len(steps) and steps[number + 1][0] == "echo $?"
                assert asked or status == 0, f"{command} ended with {status}:\n{output}"
                compare(command, expected, output)

    def run(self, command: str) -> tuple[int, str]:
        """Run a command in a shell that goes on where the last one ended; its exit code and what it printed."""
        for example, value in self.replaces.items():
            command = command.replace(example, value)
        script = f"""
            set -a
            . "{self._state}"
            {command}
            _status=$?
            {{ export -p; echo "cd '$PWD'; (exit $_status)"; }} > "{self._state}"
            exit $_status
        """
        done = subprocess.run(
            ["bash", "-c", script],
            env=self._environment,
            input=self._typed + "\n",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        self.outputs.append(f"$ {command}\n{done.stdout}")
        return done.returncode, done.stdout


def parts_of(guide: str) -> list[re.Match[str]]:
    return list(_PART.finditer((GUIDES / f"guide_{guide}.rst").read_text(encoding="utf-8")))


def repository(folder: Path) -> str:
    """Return the address of a git repository that holds the checkout."""
    copy = folder / "repository"
    if not copy.exists():
        shutil.copytree(ROOT, copy, symlinks=True, ignore=_BY_PRODUCTS)
        git = [
            "git",
            "-c",
            "user.name=reader",
            "-c",
            "user.email=reader@localhost",
            "-c",
            "core.hooksPath=",
            "-C",
            str(copy),
        ]
        for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "The checkout"]):
            subprocess.run([*git, *arguments], check=True)
    return f"file://{copy}"


def commands(text: str) -> list[tuple[str, list[str]]]:
    """Return each command of a console block with the lines of its output."""
    found = []
    for block in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = block.rstrip("\n").split("\n")
        end = next(number for number, line in enumerate(lines) if not line.endswith("\\")) + 1
        found.append(("\n".join(lines[:end]), lines[end:]))
    return found


def edit(path: Path, diff: str) -> None:
    """Change a file as a diff shows it: each of its hunks must be in the file once."""
    for hunk in diff.rstrip("\n").split("\n...\n"):
        lines = hunk.split("\n")
        old, new = ("\n".join(line[1:] for line in lines if line[:1] != left) + "\n" for left in "+-")
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{path.name} has not once:\n{old}"
        path.write_text(text.replace(old, new), encoding="utf-8")


def compare(command: str, expected: list[str], output: str) -> None:
    """Look for the expected lines in the output, in their order."""
    lines = iter(output.split("\n"))
    for line in expected:
        pattern = re.compile(r"\s*" + re.escape(line.strip()).replace(r"\.\.\.", ".*") + r"\s*")
        if line.strip() not in ("", "..."):
            assert any(pattern.fullmatch(found) for found in lines), (
                f"'{line}' is not in the output of {command}:\n{output}"
            )
