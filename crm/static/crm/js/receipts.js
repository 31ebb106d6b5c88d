// A photo just taken joins the files chosen before it: a camera's field holds only one.
// A form with [data-send-at-once] goes as soon as it has files.
function join(camera) {
  const chosen = camera.closest("[data-drop]").querySelector("input[type=file]");
  const files = new DataTransfer();
  for (const file of [...chosen.files, ...camera.files]) files.items.add(file);
  chosen.files = files.files;
  camera.value = "";
  chosen.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("change", ({ target }) => {
  if (!target.matches("input[type=file]") || !target.files.length) return;
  if ("camera" in target.dataset) join(target);
  else if (target.form && "sendAtOnce" in target.form.dataset) {
    target.form.requestSubmit();
    target.closest(".pick").setAttribute("aria-busy", "true"); // busy.js takes it away again
  }
});

// Left and right turn to the previous and the next receipt.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, textarea, select")) return;
  document.querySelector(`[data-turn="${CSS.escape(event.key)}"]`)?.click();
});
