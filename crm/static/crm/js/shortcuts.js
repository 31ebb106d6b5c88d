// "/" and Ctrl+K find a customer, Ctrl+Enter saves the form one is writing in.
const isWriting = (element) =>
  element?.isContentEditable || element?.matches?.("textarea, select, input:not([type=checkbox], [type=radio])");

function openPalette(event) {
  const palette = document.querySelector("[data-palette]");
  if (!palette || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  palette.showModal();
  palette.querySelector("input").select();
}

document.addEventListener("keydown", (event) => {
  const command = event.ctrlKey || event.metaKey;
  if (command && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") openPalette(event);
  else if (event.key === "/" && !command && !isWriting(event.target)) openPalette(event);
  else if (command && event.key === "Enter") event.target.closest?.("form")?.requestSubmit();
});

if (/Mac|iPhone|iPad/.test(navigator.platform)) {
  for (const hint of document.querySelectorAll("[data-shortcut-hint]")) hint.textContent = "⌘K";
}
