// Times as the visitor's own clock shows them. The server writes them in UTC.

const language = document.documentElement.lang;
const day = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export function localTimes(root) {
  for (const time of root.querySelectorAll("time[data-local][datetime]")) {
    time.textContent = day.format(new Date(time.dateTime));
  }
  for (const time of root.querySelectorAll("time[data-clock][datetime]")) {
    const at = new Date(time.dateTime);
    time.textContent = clock.format(at);
    time.title = day.format(at);
  }
}
