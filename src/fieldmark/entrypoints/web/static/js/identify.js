/** The first page: a photo in, by any way that a browser knows; an answer out, on the same page. */
import { announce } from "./announce.js";
import { enhanceAnswer } from "./answer.js";
import { Problem, send, sendForJson } from "./api.js";
import { Unreadable, headOf, parcel } from "./photo.js";
import { addPhoto, goesLong } from "./upload.js";
import { wherePanel } from "./where.js";

const UNAUTHORIZED = 401;
const ACCESS = "/access?next=/";
const at = (id) => document.getElementById(id);
const form = /** @type {HTMLFormElement} */ (at("identify"));
const go = at("go");
let photo = null;      // the file
let shown = null;      // its object URL
let running = null;    // the AbortController of the question under way
const panel = wherePanel(form, () => { if (document.body.classList.contains("is-answered")) go.textContent = "Identify again"; });

function say(text) {
  at("status").textContent = text;
}

function size(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

async function take(file) {
  if (!file) return;
  if (file.size > Number(form.dataset.maxBytes)) {
    return complain(`This file has ${size(file.size)}; at most ${size(Number(form.dataset.maxBytes))} can be read.`);
  }
  photo = file;
  if (shown) URL.revokeObjectURL(shown);
  shown = URL.createObjectURL(file);
  at("problem").replaceChildren();
  at("preview").hidden = false;
  at("preview").src = shown;
  at("mount-words").hidden = true;
  document.body.classList.add("has-photo");
  at("photo-other").hidden = false;
  at("photo-name").textContent = `${file.name || "Pasted photo"}, ${size(file.size)}`;
  go.textContent = "Identify";
  say("");
  panel.newPhoto();
  await Promise.all([readOwn(file), showParcel()]);
}
at("preview").addEventListener("error", () => {
  if (!photo) return;
  at("preview").hidden = true;
  at("mount-words").hidden = false;
  at("photo-name").textContent += ". This browser cannot show the format; it can still be asked about.";
});

/** Ask the service what the first bytes of the original give away. */
async function readOwn(file) {
  if (panel.isRough()) return;
  try {
    const head = await headOf(file);
    const said = await sendForJson("/v1/photo-metadata", { method: "POST", body: head, headers: { "Content-Type": "application/octet-stream" } });
    if (photo === file) panel.fromPhoto(said);
  } catch (error) {
    if (error.status === UNAUTHORIZED) location.assign(ACCESS);
    else if (photo === file) panel.unread(error.message);
  }
}

/** Say what leaves the device before it does. */
async function showParcel() {
  const file = photo;
  if (!file) return;
  const rough = panel.isRough();
  let text;
  try {
    const { photo: copy, metadata, width, height } = await parcel(file, { rough });
    if (rough) text = `Will be sent: a redrawn copy of ${width} × ${height}, ${size(copy.size)}, nothing else of the file.`;
    else if (metadata) text = `Will be sent: a copy of ${width} × ${height}, ${size(copy.size)}, and the first ${size(metadata.size)} of the file, where its place and time stand if it has any.`;
    else if (goesLong(copy)) text = `Will be sent: the file as it is, ${size(copy.size)}, by way of the service’s store, where it is deleted once it is answered.`;
    else text = `Will be sent: the file as it is, ${size(copy.size)}.`;
  } catch {
    text = "This browser cannot redraw the photo, so it cannot be sent roughly. Choose a JPEG, or say “This place”.";
  }
  if (file !== photo || rough !== panel.isRough()) return;
  at("sends").hidden = false;
  at("sends").textContent = text;
}

function complain(text) {
  const note = document.createElement("div");
  note.className = "note is-problem sheet";
  note.setAttribute("role", "alert");
  const words = document.createElement("p");
  words.textContent = text.charAt(0).toUpperCase() + text.slice(1);
  note.append(words);
  at("problem").replaceChildren(note);
  note.scrollIntoView({ block: "nearest" });
  say("");
}

async function ask(data, copy, picture, caption) {
  running?.abort();
  const own = running = new AbortController();
  go.setAttribute("aria-disabled", "true");
  say("Looking at it …");
  announce("Looking at the photo.");
  data.set("fragment", "1");
  try {
    await addPhoto(data, copy, own.signal);
    const response = await send("/identify", { method: "POST", body: data, signal: own.signal, headers: { Accept: "text/html" } }, (seconds) => {
      say(`Busy; trying again in ${seconds} s.`);
      announce(`The service is busy. Trying again in ${seconds} seconds.`);
    });
    const html = await response.text();
    if (own === running) show(html, picture, caption);
  } catch (error) {
    if (own !== running || error.name === "AbortError") return;
    if (error.status === UNAUTHORIZED) location.assign(ACCESS);
    else if (error instanceof Problem && error.html) fail(error.html);
    else complain(error.message);
  } finally {
    if (own === running) { running = null; go.removeAttribute("aria-disabled"); }
  }
}

/** The service's own pieces of page; it escapes what came from people and photos. */
function fragment(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content;
}

function fail(html) {
  const note = fragment(html).querySelector("[data-problem]");
  if (!note) return complain("The service could not answer. Try again in a moment.");
  at("problem").replaceChildren(note);
  say("");
  note.focus();
}

function show(html, picture, caption) {
  const section = at("answer");
  section.replaceChildren(fragment(html));
  section.hidden = false;
  at("problem").replaceChildren();
  document.body.classList.add("is-answered");
  say("");
  go.textContent = "Identify again";
  enhanceAnswer(section, { picture, caption });
  at("where-title").textContent = form.dataset.answeredTitle;
  offerCorrection(section);
  const title = section.querySelector("h1");
  title.focus({ preventScroll: true });
  at("main").scrollIntoView({ block: "start" });
  announce([title, ...section.querySelectorAll(".why p")].map((element) => element.textContent.trim()).join(". "));
}

/** A way from the answer's map to the fields that it came from. */
function offerCorrection(section) {
  const link = document.createElement("a");
  link.href = "#where-title";
  link.textContent = "Correct the place or the date";
  const line = document.createElement("p");
  line.className = "sans correct";
  line.append(link);
  section.querySelector(".setting-out")?.append(line);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (go.getAttribute("aria-disabled") === "true") return;
  if (!photo) { complain("Choose a photo first."); at("photo").focus(); return; }
  const rough = panel.isRough();
  const data = new FormData();
  let copy;
  try {
    const sent = await parcel(photo, { rough });
    copy = sent.photo;
    panel.describe(data);
    if (sent.metadata) data.set("metadata", sent.metadata, "metadata");
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return complain("This browser cannot redraw the photo, so it cannot be sent roughly. Choose a JPEG, or say “This place”.");
  }
  await ask(data, copy, shown, photo.name);
});

