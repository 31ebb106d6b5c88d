// Nothing moves under a finger: what comes while it is down would push the button away before it
// is let go, and the click would be lost. What fetches itself (data-still) does so again afterwards;
// what polls comes again anyway.
const WAITS = "[data-still], [data-live], [data-reminders]";
const missed = new Set();
let isDown = false;

function release() {
  isDown = false;
  for (const part of missed) {
    if (part.isConnected) window.htmx.trigger(part, "again");
  }
  missed.clear();
}

document.addEventListener("pointerdown", (event) => {
  isDown = event.button === 0; // a menu swallows the end of the others
}, { capture: true });
for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, () => setTimeout(release), { capture: true }); // after the click
}
addEventListener("blur", release); // let go elsewhere

document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.detail.requestConfig.elt;
  if (!isDown || !part.matches(WAITS)) return;
  event.detail.shouldSwap = false;
  missed.add(part);
});
