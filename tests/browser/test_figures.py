"""Scripts that make figures: curves, numbers, charts and the order of runs, without a page."""

from __future__ import annotations

import json

from tests.browser.conftest import Run


def test_a_long_curve_loses_every_second_point_of_its_older_half(run: Run) -> None:
    few, thinned, again = run(
        "train/curve.js",
        """
        const range = (length) => Array.from({ length }, (_, i) => i);
        const thinned = m.thinned(range(11), 10);
        let points = [];
        for (let i = 0; i < 100_000; i += 50) {
          points = m.thinned(points.concat(range(50).map((j) => i + j)));
        }
        return [m.thinned(range(10), 10), thinned, points];
        """,
    )
    assert few == list(range(10))
    assert thinned == [0, 2, 4, 6, 7, 8, 9, 10]
    assert len(again) <= 1500
    assert again == sorted(again)
    assert again[0] == 0
    assert again[-50:] == list(range(99_950, 100_000))  # the newest are all there


def test_a_curve_has_each_batch_thin_a_smoothed_line_and_validation_as_points(run: Run) -> None:
    """Means of the running epoch, as they were drawn until now, jump back at each of its ends."""
    lines, ten, old = run(
        "train/curve.js",
        """
        const points = [[1, 0.5, 2.0, 0.1], [2, 1, 1.5, 0.2], [3, 1.5, 1.2, 0.3]];
        const epochs = [
          { epoch: 1, loss: 1.0, val_loss: 0.9, partial: false },
          { epoch: 2, loss: 0.8, val_loss: null, partial: true },
        ];
        const ten = m.smoothed(Array.from({ length: 10 }, (_, i) => [i, i % 2]));
        return [m.curve(points, epochs, 2, "val_loss"), ten, m.smoothed([[1, 5]])];
        """,
    )
    batches, training, validation = lines
    assert batches["points"] == [[0.5, 2.0], [1, 1.5], [1.5, 1.2]]
    assert batches["width"] < 2
    assert [x for x, _ in training["points"]] == [0.5, 1, 1.5]
    assert training["points"][1][1] == sum((2.0, 1.5, 1.2)) / 3
    assert (validation["points"], validation["width"]) == ([[1, 0.9]], 0)
    assert [round(y, 2) for _, y in ten] == [0, 0.33, 0.4, 0.6, 0.4, 0.6, 0.4, 0.6, 0.5, 0.67]
    assert old == [[1, 5]]


def test_numbers_are_written_one_way(run: Run) -> None:
    rows = {
        "percent(0.98204)": "98.20%",
        "percent(1)": "100.00%",
        "percent(0.5, 0)": "50%",
        "percent(0)": "0.00%",
        "percent(null)": "",
        "percent(undefined)": "",
        "confidence(1)": "99.9%",
        "confidence(0.99999)": "99.9%",
        "confidence(0.9989)": "99.8%",
        "confidence(0.5)": "50.0%",
        "confidence(0)": "0.0%",
        "count(1234567)": "1,234,567",
        "duration(null)": "",
        "duration(0)": "0 s",
        "duration(59.4)": "59 s",
        "duration(59.6)": "1 min 0 s",
        "duration(3599)": "59 min 59 s",
        "duration(3600)": "1 h 0 min",
        "duration(90061)": "25 h 1 min",
        "capitalized('testing')": "Testing",
        "capitalized('')": "",
    }
    for call, text in rows.items():
        assert run("parts/numbers.js", f"return m.{call};") == text, call


