// A ghost hand draws a digit once on a pad that stays empty, as an invitation.
// Knows the way of one 3; gives up at the first touch.
function makeGhost(paper, side) {
  const WAIT = 4000; // ms of an empty pad before it comes
  const DRAW = 1800; // ms for the digit
  const FADE = 700; // ms
  const WAY = threeInPoints();
  let timer = null;
  let frame = 0;
  let done = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  function threeInPoints() {
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

  function move(start) {
    const passed = performance.now() - start;
    const count = Math.max(2, Math.ceil(Math.min(1, passed / DRAW) * WAY.length));
    const strength = 1 - Math.max(0, passed - DRAW) / FADE;
    if (strength <= 0) {
      stop();
      return;
    }
    paper.show({ ghost: { points: WAY.slice(0, count), strength } });
    frame = requestAnimationFrame(() => move(start));
  }

  function stop() {
    done = true;
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    paper.show({ ghost: null });
  }

  return {
    wait() { if (!done) timer = setTimeout(() => move(performance.now()), WAIT); },
    stop() { if (!done) stop(); },
  };
}
