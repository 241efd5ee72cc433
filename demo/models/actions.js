// What can be done to a run: a button for each action, in a row's menu and on the run's own page.

import { ask } from "../parts/ask.js";
import { make } from "../parts/dom.js";
import { askToMakeLive } from "../parts/live.js";
import { addressOf, drawWith } from "../parts/page.js";

const FORMATS = { keras: "Keras file", tflite: "TFLite file", onnx: "ONNX file" };

const isReady = ({ learned, damage }) => learned && !damage;
const isUnderWay = ({ status }) => ["queued", "running"].includes(status);

/** @param {any} run or network, as `rowsOf` makes it */
const asNetwork = ({ name, accuracy, tested_on: testedOn }) => ({ name, accuracy, testedOn });

/**
 * @typedef {object} Action
 * @property {string} label
 * @property {string} [title]
 * @property {boolean} can whether it can be done now
 * @property {() => Promise<any>} act answers like the server: `problem`, or nothing
 */

/**
 * @param {HTMLElement} place in whose style sheet questions stand
 * @param {Record<string, (given: any) => Promise<any>>} server
 */
export function createActions(place, server) {
  async function makeLive(run, live) {
    if (!(await askToMakeLive(place, asNetwork(run), asNetwork(live)))) return {};
    return server.put_in_use(run.isRun ? run.name : null);
  }

  async function rollBack(before, live) {
    if (!(await askToMakeLive(place, asNetwork(before), asNetwork(live)))) return {};
    return server.roll_back(null);
  }

  async function remove({ name, learned }) {
    const lost = learned ? "Its network, its curves and its results" : "Its curves and settings";
    const words = make("p", {}, `${lost} are deleted for good.`);
    return (await ask(place, `Delete ${name}?`, [words], "Delete")) ? server.delete(name) : {};
  }

  async function download(name, kind) {
    const answer = await server.export(`${name}.${kind}`);
    if (answer.file) make("a", { href: addressOf(answer.file), download: "" }).click();
    return answer;
  }

  /**
   * @param {any} run as `rowsOf` makes it
   * @param {any} live the network that is live, likewise
   * @param {any} may the visitor's rights
   * @returns {Action[]} those that this visitor may ever do to it
   */
  function of(run, live, may) {
    const call = (label, name, can, title) => ({
      label,
      title,
      can: Boolean(can),
      act: () => server[name](run.name),
    });
    const actions = [
      {
        label: "Draw with it",
        title: "Your own pad is read by this network, nobody else's",
        can: isReady(run),
        act: async () => drawWith(run.isLive ? null : run.name) ?? {},
      },
    ];
    if (may.manage) {
      actions.unshift({
        label: run.isLive ? "Live" : "Make live",
        title: "Everybody's drawings are read by this network",
        can: isReady(run) && !run.isLive,
        act: () => makeLive(run, live),
      });
    }
    if (!run.isRun || !run.own) return actions;
    for (const [kind, label] of Object.entries(FORMATS)) {
      const act = () => download(run.name, kind);
      actions.push({ label, title: "Downloads the network", can: isReady(run), act });
    }
    return [
      ...actions,
      call("Pause", "pause", run.status === "running", "Resume continues it later"),
      call("Resume", "resume", run.resumable && !run.isLive),
      call("Stop", "stop", isUnderWay(run), "Ends the run, and saves what it has learned"),
      { label: "Delete", can: !run.isLive && !isUnderWay(run), act: () => remove(run) },
    ];
  }

  return { of, rollBack };
}
