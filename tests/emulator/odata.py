# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OData in URLs: path segments, query options, ``$filter`` expressions and page tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from .errors import bad_request
from .messages import Json

OPTIONS = ("$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count", "$search", "$skiptoken", "$format")


@dataclass(frozen=True)
class Key:
    """An alternate key or function parameters in parentheses: ``groups(uniqueName='x')``."""

    values: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str | None:
        return dict(self.values).get(name)


Segment = str | Key


def unquoted(literal: str) -> str:
    text = literal.strip()
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return text


def segments(path: str) -> list[Segment]:
    """The decoded segments of a path; ``x('id')`` becomes ``x``, ``id``."""
    result: list[Segment] = []
    for raw in path.strip("/").split("/"):
        text = unquote(raw, errors="strict") if "%" in raw else raw
        match = re.match(r"^([A-Za-z_.$]+)\((.*)\)$", text, re.S)
        if not match:
            result.append(text)
            continue
        result.append(match.group(1))
        if match.group(2):
            result.append(_key(match.group(2)))
    return result


def _key(text: str) -> Segment:
    pairs = re.findall(r"([A-Za-z_]\w*)=('(?:[^']|'')*'|[^,]*)", text)
    if pairs and not text.startswith("'"):
        return Key(tuple((name, unquoted(value)) for name, value in pairs))
    return unquoted(text)


# -- query options ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Expansion:
    name: str
    nested: tuple[Expansion, ...] = ()


@dataclass
class Query:
    """Parsed system query options of one request. ``state`` identifies them for page tokens."""

    filter: str | None = None
    select: tuple[str, ...] = ()
    expand: tuple[Expansion, ...] = ()
    orderby: tuple[tuple[str, bool], ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    search: str | None = None
    skiptoken: str | None = None
    given: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> str:
        kept = {key: value for key, value in self.given.items() if key != "$skiptoken"}
        return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:12]


def parse_query(text: str, allowed: Iterable[str]) -> Query:
    """Raises a 400 for an option that is unknown, given twice, or not allowed here."""
    query = Query()
    permitted = set(allowed) | ({"$skiptoken"} if "$top" in allowed else set())
    for name, value in parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict"):
        option = f"${name}" if f"${name}" in OPTIONS else name
        option = option.lower() if option.lower() in OPTIONS else option
        if option not in OPTIONS:
            raise bad_request(f"The query parameter '{name}' is not supported.")
        if option not in permitted:
            raise bad_request(f"The query specified in the URI is not valid. Query option '{option}' is not allowed.")
        if option in query.given:
            raise bad_request(
                f"Query option '{option}' was specified more than once, but it must be specified at most once."
            )
        query.given[option] = value
        _set_option(query, option, value)
    return query


def _set_option(query: Query, option: str, value: str) -> None:
    if option in ("$top", "$skip"):
        if not re.match(r"^\d+$", value) or (option == "$top" and int(value) == 0):
            raise bad_request(
                f"Invalid value '{value}' for {option} query option found. It requires a non-negative integer."
            )
        setattr(query, option[1:], int(value))
    elif option == "$count":
        if value.lower() not in ("true", "false"):
            raise bad_request(
                f"Invalid value '{value}' for $count query option found. Valid values are 'true' or 'false'."
            )
        query.count = value.lower() == "true"
    elif option == "$select":
        query.select = tuple(part.strip() for part in value.split(","))
    elif option == "$expand":
        query.expand = _expansions(value)
    elif option == "$orderby":
        query.orderby = tuple(_order(part) for part in value.split(","))
    elif option == "$format":
        if value.lower() not in ("json", "application/json"):
            raise bad_request(f"The format '{value}' is not supported.")
    else:
        if not value.strip():
            raise bad_request(f"Query option '{option}' must not be empty.")
        setattr(query, option[1:], value)


