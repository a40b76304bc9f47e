"""Holds every answer of the control API that a test gets to the OpenAPI document.

`watch()` puts itself into urllib, through which all tests talk to a server: also those that go about it themselves, and
those of the pytest plugin.
"""

from __future__ import annotations

import functools
import io
import json
import re
import urllib.error
import urllib.parse
import urllib.request
import urllib.response
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

FILE = Path(__file__).resolve().parent.parent.parent / "Sources" / "CDashboard" / "Files" / "openapi.json"
METHODS = ("get", "post", "put", "patch", "delete")
NAME = "urn:gatehouse:openapi"
# Of a long list both ends are looked at: thousands of rows would only take time.
LONGEST_LIST = 40


@functools.cache
def document() -> dict:
    return json.loads(FILE.read_text(encoding="utf-8"))


@functools.cache
def _registry() -> Registry:
    return Registry().with_resource(NAME, DRAFT202012.create_resource(document()))


@functools.cache
def _validator(pointer: str) -> Draft202012Validator:
    return Draft202012Validator(
        {"$ref": f"{NAME}#{pointer}"}, registry=_registry(), format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def operations() -> list[tuple[str, str, dict]]:
    """Method, path and description of everything that can be called."""
    return [
        (method.upper(), path, item[method])
        for path, item in document()["paths"].items() for method in METHODS if method in item
    ]


@functools.cache
def _patterns() -> list[tuple[re.Pattern, str]]:
    # What has fewer parameters goes before what has more, as in the server.
    paths = sorted(document()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), path) for path in paths]


def template(path: str) -> str | None:
    """The path of the document that an address is one of."""
    return next((found for pattern, found in _patterns() if pattern.fullmatch(path)), None)


class Nonconformity(AssertionError):
    """An answer is not as the document has it."""


def _is_of_the_api(path: str) -> bool:
    return path.startswith("/v1/") or path in document()["paths"]


def _sampled(value):
    if isinstance(value, list):
        half = LONGEST_LIST // 2
        return [_sampled(element) for element in (value if len(value) <= LONGEST_LIST else value[:half] + value[-half:])]
    if isinstance(value, dict):
        return {name: _sampled(member) for name, member in value.items()}
    return value


def _escaped(text: str) -> str:
    return urllib.parse.quote(text.replace("~", "~0").replace("/", "~1"), safe="~")


def check(method: str, path: str, status: int, content_type: str, body: bytes | None) -> None:
    """Raises `Nonconformity` unless the answer is one that the document knows. `body`: `None`: it goes on for ever."""
    where = f"{method} {path} answered {status}, {content_type or 'no content'}"
    name = template(path)
    operation = document()["paths"].get(name, {}).get("get" if method == "HEAD" else method.lower())
    if operation is None:
        # No such path or method, which is a problem too, and no other.
        if status not in (401, 403, 404, 405):
            raise Nonconformity(f"{where}: the document has no such operation")
        responses, pointer = {"content": {"application/problem+json": {}}}, "/components/responses/NotFound"
    else:
        if str(status) not in operation["responses"]:
            raise Nonconformity(f"{where}: the document has {', '.join(operation['responses'])}\n{body!r}")
        responses = operation["responses"][str(status)]
        pointer = f"/paths/{_escaped(name)}/{'get' if method == 'HEAD' else method.lower()}/responses/{status}"
        if "$ref" in responses:
            pointer = responses["$ref"][1:]
            responses = document()["components"]["responses"][pointer.rsplit("/", 1)[1]]
    contents = responses.get("content", {})
    kind = content_type.split(";")[0].strip()
    if not contents:
        if body or kind:
            raise Nonconformity(f"{where}: the document has no content here\n{body!r}")
        return
    if kind not in contents:
        raise Nonconformity(f"{where}: the document has {', '.join(contents)}\n{body!r}")
    if body is None or method == "HEAD" or not kind.endswith("json"):
        return
    try:
        value = json.loads(body)
    except ValueError:
        raise Nonconformity(f"{where}: no JSON\n{body!r}") from None
    if operation is not None and "schema" not in contents[kind]:
        return
    _check_value(f"{pointer}/content/{_escaped(kind)}/schema", value, where)
    if kind == "application/problem+json" and value["status"] != status:
        raise Nonconformity(f"{where}: the problem says {value['status']}")


def check_schema(name: str, value) -> None:
    """Raises `Nonconformity` unless the value is one of a named schema."""
    _check_value(f"/components/schemas/{name}", value, name)


def _check_value(pointer: str, value, where: str) -> None:
    for error in _validator(pointer).iter_errors(_sampled(value)):
        best = error
        while best.context:
            best = max(best.context, key=lambda inner: len(inner.absolute_path))
        place = "/".join(str(part) for part in best.absolute_path)
        raise Nonconformity(f"{where}: /{place}: {best.message}\n{json.dumps(value)[:4000]}")


STREAMS = ("text/event-stream", "application/x-ndjson")
_seen: set[tuple[str, str, int]] = set()


def seen() -> set[tuple[str, str, int]]:
    """What was answered so far: method, path and status."""
    return _seen


def watch() -> None:
    """From now on every answer that urllib gets from a control API is checked."""
    original = urllib.request.OpenerDirector.open

    def open_and_check(self, address, data=None, *arguments, **options):
        request = address if isinstance(address, urllib.request.Request) else urllib.request.Request(address, data)
        path = urllib.parse.urlsplit(request.full_url).path
        try:
            answer = original(self, address, data, *arguments, **options)
        except urllib.error.HTTPError as problem:
            if not _is_of_the_api(path):
                raise
            body = problem.read()
            _check(request, path, problem.code, problem.headers, body)
            raise urllib.error.HTTPError(problem.url, problem.code, problem.msg, problem.headers, io.BytesIO(body)) from None
        if not _is_of_the_api(path):
            return answer
        if answer.headers.get("Content-Type", "").split(";")[0] in STREAMS:
            _check(request, path, answer.status, answer.headers, None)
            return answer
        with answer:
            body = answer.read()
        _check(request, path, answer.status, answer.headers, body)
        checked = urllib.response.addinfourl(io.BytesIO(body), answer.headers, answer.url, answer.status)
        checked.msg = answer.msg
        return checked

    urllib.request.OpenerDirector.open = open_and_check


def _check(request: urllib.request.Request, path: str, status: int, headers, body: bytes | None) -> None:
    method = request.get_method()
    check(method, path, status, headers.get("Content-Type", ""), body)
    _seen.add((method, template(path) or path, status))
