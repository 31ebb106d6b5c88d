// What the polled reminders say (data-wants-count) goes into the title and the navigation.
function tell() {
  const source = document.querySelector("[data-wants-count]");
  if (!source) return;
  const count = Number(source.dataset.wantsCount);
  const plain = document.title.replace(/^\(\d+\)\s*/, "");
  document.title = count ? `(${count}) ${plain}` : plain;
  for (const badge of document.querySelectorAll("[data-wants-badge]")) {
    badge.dataset.count = String(count);
    badge.textContent = String(count);
  }
}

document.addEventListener("htmx:afterSettle", tell);
document.addEventListener("htmx:oobAfterSwap", tell);
