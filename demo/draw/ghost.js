// A ghost hand draws a 3 once on a pad that stays empty, as an invitation, until the first touch.

const WAIT = 4_000; // ms of an empty pad before it appears
const DRAW = 1_800; // ms for the digit
const FADE = 700; // ms

function threeInPoints(side) {
  const points = [];
  const arc = (cx, cy, radius, from, to) => {
    for (let i = 0; i <= 40; i += 1) {
      const angle = from + ((to - from) * i) / 40;
      points.push([side * (cx + radius * Math.cos(angle)), side * (cy + radius * Math.sin(angle))]);
    }
  };
  arc(0.48, 0.34, 0.16, -2.6, 1.5);
  arc(0.48, 0.67, 0.18, -1.5, 2.6);
  return points;
}

/**
 * @param {ReturnType<typeof import("./paper.js").createPaper>} paper
 * @param {number} side of the paper, in the pad's units
 */
export function createGhost(paper, side) {
  const path = threeInPoints(side);
  let timer = null;
  let frame = 0;
  let done = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  function move(start) {
    const passed = performance.now() - start;
    const count = Math.max(2, Math.ceil(Math.min(1, passed / DRAW) * path.length));
    const strength = 1 - Math.max(0, passed - DRAW) / FADE;
    if (strength <= 0) {
      stop();
      return;
    }
    paper.show({ ghost: { points: path.slice(0, count), strength } });
    frame = requestAnimationFrame(() => move(start));
  }

  function stop() {
    done = true;
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    paper.show({ ghost: null });
  }

  return {
    wait() {
      if (!done) timer = setTimeout(() => move(performance.now()), WAIT);
    },
    stop() {
      if (!done) stop();
    },
  };
}
