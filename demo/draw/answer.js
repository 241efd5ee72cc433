// Shows an answer: the digit or that there is none, how sure, ten bars, the 28x28, a sentence.
// Knows the page's elements, not where answers come from.
function makeAnswer(root) {
  const CERTAIN = 0.8; // from here on the accent colour says so
  const find = (selector) => root.querySelector(selector);
  const rows = [...root.querySelectorAll(".bars li")].map((row) => ({
    row, bar: row.querySelector(".bar"), percent: row.querySelector(".percent"),
  }));
  const seen = find(".seen canvas").getContext("2d");

  // Rounded down and never 100: no network is that sure, its last layer just runs out of digits.
  const percent = (p) => `${Math.min(99.9, Math.floor(p * 1000) / 10).toFixed(1)} %`;

  function sure(reading) {
    const [second] = reading.probabilities
      .map((p, digit) => ({ p, digit }))
      .filter(({ digit }) => digit !== reading.best_guess)
      .sort((a, b) => b.p - a.p);
    const rival = second.p >= 0.1 ? `, or a ${second.digit}` : "";
    return `${percent(reading.confidence)} sure${rival}`;
  }

  function paintSeen(base64) {
    const image = seen.createImageData(28, 28);
    const grey = base64 ? atob(base64) : "";
    for (let i = 0; i < 784; i += 1) {
      image.data.fill(grey ? grey.charCodeAt(i) : 0, 4 * i, 4 * i + 3);
      image.data[4 * i + 3] = 255;
    }
    seen.putImageData(image, 0, 0);
  }

  // Of what is no digit the bars say which it comes nearest to, and no numbers: they would look sure.
  function paintBars(probabilities, refused) {
    rows.forEach(({ row, bar, percent: label }, digit) => {
      const p = probabilities ? probabilities[digit] : 0;
      const isSaid = probabilities !== null && !refused;
      bar.style.transform = `scaleX(${p})`;
      label.textContent = isSaid ? percent(p) : "";
      row.classList.toggle("best", isSaid && p === Math.max(...probabilities));
    });
  }

  function words(reading, refused, isFinished) {
    if (refused && !isFinished) return ["", ""];
    if (refused) return ["Not a digit", `Best guess: ${reading.best_guess}`];
    return [reading ? sure(reading) : "", ""];
  }

  function message(sentence) {
    if (find(".message").textContent !== sentence) find(".message").textContent = sentence;
  }

  function speak(words) {
    if (find(".announce").textContent !== words) find(".announce").textContent = words;
  }

  return {
    // Half a digit is no digit either: that is said once the drawing may be finished, and until then
    // the best guess stands there, as quietly.
    show(answer, isFinished = true) {
      const [reading] = answer.digits;
      const refused = reading !== undefined && reading.digit === null;
      const certain = reading !== undefined && !refused && reading.confidence >= CERTAIN;
      root.classList.toggle("refused", refused);
      root.classList.toggle("unfinished", refused && !isFinished);
      root.classList.toggle("certain", certain);
      find(".digit").textContent = refused && !isFinished ? reading.best_guess : answer.text;
      [find(".sure").textContent, find(".guess").textContent] = words(reading, refused, isFinished);
      paintBars(reading ? reading.probabilities : null, refused);
      paintSeen(answer.seen);
      if (answer.model) find(".version").textContent = answer.model;
      if (answer.model || answer.problem) message(answer.problem || "");
    },

    // Leaves the sentence alone: it may be about the server, which clearing does not mend.
    blank() {
      this.show({ text: "", digits: [] });
    },

    message,
    say: speak,

    // Only what came to rest is spoken: a reader of screens cannot follow a moving pen.
    announce() {
      const [digit, said, guess] = [".digit", ".sure", ".guess"].map((s) => find(s).textContent);
      const answer = guess ? `${said}. ${guess}` : `${digit}, ${said}`;
      speak(digit ? answer : "");
    },
  };
}
