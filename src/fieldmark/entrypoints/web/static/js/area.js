/** One area: its outline, and those around it to go on to. */
import { openMap, outlineOn } from "./map.js";

const L = /** @type {any} */ (window).L;
const element = document.getElementById("map");
const { cell, around } = JSON.parse(element.dataset.outlines);
const map = openMap(element, { scrolls: false });
const dark = matchMedia("(prefers-color-scheme: dark)");
const colour = () => getComputedStyle(document.documentElement).getPropertyValue("--edge").trim();
const quiet = () => ({ color: colour(), weight: 1, fillOpacity: 0, dashArray: "3 3" });

const all = L.featureGroup();
for (const { href, label, outline } of around) {
  const layer = L.geoJSON(outline, { style: quiet() }).addTo(map);
  const words = document.createElement("span");
  words.textContent = label;
  layer.bindTooltip(words, { sticky: true });
  layer.on("click", () => location.assign(href));
  layer.on("mouseover", () => layer.setStyle({ fillColor: colour(), fillOpacity: 0.2 }));
  layer.on("mouseout", () => layer.setStyle(quiet()));
  dark.addEventListener("change", () => layer.setStyle(quiet()));
  all.addLayer(layer);
}
all.addLayer(outlineOn(map, cell));
map.fitBounds(all.getBounds(), { animate: false, padding: [4, 4] });
