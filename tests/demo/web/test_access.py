"""Who may do what: every call and every route, tried by a visitor of a hosted page."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest

from demo.application import Application
from demo.web.access import (
    CALLS,
    OWNER_ONLY,
    ROUTES,
    Access,
    Right,
    is_route,
)
from demo.web.limits import RUNS, Limits
from demo.web.metrics import Metrics
from demo.web.server_functions import server_functions
from demo.web.visitor import Visitor, as_visitor
from model.learning.recipes import find
from model.service.database.schema import STOPPED
from model.service.database.store import Store
from model.service.home import Home
from model.service.services import Services
from model.service.settings import Settings
from tests.demo.web.routes import FILLINGS, LET_THROUGH, SHUT, filled, let_through, routes
from tests.support.asking import asking, owner, visitor
from tests.support.serving import serving
from tests.support.tables import case

KEY = "a key of this test's own"
STRANGERS = "f" * 32
"""Token of another visitor."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with two runs that have ended, one of them some visitor's."""
    home = Home(tmp_path_factory.mktemp("home"))
    store = Store.open(home.database)
    settings = find("compact").settings()
    for whose in ("", STRANGERS):
        run = store.add("compact", settings, "strokes:100", origin="page", visitor=whose)
        claimed = store.claim("nobody")
        assert claimed is not None
        store.finish(claimed, STOPPED)
        home.logs(run.name).mkdir()
    (home.drawings / "mine.npz").write_bytes(b"drawings")
    store.close()
    return home.folder


@pytest.fixture(scope="module")
def hosted(home: Path) -> Iterator[str]:
    """The address of a page that is not for this machine alone."""
    with serving(home, environment={"SKETCHPAD_OWNER_KEY": KEY}) as app:
        yield app.url


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings.load(["--home", str(tmp_path_factory.mktemp("home"))])


@pytest.fixture(scope="module")
def services(settings: Settings) -> Iterator[Services]:
    services = Services.open(settings)
    yield services
    services.close()


@pytest.fixture(scope="module")
def application(settings: Settings, services: Services) -> Application:
    """The same application, in this process."""
    return Application.build(settings, services)


def state(home: Path) -> tuple[Any, ...]:
    """All that is remembered: rows of every table, and names and sizes of files."""
    with sqlite3.connect(home / "sketchpad.db") as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master")]
        rows = [
            database.execute(f"SELECT * FROM {table}").fetchall()
            for table in sorted(tables)
            if table in ("runs", "epochs", "points", "uses")
        ]
    kept = [home / kind for kind in ("models", "checkpoints", "logs", "drawings")]
    files = [(path, path.stat().st_size) for folder in kept for path in sorted(folder.rglob("*"))]
    return rows, files


def all_calls(page: gr.Blocks) -> set[str]:
    events = {str(event.api_name) for event in page.fns.values() if event.fn is not None}
    functions = {name for block in page.blocks.values() for name, _ in server_functions(block)}
    return events | functions


def test_everything_that_can_be_called_is_listed(application: Application) -> None:
    assert all_calls(application.page) == set(CALLS)


GIVEN: list[Any] = [
    *(None, "compact-1", "compact-2", "compact-1.keras", "mine.npz", {"known": ""}),
]


def test_a_visitor_calls_everything_and_changes_nothing(
    application: Application, hosted: str, home: Path
) -> None:
    before = state(home)
    with visitor(hosted) as client:
        client.get("/")
        config = client.get("config").json()
        events = {event["api_name"]: event for event in config["dependencies"]}
        values = {each["id"]: each["props"].get("value") for each in config["components"]}
        ask = asking(client)
        refused = set()
        for name in all_calls(application.page):
            right = CALLS.get(name, Right.OWNER)
            if name in events:
                data = [values[component] for component in events[name]["inputs"]]
                answers = call_event(client, events[name], data)
            else:
                answers = [ask(name, given).json().get("problem", "") for given in GIVEN]
            if right is not Right.EVERYONE:
                assert all(OWNER_ONLY in said for said in answers), (name, answers)
                refused.add(name)
        assert ask("form", None).json()["drawings"] == [], "whoever cannot train sees no files"
    assert state(home) == before
    assert refused >= {"train", "stop", "pause", "resume", "delete", "export", "put_in_use"}


def call_event(client: httpx.Client, event: dict[str, Any], data: list[Any]) -> list[str]:
    """Calls one of Gradio's events by each of its doors; what each of them said."""
    body = {"data": data, "fn_index": event["id"], "session_hash": "walk"}
    paths = (f"run/{event['api_name']}", f"api/{event['api_name']}", "run/predict")
    said = [client.post(f"gradio_api/{path}", json=body).text for path in paths]
    joined = client.post("gradio_api/queue/join", json=body)
    assert joined.status_code == 200, event["api_name"]
    told = client.get("gradio_api/queue/data", params={"session_hash": "walk"}).text
    assert "process_completed" in told, event["api_name"]
    return [*said, told]


STREAMS = ("queue/data", *(f"heartbeat/{filling}" for filling in FILLINGS))
"""Their answers do not end."""


