// The link to this page and its QR code, for the phone across the table.
const dialog = element.querySelector(".link");
const place = (selector) => dialog.querySelector(selector);

async function openLink() {
  place(".code").replaceChildren();
  place(".address").textContent = "";
  place(".note").textContent = "";
  dialog.showModal();
  let answer;
  try {
    answer = await server.share(location.origin + location.pathname);
  } catch { /* as where nothing came back */ }
  answer ??= { problem: "The server does not answer. Try again." };
  if (answer.problem) {
    place(".note").textContent = answer.problem;
    return;
  }
  place(".code").innerHTML = answer.svg;
  place(".address").textContent = answer.url;
  place(".address").href = answer.url;
  const isHere = /^(localhost|127\.|\[::1\])/.test(new URL(answer.url).host);
  place(".note").textContent = isHere
    ? "This address works on this machine only. Start the app with --share for a public link."
    : answer.is_public ? "A public link, for a week at most." : "";
}

async function copyLink() {
  try {
    await navigator.clipboard.writeText(place(".address").textContent);
    place(".note").textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(place(".address"));
    place(".note").textContent = "Copy the marked link.";
  }
}

element.querySelector(".share").addEventListener("click", openLink);
place(".copy").addEventListener("click", copyLink);
place(".close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
