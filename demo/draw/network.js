// Which network reads this visitor's drawings: the one in use, or one of their own choice.

const KEY = "digit-sketchpad-network";
const PAUSE = 1_500; // ms: an open page shows within two seconds what reads

/**
 * @param {() => Storage} storage may throw: browsers can block it
 * @param {string | null} version null for the network in use
 */
export function keepChoice(storage, version) {
  try {
    if (version) storage().setItem(KEY, version);
    else storage().removeItem(KEY);
  } catch {
    // Blocked: a choice lasts as long as the page.
  }
}

/**
 * @param {object} parts
 * @param {() => Storage} parts.storage may throw: browsers can block it
 * @param {() => Promise<{ model: string }>} parts.ask says which network is in use
 * @param {() => boolean} parts.isShown
 * @param {() => void} parts.onChange hears when another network reads
 * @param {(isThere: boolean) => void} parts.onServer hears after every question
 */
export function createNetwork({ storage, ask, isShown, onChange, onServer }) {
  let own = null;
  let inUse = null;
  let lastHeard = 0;
  let asking = false;
  try {
    own = storage().getItem(KEY);
  } catch {
    // See above.
  }

  /** @param {string | null} version null for the network in use */
  function choose(version) {
    if (version === own) return;
    own = version;
    keepChoice(storage, own);
    onChange();
  }

  const timer = setInterval(async () => {
    if (asking || document.hidden || !isShown() || Date.now() - lastHeard < PAUSE) return;
    asking = true;
    const answer = await Promise.resolve()
      .then(ask)
      .catch(() => null);
    lastHeard = Date.now();
    onServer(Boolean(answer)); // Gradio resolves to nothing where it got no answer
    if (answer?.model) {
      const isOther = answer.model !== inUse;
      inUse = answer.model;
      if (isOther && !own) onChange();
    }
    asking = false;
  }, PAUSE / 3);

  return {
    choose,
    /** @param {string} version the network that gave an answer */
    answeredBy(version) {
      lastHeard = Date.now();
      if (!own) inUse = version;
      else if (version !== own) choose(null); // the chosen one was deleted
    },
    /** @param {string} version */
    start(version) {
      inUse = version;
    },
    stop() {
      clearInterval(timer);
    },
    get own() {
      return own;
    },
    get name() {
      return own ?? inUse ?? "";
    },
  };
}
