"""Scripts of the pad, called one by one in a browser without the page."""

from __future__ import annotations

import math
from itertools import pairwise

from tests.browser.conftest import Run

DRAWING = """
  const stored = new Map();
  const storage = () => ({
    getItem: (key) => stored.get(key) ?? null, setItem: (key, value) => stored.set(key, value),
  });
  let changes = 0;
  const drawing = m.createDrawing(storage, () => { changes += 1; });
  const stroke = (...points) => {
    drawing.begin(points[0]);
    drawing.extend(points.slice(1));
    drawing.end();
  };
  const state = () => [
    drawing.strokes.length, drawing.isEmpty, drawing.canUndo, drawing.lineage, changes,
  ];
"""


def test_undo_goes_back_over_strokes_pictures_and_clear(run: Run) -> None:
    states = run(
        "draw/drawing.js",
        DRAWING
        + """
        const states = { start: state() };
        const step = (name, act) => { act(); states[name] = state(); };
        step("one", () => stroke([0, 0], [100, 0]));
        step("two", () => stroke([0, 50], [100, 50]));
        step("clear", () => drawing.clear());
        step("clear again", () => drawing.clear());
        step("undo clear", () => drawing.undo());
        step("undo two", () => drawing.undo());
        step("picture", () => drawing.open({ image: null, data: "data:" }));
        step("ink", () => stroke([0, 0]));
        step("undo ink", () => drawing.undo());
        states.picture_is_back = drawing.picture !== null;
        step("undo picture", () => drawing.undo());
        step("undo one", () => drawing.undo());
        step("undo nothing", () => drawing.undo());
        return states;
        """,
    )
    # strokes, is empty, can undo, lineage, changes so far
    assert states == {
        "start": [0, True, False, 0, 0],
        "one": [1, False, True, 0, 3],
        "two": [2, False, True, 0, 6],
        "clear": [0, True, True, 1, 7],
        "clear again": [0, True, True, 1, 7],
        "undo clear": [2, False, True, 2, 8],
        "undo two": [1, False, True, 3, 9],
        "picture": [0, False, True, 4, 10],
        "ink": [1, False, True, 5, 12],
        "undo ink": [0, False, True, 6, 13],
        "picture_is_back": True,
        "undo picture": [1, False, True, 7, 14],
        "undo one": [0, True, False, 8, 15],
        "undo nothing": [0, True, False, 8, 15],
    }


def test_points_that_add_nothing_are_left_out(run: Run) -> None:
    near, apart, most = run(
        "draw/drawing.js",
        DRAWING
        + """
        stroke([0, 0], [1, 1], [1.9, 0], [2, 0], [3, 0], [4, 0]);
        const near = drawing.strokes[0];
        drawing.extend([[500, 500]]);  // the pen is up
        const apart = drawing.strokes.flat().length;
        drawing.begin([0, 0]);
        for (let i = 0; i < 20_000; i += 1) drawing.extend([[(i % 2) * 900, 10]]);
        return [near, apart, drawing.strokes.flat().length];
        """,
    )
    assert near == [[0, 0], [2, 0], [4, 0]]
    assert apart == 3
    assert most == 12_001


def test_strokes_survive_a_reload_and_can_be_undone_then(run: Run) -> None:
    restored = run(
        "draw/drawing.js",
        DRAWING
        + """
        stroke([0, 0], [100, 0]);
        stroke([0, 50], [100, 50]);
        const again = m.createDrawing(storage, () => {});
        again.restore();
        const steps = [again.strokes];
        while (again.canUndo) { again.undo(); steps.push(again.strokes); }
        return steps;
        """,
    )
    one, two = [[0, 0], [100, 0]], [[0, 50], [100, 50]]
    assert restored == [[one, two], [one], []]


def test_damaged_or_blocked_storage_leaves_an_empty_drawing(run: Run) -> None:
    rows = ["{", "null", "[]", "[[]]", "[[[1, 2], null]]", "[[[1, 2, 3]]]", "[[[1, null]]]", None]
    for row in rows:
        empty, drawn = run(
            "draw/drawing.js",
            f"const content = {row!r};".replace("None", "null")
            + """
            const storage = () => {
              if (content === null) throw new Error("blocked");
              return { getItem: () => content, setItem() { throw new Error("full"); } };
            };
            const drawing = m.createDrawing(storage, () => {});
            drawing.restore();
            const empty = drawing.isEmpty;
            drawing.begin([1, 1]);
            drawing.end();
            return [empty, drawing.strokes];
            """,
        )
        assert (empty, drawn) == (True, [[[1, 1]]]), row


def test_the_curve_is_sent_as_few_points_and_corners_of_a_slow_pen_cost_none(run: Run) -> None:
    short, line, dense, wide = run(
        "draw/curve.js",
        """
        const dense = Array.from({ length: 200 }, (_, i) => [i * 3, 100 + (i % 2)]);
        const circle = Array.from({ length: 8 }, (_, i) => [
          500 + 400 * Math.cos((i * 2 * Math.PI) / 7), 500 + 400 * Math.sin((i * 2 * Math.PI) / 7),
        ]);
        return [m.curve([[1, 1]]), m.curve([[0, 0], [9, 9]]), m.curve(dense), m.curve(circle)];
        """,
    )
    assert (short, line) == ([[1, 1]], [[0, 0], [9, 9]])
    assert len(dense) == 200
    assert 30 < len(wide) <= 8 * 8
    ends = [900, 500]
    for end in (wide[0], wide[-1]):
        assert [round(place) for place in end] == ends
    # Between the ends no corner is left: a heptagon turns by 51 degrees at each of its own.
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(wide)]
    turns = [
        math.atan2(a[0] * b[1] - a[1] * b[0], a[0] * b[0] + a[1] * b[1]) for a, b in pairwise(steps)
    ]
    assert max(map(abs, turns)) < math.radians(15)


