/** One animal: its range on the map, of the year or of a month. */
import { announce } from "./announce.js";
import { sendForJson } from "./api.js";
import { openMap, outlineOn } from "./map.js";
import { goTo, pickOn } from "./pick.js";

const element = document.getElementById("map");
const words = document.getElementById("map-text");
const hint = words.textContent;
const month = /** @type {HTMLSelectElement} */ (document.getElementById("month"));
const map = openMap(element, { zoom: 0.5 });
let outline = null;
let turn = 0;

async function show() {
  const own = ++turn;
  const query = month.value ? `?month=${month.value}` : "";
  try {
    const shape = await sendForJson(`/v1/taxa/${element.dataset.taxon}/range${query}`);
    if (own !== turn) return;
    outline?.remove();
    const first = outline === null;
    outline = outlineOn(map, shape);
    const bounds = outline.getBounds();
    if (first && bounds.isValid()) map.fitBounds(bounds, { animate: false, maxZoom: 5, padding: [12, 12] });
    const name = month.selectedOptions[0].textContent;
    const count = shape.properties.cells;
    const said = `${count.toLocaleString("en-GB")} ${count === 1 ? "cell" : "cells"} in ${name}.`;
    words.textContent = `${said} ${hint}`;
    if (!first) announce(said);
  } catch (error) {
    if (own === turn) words.textContent = `The range could not be drawn: ${error.message}`;
  }
}

month.addEventListener("change", show);
pickOn(map, (latitude, longitude) => goTo(latitude, longitude, month.value));
show();