def _order(part: str) -> tuple[str, bool]:
    words = part.split()
    if not words or len(words) > 2 or (len(words) == 2 and words[1].lower() not in ("asc", "desc")):
        raise bad_request(f"Syntax error in the $orderby expression '{part}'.")
    return words[0], len(words) == 2 and words[1].lower() == "desc"


def _expansions(text: str) -> tuple[Expansion, ...]:
    result = []
    for part in _split(text):
        match = re.match(r"^\s*([A-Za-z]+)(?:\((.*)\))?\s*$", part, re.S)
        if not match:
            raise bad_request(f"Syntax error in the $expand expression '{part}'.")
        inner = match.group(2)
        if inner is not None and not inner.startswith("$expand="):
            raise bad_request(f"Option '{inner}' inside $expand is not supported.")
        result.append(Expansion(match.group(1), _expansions(inner.removeprefix("$expand=")) if inner else ()))
    return tuple(result)


def _split(text: str) -> list[str]:
    parts, depth, current = [], 0, ""
    for char in text:
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += char
    return [*parts, current]


# -- $filter -----------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<date>\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?)"
    r"|(?P<guid>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<name>[A-Za-z_$][\w.$]*(?:/[A-Za-z_$][\w.$]*)*)|(?P<mark>[(),:]))"
)


@dataclass(frozen=True)
class Node:
    """An expression: ``op`` is and, or, not, eq, ne, gt, ge, lt, le, in, startswith, endswith, contains, isof, any.

    ``kinds`` are those of its literals: string, date, guid, number, name (true, false, null).
    """

    op: str
    name: str = ""
    value: Json = None
    parts: tuple[Node, ...] = ()
    kinds: frozenset[str] = frozenset()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(text.rstrip()):
            match = _TOKEN.match(text, position)
            if not match:
                raise self.error(position)
            kind = match.lastgroup or ""
            self.tokens.append((kind, match.group(kind)))
            position = match.end()
        self.at = 0
        self.kinds: set[str] = set()

    def error(self, position: int | None = None) -> Exception:
        where = position if position is not None else self.at
        return bad_request(f"Invalid filter clause: Syntax error at position {where} in '{self.text}'.")

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self, kind: str | None = None, text: str | None = None) -> str:
        found = self.peek()
        if found[0] == "end" or (kind and found[0] != kind) or (text and found[1] != text):
            raise self.error()
        self.at += 1
        return found[1]

    def whole(self) -> Node:
        node = self.either()
        if self.peek()[0] != "end":
            raise self.error()
        return node

    def either(self) -> Node:
        node = self.both()
        while self.peek() == ("name", "or"):
            self.take()
            node = Node("or", parts=(node, self.both()))
        return node

    def both(self) -> Node:
        node = self.unary()
        while self.peek() == ("name", "and"):
            self.take()
            node = Node("and", parts=(node, self.unary()))
        return node

    def unary(self) -> Node:
        if self.peek() == ("name", "not"):
            self.take()
            return Node("not", parts=(self.unary(),))
        if self.peek() == ("mark", "("):
            self.take()
            node = self.either()
            self.take("mark", ")")
            return node
        return self.comparison()

    def comparison(self) -> Node:
        self.kinds = set()
        return replace(self.simple(), kinds=frozenset(self.kinds))

    def simple(self) -> Node:
        name = self.take("name")
        if name.lower() in ("startswith", "endswith", "contains", "isof") and self.peek() == ("mark", "("):
            return self.function(name.lower())
        if name.endswith("/any") and self.peek() == ("mark", "("):
            return self.any(name.removesuffix("/any"))
        operator = self.take("name")
        if operator == "in":
            return Node("in", name, tuple(self.items()))
        if operator not in ("eq", "ne", "gt", "ge", "lt", "le"):
            raise self.error()
        return Node(operator, name, self.literal())

    def function(self, function: str) -> Node:
        self.take("mark", "(")
        if function == "isof":
            value = self.literal()
            self.take("mark", ")")
            return Node("isof", "", value)
        name = self.take("name")
        self.take("mark", ",")
        value = self.literal()
        self.take("mark", ")")
        return Node(function, name, value)

    def any(self, name: str) -> Node:
        self.take("mark", "(")
        variable = self.take("name")
        self.take("mark", ":")
        inner = self.simple()
        self.take("mark", ")")
        if inner.name != variable or inner.op != "eq":
            raise self.error()
        return Node("any", name, inner.value)

    def items(self) -> list[Json]:
        self.take("mark", "(")
        values = [self.literal()]
        while self.peek() == ("mark", ","):
            self.take()
            values.append(self.literal())
        self.take("mark", ")")
        # [graph facts: filter expressions] at most 15 expressions by default
        if len(values) > 15:
            raise bad_request(
                "Too many child clauses specified in search filter expression containing 'OR' operators: "
                f"{len(values)}. Max allowed: 15."
            )
        return values

    def literal(self) -> Json:
        kind, text = self.peek()
        self.at += 1
        self.kinds.add(kind)
        if kind == "string":
            return unquoted(text)
        if kind in ("date", "guid"):
            return text
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "name" and text in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[text]
        self.at -= 1
        raise self.error()


