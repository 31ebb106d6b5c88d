// <details data-menu> behaves as a menu: one open at a time, Escape and a click elsewhere close it.
const openMenus = () => [...document.querySelectorAll("details[data-menu][open]")];

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = openMenus().at(-1);
  if (!menu) return;
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const items = [...menu.querySelectorAll("summary, .menu-panel :is(a, button, input)")]
      .filter((item) => item.checkVisibility());
    if (!items.includes(document.activeElement)) return;
    const by = event.key === "ArrowDown" ? 1 : -1;
    event.preventDefault();
    items[(items.indexOf(document.activeElement) + by + items.length) % items.length].focus();
  }
});

document.addEventListener("focusin", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});
