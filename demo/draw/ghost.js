// A ghost hand draws a digit on a pad that stays empty, as an invitation, and shows how it is read.

import { isStill, timed } from "./replay.js";

const FIRST_WAIT = 4_000; // ms of an empty pad before it appears
const WAIT = 20_000; // ms, once somebody was here
const ROUNDS = 3; // then it has been seen, or there is nobody to see it
const REST = 900; // ms that the finished digit stands
const FADE = 700; // ms
const PAUSE = 100; // ms between questions how it is read: nobody waits for the answers

/**
 * @param {object} parts
 * @param {ReturnType<typeof import("./paper.js").createPaper>} parts.paper
 * @param {import("./drawing.js").Stroke} parts.stroke that it draws
 * @param {() => boolean} parts.isWelcome whether the pad is empty and in sight
 * @param {() => void} parts.onMove
 * @param {() => void} parts.onGone
 */
export function createGhost({ paper, stroke, isWelcome, onMove, onGone }) {
  const path = timed([stroke]);
  const drawnAt = path[path.length - 1].at;
  let points = null; // drawn so far
  let timer = null;
  let frame = 0;
  let rounds = 0;
  let askedAt = -Infinity; // ms of this round

  function move(start) {
    const passed = performance.now() - start;
    const strength = Math.min(1, 1 - (passed - drawnAt - REST) / FADE);
    if (strength <= 0 || !isWelcome()) {
      vanish();
      rounds += 1;
      if (rounds < ROUNDS) wait(WAIT);
      return;
    }
    const count = path.filter(({ at }) => at <= passed).length;
    const isLonger = count !== points?.length;
    points = path.slice(0, count).map(({ point }) => point);
    if (isLonger && (passed - askedAt >= PAUSE || count === path.length)) {
      askedAt = passed;
      onMove();
    }
    paper.show({ ghost: { points, strength } });
    frame = requestAnimationFrame(() => move(start));
  }

  function vanish() {
    cancelAnimationFrame(frame);
    if (!points) return;
    points = null;
    askedAt = -Infinity;
    paper.show({ ghost: null });
    onGone();
  }

  function wait(time) {
    clearTimeout(timer);
    timer = setTimeout(() => (isWelcome() ? move(performance.now()) : wait(WAIT)), time);
  }

  return {
    /** Vanishes, and waits again: somebody is here, or was until now. */
    restart(time = WAIT) {
      vanish();
      rounds = 0;
      if (!isStill()) wait(time);
    },
    begin() {
      this.restart(FIRST_WAIT);
    },
    stop() {
      vanish();
      clearTimeout(timer);
    },
    get points() {
      return points;
    },
  };
}