def parse_filter(text: str) -> Node:
    return _Parser(text).whole()


def nodes(node: Node) -> Iterable[Node]:
    yield node
    for part in node.parts:
        yield from nodes(part)


def _same(left: Json, right: Json) -> bool:
    """Both the directory and Intune compare strings without case: a client has to compare again."""
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    return bool(left == right)


def _ordered(op: str, left: Any, right: Any) -> bool:
    if left is None or right is None or isinstance(left, str) is not isinstance(right, str):
        return False
    if isinstance(left, str):
        left, right = left.lower(), right.lower()
    return bool({"gt": left > right, "ge": left >= right, "lt": left < right, "le": left <= right}[op])


def matches(node: Node, get: Callable[[str], Json], is_type: Callable[[str], bool]) -> bool:
    """Whether an object (its properties by ``get``) satisfies the expression."""
    if node.op == "and":
        return all(matches(part, get, is_type) for part in node.parts)
    if node.op == "or":
        return any(matches(part, get, is_type) for part in node.parts)
    if node.op == "not":
        return not matches(node.parts[0], get, is_type)
    if node.op == "isof":
        return is_type(str(node.value))
    return _compares(node, get(node.name))


def _compares(node: Node, value: Json) -> bool:
    if node.op == "eq":
        return _same(value, node.value)
    if node.op == "ne":
        return not _same(value, node.value)
    if node.op == "in":
        return any(_same(value, item) for item in node.value)
    if node.op == "any":
        return any(_same(item, node.value) for item in value or ())
    if node.op in ("gt", "ge", "lt", "le"):
        return _ordered(node.op, value, node.value)
    text, wanted = str(value or "").lower(), str(node.value).lower()
    return {"startswith": text.startswith(wanted), "endswith": text.endswith(wanted), "contains": wanted in text}[
        node.op
    ]


# -- pages -------------------------------------------------------------------------------------------------------------


def page_token(offset: int, emptied: bool, state: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([offset, emptied, state]).encode()).decode().rstrip("=")


def read_page_token(token: str, state: str) -> tuple[int, bool]:
    """(offset, whether the empty page before it was already served). A token goes with its own query only."""
    try:
        padded = token + "=" * (-len(token) % 4)
        offset, emptied, made_for = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, TypeError) as error:
        raise bad_request("Page token is not valid.", "Directory_ExpiredPageToken") from error
    if made_for != state:
        raise bad_request("Page token was made for another query.", "Directory_ExpiredPageToken")
    return int(offset), bool(emptied)


def next_link(root: str, path: str, query: Query, token: str) -> str:
    kept = [(name, value) for name, value in query.given.items() if name != "$skiptoken"]
    pairs = [*kept, ("$skiptoken", token)]
    return f"{root}{path}?" + "&".join(f"{quote(name, safe='$')}={quote(value, safe='')}" for name, value in pairs)
