// Digits of 28x28 out of a strip, one PNG with many below each other.

import { decodeBase64, make } from "../parts/dom.js";

const SIDE = 28; // pixels
const SCALE = 10; // of a digit that is read on the pad

/**
 * @param {string} base64 a PNG
 * @returns {Promise<ImageBitmap>}
 */
export const loadStrip = (base64) =>
  createImageBitmap(new Blob([decodeBase64(base64)], { type: "image/png" }));

/**
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasImageSource} strip
 * @param {number} index of the digit
 */
export function paint(canvas, strip, index) {
  canvas.getContext("2d").drawImage(strip, 0, SIDE * index, SIDE, SIDE, 0, 0, SIDE, SIDE);
  return canvas;
}

/**
 * @param {CanvasImageSource} strip
 * @param {number} index of the digit
 * @param {string} label for screen readers
 * @returns {HTMLCanvasElement} that digit alone
 */
export function cellOf(strip, index, label) {
  const canvas = make("canvas", { width: SIDE, height: SIDE, role: "img", "aria-label": label });
  return paint(canvas, strip, index);
}

/** @returns {HTMLElement} the place of a digit that is still loading */
export const blankCell = () => make("span", { class: "blank", "aria-hidden": "true" });

/**
 * @param {HTMLCanvasElement} digit white ink on black
 * @returns {Promise<Blob>} a picture of it in dark ink on white paper, large enough to be looked at
 */
export function onPaper(digit) {
  const side = SCALE * SIDE;
  const canvas = make("canvas", { width: side, height: side });
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.fillStyle = "white";
  context.fillRect(0, 0, side, side);
  context.globalCompositeOperation = "difference"; // white less grey: inverted
  context.drawImage(digit, 0, 0, side, side);
  return new Promise((resolve) => {
    canvas.toBlob(resolve, "image/png");
  });
}
