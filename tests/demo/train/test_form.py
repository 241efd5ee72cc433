"""The Train tab's form: what a browser sends back, and what becomes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from demo.train.durations import REFERENCE, Durations
from demo.train.form import (
    FIELDS,
    FieldError,
    checked_data,
    checked_drawings,
    checked_settings,
    default_values,
    described,
    described_drawings,
    drawing_levels,
)
from model.learning.data.drawings import Count
from model.learning.events import EpochEvent
from model.learning.recipes import RECIPES, find
from model.service.database.store import Store
from model.service.drawing_files import DrawingFile


def test_every_recipe_passes_its_own_check_with_values_of_the_right_type() -> None:
    for name, recipe in RECIPES.items():
        # As JSON has them: a slider at 1.0 sends 1.
        values = {
            setting: int(value) if isinstance(value, float) and value.is_integer() else value
            for setting, value in default_values(recipe).items()
        }
        settings = checked_settings(name, values | {"learning_rate": 1})
        assert type(settings["learning_rate"]) is float, name
        assert type(settings["epochs"]) is int, name
        assert ("dropout" in settings) is (recipe.dropout is not None), name
        assert find(name).settings(**settings).learning_rate == 1, name


def test_a_value_that_cannot_be_used_is_refused_at_its_field_with_its_limits() -> None:
    values = default_values(find("dropout"))
    not_values: list[Any] = [None, "", "7", True, [], {}, float("inf"), float("nan")]
    rows: list[tuple[str, Any, str]] = [
        *((each.name, value, f"{each.label} must be a") for each in FIELDS for value in not_values),
        ("epochs", 2.7, "Epochs must be a whole number between 1 and 1,000."),
        ("epochs", 0, "Epochs must be between 1 and 1,000."),
        ("epochs", 1001, "Epochs must be between 1 and 1,000."),
        ("batch_size", 1025, "Batch size must be between 1 and 1,024."),
        ("learning_rate", 0, "Learning rate must be between 0.000001 and 10."),
        ("seed", -1, "Seed must be between 0 and 4,294,967,295."),
        ("dropout", 0.95, "Dropout must be between 0 and 0.9."),
        ("optimizer", None, "Optimizer must be one of adam"),
        ("optimizer", [], "Optimizer must be one of adam"),
    ]
    for name, value, sentence in rows:
        with pytest.raises(FieldError) as refused:
            checked_settings("dropout", values | {name: value})
        assert str(refused.value).startswith(sentence), (name, value)
        assert refused.value.field == name, (name, value)
    with pytest.raises(FieldError, match=r"Epochs must be between 1 and 5\."):
        checked_settings("dropout", values | {"epochs": 6}, max_epochs=5)
    anything: list[Any] = [None, [], "x"]
    for junk in anything:
        with pytest.raises(FieldError):
            checked_settings("dropout", junk)
    with pytest.raises(ValueError, match="Choose a recipe"):
        checked_settings("resnet", values)


def test_the_form_says_the_limits_of_whoever_asks() -> None:
    for max_epochs, high in ((None, 1000), (5, 5)):
        epochs = described(max_epochs)["fields"][0]
        assert (epochs["name"], epochs["high"]) == ("epochs", high), max_epochs


def test_digits_to_learn_from() -> None:
    assert checked_data("mnist", None) == "mnist"
    assert checked_data("strokes", 60) == "strokes:60"
    counts: list[Any] = [None, "7", 59, 120_001, 77.5, float("nan"), float("inf")]
    for count in counts:
        with pytest.raises(FieldError, match="between 60 and 120,000") as refused:
            checked_data("strokes", count)
        assert refused.value.field == "count", count
    unknown: list[Any] = [None, "letters", []]
    for digits in unknown:
        with pytest.raises(ValueError, match="Choose the digits to learn from"):
            checked_data(digits, 1000)


def test_drawings_are_chosen_by_name_among_those_there() -> None:
    good, broken = DrawingFile("a.npz", Count(2, 1)), DrawingFile("b.npz", Count(0, 0), "damaged")
    files = [good, broken, DrawingFile("c.npz", Count(1, 0))]
    assert checked_drawings(["c.npz", "a.npz", "a.npz"], files) == ["a.npz", "c.npz"]
    nothings: list[Any] = [None, "a.npz", {}, 7, []]
    for nothing in nothings:
        assert checked_drawings(nothing, files) == [], nothing
    unknowns: list[Any] = [["b.npz"], ["a.npz", "d.npz"], ["/etc/a.npz"], [None], [["a.npz"]], [{}]]
    for unknown in unknowns:
        with pytest.raises(ValueError, match="is not there any more"):
            pytest.fail(f"{unknown} became {checked_drawings(unknown, files)}")
    assert [each["problem"] for each in described_drawings(files)] == ["", "damaged", ""]
    learners = {each["name"] for each in described(None)["recipes"] if each["learns_non_digits"]}
    assert learners == {"house"}


def test_durations_are_of_runs_here_else_of_the_processor(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/runs.db")
    durations = Durations(store)
    guessed = durations.speeds()
    assert set(guessed["digit"]) == set(REFERENCE) == set(RECIPES)
    assert guessed["digit"]["house"] > guessed["digit"]["sprint"] > 0

    def run(
        recipe: str, data: str, *seconds: float, drawings: tuple[str, ...] = (), **changed: Any
    ) -> None:
        settings = find(recipe).settings(**changed)
        run = store.add(recipe, settings, data, drawings=drawings, origin="page", worker="w")
        for number, each in enumerate(seconds, 1):
            epoch = EpochEvent(number, 0.1, 0.9, None, None, each, False)
            store.record(run, "training", [(1.0, epoch)])
        store.finish(run, "finished")

    run("compact", "mnist", 60.0, 30.0)
    run("compact", "strokes:600", 9.0)  # too few digits to tell
    run("compact", "mnist", 5.0, batch_size=1000)  # other settings have another speed
    run("compact", "mnist", 8.0, drawings=("more.npz",))  # nobody knows how many
    measured = durations.speeds()["digit"]
    assert measured["compact"] == 30 / 60_000
    factor = measured["compact"] / REFERENCE["compact"]
    assert measured["house"] == pytest.approx(factor * REFERENCE["house"])
    store.close()


def test_the_drawing_on_the_pad() -> None:
    levels = drawing_levels("[[[100, 100], [100, 900]]]")
    assert levels is not None
    assert (len(levels), max(levels)) == (784, 255)
    for nothing in (None, "", "[]", "[[]]", "{", "7", "[" * 100_000, '[["a"]]'):
        assert drawing_levels(nothing) is None, nothing
