/** Makes an answer pleasant: its photo, its area on a map, copying, feedback and deletion in place. */
import { announce } from "./announce.js";
import { send, sendForJson } from "./api.js";
import { suggest } from "./combobox.js";
import { openMap, outlineOn, pinOn, showPlace } from "./map.js";

const TOKEN = "fieldmark.token.";

/**
 * @param {HTMLElement} section that holds an answer
 * @param {{picture?: string, caption?: string}} [photo] as the browser has it
 */
export function enhanceAnswer(section, { picture, caption } = {}) {
  const article = section.querySelector("[data-answer]");
  if (!article) return;
  if (picture) showPhoto(article, picture, caption);
  const canvas = article.querySelector("[data-map]");
  if (canvas) showArea(canvas);
  article.querySelectorAll("[data-copy]").forEach((button) => button.addEventListener("click", () => copy(article, button.dataset.copy)));
  const feedback = article.querySelector("[data-feedback]");
  if (feedback) takeFeedback(feedback);
  const deleting = article.querySelector("[data-delete]");
  if (deleting) takeDeletion(section, article, deleting);
}

function showPhoto(article, picture, caption) {
  const figure = article.querySelector("[data-photo]");
  const image = figure.querySelector("[data-photo-image]");
  image.addEventListener("load", () => { figure.hidden = false; });
  image.alt = "Your photo";
  image.src = picture;
  figure.querySelector("[data-photo-caption]").textContent = caption ?? "";
}

async function showArea(canvas) {
  const { cell, latitude, longitude, radius } = canvas.dataset;
  const map = openMap(canvas, { scrolls: false });
  if (latitude !== undefined) {
    showPlace(map, Number(latitude), Number(longitude), Number(radius));
    pinOn(map, () => {}).put(Number(latitude), Number(longitude), Number(radius));
  }
  try {
    const outline = outlineOn(map, await sendForJson(`/v1/cells/${cell}`));
    map.fitBounds(outline.getBounds().pad(0.6), { animate: false });
  } catch { /* the words beside the map say the same */ }
}

function copy(article, what) {
  const status = article.querySelector("[data-copy-status]");
  const text = what === "json"
    ? JSON.stringify(JSON.parse(article.querySelector("[data-json]").textContent), null, 2)
    : article.querySelector("[data-permalink]").href;
  navigator.clipboard.writeText(text).then(
    () => { status.textContent = "Copied."; },
    () => { status.textContent = "The browser did not allow it."; },
  );
}

function takeFeedback(form) {
  const chosen = form.querySelector("[data-taxon]");
  const name = form.querySelector('[name="taxon_name"]');
  const status = form.querySelector("[data-feedback-status]");
  suggest(name, {
    find: async (text, signal) => {
      const found = await sendForJson(`/v1/taxa?q=${encodeURIComponent(text)}`, { signal });
      return found.taxa ?? found;
    },
    show: (taxon) => ({ text: taxon.common_name ?? taxon.scientific_name, latin: taxon.scientific_name }),
    chosen: (taxon) => { chosen.value = String(taxon.id); },
  });
  name.addEventListener("input", () => { chosen.value = ""; });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (button.hasAttribute("data-other") && !name.value.trim()) {
      status.textContent = "Type the animal’s name, or say No.";
      name.focus();
      return;
    }
    const data = new URLSearchParams({ verdict: button.value, taxon_name: name.value, taxon_id: chosen.value });
    try {
      await send(form.action, { method: "POST", body: data, headers: { Accept: "text/html" } });
      const thanks = document.createElement("p");
      thanks.textContent = "Thank you. It stands beside the answer, which stays as it was.";
      thanks.tabIndex = -1;
      form.replaceWith(thanks);
      thanks.focus();
      announce(thanks.textContent);
    } catch (error) {
      status.textContent = error.message;
    }
  });
}

function takeDeletion(section, article, form) {
  const id = article.dataset.answer;
  const given = form.querySelector('[name="delete_token"]');
  try { // the browser that asked may delete later, without the code
    if (form.querySelector("[data-token]")) sessionStorage.setItem(TOKEN + id, given.value);
    else given.value = sessionStorage.getItem(TOKEN + id) ?? "";
  } catch { /* then the code has to be typed */ }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await send(form.action, { method: "POST", body: new URLSearchParams({ delete_token: given.value }), headers: { Accept: "text/html" } });
      const gone = document.createElement("p");
      gone.className = "lead";
      gone.tabIndex = -1;
      gone.textContent = "The answer is deleted.";
      section.replaceChildren(gone);
      gone.focus();
      announce(gone.textContent);
    } catch (error) {
      form.querySelector("[data-delete-status]").textContent = error.message;
    }
  });
}

if (!document.getElementById("identify")) enhanceAnswer(document.getElementById("answer"));
