# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Classes of named values, declared like dataclasses.

The decorator of the standard library writes methods as source text and compiles them: half a millisecond a class, in every
process. That nobody assigns to a frozen record is for the type checker to see, which takes records for dataclasses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

__all__ = ["field", "record"]

if TYPE_CHECKING:
    from dataclasses import dataclass as record
    from dataclasses import field
else:
    _REQUIRED = object()

    class field:  # noqa: N801  named as in dataclasses
        def __init__(self, default: Any = _REQUIRED, default_factory: Callable[[], Any] | None = None, repr: bool = True) -> None:  # noqa: A002
            self.default = default
            self.default_factory = default_factory
            self.repr = repr

    def record(cls: type | None = None, frozen: bool = False) -> Any:
        if cls is None:
            return lambda cls: record(cls, frozen)
        names = tuple(cls.__annotations__)
        known = frozenset(names)
        given = {name: value if isinstance(value, field) else field(value) for name, value in vars(cls).items() if name in known}
        defaults = {name: one.default for name, one in given.items() if one.default is not _REQUIRED}
        factories = [(name, one.default_factory) for name, one in given.items() if one.default_factory]
        shown = [name for name in names if name not in given or given[name].repr]

        def made(self: Any, *values: Any, **named: Any) -> None:
            own = vars(self)
            own.update(defaults)
            own.update(zip(names, values))
            own.update(named)
            for name, factory in factories:
                if name not in own:
                    own[name] = factory()
            if own.keys() != known or len(values) > len(names):
                raise TypeError(f"{cls.__name__} is made of {', '.join(names)}")

        def equal(self: Any, other: object) -> Any:
            return vars(self) == vars(other) if isinstance(other, cls) else NotImplemented

        def hashed(self: Any) -> int:
            return hash(tuple([vars(self)[name] for name in names]))

        def described(self: Any) -> str:
            return f"{cls.__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

        for name in given:
            delattr(cls, name)
        cls.__init__, cls.__eq__, cls.__repr__ = made, equal, described
        cls.__hash__ = hashed if frozen else None
        return cls
