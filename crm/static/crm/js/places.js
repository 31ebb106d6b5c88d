// Country, time zone and currency fill in one another; what a person has chosen stays.
const sameClock = (zone) => new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;

function optionOfThisDevice(select) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  // A browser may name a zone as it was called before ("Asia/Calcutta").
  return [...select.options].find((option) => option.value === here)
    ?? [...select.options].find((option) => option.dataset.country && sameClock(option.value) === here);
}

function follow(form) {
  const chosen = form.country.selectedOptions[0];
  if (!chosen?.value) return;
  const zone = form.time_zone.selectedOptions[0];
  if (!form.time_zone.dataset.chosen && zone?.dataset.country !== chosen.value) {
    form.time_zone.value = chosen.dataset.zone;
  }
  if (!form.currency.dataset.chosen) form.currency.value = chosen.dataset.currency;
}

for (const form of document.querySelectorAll("form[data-places]")) {
  for (const select of [form.country, form.time_zone, form.currency]) {
    if (select.matches("[aria-invalid]") || form.querySelector(".error-summary")) select.dataset.chosen = "yes";
  }
  const here = form.dataset.places === "guess" ? optionOfThisDevice(form.time_zone) : null;
  if (here?.dataset.country && !form.country.dataset.chosen) {
    form.time_zone.value = here.value;
    form.country.value = here.dataset.country;
    follow(form);
  }
  form.addEventListener("change", (event) => {
    if (event.target === form.country) follow(form);
    else if (event.target.matches("select")) event.target.dataset.chosen = "yes";
  });
}
