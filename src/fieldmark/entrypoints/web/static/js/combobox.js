/** A text field that suggests (the combobox pattern of the ARIA Authoring Practices, 1.2). */
import { announce } from "./announce.js";

const PAUSE_MS = 180;
const SHORTEST = 2;

/**
 * @template T
 * @param {HTMLInputElement} input
 * @param {{find: (text: string, signal: AbortSignal) => Promise<T[]>,
 *          show: (item: T) => {text: string, aside?: string, latin?: string},
 *          chosen: (item: T) => void}} how
 */
export function suggest(input, { find, show, chosen }) {
  const list = document.createElement("ul");
  list.className = "options";
  list.id = `${input.id}-options`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  list.hidden = true;
  input.after(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, autocomplete: "off" })) input.setAttribute(name, value);
  let items = [];
  let active = -1;
  let asking = new AbortController();
  let timer = 0;

  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const light = (index) => {
    active = (index + items.length) % items.length;
    [...list.children].forEach((option, k) => option.setAttribute("aria-selected", String(k === active)));
    input.setAttribute("aria-activedescendant", list.children[active].id);
    list.children[active].scrollIntoView({ block: "nearest" });
  };
  const take = (index) => {
    const item = items[index];
    input.value = show(item).text;
    close();
    chosen(item);
  };
  const open = (found) => {
    items = found;
    list.replaceChildren(...found.map((item, k) => option(show(item), `${list.id}-${k}`)));
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    announce(found.length ? `${found.length} suggestions; arrow keys to choose.` : "No suggestion.");
  };
  const ask = async () => {
    const text = input.value.trim();
    asking.abort();
    asking = new AbortController();
    if (text.length < SHORTEST) return close();
    try {
      const found = await find(text, asking.signal);
      if (document.activeElement === input) open(found);
    } catch {
      close(); // suggestions are a comfort: what was typed is still sent
    }
  };
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE_MS); });
  input.addEventListener("blur", () => { clearTimeout(timer); asking.abort(); close(); });
  input.addEventListener("keydown", (event) => {
    const shut = list.hidden || items.length === 0;
    if (event.key === "ArrowDown") { event.preventDefault(); if (shut) ask(); else light(active + 1); }
    else if (event.key === "ArrowUp" && !shut) { event.preventDefault(); light(active - 1); }
    else if (event.key === "Enter" && !shut && active >= 0) { event.preventDefault(); take(active); }
    else if (event.key === "Escape" && !shut) { event.preventDefault(); close(); }
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const index = [...list.children].indexOf(event.target.closest("li"));
    if (index >= 0) take(index);
  });
}

function option({ text, aside, latin }, id) {
  const item = document.createElement("li");
  item.id = id;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  for (const [words, kind] of [[text, ""], [latin, "latin"], [aside, "hint"]]) {
    if (!words) continue;
    const span = document.createElement("span");
    span.className = kind;
    span.textContent = words;
    item.append(span, " ");
  }
  return item;
}
