// data-copy="text" copies it and says data-copied for a moment. Off HTTPS browsers keep the
// clipboard shut to scripts, so there the older way is taken.
const SAID_FOR_MS = 2000;

function copyTheOldWay(text) {
  const area = Object.assign(document.createElement("textarea"), { value: text, readOnly: true });
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  if (navigator.clipboard) await navigator.clipboard.writeText(button.dataset.copy);
  else copyTheOldWay(button.dataset.copy);
  const word = [...button.childNodes].findLast((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
  if (!word || word.textContent === button.dataset.copied) return;
  const before = word.textContent;
  word.textContent = button.dataset.copied;
  setTimeout(() => { word.textContent = before; }, SAID_FOR_MS);
});
