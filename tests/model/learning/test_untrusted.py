"""Model folders of strangers: what could run code, or is not what it says it is, is refused."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import pytest

from model.learning import network, untrusted
from model.learning.recipes import RECIPES
from model.learning.untrusted import check_folder
from model.reading.reader import SHIPPED, ModelError, sha256
from tests.support.tables import case


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped network with a card that says nothing of its files, as a stranger's may."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "model"))
    card = json.loads((folder / "card.json").read_text())
    del card["files"]
    (folder / "card.json").write_text(json.dumps(card))
    return folder


def with_parts(folder: Path, change: Callable[[dict[str, bytes]], Any]) -> Path:
    """The folder with a `.keras` of other parts."""
    path = folder / "network.keras"
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return folder


def with_layer(folder: Path, **entries: Any) -> Path:
    """The folder with a network whose last layer is another one."""

    def change(parts: dict[str, bytes]) -> None:
        config = json.loads(parts["config.json"])
        config["config"]["layers"][-1] |= entries
        parts["config.json"] = json.dumps(config).encode()

    return with_parts(folder, change)


def refused(folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        check_folder(folder)
    return str(caught.value)


def test_what_this_project_wrote_is_trusted(folder: Path) -> None:
    check_folder(folder)


def test_every_recipe_is_made_of_what_is_trusted(tmp_path: Path) -> None:
    for name, recipe in RECIPES.items():
        with case(name):
            built = network.build(
                recipe, network.Scaling(1 / 255, 0.0), recipe.settings(), steps=10
            )
            built.save(tmp_path / "network.keras")
            untrusted._network(tmp_path / "network.keras")


def test_a_lambda_layer_is_refused_and_never_run(folder: Path, tmp_path: Path) -> None:
    """Made by Keras itself, as an attacker would."""
    evil = tmp_path / "evil"
    code = f"open({str(evil)!r}, 'w')"
    layers = [keras.Input((28, 28)), keras.layers.Lambda(eval(f"lambda x: [{code}, x][1]"))]
    keras.Sequential([*layers, keras.layers.Flatten(), keras.layers.Dense(10)]).save(
        folder / "network.keras"
    )
    evil.unlink(missing_ok=True)
    assert refused(folder) == "network.keras contains a Lambda layer, which can run any code"
    assert not evil.exists()


def test_what_is_not_kerass_own_is_refused(folder: Path, tmp_path: Path) -> None:
    for entries, reason in (
        ({"module": "os", "class_name": "system"}, "uses os.system, which is not part of Keras"),
        ({"module": "kerasevil", "class_name": "X"}, "uses kerasevil.X"),
        ({"registered_name": "mine>Layer"}, "uses a registered class.mine>Layer"),
        ({"class_name": "TFSMLayer"}, "contains a TFSMLayer layer"),
        ({"build_config": {"x": [{"module": "builtins", "class_name": "eval"}]}}, "builtins.eval"),
        ({"class_name": "NoSuchLayer"}, "Keras cannot load it"),
    ):
        with case(entries):
            copy = Path(shutil.copytree(folder, tmp_path / reason))
            assert reason in refused(with_layer(copy, **entries))


def test_a_file_of_other_parts_is_refused(folder: Path) -> None:
    reason = "contains other files than Keras's three"
    assert reason in refused(with_parts(folder, lambda parts: parts.update({"../x": b""})))
    assert reason in refused(with_parts(folder, lambda parts: parts.pop("config.json", None)))


def test_parts_that_are_too_large_are_not_unpacked(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(untrusted, "_MAX_BYTES", 100_000)
    assert "implausibly large" in refused(folder)


def test_what_is_no_network_is_refused(folder: Path) -> None:
    for content in (b"", b"PK", b"x" * 1000):
        with case(content):
            (folder / "network.keras").write_bytes(content)
            assert "network.keras is damaged" in refused(folder)


def test_two_networks_that_differ_are_refused(folder: Path) -> None:
    saved = keras.models.load_model(folder / "network.keras")
    saved.layers[-1].kernel.assign(-saved.layers[-1].kernel)
    saved.save(folder / "network.keras")
    assert "are not the same network" in refused(folder)


def test_what_the_card_was_not_written_for_is_refused(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text())
    card["files"] = {"network.tflite": sha256(folder / "network.keras")}
    (folder / "card.json").write_text(json.dumps(card))
    assert refused(folder) == "network.tflite is damaged"
