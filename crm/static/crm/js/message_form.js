// Writing a message: chips put a placeholder in at the cursor, and the calendar follows the clock
// that is chosen. What was asked about a moment in the past goes with that moment.
function put(area, text) {
  area.focus();
  area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-insert]");
  const plain = event.target.closest("[data-replace-text]");
  const area = (chip ?? plain)?.closest("form").querySelector("textarea[name=message_content]");
  if (chip) put(area, chip.dataset.insert);
  if (plain) {
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
