"""How long from nothing to 99.0 % on MNIST's test set: `sprint`, and `classic` as published.

Both in one run, in turn. Seconds are those of building and fitting a network; testing it is not
counted. `classic` is tested after each epoch and ends with the first that reaches 99.0 %.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np

from model.learning.datasets import Dataset, load_mnist, local_path
from tests.benchmarks.machine import machine

GOAL = 0.99
SEEDS = (1, 2, 3, 4, 5)
CLASSIC_SEEDS = (1, 3, 5)
"""`classic` takes a minute or more for each."""
MOST_EPOCHS = 30


def sprint(seed: int, data: Dataset) -> tuple[float, float]:
    """Seconds and test accuracy of a whole run."""
    from model.learning.evaluation import evaluate, guesses
    from model.learning.recipes import find
    from model.learning.training import train

    recipe = find("sprint")
    began = time.perf_counter()
    trained = train(
        recipe,
        data,
        settings=recipe.settings(seed=seed),
        on_event=lambda _: None,
        should_stop=lambda: False,
    )
    seconds = time.perf_counter() - began
    guessed = guesses(trained.network, data.x_test)
    return seconds, evaluate(data.y_test, guessed).accuracy


def classic(seed: int, data: Dataset) -> tuple[float, float, int]:
    """Seconds, test accuracy and epochs until the goal is reached."""
    import keras

    from model.learning.evaluation import evaluate, guesses
    from model.learning.network import build, fit_scaling
    from model.learning.recipes import find

    recipe = find("classic")
    x, y = data.x_train, data.y_train
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    began = time.perf_counter()
    network = build(recipe, fit_scaling(recipe, x), recipe.settings(), steps=1)
    labels = keras.utils.to_categorical(y, 10)
    seconds = time.perf_counter() - began
    epochs, accuracy = 0, 0.0
    while accuracy < GOAL and epochs < MOST_EPOCHS:
        epochs += 1
        began = time.perf_counter()
        network.fit(x, labels, batch_size=recipe.batch_size, verbose=0)
        seconds += time.perf_counter() - began
        guessed = guesses(network, data.x_test)
        accuracy = evaluate(data.y_test, guessed).accuracy
    return seconds, accuracy, epochs


def main() -> None:
    """Measures and prints Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="mnist.npz (MNIST_PATH, else Keras's cache)")
    chosen = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    data = load_mnist(chosen.data or local_path())
    print(f"{machine()}\n\n| recipe | seed | epochs | seconds | test accuracy |")
    print("|---|---|---|---|---|")
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float, int]] = []
    for seed in SEEDS:
        ours.append(sprint(seed, data))
        print(f"| `sprint` | {seed} | 2 | {ours[-1][0]:.1f} | {ours[-1][1]:.2%} |", flush=True)
        if seed in CLASSIC_SEEDS:
            seconds, accuracy, epochs = classic(seed, data)
            theirs.append((seconds, accuracy, epochs))
            print(f"| `classic` | {seed} | {epochs} | {seconds:.1f} | {accuracy:.2%} |", flush=True)
    fast, slow = (float(np.mean([run[0] for run in runs])) for runs in (ours, theirs))
    print(
        f"\n`sprint`: mean {np.mean([run[1] for run in ours]):.2%} in {fast:.1f} s (five seeds). "
        f"`classic` to {GOAL:.1%}: mean {slow:.1f} s ({len(theirs)} seeds). "
        f"Ratio {slow / fast:.1f}."
    )


if __name__ == "__main__":
    main()
