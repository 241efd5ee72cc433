// Paints the drawing on its canvas at the screen's own density.

import { pieces } from "./curve.js";

const PEN = 0.036; // of the pad's side: looks like a felt pen; the network's pen is its own

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} side of the paper, in the units of the strokes
 */
export function createPaper(canvas, side) {
  const context = canvas.getContext("2d");
  let scene = { strokes: [], picture: null, ghost: null, cursor: null };
  let frame = 0;

  function fit() {
    const pixels = Math.round(canvas.clientWidth * window.devicePixelRatio);
    if (canvas.width !== pixels || canvas.height !== pixels) {
      canvas.width = pixels;
      canvas.height = pixels;
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

  function picture(image) {
    const scale = Math.min(side / image.width, side / image.height);
    const width = image.width * scale;
    const height = image.height * scale;
    context.drawImage(image, (side - width) / 2, (side - height) / 2, width, height);
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
    const scale = canvas.width / side;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, side, side);
    context.lineCap = "round";
    context.lineJoin = "round";
    if (scene.picture) picture(scene.picture);
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
