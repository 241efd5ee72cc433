// Paints the drawing on its canvas at the screen's own density.

import { pieces } from "./curve.js";

const PEN = 0.036; // of the pad's side: looks like a felt pen; the network's pen is its own

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} side height of the paper, in the units of the strokes
 */
export function createPaper(canvas, side) {
  const context = canvas.getContext("2d");
  let scene = {
    ...{ strokes: [], picture: null, ghost: null, cursor: null },
    ...{ boxes: [], chosen: -1, areShares: false },
  };
  let frame = 0;

  function fit() {
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((pixels) =>
      Math.round(pixels * window.devicePixelRatio),
    );
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
  }

  function stroke(points) {
    context.beginPath();
    context.moveTo(points[0][0], points[0][1]);
    for (const { control, end } of pieces(points)) context.quadraticCurveTo(...control, ...end);
    const [endX, endY] = points[points.length - 1];
    context.lineTo(endX, endY);
    context.stroke();
  }

  const across = () => (side * canvas.width) / canvas.height;

  function pictureBox({ width, height }) {
    const scale = Math.min(across() / width, side / height);
    const size = [width * scale, height * scale];
    return [(across() - size[0]) / 2, (side - size[1]) / 2, ...size];
  }

  // Under the ink, around each digit of a number.
  function box([x, y, width, height], isChosen) {
    const [left, top, toRight, down] =
      scene.areShares && scene.picture ? pictureBox(scene.picture) : [0, 0, 1, 1];
    const margin = side * 0.03;
    context.globalAlpha = isChosen ? 0.9 : 0.3;
    context.strokeRect(
      left + x * toRight - margin,
      top + y * down - margin,
      width * toRight + 2 * margin,
      height * down + 2 * margin,
    );
    context.globalAlpha = 1;
  }

  function crosshair([x, y], down) {
    context.lineWidth = side * 0.006;
    context.beginPath();
    context.arc(x, y, side * (down ? 0.018 : 0.026), 0, 2 * Math.PI);
    if (down) context.fill();
    context.stroke();
  }

  function paint() {
    frame = 0;
    fit();
    if (!canvas.width) return; // hidden: painted when it shows
    const style = getComputedStyle(canvas);
    const scale = canvas.height / side;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, across(), side);
    context.lineCap = "round";
    context.lineJoin = "round";
    if (scene.picture) context.drawImage(scene.picture, ...pictureBox(scene.picture));
    context.lineWidth = side * 0.004;
    context.strokeStyle = style.getPropertyValue("--color-accent");
    scene.boxes.forEach((each, i) => {
      box(each, i === scene.chosen);
    });
    context.lineWidth = side * PEN;
    context.strokeStyle = style.color;
    for (const points of scene.strokes) stroke(points);
    if (scene.ghost) {
      context.globalAlpha = 0.16 * scene.ghost.strength;
      stroke(scene.ghost.points);
      context.globalAlpha = 0.5 * scene.ghost.strength;
      context.fillStyle = style.color;
      crosshair(scene.ghost.points[scene.ghost.points.length - 1], false);
      context.globalAlpha = 1;
    }
    if (scene.cursor) {
      context.strokeStyle = context.fillStyle = style.getPropertyValue("--color-accent");
      crosshair(scene.cursor.point, scene.cursor.down);
    }
  }

  function repaint() {
    if (!frame) frame = requestAnimationFrame(paint);
  }

  return {
    show(changes) {
      scene = { ...scene, ...changes };
      repaint();
    },
    repaint,
  };
}