ASKER = """
  let drawn = 0;
  const sent = [], shown = [], lost = [], answers = [];
  const asker = m.createAsker({
    ask: (question) => new Promise((resolve, reject) => {
      sent.push(question);
      answers.push({ resolve, reject });
    }),
    take: () => drawn,
    onAnswer: (answer, question) => shown.push([answer, question]),
    onLost: () => lost.push(drawn),
  });
  const draw = () => { drawn += 1; asker.changed(); };
  const settled = () => new Promise((resolve) => { setTimeout(resolve); });
"""


def test_one_request_is_in_flight_and_the_newest_drawing_wins(run: Run) -> None:
    first, sent, shown, busy = run(
        "draw/asker.js",
        ASKER
        + """
        for (let i = 0; i < 5; i += 1) draw();
        await settled();
        const first = [...sent];
        answers[0].resolve("a");
        await settled();
        const busy = [asker.isBusy];
        answers[1].resolve("b");
        await settled();
        return [first, sent, shown, [...busy, asker.isBusy, asker.isLost]];
        """,
    )
    assert first == [1]
    assert sent == [1, 5]
    assert shown == [["a", 1], ["b", 5]]
    assert busy == [True, False, False]


def test_a_lost_answer_is_asked_for_again_with_the_newest_drawing(run: Run) -> None:
    waiting, sent, shown, lost, states = run(
        "draw/asker.js",
        ASKER
        + """
        const states = [];
        draw();
        await settled();
        answers[0].reject(new Error("gone"));
        await settled();
        states.push(asker.isLost);
        draw();
        await settled();
        const waiting = [...sent];
        asker.retry();  // at once, instead of after the pause
        await settled();
        answers[1].resolve("b");
        await settled();
        states.push(asker.isLost, asker.isBusy);
        asker.retry();  // nothing to retry
        await settled();
        asker.changed();
        await settled();
        answers[2].reject(new Error("gone"));
        await settled();
        asker.retry();  // nothing was drawn meanwhile
        await settled();
        return [waiting, sent, shown, lost, states];
        """,
    )
    assert waiting == [1]  # until the pause is over nothing is sent
    assert sent == [1, 2, 2, 2]
    assert shown == [["b", 2]]
    assert lost == [1, 2]
    assert states == [True, False, False]


def test_an_answer_that_flickers_is_held_and_the_final_one_is_not(run: Run) -> None:
    shown, held, final = run(
        "draw/calm.js",
        """
        const shown = [];
        const start = performance.now();
        const note = (answer) => shown.push([answer, performance.now() - start]);
        const calm = m.createCalm(note, (answer) => answer[0]);
        const names = () => shown.map(([answer]) => answer);
        calm.take("3", true);
        calm.take("8", true);  // too soon
        calm.take("3 surer", true);  // the digit that is shown: at once
        calm.take("5", true);
        calm.take("9", true);  // the newest wins
        const held = names();
        await new Promise((resolve) => { setTimeout(resolve, 200); });
        calm.take("7", true);
        calm.take("2", false);  // the final one
        calm.take("1", true);
        calm.drop();
        await new Promise((resolve) => { setTimeout(resolve, 200); });
        return [shown, held, names()];
        """,
    )
    assert held == ["3", "3 surer"]
    assert final == ["3", "3 surer", "9", "2"]
    assert shown[2][1] > 149  # of 150: clocks in a page are coarse


def test_a_chosen_network_reads_until_it_is_gone(run: Run) -> None:
    names = run(
        "draw/network.js",
        """
        const stored = new Map([["digit-sketchpad-network", "compact-1"]]);
        const storage = () => ({
          getItem: (key) => stored.get(key) ?? null,
          setItem: (key, value) => stored.set(key, value),
          removeItem: (key) => stored.delete(key),
        });
        let changes = 0;
        const network = m.createNetwork({
          storage, ask: async () => ({}), isShown: () => false, onChange: () => { changes += 1; },
          onServer() {},
        });
        const names = [];
        const note = () => names.push([network.name, network.own, stored.size, changes]);
        network.start("house-base"); note();
        network.answeredBy("compact-1"); note();
        network.choose("compact-1"); note();
        network.answeredBy("house-base"); note();
        network.choose("compact-2"); note();
        network.choose(null); note();
        network.stop();
        return names;
        """,
    )
    assert names == [
        ["compact-1", "compact-1", 1, 0],
        ["compact-1", "compact-1", 1, 0],
        ["compact-1", "compact-1", 1, 0],
        ["house-base", None, 0, 1],
        ["compact-2", "compact-2", 1, 2],
        ["house-base", None, 0, 3],
    ]


def test_a_chart_shows_a_lone_point_and_its_value_on_the_axis(run: Run) -> None:
    painted, ticks = run(
        "parts/chart.js",
        """
        document.body.style.setProperty("--mine", "rgb(255, 0, 0)");
        const holder = document.createElement("div");
        document.body.append(holder);
        const chart = m.createChart(holder, m.ACCURACY);
        await chart.show([{ label: "one", hue: "--mine", points: [[0.5, 0.15]] }], 0, 1);
        await new Promise((resolve) => { setTimeout(resolve, 100); });
        const canvas = holder.querySelector("canvas");
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let red = 0;
        for (let i = 0; i < data.length; i += 4) red += data[i] > 200 && data[i + 1] < 50;
        return [red, [1, 0.995, 1.005].map((y) => m.ACCURACY.format(y, [0.995, 1]))];
        """,
    )
    assert painted > 10
    assert ticks == ["100.0%", "99.5%", ""], "no accuracy is over 100%"
