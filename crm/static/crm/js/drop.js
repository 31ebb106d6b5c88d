// A file field in [data-drop]: marks the place while files hover, then lists names and sizes.
const size = (bytes) =>
  new Intl.NumberFormat(document.documentElement.lang, {
    style: "unit", unit: bytes < 1e6 ? "kilobyte" : "megabyte", maximumFractionDigits: bytes < 1e6 ? 0 : 1,
  }).format(bytes / (bytes < 1e6 ? 1e3 : 1e6));

function line(file, drop) {
  const row = document.createElement("li");
  const tooBig = drop.dataset.maxBytes && file.size > Number(drop.dataset.maxBytes);
  row.className = tooBig ? "drop-file is-wrong" : "drop-file";
  const words = [file.name, tooBig ? `${size(file.size)} · ${drop.dataset.tooBig}` : size(file.size)];
  row.append(...words.map((text) => Object.assign(document.createElement("span"), { textContent: text })));
  return row;
}

function list(drop) {
  const { files } = drop.querySelector("input[type=file]");
  drop.querySelector("[data-drop-files]").replaceChildren(...[...files].map((file) => line(file, drop)));
}

for (const [name, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
  document.addEventListener(name, (event) => {
    const drop = event.target.closest?.("[data-drop]");
    if (!drop) return;
    drop.classList.toggle("is-over", over);
    event.preventDefault();
    if (name !== "drop" || !event.dataTransfer.files.length) return;
    const input = drop.querySelector("input[type=file]");
    const kept = new DataTransfer();
    const dropped = [...event.dataTransfer.files];
    for (const file of input.multiple ? [...input.files, ...dropped] : dropped.slice(0, 1)) kept.items.add(file);
    input.files = kept.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-drop] input[type=file]")) list(event.target.closest("[data-drop]"));
});
