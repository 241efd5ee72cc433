// Shows an answer: the digit or its refusal, the confidence, ten bars, the 28x28, a sentence.

import { decodeBase64, finder, paintDigit, setText } from "../parts/dom.js";
import { confidence } from "../parts/numbers.js";

const CERTAIN = 0.8; // confidence from which the accent colour is used
const RIVAL = 0.1; // probability from which the second digit is named

/**
 * @typedef {object} Reading
 * @property {number | null} digit null where the network refuses to call it a digit
 * @property {number} best_guess
 * @property {number} confidence 0 to 1
 * @property {number[]} probabilities of each digit, 0 to 1
 */

/**
 * @typedef {object} Answer
 * @property {string} text
 * @property {Reading[]} digits
 * @property {string} [model] name of the network that read
 * @property {string} [seen] grey levels of 28x28 pixels in base64
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

function sentences(reading, refused, isFinished) {
  if (refused && !isFinished) return ["", ""];
  if (refused) return ["Not a digit", `Best guess: ${reading.best_guess}`];
  return [reading ? sentence(reading) : "", ""];
}

/** @param {Element} root the pad */
export function createAnswer(root) {
  const find = finder(root);
  const rows = [...root.querySelectorAll(".bars li")].map((row) => ({
    row,
    bar: finder(row)(".bar"),
    label: finder(row)(".percent"),
  }));
  const nothingSeen = new Uint8Array(784);

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

  return {
    /**
     * @param {Answer} answer
     * @returns {string} digit and colours as they are shown
     */
    face({ digits: [reading] }) {
      if (!reading) return "";
      return `${reading.best_guess} ${reading.digit === null} ${isCertain(reading)}`;
    },

    /**
     * Until the drawing may be finished, a refusal shows as its best guess, quietly: half a digit
     * is not a digit yet.
     *
     * @param {Answer} answer
     * @param {boolean} [isFinished]
     */
    show(answer, isFinished = true) {
      const [reading] = answer.digits;
      const refused = reading !== undefined && reading.digit === null;
      root.classList.toggle("refused", refused);
      root.classList.toggle("unfinished", refused && !isFinished);
      root.classList.toggle("certain", isCertain(reading));
      find(".digit").textContent = refused && !isFinished ? reading.best_guess : answer.text;
      [find(".confidence").textContent, find(".best-guess").textContent] = sentences(
        reading,
        refused,
        isFinished,
      );
      paintBars(reading ? reading.probabilities : null, refused && isFinished);
      paintDigit(find(".seen canvas"), answer.seen ? decodeBase64(answer.seen) : nothingSeen);
      if (answer.model || answer.problem) regain(answer.problem || "");
    },

    /** Leaves the sentence alone: it may be about the server, which clearing does not mend. */
    blank() {
      this.show({ text: "", digits: [] });
    },

    message,
    regain,
    say,

    /** Greys what is shown: nobody knows whether it is still the answer. */
    lose() {
      root.classList.add("lost");
      message("Can't reach the server. Retrying...");
    },

    /** Called at rest only: a screen reader cannot follow a moving pen. */
    announce() {
      const [digit, said, guess] = [".digit", ".confidence", ".best-guess"].map(
        (s) => find(s).textContent,
      );
      const answer = guess ? `${said}. ${guess}` : `${digit}, ${said}`;
      say(digit ? answer : "");
    },
  };
}
