// Which network reads this visitor's drawings: the one in use, or one of their own choice.
// Knows names only: `ask` says which one is in use, `onChange` hears when another one reads.
function makeNetwork({ storage, ask, isShown, onChange }) {
  const KEY = "digit-sketchpad-network";
  const PAUSE = 1500; // ms: whoever looks at an open page sees within two seconds what reads
  let own = null;
  let inUse = null;
  let heard = 0;
  let asking = false;
  try {
    own = storage().getItem(KEY);
  } catch { /* storage is blocked: a choice lasts as long as the page */ }

  function choose(version) {
    if (version === own) return;
    own = version;
    try {
      if (own) storage().setItem(KEY, own);
      else storage().removeItem(KEY);
    } catch { /* see above */ }
    onChange();
  }

  // Every answer names the network that gave it.
  function heardOf(version) {
    heard = Date.now();
    if (own) {
      if (version !== own) choose(null); // it was deleted
      return;
    }
    inUse = version;
  }

  const timer = setInterval(async () => {
    if (asking || document.hidden || !isShown() || own || Date.now() - heard < PAUSE) return;
    asking = true;
    try {
      const { model } = await ask();
      heard = Date.now();
      if (model && !own) {
        const changed = inUse !== null && model !== inUse;
        inUse = model;
        if (changed) onChange();
      }
    } catch { /* the next drawing says that the server is gone */ }
    asking = false;
  }, PAUSE / 3);

  return {
    choose,
    heardOf,
    start(version) { inUse = version; },
    stop() { clearInterval(timer); },
    get own() { return own; },
    get name() { return own ?? inUse ?? ""; },
  };
}
