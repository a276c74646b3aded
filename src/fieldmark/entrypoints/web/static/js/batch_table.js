/** The table of a batch: a row per photo in the order of choosing; text only, whatever files are called. */
import { degrees } from "./map.js";

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const UPRIGHT = new Set(["kingdom", "phylum", "subphylum", "superclass", "class", "subclass", "infraclass", "superorder", "order", "suborder", "infraorder", "parvorder", "superfamily", "epifamily", "family", "subfamily", "supertribe", "tribe", "subtribe"]);
const THUMB_PX = 128;

/** @param {number} share @returns {string} a percentage; what is not quite nothing or all says so */
export function percent(share) {
  if (share <= 0) return "0\u202f%";
  if (share < 0.01) return "<\u202f1\u202f%";
  if (share > 0.99 && share < 1) return ">\u202f99\u202f%";
  return `${Math.round(share * 100)}\u202f%`;
}

/** @param {HTMLTableSectionElement} body @param {string} name of the file @returns {object} the row, to be told what becomes of the photo */
export function rowOf(body, name) {
  const row = body.insertRow();
  const head = document.createElement("th");
  head.scope = "row";
  const frame = element("span", "thumb squared");
  head.append(frame, element("span", "file", name));
  const [animal, score, place] = ["animal", "number", "place"].map((kind) => element("td", kind));
  row.append(head, animal, score, place);
  const say = (text, kind = "hint") => animal.replaceChildren(element("span", kind, text));
  const empty = () => { score.textContent = ""; place.textContent = ""; };
  return {
    wait(text) { empty(); say(text); },
    fail(text) { empty(); say(text, "mark"); },
    answer(answer) {
      animal.replaceChildren(...animalOf(answer));
      score.textContent = answer.best ? percent(answer.best.score) : percent(answer.not_an_animal);
      place.replaceChildren(...placeOf(answer));
    },
    async thumbnail(blob) { if (!frame.firstChild) await draw(frame, blob); },
  };
}

function animalOf({ best, animals: [first], id, delete_token: kept }) {
  const parts = [];
  if (best) {
    const { id: taxon, common_name: common, scientific_name: latin, rank } = best.taxon;
    const link = element("a", "", common ?? latin);
    link.href = `/animals/${taxon}`;
    const name = element(UPRIGHT.has(rank) ? "span" : "i", "latin-name", latin);
    name.lang = "la";
    parts.push(link, name);
  } else {
    parts.push(element("span", "", "No animal found"));
  }
  const remarks = element("span", "remarks");
  if (best?.rolled_up) remarks.append(element("span", "hint", `which ${best.taxon.rank === "genus" ? "species" : "one"} is not certain`));
  else if (best && !best.confident) remarks.append(element("span", "hint", "not certain"));
  if (first?.here === "unusual") remarks.append(element("span", "mark", "unusual here"));
  if (kept) {
    const whole = element("a", "", "whole answer");
    whole.href = `/answers/${encodeURIComponent(id)}`;
    remarks.append(whole);
  }
  return [...parts, remarks];
}

function placeOf({ position, area }) {
  const when = area.month ? MONTHS[area.month - 1] : "month unknown";
  const where = position.latitude === null ? null : degrees(position.latitude, position.longitude, 1);
  if (!area.cell) return [element("span", "hint", where ?? "no place"), element("span", "hint", when)];
  const link = element("a", "", where ?? "the area");
  link.href = `/areas/${area.cell}${area.month ? `?month=${area.month}` : ""}`;
  return [link, element("span", "hint", when)];
}

/** A small picture of its own: neither the photo nor its bitmap stays in memory. */
async function draw(frame, blob) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob, { imageOrientation: "from-image", resizeWidth: THUMB_PX, resizeQuality: "medium" });
  } catch {
    return; // a format that this browser cannot show
  }
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  bitmap.close();
  const small = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
  if (!small) return;
  const image = document.createElement("img");
  image.alt = "";
  const url = URL.createObjectURL(small);
  image.addEventListener("load", () => URL.revokeObjectURL(url), { once: true });
  image.addEventListener("error", () => URL.revokeObjectURL(url), { once: true });
  image.src = url;
  frame.replaceChildren(image);
}

function element(name, kind = "", text = "") {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.textContent = text;
  return made;
}