def test_the_end_of_a_run_is_told_in_a_sentence(run: Run) -> None:
    rows = [
        (("finished", 44, ""), "Finished after 44 s."),
        (("interrupted", 14, "The server stopped."), "Interrupted after 14 s: the server stopped."),
        (("stopped", None, "Taken out of the queue."), "Stopped: taken out of the queue."),
        (("paused", 14, ""), "Paused after epoch 3 of 10."),
        (
            ("failed", 3, "The disk is full: make room."),
            "Failed after 3 s. The disk is full: make room.",
        ),
        (
            ("diverged", 3, "the loss became nan; try less"),
            "Diverged after 3 s. The loss became nan; try less.",
        ),
        (("failed", 3, "MNIST cannot be read"), "Failed after 3 s: MNIST cannot be read."),
    ]
    for (status, seconds, reason), text in rows:
        state = json.dumps({"status": status, "seconds": seconds, "reason": reason, "epochs": 10})
        assert run("train/run.js", f"return m.endText({state}, 3);") == text, status
    early = run(
        "train/run.js", 'return m.endText({ status: "paused", seconds: 2, reason: "" }, 0);'
    )
    assert early == "Paused before the end of its first epoch."


def test_a_training_time_is_told_roughly(run: Run) -> None:
    rows = {
        3: "about 10 seconds",
        44: "about 40 seconds",
        94: "about 90 seconds",
        100: "about 2 minutes",
        1300: "about 22 minutes",
        3500: "about an hour",
        9000: "about 3 hours",
    }
    for seconds, text in rows.items():
        assert run("train/estimate.js", f"return m.roughly({seconds});") == text, seconds
    choice = '{ recipe: "a", epochs: 2, digits: 100, isGenerated: GENERATED }'
    for generated, expected in (("true", 1 + 100 * (0.5 + 2 * 3)), ("false", 1 + 100 * 2 * 3)):
        chosen = choice.replace("GENERATED", generated)
        speeds = "{ start: 1, drawing: 0.5, digit: { a: 3 } }"
        assert run("train/estimate.js", f"return m.runSeconds({speeds}, {chosen});") == expected


def test_a_chart_shows_what_was_learned_later(run: Run) -> None:
    rows = {
        "LOSS.format(0.12345)": "0.1235",
        "LOSS.format(0.5, [0.25, 0.5])": "0.5",
        "LOSS.format(0.05, [0.04, 0.05])": "0.05",
        "LOSS.format(2.342, [2.34, 2.342, 2.344])": "2.342",
        "LOSS.format(5, [0, 5])": "5",
        "ACCURACY.format(0.9985, [0.998, 0.9985])": "99.85%",
        "ACCURACY.format(0.98765)": "98.77%",
        "ACCURACY.format(0.98, [0.97, 0.98, 0.99])": "98%",
        "ACCURACY.format(0.981, [0.98, 0.981])": "98.1%",
        "valueRange([3, 1, 2], 'high')": [1, 3],
        # Of 21 and more points the tenth at the steep end is cut off.
        "valueRange([9, 8, ...Array(19).fill(1)], 'high')": [1, 1],
        "valueRange([0, 0.1, ...Array(19).fill(1)], 'low')": [1, 1],
        "valueRange([0, 0.1, ...Array(18).fill(1)], 'low')": [0, 1],
    }
    for call, value in rows.items():
        assert run("parts/chart.js", f"return m.{call};") == value, call


def test_runs_are_sorted_and_the_apps_own_network_stays_last(run: Run) -> None:
    rows = [
        ("id", True, ["b-3", "a-2", "c-1", "own"]),
        ("id", False, ["c-1", "a-2", "b-3", "own"]),
        ("accuracy", True, ["a-2", "b-3", "c-1", "own"]),
        ("accuracy", False, ["c-1", "b-3", "a-2", "own"]),
        ("status", True, ["b-3", "a-2", "c-1", "own"]),  # equal: the newer first
    ]
    for key, down, names in rows:
        found = run(
            "models/table.js",
            f"""
            const runs = [
              {{ name: "own", isRun: false, id: 0, accuracy: 1 }},
              {{ name: "c-1", isRun: true, id: 1, accuracy: null }},
              {{ name: "a-2", isRun: true, id: 2, accuracy: 0.9 }},
              {{ name: "b-3", isRun: true, id: 3, accuracy: 0.8 }},
            ];
            const order = {{ key: "{key}", down: {str(down).lower()} }};
            return m.sorted(runs, order).map(({{ name }}) => name);
            """,
        )
        assert found == names, (key, down)
