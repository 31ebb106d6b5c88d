// Light, dark or as the device: kept in a cookie, so that the server draws the first frame right.
const A_YEAR_S = 60 * 60 * 24 * 365;

function show(root) {
  const chosen = document.documentElement.dataset.theme ?? "";
  for (const choice of root.querySelectorAll("[data-theme-choice]")) choice.hidden = false;
  for (const button of root.querySelectorAll("[data-theme-set]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeSet === chosen));
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-set]");
  if (!button) return;
  const theme = button.dataset.themeSet;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  document.cookie = `theme=${theme}; path=/; max-age=${theme ? A_YEAR_S : 0}; samesite=lax`;
  show(document);
});

show(document);
