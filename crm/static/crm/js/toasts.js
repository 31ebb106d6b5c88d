// A toast goes by itself after a while; one that carries an undo stays until it is closed.
const SHOWN_FOR_MS = 6000;

function start(toast) {
  toast.dataset.toast = "on";
  const close = toast.querySelector("[data-toast-close]");
  close.hidden = false;
  close.addEventListener("click", () => toast.remove());
  if ("toastStays" in toast.dataset) return;
  let timer = setTimeout(() => toast.remove(), SHOWN_FOR_MS);
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("focusin", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", () => {
    timer = setTimeout(() => toast.remove(), SHOWN_FOR_MS);
  });
}

function startAll() {
  for (const toast of document.querySelectorAll('[data-toast=""]')) start(toast);
}

startAll();
document.addEventListener("htmx:oobAfterSwap", startAll);
document.addEventListener("htmx:afterSwap", startAll);
