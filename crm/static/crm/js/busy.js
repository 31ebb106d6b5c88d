// A form is sent once: its button shows that it works, and a second press does nothing.
// No `disabled`: that would take away the focus, and a page the back button brings back would keep it.
const GIVE_UP_AFTER_MS = 10_000;

function release(form) {
  delete form.dataset.busy;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  document.querySelector(`button[form="${CSS.escape(form.id || "-")}"]`)?.removeAttribute("aria-busy");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || "noBusy" in form.dataset) return;
  if ("busy" in form.dataset) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  form.dataset.busy = "";
  event.submitter?.setAttribute("aria-busy", "true");
  setTimeout(() => release(form), GIVE_UP_AFTER_MS);
}, { capture: true });

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form");
  if (form) release(form);
});

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-busy]")) release(form);
});
