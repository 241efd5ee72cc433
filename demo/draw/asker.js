// Asks the server: one request in flight until it is answered or lost; the newest drawing wins.
// Knows neither drawing nor canvas: `take` gives the question, `onAnswer` gets the answer.
function makeAsker({ ask, take, onAnswer, onLost }) {
  const PATIENCE = 15000; // ms until an answer counts as lost
  const FIRST_RETRY = 500; // ms; doubled at each loss
  const LAST_RETRY = 4000; // ms
  let busy = false;
  let wanted = false;
  let delay = 0;
  let timer = null;

  function answerOrNothing(question) {
    let patience;
    const late = new Promise((resolve) => { patience = setTimeout(resolve, PATIENCE, null); });
    const answer = Promise.resolve().then(() => ask(question)).catch(() => null);
    return Promise.race([answer, late])
      .finally(() => clearTimeout(patience));
  }

  async function go() {
    if (busy || timer || !wanted) return;
    wanted = false;
    const question = take();
    busy = true;
    const answer = await answerOrNothing(question);
    busy = false;
    if (answer) {
      delay = 0;
      onAnswer(answer, question);
      go();
      return;
    }
    wanted = true;
    delay = Math.min(LAST_RETRY, delay * 2 || FIRST_RETRY);
    timer = setTimeout(retry, delay);
    onLost();
  }

  function retry() {
    clearTimeout(timer);
    timer = null;
    go();
  }

  return {
    changed() { wanted = true; go(); },
    retry() { if (timer) retry(); },
    get isBusy() { return busy || wanted; },
    get isLost() { return delay > 0; },
  };
}
