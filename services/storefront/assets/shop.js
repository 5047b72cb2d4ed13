// What is live on a page. Everything works without it: it only spares loading a page again.

import { follow } from "./order.js";
import { watchInbox } from "./inbox.js";
import { suggest } from "./search.js";
import { localTimes } from "./times.js";

localTimes(document);

const search = document.querySelector("form[data-suggest]");
if (search) suggest(search);

const progress = document.querySelector("[data-progress]");
if (progress) follow(progress);

if (document.body.dataset.signedIn !== undefined) watchInbox();

// A second click while the first is on its way. The key in the form makes sure anyway that it buys once.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  // The page is shown again by going back.
  addEventListener("pageshow", () => delete form.dataset.sent);
}
