// data-fill="id" adds the words in data-fill-with to the field of that id, with a comma between.
// A second press takes them out again.
const words = (field) => field.value.split(/[,;،，、]/).map((word) => word.trim()).filter(Boolean);
const same = (one, other) => one.toLocaleLowerCase() === other.toLocaleLowerCase();

function show(button) {
  const field = document.getElementById(button.dataset.fill);
  const worn = words(field).some((word) => same(word, button.dataset.fillWith));
  button.setAttribute("aria-pressed", String(worn));
}

function showAll() {
  for (const button of document.querySelectorAll("[data-fill]")) show(button);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fill]");
  if (!button) return;
  const field = document.getElementById(button.dataset.fill);
  const others = words(field).filter((word) => !same(word, button.dataset.fillWith));
  const worn = others.length < words(field).length;
  field.value = (worn ? others : [...others, button.dataset.fillWith]).join(", ");
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

document.addEventListener("input", showAll);
for (const choices of document.querySelectorAll("[data-fill-choices]")) choices.hidden = false;
showAll();
