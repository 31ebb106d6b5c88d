// Keeps the reminders fresh while somebody looks, and never takes a menu, a word or the focus away.
const EVERY_MS = 8_000;
const tapped = new Set();
const find = () => document.querySelector("[data-reminders]");

function isInUse(box) {
  const writing = box.contains(document.activeElement) && document.activeElement.matches("input:not([type=hidden])");
  return writing || box.matches(".htmx-request") || box.querySelector("details[data-menu][open], .htmx-request, form[data-busy]");
}

function poll() {
  const box = find();
  if (box && !document.hidden && !isInUse(box)) window.htmx.trigger(box, "poll");
}

function markTapped() {
  for (const id of tapped) document.getElementById(id)?.classList.add("is-tapped");
}

// Whoever has just opened the phone's app wants "Mark as done" next.
document.addEventListener("click", (event) => {
  const card = event.target.closest("[data-one-tap]")?.closest("[data-reminder]");
  if (!card) return;
  tapped.add(card.id);
  event.target.closest("details[data-menu]")?.removeAttribute("open");
  markTapped();
});

let had = { open: [], focus: false };
document.addEventListener("htmx:beforeSwap", (event) => {
  const box = find();
  if (event.detail.target !== box) return;
  if (!event.detail.xhr.responseText.includes("data-reminders")) {
    event.detail.shouldSwap = false; // the session has ended: the page itself leads to the door
    if (event.detail.xhr.status !== 204) location.reload();
    return;
  }
  const open = [...box.querySelectorAll("details[id][open]:not([data-menu])")].map((one) => one.id);
  had = { open, focus: box.contains(document.activeElement) };
});

document.addEventListener("htmx:afterSettle", () => {
  const box = find();
  if (!box) return;
  for (const id of had.open) document.getElementById(id)?.setAttribute("open", "");
  if (had.focus && document.activeElement === document.body) box.focus({ preventScroll: true });
  had = { open: [], focus: false };
  markTapped();
});

document.addEventListener("visibilitychange", poll);
setInterval(poll, EVERY_MS);
