// Upgrades a datetime-local field: presets everywhere, a calendar of our own where there is a mouse.
// The field itself keeps the value ("2026-11-22T09:00") and stays open to typing.
(() => {
  const dates = window.pickerDates;
  const hasMouse = matchMedia("(any-pointer: fine)").matches;
  const MINUTES = Array.from({ length: 288 }, (_, at) => dates.addMinutes("2026-01-01T00:00", at * 5).slice(11));
  const deviceNow = () => dates.addMinutes(new Date().toISOString().slice(0, 16), -new Date().getTimezoneOffset());

  function put(input, value) {
    input.value = value;
    for (const name of ["input", "change"]) input.dispatchEvent(new Event(name, { bubbles: true }));
  }

  function calendar(picker, input, now) {
    const popover = picker.querySelector("[data-picker-popover]");
    const [time, times, said] = ["time", "times", "said"].map((name) => popover.querySelector(`[data-picker-${name}]`));
    times.append(...MINUTES.map((at) => new Option(dates.timeOf(`2026-01-01T${at}`), at)));

    const set = (day, at) => { put(input, `${day}T${at}`); show(); };
    const dayOr = () => input.value.slice(0, 10) || now().slice(0, 10);
    const grid = window.pickerGrid(popover, now().slice(0, 10), (day) => set(day, time.value || "09:00"));
    function show() {
      grid.draw(dayOr(), input.value.slice(0, 10));
      time.value = input.value.slice(11, 16) || "09:00";
      times.value = time.value;
      const near = [...times.options].findLast((one) => one.value <= time.value);
      times.scrollTop = near.offsetTop - times.clientHeight / 2;
      said.textContent = input.value ? dates.momentOf(input.value) : "";
    }
    time.addEventListener("change", () => time.value && set(dayOr(), time.value));
    times.addEventListener("change", () => set(dayOr(), times.value));
    popover.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.target === time || event.target === times)) popover.hidePopover();
    });
    popover.addEventListener("toggle", (event) => {
      if (event.newState === "open") { show(); grid.focus(); }
    });
    picker.classList.add("is-upgraded");
    picker.querySelector("[data-picker-toggle]").hidden = false;
  }

  function upgrade(picker) {
    const input = picker.querySelector("input");
    const loaded = performance.now();
    const opened = deviceNow();
    const now = () => dates.addMinutes(picker.dataset.now || opened, Math.round((performance.now() - loaded) / 60_000));
    picker.dataset.picker = "on";
    picker.querySelector("[data-picker-presets]")?.removeAttribute("hidden");
    picker.addEventListener("click", (event) => {
      const preset = event.target.closest("[data-picker-set]");
      if (preset) put(input, preset.dataset.pickerSet || dates.addMinutes(now(), Number(preset.dataset.minutes)));
    });
    if (hasMouse && "popover" in HTMLElement.prototype) calendar(picker, input, now);
  }

  const upgradeAll = () => document.querySelectorAll('[data-picker=""]').forEach(upgrade);
  upgradeAll();
  document.addEventListener("htmx:load", upgradeAll);
})();
