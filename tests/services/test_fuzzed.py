"""The HTTP endpoints, with whatever Schemathesis makes up for them: never a 500, always a word."""

from __future__ import annotations

from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, settings

from tests.digits import DIGITS

_ANY: dict[str, Any] = {}
_NUMBER = {"type": "number"}
_POINT = {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}
_STROKES = {"type": "array", "items": {"type": "array", "items": _POINT}}
_TEXT = {"type": "string"}


def _body(schema: dict[str, Any], kind: str = "application/json") -> dict[str, Any]:
    return {"required": True, "content": {kind: {"schema": schema}}}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _data(*items: Any) -> dict[str, Any]:
    return _object(data={"type": "array", "prefixItems": list(items), "maxItems": len(items)})


def _path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": _TEXT}


_ANSWER = {"responses": {"200": {"description": "an answer, or a sentence"}}}
_JOINING = _object(data={"type": "array"}, fn_index={"type": "integer"}, session_hash=_TEXT)
_CALL = _object(component_id={"type": "integer"}, fn_name=_TEXT, session_hash=_TEXT, data=_ANY)
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
        "/vendor/{file}": {"get": _ANSWER | {"parameters": [_path("file")]}},
        "/healthz": {"get": _ANSWER},
        "/metrics": {"get": _ANSWER},
    },
}
"""What the README says of the endpoints, and the page's own calls."""

schema = schemathesis.openapi.from_dict(OPENAPI)


@schema.parametrize()
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_request_is_answered_with_500(case: schemathesis.Case, app_url: str) -> None:
    answer = case.call(base_url=app_url.rstrip("/"), timeout=60)
    assert answer.status_code < 500, (case.method, case.path, case.body, answer.text[:300])


def test_it_reads_after_all_that(app_url: str) -> None:
    body = {"data": [DIGITS[3]]}
    answer = httpx.post(f"{app_url}gradio_api/run/read_strokes", json=body, timeout=30)
    assert answer.json()["data"][0]["text"] == "3"
