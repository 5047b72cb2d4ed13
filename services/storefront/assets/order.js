// The page of an order: at each event of its saga, the part that moves is looked up again.

import { localTimes } from "./times.js";

export function follow(root) {
  const { events: address, progress, subjects } = root.dataset;
  const times = new Map();
  let looking = false;
  let again = false;

  // One look at a time; what happens meanwhile is seen by one more.
  async function look() {
    again = looking;
    if (looking) return;
    looking = true;
    try {
      do {
        again = false;
        const answer = await fetch(progress, { headers: { accept: "text/html" } });
        if (answer.ok && !answer.redirected) show(await answer.text());
      } while (again);
    } catch {
      // The next event, or the next connection, looks again.
    } finally {
      looking = false;
    }
  }

  function show(html) {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    fill(fresh.content);
    localTimes(fresh.content);
    for (const part of fresh.content.querySelectorAll("[data-part]")) {
      const old = root.querySelector(`[data-part="${part.dataset.part}"]`);
      if (!old || old.innerHTML === part.innerHTML) continue;
      const hadFocus = old.contains(document.activeElement);
      old.replaceWith(part);
      if (part.dataset.part === "latest") say(part.textContent);
      if (hadFocus) document.querySelector("#content").focus();
    }
  }

  // The figures of the shop may be a moment behind its events, which say when they happened.
  function fill(content) {
    for (const time of content.querySelectorAll("time[data-of]")) {
      const at = times.get(time.dataset.of);
      if (at) time.dateTime = at;
    }
  }

  function say(text) {
    document.querySelector("[data-announce]").textContent = text;
  }

  const source = new EventSource(address);
  for (const subject of subjects.split(" ")) {
    source.addEventListener(subject, (event) => {
      times.set(subject, JSON.parse(event.data).time);
      look();
    });
  }
  // The connection is back after a while without; something may have happened.
  source.addEventListener("open", look);
}
