// Asks the server: one request in flight, and the newest drawing wins.

const TIMEOUT = 15_000; // ms until an answer counts as lost
const FIRST_RETRY = 500; // ms; doubled at each loss
const LAST_RETRY = 4_000; // ms

/**
 * @template Question, Answer
 * @param {object} parts
 * @param {(question: Question) => Promise<Answer>} parts.ask
 * @param {() => Question} parts.take the question as it stands now
 * @param {(answer: Answer, question: Question) => void} parts.onAnswer
 * @param {() => void} parts.onLost hears that there was no answer; the newest question is retried
 */
export function createAsker({ ask, take, onAnswer, onLost }) {
  let busy = false;
  let wanted = false;
  let delay = 0;
  let timer = null;

  function answerOrNull(question) {
    let timeout = 0;
    const late = new Promise((resolve) => {
      timeout = setTimeout(resolve, TIMEOUT, null);
    });
    const answer = Promise.resolve()
      .then(() => ask(question))
      .catch(() => null);
    return Promise.race([answer, late]).finally(() => clearTimeout(timeout));
  }

  async function go() {
    if (busy || timer || !wanted) return;
    wanted = false;
    const question = take();
    busy = true;
    const answer = await answerOrNull(question);
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
    /** Asks now, or as soon as the request in flight has been answered. */
    changed() {
      wanted = true;
      go();
    },
    /** Cuts the wait for the next retry short. */
    retry() {
      if (timer) retry();
    },
    get isBusy() {
      return busy || wanted;
    },
    get isLost() {
      return delay > 0;
    },
  };
}
