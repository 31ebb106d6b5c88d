// Writing a message: chips put a placeholder in at the cursor, into the text or the place of a
// template that was written in last, and the calendar follows the clock that is chosen. What was
// asked about a moment in the past goes with that moment.
function put(area, text) {
  area.focus();
  area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

const WRITTEN = "textarea[name=message_content], input[name^=slot_]";
let last = null;

document.addEventListener("focusin", (event) => {
  if (event.target.matches(WRITTEN)) last = event.target;
});

function meant(chip) {
  const group = chip.closest(".template-slots, form");
  return group.contains(last) ? last : group.querySelector(WRITTEN);
}

document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-insert]");
  const plain = event.target.closest("[data-replace-text]");
  if (chip) put(meant(chip), chip.dataset.insert);
  if (plain) {
    const area = plain.closest("form").querySelector("textarea[name=message_content]");
    event.preventDefault();
    area.select();
    put(area, plain.dataset.replaceText);
  }
});

document.addEventListener("change", (event) => {
  const clocks = event.target.closest("[data-now-business]");
  if (!clocks) return;
  const now = event.target.value === "customer" ? clocks.dataset.nowCustomer : clocks.dataset.nowBusiness;
  for (const picker of clocks.closest("form").querySelectorAll("[data-picker]")) picker.dataset.now = now;
});

document.addEventListener("change", (event) => {
  if (event.target.name !== "schedule_date") return;
  event.target.form.querySelector("[data-past]")?.remove();
});
