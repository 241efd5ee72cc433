"""MNIST from a file, the cache or a download, and everything that is refused."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.learning.data.datasets import Dataset, load_mnist
from model.learning.errors import DataError
from tests.support.tables import case


@pytest.fixture
def arrays(digits: Dataset) -> dict[str, Any]:
    """The four arrays of eight drawn digits, to be spoiled."""
    return {
        "x_train": digits.x_train[:8],
        "y_train": digits.y_train[:8],
        "x_test": digits.x_test[:8],
        "y_test": digits.y_test[:8],
    }


def saved(tmp_path: Path, arrays: dict[str, Any]) -> Path:
    path = tmp_path / "set.npz"
    np.savez(path, **arrays)
    return path


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty Keras home, and a proxy that nobody is behind."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "keras"


def test_a_small_set_in_the_same_layout_is_accepted(tmp_path: Path, arrays: dict[str, Any]) -> None:
    data = load_mnist(saved(tmp_path, arrays))
    assert np.array_equal(data.x_train, arrays["x_train"])
    assert np.array_equal(data.y_test, arrays["y_test"])
    assert data.x_train.dtype == data.y_train.dtype == np.uint8
    assert data.source == "set.npz"


def test_labels_may_be_any_integers(tmp_path: Path, arrays: dict[str, Any]) -> None:
    as_uint8 = load_mnist(saved(tmp_path, arrays))
    arrays["y_train"] = arrays["y_train"].astype(np.int64)
    as_int64 = load_mnist(saved(tmp_path, arrays))
    assert as_int64.y_train.dtype == np.uint8
    assert as_int64.sha256 == as_uint8.sha256


def test_another_image_is_another_sha256(tmp_path: Path, arrays: dict[str, Any]) -> None:
    before = load_mnist(saved(tmp_path, arrays)).sha256
    arrays["x_test"] = arrays["x_test"].copy()
    arrays["x_test"][3, 14, 14] ^= 1
    assert load_mnist(saved(tmp_path, arrays)).sha256 != before


def spoil(name: str, value: Any) -> Any:
    def change(arrays: dict[str, Any]) -> None:
        arrays[name] = value(arrays[name])

    return change


def test_arrays_that_are_not_mnists_are_refused(tmp_path: Path, arrays: dict[str, Any]) -> None:
    for change, said in (
        (spoil("x_train", lambda x: x[:, :27]), r"x_train must be \(n, 28, 28\), .*\(8, 27, 28\)"),
        (spoil("x_test", lambda x: x[..., None]), r"x_test must be \(n, 28, 28\)"),
        (spoil("x_train", lambda x: x / 255), "x_train must be uint8 grey levels, .* float64"),
        (spoil("x_train", lambda x: (x > 0).astype(np.uint8)), "from 0 to 255, received at most 1"),
        (spoil("x_train", lambda x: x[:0]), "x_train must contain an image"),
        (spoil("y_train", lambda y: y[:7]), "the same length, received 8 images and 7"),
        (spoil("y_test", lambda y: np.eye(10)[y]), r"y_test must be \(n,\), received \(8, 10\)"),
        (spoil("y_train", lambda y: y + 0.5), "y_train must be integers, received float"),
        (spoil("y_train", lambda y: y + 3), "y_train must be digits 0 to 9, received 3 to 10"),
        (spoil("y_test", lambda y: y.astype(int) - 1), "y_test must be digits 0 to 9, received -1"),
        (lambda arrays: arrays.pop("y_test"), "lacks y_test"),
        (lambda arrays: arrays.clear(), "lacks x_train, y_train, x_test, y_test"),
    ):
        with case(said):
            changed = dict(arrays)
            change(changed)
            path = saved(tmp_path, changed)
            with pytest.raises(DataError, match=said) as caught:
                load_mnist(path)
            assert str(path) in str(caught.value)


def test_pickled_content_is_refused_and_not_run(tmp_path: Path, arrays: dict[str, Any]) -> None:
    ran = tmp_path / "ran"

    class Trap:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return (Path.touch, (ran,))  # type: ignore[return-value]

    arrays["x_train"] = np.array([Trap()], dtype=object)
    with pytest.raises(DataError, match="damaged or not MNIST"):
        load_mnist(saved(tmp_path, arrays))
    (tmp_path / "bare.npz").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(DataError, match="damaged or not MNIST"):
        load_mnist(tmp_path / "bare.npz")
    assert not ran.exists()


def test_a_truncated_file_is_refused(digits_file: Path) -> None:
    content = digits_file.read_bytes()
    for kept in (0.02, 0.3, 0.9, 0.999):
        with case(kept):
            digits_file.write_bytes(content[: int(len(content) * kept)])
            with pytest.raises(DataError, match=r"damaged or not MNIST; .* delete or replace it"):
                load_mnist(digits_file)


def test_a_file_with_flipped_bytes_is_refused(digits_file: Path) -> None:
    content = bytearray(digits_file.read_bytes())
    middle = len(content) // 3
    content[middle : middle + 40] = bytes(40)
    digits_file.write_bytes(content)
    with pytest.raises(DataError, match="damaged or not MNIST"):
        load_mnist(digits_file)


def test_a_wrong_file_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"not an archive\n", b"PK\x05\x06" + bytes(18)):
        with case(content):
            path = tmp_path / "notes.txt"
            path.write_bytes(content)
            with pytest.raises(DataError, match=r"notes\.txt (is damaged|lacks x_train)"):
                load_mnist(path)


def test_a_single_array_is_refused(tmp_path: Path, digits: Dataset) -> None:
    np.save(tmp_path / "x.npy", digits.x_test)
    with pytest.raises(DataError, match="damaged or not MNIST"):
        load_mnist(tmp_path / "x.npy")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a file"):
        load_mnist(tmp_path)


def test_a_missing_file_is_named_and_nothing_else_is_tried(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"absent\.npz: that file is missing"):
        load_mnist(tmp_path / "absent.npz")


def test_without_a_path_kerass_cache_is_read(no_network: Path, arrays: dict[str, Any]) -> None:
    (no_network / "datasets").mkdir(parents=True)
    np.savez(no_network / "datasets" / "mnist.npz", **arrays)
    assert np.array_equal(load_mnist(None).x_train, arrays["x_train"])


def test_no_network_says_where_it_looked_and_what_to_do(no_network: Path) -> None:
    with pytest.raises(DataError) as caught:
        load_mnist(None)
    said = str(caught.value)
    assert str(no_network / "datasets" / "mnist.npz") in said
    assert "its download failed" in said
    assert "--data FILE or MNIST_PATH" in said


def test_mnist_is_known_by_its_content(mnist_path: Path) -> None:
    data = load_mnist(mnist_path)
    assert data.source == "MNIST"
    assert (len(data.x_train), len(data.x_test)) == (60_000, 10_000)