/** An example goes the way of any photo, so that its place shows on the map and can be changed. */
at("examples").addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = `${event.submitter.value}.jpg`;
  try {
    const file = new File([await (await send(`/examples/${name}`)).blob()], name, { type: "image/jpeg" });
    await take(file);
    if (photo === file) form.requestSubmit(go);
  } catch (error) {
    complain(error.message);
  }
});

for (const id of ["photo", "shoot"]) at(id).addEventListener("change", ({ target }) => take(target.files[0]));
at("photo-other").addEventListener("click", () => at("photo").click());
form.querySelectorAll('[name="use_area"]').forEach((radio) => radio.addEventListener("change", () => {
  showParcel();
  if (photo && !panel.isRough()) readOwn(photo);
}));
addEventListener("paste", ({ clipboardData }) => {
  const file = [...clipboardData.files].find(({ type }) => type.startsWith("image/"));
  if (file) take(file);
});
const mount = form.querySelector(".mount");
for (const name of ["dragenter", "dragover"]) addEventListener(name, (event) => {
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  mount.classList.add("is-over");
});
for (const name of ["dragleave", "drop"]) addEventListener(name, (event) => { if (name === "drop" || !event.relatedTarget) mount.classList.remove("is-over"); });
addEventListener("drop", (event) => {
  if (!event.dataTransfer.files.length) return;
  event.preventDefault();
  take(event.dataTransfer.files[0]);
});
document.body.classList.toggle("is-touch", navigator.maxTouchPoints > 0);
if (at("photo").files[0]) take(at("photo").files[0]); // the browser kept it over a reload