def test_every_route_that_is_let_through_was_looked_at(application: Application) -> None:
    walked = set(routes(application))
    assert walked >= LET_THROUGH | SHUT
    assert let_through(walked) == LET_THROUGH


def test_every_pattern_lets_something_through(application: Application) -> None:
    # Else the walk could not tell what it is that the pattern opens.
    asked = [f"{method} {path}" for method, each in routes(application) for path in filled(each)]
    for pattern in ROUTES:
        if pattern.pattern != "OPTIONS .*":  # what every route is asked, and none answers
            assert any(map(pattern.fullmatch, asked)), pattern


def test_a_pattern_that_lets_too_much_through_is_seen(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases: list[str] = [r".*", r"GET /.+", r"POST /gradio_api/cancel"]
    for pattern in cases:
        with case(pattern):
            monkeypatch.setattr("demo.web.access.ROUTES", (*ROUTES, re.compile(pattern)))
            assert let_through(set(routes(application))) > LET_THROUGH


def test_every_route_is_listed_or_shut_and_changes_nothing(
    application: Application, hosted: str, home: Path
) -> None:
    before = state(home)
    walked = set(routes(application))
    walked |= {("OPTIONS", template) for _, template in walked}
    failed = []
    with visitor(hosted) as client:
        for method, template in sorted(walked):
            for path in filled(template):
                status, trouble = answered(client, method, path)
                assert is_route(method, path) or status == 404, (method, path)
                if status >= 500 or trouble:
                    failed.append((method, path, status, trouble))
    assert failed == []
    assert state(home) == before


def answered(client: httpx.Client, method: str, path: str) -> tuple[int, str]:
    """Asks for a path: the status, and why the answer broke off, if it did."""
    with client.stream(method, path, content=b"{}") as answer:
        try:
            if not path.endswith(STREAMS):
                answer.read()
        except httpx.RemoteProtocolError as error:
            return answer.status_code, str(error)
        return answer.status_code, ""


def test_what_gradio_offers_beside_is_shut(hosted: str) -> None:
    with visitor(hosted) as client:
        shut = ("monitoring/summary", "gradio_api/vibe-code", "login", "docs", "openapi.json")
        for path in (*shut, "gradio_api/startup-events"):
            assert client.get(path).status_code == 404, path
        for path in ("gradio_api/cancel", "gradio_api/reset", "login", "gradio_api/vibe-edit"):
            assert client.post(path, json={}).status_code == 404, path


def test_what_is_new_is_refused_until_it_is_listed(tmp_path: Path) -> None:
    done = []

    def newly(given: Any) -> dict[str, str]:
        done.append(given)
        return {"done": "it"}

    access = access_of(tmp_path)
    with gr.Blocks() as page:
        component = gr.HTML(server_functions=[newly])
        gr.on([], newly, inputs=component, outputs=component, api_name="newly_too")
    access.guard(page)
    assert component.newly("x") == {"problem": OWNER_ONLY}
    (event,) = page.fns.values()
    with pytest.raises(gr.Error, match="Only the owner"):
        event.fn("x")
    assert done == []


def access_of(folder: Path, **chosen: Any) -> Access:
    store = Store.open(Home(folder).database)
    given: dict[str, Any] = {"open_training": False, "visitor_epochs": 5} | chosen
    given["metrics"] = Metrics(store)
    return Access(store, Limits({RUNS: "2/hour"}), **given)


def test_the_owner_may(hosted: str) -> None:
    with owner(hosted, KEY) as client:
        ask = asking(client)
        assert ask("roll_back", None).json()["problem"].startswith("Nothing to roll back")
        assert ask("delete", "compact-99").json()["problem"] == "There is no run 'compact-99'."
        assert ask("runs", None).json()["may"] == {"train": True, "manage": True}


def test_the_owner_may_by_the_key_itself(hosted: str) -> None:
    with httpx.Client(base_url=hosted, headers={"Authorization": f"Bearer {KEY}"}) as client:
        assert asking(client)("runs", None).json()["may"]["manage"]
        assert b"sketchpad_reads_total" in client.get("metrics").content


def test_metrics_are_the_owners(hosted: str) -> None:
    assert httpx.get(f"{hosted}metrics").status_code == 403


def test_a_visitors_train_tab_is_not_refused(hosted: str) -> None:
    def refusals() -> list[str]:
        with owner(hosted, KEY) as client:
            lines = client.get("metrics").text.splitlines()
        return [line for line in lines if line.startswith("sketchpad_refusals_total")]

    before = refusals()
    with visitor(hosted) as client:
        assert asking(client)("warm", None).json() == {}
    assert refusals() == before


def test_only_those_who_may_train_start_a_worker(
    services: Services, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[bool] = []
    monkeypatch.setattr(services.jobs, "warm", lambda: started.append(True))
    functions = [
        dict(server_functions(block))["warm"]
        for block in application.page.blocks.values()
        if "warm" in dict(server_functions(block))
    ]
    for who, expected in ((Visitor(), []), (Visitor(is_owner=True), [True])):
        with as_visitor(who):
            for warm in functions:
                warm(None)
        assert started == expected, who
