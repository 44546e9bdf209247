# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What bounds the requests of a task, whatever server they go to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import ConfigurationError
from .retry import RetryPolicy
from .transport import MEGABYTE, Http, Timeout

CONNECT_TIMEOUT = 10.0  # seconds
MAX_MEGABYTES = 64  # of one answer; a page of 1,000 devices has about 5
MAX_PAGES = 2000  # of the lists of a task; 200,000 devices are 200 pages


@dataclass(frozen=True)
class Bounds:
    ca_path: str | None = None
    timeout: Timeout = (CONNECT_TIMEOUT, 60.0)
    limit: int = MAX_MEGABYTES * MEGABYTE
    max_pages: int = MAX_PAGES
    policy: RetryPolicy = field(default_factory=RetryPolicy)

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Bounds:
        """Raises ConfigurationError."""
        seconds = _number(params, "timeout", 60.0, 1.0)
        return cls(
            params.get("ca_path") or None,
            (min(CONNECT_TIMEOUT, seconds), seconds),
            int(_number(params, "max_megabytes", MAX_MEGABYTES, 1.0)) * MEGABYTE,
            int(_number(params, "max_pages", MAX_PAGES, 1.0)),
            RetryPolicy(
                _number(params, "retry_timeout", 300.0, 0.0), whole=_number(params, "task_timeout", 1800.0, 1.0)
            ),
        )

    def http(self) -> Http:
        return Http(self.ca_path, self.timeout, self.limit)


def _number(params: Mapping[str, Any], option: str, default: float, least: float) -> float:
    declared = params.get(option)
    if declared is not None and float(declared) < least:
        raise ConfigurationError(f"{option} must be at least {least:.0f}, not {declared}.")
    return default if declared is None else float(declared)
