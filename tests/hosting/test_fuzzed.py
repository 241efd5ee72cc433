"""The HTTP endpoints with requests made up by Schemathesis: never a 500, always a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from tests.support.digits import DIGITS
from tests.support.serving import serving

_ANY: dict[str, Any] = {}
_NUMBER = {"type": "number"}
_POINT = {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}
_STROKES = {"type": "array", "items": {"type": "array", "items": _POINT}}
_TEXT = {"type": "string"}


def _body(
    schema: dict[str, Any], kind: str = "application/json", examples: tuple[Any, ...] = ()
) -> dict[str, Any]:
    return {"required": True, "content": {kind: {"schema": schema} | _examples(examples)}}


def _examples(given: tuple[Any, ...]) -> dict[str, Any]:
    """Requests that are always sent."""
    named = {str(number): {"value": each} for number, each in enumerate(given)}
    return {"examples": named} if named else {}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _data(*items: Any) -> dict[str, Any]:
    return _object(data={"type": "array", "prefixItems": list(items), "maxItems": len(items)})


def _path(name: str, *examples: str) -> dict[str, Any]:
    """A parameter in a path."""
    about = {"name": name, "in": "path", "required": True, "schema": _TEXT}
    return about | _examples(examples)


_ANSWER = {"responses": {"200": {"description": "an answer, or a sentence"}}}
_JOINING = _object(data={"type": "array"}, fn_index={"type": "integer"}, session_hash=_TEXT)
_CALL = _object(component_id={"type": "integer"}, fn_name=_TEXT, session_hash=_TEXT, data=_ANY)
_ASKING = _object(data=_ANY) | {
    "properties": {"data": _ANY, "fn_index": {"type": "integer"}, "session_hash": _TEXT}
}
_NAMES = ("read_image", "read_strokes", "nope")
_ASKED = _body(
    _ASKING, examples=({"data": ["\ud800"]}, {"data": [], "fn_index": 9999}, {"data": [1, 2]})
)
_FILE = _object(files={"type": "array", "items": {"type": "string", "format": "binary"}})
OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "Digit Sketchpad", "version": "1"},
    "paths": {
        "/gradio_api/run/read_strokes": {"post": _ANSWER | {"requestBody": _body(_data(_STROKES))}},
        "/gradio_api/run/read_image": {"post": _ANSWER | {"requestBody": _body(_data(_ANY))}},
        "/gradio_api/call/read_strokes": {"post": _ANSWER | {"requestBody": _body(_data(_ANY))}},
        "/gradio_api/queue/join": {"post": _ANSWER | {"requestBody": _body(_JOINING)}},
        "/gradio_api/component_server": {"post": _ANSWER | {"requestBody": _body(_CALL)}},
        "/gradio_api/upload": {
            "post": _ANSWER | {"requestBody": _body(_FILE, "multipart/form-data")}
        },
        "/versions/{name}/{file}": {
            "get": _ANSWER | {"parameters": [_path("name"), _path("file")]}
        },
        "/scripts/{version}/{name}": {
            "get": _ANSWER | {"parameters": [_path("version"), _path("name")]}
        },
        "/gradio_api/call/v2/read_strokes": {
            "post": _ANSWER | {"requestBody": _body(_object(strokes=_ANY), examples=({"x": 1},))}
        },
        "/gradio_api/run/{api_name}": {
            "post": _ANSWER | {"parameters": [_path("api_name", *_NAMES)], "requestBody": _ASKED}
        },
        "/gradio_api/api/{api_name}": {
            "post": _ANSWER | {"parameters": [_path("api_name", *_NAMES)], "requestBody": _ASKED}
        },
        "/gradio_api/call/read_strokes/{event_id}": {
            "get": _ANSWER | {"parameters": [_path("event_id", "zzz")]}
        },
        "/static/{file}": {"get": _ANSWER | {"parameters": [_path("file", "x" * 300)]}},
        "/assets/{file}": {"get": _ANSWER | {"parameters": [_path("file", "x" * 300)]}},
        "/healthz": {"get": _ANSWER},
        "/metrics": {"get": _ANSWER},
    },
}
"""The endpoints of docs/API.md, and the page's own calls."""

PREFIX = "/digits"

schema = schemathesis.openapi.from_dict(OPENAPI)


def asking(examples: int) -> settings:
    """So many requests of each kind, the same ones every time."""
    every = list(HealthCheck)
    return settings(
        max_examples=examples, deadline=None, derandomize=True, suppress_health_check=every
    )


@pytest.fixture(scope="module")
def app_below(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app under a path that its proxy does not strip."""
    with serving(tmp_path_factory.mktemp("home"), None, "--root-path", PREFIX) as app:
        assert app.url.endswith(f"{PREFIX}/")
        yield app.url


@schema.parametrize()
@asking(examples=60)
def test_no_request_is_answered_with_500(case: schemathesis.Case, app_url: str) -> None:
    hold_answered(case, app_url)


@schema.parametrize()
@asking(examples=15)
def test_no_request_under_a_path_is_answered_with_500(
    case: schemathesis.Case, app_below: str
) -> None:
    hold_answered(case, app_below)


def hold_answered(case: schemathesis.Case, url: str) -> None:
    """Checks that the answer arrives in full and is no server error."""
    answer = case.call(base_url=url.rstrip("/"), timeout=60)
    assert answer.status_code < 500, (case.method, case.path, case.body, answer.text[:300])
    assert answer.status_code != 429, "limits keep the test from what it asks for"


@pytest.mark.parametrize("prefix", ["", PREFIX])
def test_digits_are_still_read_after_all_that(prefix: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("app_below" if prefix else "app_url")
    body = {"data": [DIGITS[3]]}
    answer = httpx.post(f"{url}gradio_api/run/read_strokes", json=body, timeout=30)
    assert answer.json()["data"][0]["text"] == "3"
