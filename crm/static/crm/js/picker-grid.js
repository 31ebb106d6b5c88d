// The month of a picker as a grid: arrow keys by day and week, Home and End within the week,
// PageUp and PageDown by month, with Shift by year. `choose(day)` is called with a wall date.
window.pickerGrid = (popover, today, choose) => {
  const dates = window.pickerDates;
  const find = (name) => popover.querySelector(`[data-picker-${name}]`);
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
  let shown = today;
  let chosen = "";

  const STEPS = {
    ArrowUp: (day) => dates.addDays(day, -7),
    ArrowDown: (day) => dates.addDays(day, 7),
    Home: (day) => dates.weekStart(day),
    End: (day) => dates.addDays(dates.weekStart(day), 6),
    PageUp: (day, shift) => dates.addMonths(day, shift ? -12 : -1),
    PageDown: (day, shift) => dates.addMonths(day, shift ? 12 : 1),
    ArrowLeft: (day) => dates.addDays(day, popover.matches(":dir(rtl)") ? 1 : -1),
    ArrowRight: (day) => dates.addDays(day, popover.matches(":dir(rtl)") ? -1 : 1),
  };

  function cell(day) {
    const square = document.createElement("td");
    const button = make("button", { type: "button", tabIndex: day === shown ? 0 : -1, textContent: dates.numberOf(day) });
    button.dataset.day = day;
    button.setAttribute("aria-label", dates.dayInFull(day));
    button.classList.toggle("is-outside", day.slice(0, 7) !== shown.slice(0, 7));
    if (day === today) button.setAttribute("aria-current", "date");
    square.setAttribute("aria-selected", String(day === chosen));
    square.append(button);
    return square;
  }

  function draw(day, selected = chosen) {
    [shown, chosen] = [day, selected];
    const month = dates.weeks(shown);
    find("title").textContent = dates.titleOf(shown);
    find("week").replaceChildren(...month[0].map((one) =>
      make("th", { scope: "col", textContent: dates.weekdayOf(one), abbr: dates.weekdayInFull(one) })));
    find("days").replaceChildren(...month.map((week) => {
      const row = document.createElement("tr");
      row.append(...week.map(cell));
      return row;
    }));
  }

  const focus = () => find("days").querySelector("[tabindex='0']").focus();
  popover.addEventListener("keydown", (event) => {
    if (!event.target.dataset.day || !STEPS[event.key]) return;
    event.preventDefault();
    draw(STEPS[event.key](event.target.dataset.day, event.shiftKey));
    focus();
  });
  popover.addEventListener("click", (event) => {
    const { day } = event.target.dataset;
    const step = event.target.closest("[data-picker-step]");
    if (step) draw(dates.addMonths(shown, Number(step.dataset.pickerStep)));
    else if (day) { choose(day); focus(); }
  });
  return { draw, focus };
};
