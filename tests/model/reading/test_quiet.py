"""What native libraries print is dropped, unless it is an error; nothing of ours is."""

from __future__ import annotations

import os
import threading

import pytest

from model.reading.quiet import quiet


def test_only_informational_lines_are_dropped(capfd: pytest.CaptureFixture[str]) -> None:
    def load() -> None:
        with quiet():
            os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n")
            os.write(2, b"WARNING: All log messages before absl::InitializeLog() is called ...\n")
            os.write(2, b"I0000 00:00:1795614546.019812 7467 port.cc:153] oneDNN custom ...\n")
            os.write(2, b"ERROR: no memory\nE0000 00:00:1.0 1 x.cc:1] no GPU\n")
            os.write(2, b"Traceback (most recent call last):\n")
            raise KeyError

    with pytest.raises(KeyError):
        load()
    assert capfd.readouterr().err.splitlines() == [
        "ERROR: no memory",
        "E0000 00:00:1.0 1 x.cc:1] no GPU",
        "Traceback (most recent call last):",
    ]


def test_threads_take_turns(capfd: pytest.CaptureFixture[str]) -> None:
    def speak() -> None:
        for _ in range(50):
            with quiet():
                os.write(2, b"heard\nINFO: dropped\n")

    threads = [threading.Thread(target=speak) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(2, b"last\n")
    assert capfd.readouterr().err == "heard\n" * 200 + "last\n"


def test_a_closed_standard_error_is_no_obstacle() -> None:
    terminal = os.dup(2)
    os.close(2)
    try:
        with quiet():
            ran = True
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
    assert ran
