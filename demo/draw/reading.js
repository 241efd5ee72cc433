// Has the drawing read while it changes, and shows the answers, or that the server is away.

import { finder } from "../parts/dom.js";
import { createAnswer } from "./answer.js";
import { createAsker } from "./asker.js";
import { createCalm } from "./calm.js";
import { curve } from "./curve.js";
import { createNetwork } from "./network.js";

/**
 * @param {HTMLElement} root the pad
 * @param {object} parts
 * @param {() => Storage} parts.storage may throw: browsers can block it
 * @param {Record<string, (given: any) => Promise<any>>} parts.server
 * @param {Record<string, string>} parts.labels of networks by name, where they have one
 * @param {string} parts.version name of the network in use
 * @param {ReturnType<typeof import("./drawing.js").createDrawing>} parts.drawing
 * @param {() => import("./curve.js").Point[] | null} parts.ghost what the ghost hand has drawn
 * @param {() => boolean} parts.isShown
 * @param {(boxes: number[][], chosen: number, isPicture: boolean) => void} parts.onNumber hears of
 *   the boxes of a number's digits, and of the one that is shown
 * @param {() => boolean} parts.isFinished whether the drawing may be finished as it is
 */
export function createReading(root, parts) {
  const { storage, server, labels, version, drawing, ghost, isShown, isFinished, onNumber } = parts;
  const find = finder(root);
  const answer = createAnswer(root, (boxes, chosen) => {
    onNumber(boxes, chosen, drawing.picture !== null);
  });
  const calm = createCalm(show, ({ received }) => answer.face(received));
  let latest = null; // answer to the drawing that is on the pad

  const isLost = () => root.classList.contains("lost");

  const network = createNetwork({
    storage,
    ask: () => server.in_use(null),
    isShown,
    onChange() {
      showNetwork();
      if (!drawing.isEmpty) asker.changed();
    },
    onServer(isThere) {
      if (!isThere) answer.lose();
      else if (asker.isLost) asker.retry();
      else if (isLost()) regain();
    },
  });

  function showNetwork() {
    find(".which").textContent = network.own ? "Using" : "Model:";
    find(".version").textContent = labels[network.name] ?? network.name;
    find(".version").title = network.name;
    find(".only").hidden = !network.own;
  }

  const asker = createAsker({
    ask({ strokes, picture }) {
      const question = (drawn) => (network.own ? { network: network.own, drawing: drawn } : drawn);
      if (picture) return server.read_picture(question(picture.data));
      return server.read_drawing(question(strokes));
    },
    take: () => ({
      strokes: ghost() ? [ghost()] : drawing.strokes.map(curve),
      isGhost: ghost() !== null,
      picture: drawing.picture,
      version: drawing.version,
      lineage: drawing.lineage,
    }),
    onAnswer(received, question) {
      if (received.model) network.answeredBy(received.model);
      if (received.model) showNetwork();
      if (question.lineage === drawing.lineage && question.isGhost === (ghost() !== null)) {
        calm.take({ received, question }, drawing.penIsDown || question.isGhost);
      } else {
        answer.regain(); // of a drawing that is gone; but the server is there
      }
      announceAtRest();
    },
    onLost() {
      answer.lose();
    },
  });

  function show({ received, question }) {
    if (!question.isGhost) latest = received;
    answer.show(received, isFinished() && !question.isGhost);
    const isBlank = question.picture && !received.digits.length && !received.problem;
    if (isBlank) answer.message("No ink found in this picture.");
    root.dataset.read = String(question.version);
  }

  function regain() {
    answer.regain();
    rested();
  }

  function rested() {
    if (!latest || !isFinished() || asker.isBusy || isLost()) return; // or the next one is shown
    answer.show(latest);
    announceAtRest();
  }

  function announceAtRest() {
    if (isFinished() && !asker.isBusy && !ghost()) answer.announce();
  }

  function blank() {
    calm.drop();
    latest = null;
    answer.blank();
  }

  network.start(version);
  showNetwork();
  blank();

  return {
    /** Hears of every change of the drawing. */
    changed() {
      if (drawing.isEmpty) {
        blank();
        if (!isLost()) answer.message("");
      }
      if (drawing.isEmpty && !asker.isLost) {
        root.dataset.read = String(drawing.version);
        answer.announce();
      } else if (root.dataset.read !== root.dataset.drawn) {
        asker.changed();
      } else {
        announceAtRest();
      }
    },
    /** Hears that the pen has rested for a while. */
    rested,
    /** Hears of every point of the ghost hand. */
    ghostMoved: asker.changed,
    blank,
    lose: answer.lose,
    retry: asker.retry,
    message: answer.message,
    say: answer.say,
    network,
  };
}
