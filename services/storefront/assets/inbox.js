// The inbox of whoever is signed in: how much is unread, and what comes while the page is open.

const MOST_COUNTED = 99;
// Milliseconds that a message stays at the edge of the page. It stays in the inbox.
const SHOWN = 8000;

export function watchInbox() {
  const badge = document.querySelector("[data-unread]");
  let source = null;
  let unread = 0;

  function count(number) {
    unread = number;
    badge.hidden = number === 0;
    badge.textContent = number > MOST_COUNTED ? `${MOST_COUNTED}+` : String(number);
  }

  async function look() {
    try {
      const answer = await fetch("/inbox/unread");
      if (answer.ok) count((await answer.json()).unread);
    } catch {
      // The next connection looks again.
    }
  }

  function arrived(event) {
    const { title, text, order_id: order } = JSON.parse(event.data);
    count(unread + 1);
    const toast = document.createElement("p");
    const head = document.createElement(order ? "a" : "b");
    if (order) head.href = `/orders/${order}`;
    head.textContent = title;
    toast.append(head, document.createElement("br"), text);
    document.querySelector("[data-toasts]").append(toast);
    setTimeout(() => toast.remove(), SHOWN);
  }

  // A browser has few connections to one site: a page that nobody sees gives its own back.
  function watch() {
    if (document.visibilityState === "hidden") {
      source?.close();
      source = null;
    } else if (!source) {
      source = new EventSource("/inbox/events");
      source.addEventListener("open", look);
      source.addEventListener("notification", arrived);
    }
  }

  document.addEventListener("visibilitychange", watch);
  addEventListener("pagehide", () => source?.close());
  watch();
}
