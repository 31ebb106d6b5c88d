// Arrow keys walk through what the search found; Enter in the box opens the first find.
const palette = document.querySelector("[data-palette]");

function finds() {
  return [...palette.querySelectorAll(".palette-results a")];
}

function step(event, by) {
  const links = finds();
  const stops = [palette.querySelector("input"), ...links];
  const at = Math.max(0, stops.indexOf(document.activeElement));
  event.preventDefault();
  stops[(at + by + stops.length) % stops.length].focus();
}

palette?.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") step(event, 1);
  else if (event.key === "ArrowUp") step(event, -1);
  else if (event.key === "Enter" && event.target.matches("input") && finds().length) {
    event.preventDefault();
    finds()[0].click();
  }
});

palette?.addEventListener("close", () => palette.querySelector("form").reset());
