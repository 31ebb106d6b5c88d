// What the picker knows about days: wall dates only ("2026-11-22"), no time zone anywhere.
// Calendar sums run in UTC, where every day has 24 hours.
window.pickerDates = (() => {
  const page = document.documentElement.lang || "en";
  // The page says the language, the browser may know the region: en-GB starts weeks on Monday.
  const locale = navigator.languages.find((tag) => tag === page || tag.startsWith(`${page}-`)) ?? page;
  const info = new Intl.Locale(locale);
  const firstDay = (info.getWeekInfo?.() ?? info.weekInfo ?? { firstDay: 1 }).firstDay % 7;

  const toDate = (day) => new Date(`${day}T00:00Z`);
  const toDay = (date) => date.toISOString().slice(0, 10);
  const say = (options) => {
    const format = new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options });
    return (iso) => format.format(new Date(`${iso.length === 10 ? `${iso}T00:00` : iso}Z`));
  };

  function addDays(day, count) {
    const date = toDate(day);
    date.setUTCDate(date.getUTCDate() + count);
    return toDay(date);
  }

  // 31 January and a month is 28 February: the last day that exists.
  function addMonths(day, count) {
    const date = toDate(day);
    const wanted = date.getUTCDate();
    date.setUTCDate(1);
    date.setUTCMonth(date.getUTCMonth() + count + 1, 0);
    date.setUTCDate(Math.min(wanted, date.getUTCDate()));
    return toDay(date);
  }

  const weekStart = (day) => addDays(day, -((toDate(day).getUTCDay() - firstDay + 7) % 7));

  function weeks(day) {
    const start = weekStart(`${day.slice(0, 7)}-01`);
    const days = Array.from({ length: 42 }, (_, at) => addDays(start, at));
    return Array.from({ length: 6 }, (_, row) => days.slice(row * 7, row * 7 + 7));
  }

  function addMinutes(wall, count) {
    return new Date(new Date(`${wall}Z`).getTime() + count * 60_000).toISOString().slice(0, 16);
  }

  return {
    addDays, addMonths, addMinutes, weekStart, weeks,
    titleOf: say({ month: "long", year: "numeric" }),
    weekdayOf: say({ weekday: "short" }),
    weekdayInFull: say({ weekday: "long" }),
    numberOf: say({ day: "numeric" }),
    dayInFull: say({ dateStyle: "full" }),
    timeOf: say({ timeStyle: "short" }),
    momentOf: say({ weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit" }),
  };
})();
