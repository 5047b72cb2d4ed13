// Suggestions while somebody types: the combobox of the ARIA Authoring Practices, with a list below the field.

// Milliseconds without a key after which it is worth asking.
const PAUSE = 120;

export function suggest(form) {
  const field = form.querySelector("input[type=search]");
  const list = form.querySelector("[role=listbox]");
  let timer = 0;
  let asked = 0;
  let chosen = -1;

  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-expanded", "false");

  const options = () => [...list.children];

  function close() {
    list.hidden = true;
    chosen = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  function choose(place) {
    const all = options();
    chosen = (place + all.length) % all.length;
    all.forEach((option, at) => option.setAttribute("aria-selected", String(at === chosen)));
    field.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({ block: "nearest" });
  }

  function show(suggestions) {
    list.replaceChildren(
      ...suggestions.map(({ text, product_id: product }, place) => {
        const option = document.createElement("li");
        option.id = `suggestion-${place}`;
        option.setAttribute("role", "option");
        option.textContent = text;
        // Before the field loses the focus, which closes the list.
        option.addEventListener("mousedown", (event) => {
          event.preventDefault();
          location.assign(`/products/${product}`);
        });
        option.dataset.product = product;
        return option;
      }),
    );
    chosen = -1;
    list.hidden = suggestions.length === 0;
    field.setAttribute("aria-expanded", String(!list.hidden));
    field.removeAttribute("aria-activedescendant");
  }

  async function ask() {
    const number = ++asked;
    const words = field.value.trim();
    if (!words) return close();
    try {
      const answer = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(words)}`);
      // An answer that was overtaken by a newer one, or by the end of the search, is of no use.
      if (answer.ok && number === asked && document.activeElement === field) show(await answer.json());
    } catch {
      close();
    }
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  field.addEventListener("blur", close);
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    asked++;
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || list.hidden) return;
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen < 0 ? -1 : chosen - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && chosen >= 0) location.assign(`/products/${options()[chosen].dataset.product}`);
    else return;
    event.preventDefault();
  });
}
