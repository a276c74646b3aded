/** Many photos: sent two at a time, answered in the order of choosing. */
import { announce } from "./announce.js";
import { Problem, send, sendForJson } from "./api.js";
import { rowOf } from "./batch_table.js";
import { suggest } from "./combobox.js";
import { headOf, isJpeg, parcel } from "./photo.js";
import { csvOf, jsonLinesOf } from "./results.js";
import { addPhoto, goesLong } from "./upload.js";

const MOST = 500;
const AT_ONCE = 2;
const QUIET_MS = 8000;
const PATIENCE = { tries: 20, longest_s: 120 };
const at = (id) => document.getElementById(id);
const form = /** @type {HTMLFormElement} */ (at("batch"));
const drop = at("drop");
const items = []; // {file, name, row, state: waiting | running | done | failed, answer, problem}
let running = null; // the AbortController of the run
let saidAt = 0;

const count = (state) => items.filter((item) => item.state === state).length;

function take(files) {
  const room = MOST - items.length;
  const taken = [...files].slice(0, room);
  for (const file of taken) {
    const name = file.webkitRelativePath || file.name || "pasted photo";
    const row = rowOf(at("rows"), name);
    row.wait("waiting");
    items.push({ file, name, row, state: "waiting", answer: null, problem: null });
  }
  at("too-many").hidden = files.length <= room;
  at("results").hidden = items.length === 0;
  if (taken.length) announce(`${taken.length} ${taken.length === 1 ? "photo" : "photos"} chosen, ${items.length} in all.`);
  show();
}

function show() {
  const [done, failed, waiting] = ["done", "failed", "waiting"].map(count);
  const finished = done + failed;
  at("progress").max = Math.max(1, items.length);
  at("progress").value = finished;
  at("count").textContent = `${finished} of ${items.length}${failed ? `; ${failed} without an answer` : ""}`;
  at("go").disabled = running !== null || waiting === 0;
  at("go").textContent = waiting ? `Identify ${waiting} ${waiting === 1 ? "photo" : "photos"}` : "Identify";
  at("cancel").hidden = running === null;
  at("retry").hidden = running !== null || failed === 0;
  at("csv").disabled = at("jsonl").disabled = finished === 0;
  at("clear").hidden = running !== null || items.length === 0;
}

function speak(text, now = false) {
  const time = Date.now();
  if (!now && time - saidAt < QUIET_MS) return;
  saidAt = time;
  announce(text);
}

async function run() {
  if (running) return;
  const own = running = new AbortController();
  show();
  speak("Begun.", true);
  const next = () => items.find((item) => item.state === "waiting");
  const work = async () => {
    for (let item = next(); item && !own.signal.aborted; item = next()) {
      item.state = "running";
      await answer(item, own.signal);
      show();
      speak(at("count").textContent);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  running = null;
  show();
  speak(`${own.signal.aborted ? "Stopped" : "Finished"}: ${at("count").textContent}.`, true);
}

async function answer(item, signal) {
  item.row.wait("looking at it …");
  try {
    if (item.file.size > Number(form.dataset.maxBytes)) throw new Problem("The file is larger than the service takes.", 413, undefined, { type: "photo-too-large", title: "The photo is too large" });
    item.answer = await ask(item, signal);
    item.problem = null;
    item.state = "done";
    item.row.answer(item.answer);
  } catch (error) {
    if (error.name === "AbortError") {
      item.state = "waiting";
      item.row.wait("stopped");
      return;
    }
    const { type = "photo-unreadable", title = "The photo cannot be read", status = 0, message } = error;
    item.problem = { type, title, status, detail: message };
    item.state = "failed";
    item.row.fail(message);
  }
}

async function ask(item, signal) {
  const waiting = (seconds) => item.row.wait(`the service is busy; again in ${seconds} s`);
  const { photo, metadata } = await parcel(item.file, { rough: false });
  item.row.thumbnail(photo);
  const data = new FormData();
  const missing = await missingOf(item.file, signal, waiting);
  for (const [name, value] of Object.entries(missing)) data.set(name, value);
  if (metadata) data.set("metadata", metadata, "metadata");
  await addPhoto(data, photo, signal);
  const response = await send("/v1/identify", { method: "POST", body: data, signal, headers: { Accept: "application/json" } }, waiting, PATIENCE);
  return response.json();
}

/** The place and date of the form, as far as the photo says none of its own. */
async function missingOf(file, signal, waiting) {
  const place = at("place").value.trim();
  const day = at("taken_on").value;
  if (!place && !day) return {};
  const jpeg = isJpeg(new Uint8Array(await file.slice(0, 3).arrayBuffer()));
  const body = jpeg || goesLong(file) ? await headOf(file) : file; // other formats may say it at their end
  const response = await send("/v1/photo-metadata", { method: "POST", body, signal, headers: { Accept: "application/json", "Content-Type": "application/octet-stream" } }, waiting, PATIENCE);
  const said = await response.json();
  return {
    ...(place && said.position.latitude === null ? { place } : {}),
    ...(day && !said.taken_at ? { taken_on: day } : {}),
  };
}

function save(text, name, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
const finished = () => items.filter(({ state }) => state === "done" || state === "failed");

form.addEventListener("submit", (event) => { event.preventDefault(); run(); });
at("photos").addEventListener("change", ({ target }) => { take(target.files); target.value = ""; });
at("cancel").addEventListener("click", () => { running?.abort(); at("go").focus(); });
at("retry").addEventListener("click", () => {
  for (const item of items) if (item.state === "failed") { item.state = "waiting"; item.row.wait("waiting"); }
  run();
});
at("clear").addEventListener("click", () => {
  items.length = 0;
  at("rows").replaceChildren();
  at("results").hidden = true;
  at("too-many").hidden = true;
  at("photos").focus();
  show();
});
at("csv").addEventListener("click", () => save(csvOf(finished()), "fieldmark.csv", "text/csv"));
at("jsonl").addEventListener("click", () => save(jsonLinesOf(finished()), "fieldmark.jsonl", "application/jsonl"));
suggest(at("place"), {
  find: async (text, signal) => (await sendForJson(`/v1/places?q=${encodeURIComponent(text)}`, { signal })).places,
  show: ({ name, within }) => ({ text: name, aside: within }),
  chosen: ({ name, within }) => { at("place").value = within ? `${name}, ${within}` : name; },
});
for (const name of ["dragenter", "dragover"]) addEventListener(name, (event) => {
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  drop.classList.add("is-over");
});
addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("is-over"); });
addEventListener("drop", (event) => {
  drop.classList.remove("is-over");
  if (!event.dataTransfer.files.length) return;
  event.preventDefault();
  take(event.dataTransfer.files);
});
show();
