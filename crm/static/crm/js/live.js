// Keeps a part of a page (data-live) fresh while somebody looks, and never takes a menu or a word away.
const EVERY_MS = 4_000;

function isInUse(box) {
  const writing = box.contains(document.activeElement) && document.activeElement.matches("input:not([type=hidden]), textarea");
  return writing || box.matches(".htmx-request") || box.querySelector("details[open], .htmx-request, form[data-busy]") || isPlaying(box);
}

const isPlaying = (box) => [...box.querySelectorAll("audio")].some((sound) => !sound.paused);

function poll() {
  if (document.hidden) return;
  for (const box of document.querySelectorAll("[data-live]")) {
    if (!isInUse(box)) window.htmx.trigger(box, "poll");
  }
}

// What has the focus and no id of its own loses it with the part: the part itself takes it.
let focused = "";
document.addEventListener("htmx:beforeSwap", (event) => {
  const box = event.detail.target.closest("[data-live]");
  if (box) focused = box.contains(document.activeElement) ? box.id : "";
});

document.addEventListener("htmx:afterSettle", () => {
  if (focused && document.activeElement === document.body) {
    document.getElementById(focused)?.focus({ preventScroll: true });
  }
  focused = "";
});

document.addEventListener("visibilitychange", poll);
setInterval(poll, EVERY_MS);
