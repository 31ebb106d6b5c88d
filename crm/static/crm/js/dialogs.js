// data-dialog-open="id" opens a <dialog>, data-dialog-close closes the one around it.
// Both stand on real links and buttons, which do their plain work without this script.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    const dialog = document.getElementById(opener.dataset.dialogOpen);
    if (!dialog) return;
    event.preventDefault();
    opener.closest("details[data-menu]")?.removeAttribute("open");
    dialog.showModal();
  } else if (event.target.closest("[data-dialog-close]")) {
    event.target.closest("dialog").close();
  }
});

// A click on the backdrop lands on the dialog itself, outside of its box.
document.addEventListener("pointerdown", (event) => {
  if (!event.target.matches?.("dialog[open]")) return;
  const box = event.target.getBoundingClientRect();
  const inside =
    event.clientX >= box.left && event.clientX <= box.right &&
    event.clientY >= box.top && event.clientY <= box.bottom;
  if (!inside) event.target.close();
});
