// A text area grows with what is typed, where CSS alone (field-sizing) can't.
function fit(area) {
  area.style.blockSize = "auto";
  area.style.blockSize = `${area.scrollHeight + 2}px`;
}

if (!CSS.supports("field-sizing", "content")) {
  document.addEventListener("input", (event) => {
    if (event.target.matches("textarea")) fit(event.target);
  });
  for (const area of document.querySelectorAll("textarea")) fit(area);
}
