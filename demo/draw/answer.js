// Shows an answer: the digit, its refusal or a number; confidence, bars and 28x28 of one digit.

import { decodeBase64, finder, make, paintDigit, setText } from "../parts/dom.js";
import { confidence } from "../parts/numbers.js";
import { LOST } from "../parts/page.js";

const CERTAIN = 0.8; // confidence from which the accent colour is used
const RIVAL = 0.1; // probability from which the second digit is named

/**
 * @typedef {object} Reading
 * @property {number | null} digit null where the network refuses to call it a digit
 * @property {number} best_guess
 * @property {number} confidence 0 to 1
 * @property {number[]} probabilities of each digit, 0 to 1
 * @property {[number, number, number, number]} [box] x, y, width, height
 * @property {number[]} [strokes] of the drawing, where it was drawn
 * @property {string} [seen] grey levels of 28x28 pixels in base64
 */

/**
 * @typedef {object} Answer
 * @property {string} text
 * @property {Reading[]} digits
 * @property {string} [model] name of the network that read
 * @property {string} [problem] a sentence, where nothing was read
 */

const withArticle = (digit) => `${digit === 8 ? "an" : "a"} ${digit}`;

function sentence(reading) {
  const [second] = reading.probabilities
    .map((probability, digit) => ({ probability, digit }))
    .filter(({ digit }) => digit !== reading.best_guess)
    .sort((a, b) => b.probability - a.probability);
  const rival = second.probability >= RIVAL ? `; could be ${withArticle(second.digit)}` : "";
  return `${confidence(reading.confidence)} sure${rival}`;
}

const textOf = (reading, isFinished) =>
  reading.digit === null && isFinished ? "?" : String(reading.best_guess);

// The digit that the pen is at, or the first of a picture.
function lastDrawn(digits) {
  const last = digits.map(({ strokes }) => Math.max(...(strokes ?? [0])));
  return last.indexOf(Math.max(...last));
}

function sentences(reading, refused, isFinished) {
  if (refused && !isFinished) return ["", ""];
  if (refused) return ["Not a digit", `Best guess: ${reading.best_guess}. Clear to try again.`];
  return [reading ? sentence(reading) : "", ""];
}

/**
 * @param {Element} root the pad
 * @param {(boxes: Reading["box"][], chosen: number) => void} [onNumber] hears of the digits of a
 *   number, and of the one that is shown; of none where there is one digit or nothing
 */
export function createAnswer(root, onNumber = () => {}) {
  const find = finder(root);
  const rows = [...root.querySelectorAll(".bars li")].map((row) => ({
    row,
    bar: finder(row)(".bar"),
    label: finder(row)(".percent"),
  }));
  const nothingSeen = new Uint8Array(784);
  const numberPlace = find(".number");
  let shown = { answer: { text: "", digits: [] }, isFinished: true };
  let touched = -1; // the digit of a number that was asked for

  // A refused drawing has neither bars nor numbers: they would look like confidence.
  function paintBars(probabilities, refused) {
    rows.forEach(({ row, bar, label }, digit) => {
      const probability = probabilities ? probabilities[digit] : 0;
      const hasNumber = probabilities !== null && !refused;
      bar.style.transform = `scaleX(${refused ? 0 : probability})`;
      label.textContent = hasNumber ? confidence(probability) : "";
      row.classList.toggle("best", hasNumber && probability === Math.max(...probabilities));
    });
  }

  const message = (text) => setText(find(".message"), text);
  /** The server is there. @param {string} [text] what it said, where it did not read */
  function regain(text = "") {
    root.classList.remove("lost");
    message(text);
  }
  const say = (text) => setText(find(".announce"), text);

  const isCertain = (reading) =>
    reading !== undefined && reading.digit !== null && reading.confidence >= CERTAIN;

  // A digit keeps its button as others come and go: a pointer may be on it.
  function showNumber(digits, chosen, isFinished) {
    const isNumber = digits.length > 1;
    root.classList.toggle("several", isNumber);
    const count = isNumber ? digits.length : 0;
    while (numberPlace.children.length > count) numberPlace.lastChild.remove();
    while (numberPlace.children.length < count) {
      const place = numberPlace.children.length;
      numberPlace.append(make("button", { type: "button", onclick: () => choose(place) }));
    }
    numberPlace.style.setProperty("--digits", String(count));
    [...numberPlace.children].forEach((button, place) => {
      const each = digits[place];
      setText(button, textOf(each, isFinished));
      button.classList.toggle("sure", isCertain(each));
      button.setAttribute("aria-pressed", String(place === chosen));
    });
    onNumber(isNumber ? digits.map(({ box }) => box) : [], chosen);
  }

  function choose(place) {
    touched = place;
    api.show(shown.answer, shown.isFinished);
  }

  const api = {
    /**
     * @param {Answer} answer
     * @returns {string} digit and colours as they are shown
     */
    face({ digits }) {
      return digits
        .map((each) => `${each.best_guess} ${each.digit === null} ${isCertain(each)}`)
        .join();
    },

    /**
     * Until the drawing may be finished, a refusal shows as its best guess, quietly: half a digit
     * is not a digit yet.
     *
     * @param {Answer} answer
     * @param {boolean} [isFinished]
     */
    show(answer, isFinished = true) {
      if (answer.digits.length !== shown.answer.digits.length) touched = -1;
      shown = { answer, isFinished };
      const chosen = touched >= 0 ? touched : lastDrawn(answer.digits);
      const reading = answer.digits[chosen];
      showNumber(answer.digits, chosen, isFinished);
      const refused = reading !== undefined && reading.digit === null;
      root.classList.toggle("refused", refused);
      root.classList.toggle("unfinished", refused && !isFinished);
      root.classList.toggle("certain", isCertain(reading));
      find(".digit").textContent = reading ? textOf(reading, isFinished) : "";
      [find(".confidence").textContent, find(".best-guess").textContent] = sentences(
        reading,
        refused,
        isFinished,
      );
      paintBars(reading ? reading.probabilities : null, refused && isFinished);
      paintDigit(find(".seen canvas"), reading?.seen ? decodeBase64(reading.seen) : nothingSeen);
      if (answer.model || answer.problem) regain(answer.problem || "");
    },

    /** Leaves the sentence alone: it may be about the server, which clearing does not mend. */
    blank() {
      api.show({ text: "", digits: [] });
    },

    message,
    regain,
    say,

    /** Greys what is shown: nobody knows whether it is still the answer. */
    lose() {
      root.classList.add("lost");
      message(LOST);
    },

    /** Called at rest only: a screen reader cannot follow a moving pen. */
    announce() {
      const { answer: number } = shown;
      if (number.digits.length > 1) {
        say(`${number.text}, ${number.digits.length} digits`);
        return;
      }
      const [digit, said, guess] = [".digit", ".confidence", ".best-guess"].map(
        (s) => find(s).textContent,
      );
      const answer = guess ? `${said}. ${guess}` : `${digit}, ${said}`;
      say(digit ? answer : "");
    },
  };
  return api;
}
