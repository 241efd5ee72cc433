// Elements: found, made, filled with text or with a digit.

/**
 * @param {ParentNode} root
 * @returns {(selector: string) => any} finds the first match inside `root`
 */
export const finder = (root) => (selector) => root.querySelector(selector);

/**
 * Makes an element.
 *
 * @param {string} tag
 * @param {Record<string, any>} [attributes] properties where the element has them, else attributes
 * @param {...(Node | string)} children
 * @returns {any} the element
 */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") made.className = value;
    else if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/**
 * Sets a text only where it differs: screen readers announce every change.
 *
 * @param {Element} place
 * @param {string} text
 */
export function setText(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

/**
 * @param {string} base64
 * @returns {Uint8Array}
 */
export const decodeBase64 = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

/**
 * Paints a digit of 28x28 grey levels, white ink on black.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} bytes grey levels, 0 to 255, 784 a digit, row by row
 * @param {number} [from] index of the digit's first byte
 * @returns {HTMLCanvasElement} the same canvas
 */
export function paintDigit(canvas, bytes, from = 0) {
  canvas.width = 28;
  canvas.height = 28;
  const context = canvas.getContext("2d");
  const image = context.createImageData(28, 28);
  for (let i = 0; i < 784; i += 1) {
    image.data.fill(bytes[from + i], 4 * i, 4 * i + 3);
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/**
 * Moves the focus on when a button hides or was disabled while it had it.
 *
 * @param {HTMLElement} button
 * @param {HTMLElement} target what the button was about
 */
export function keepFocus(button, target) {
  const { activeElement, body } = document;
  if (activeElement === body || (activeElement === button && button.hidden)) {
    target.setAttribute("tabindex", "-1");
    target.focus({ preventScroll: true });
  }
}
