/** Maps: the bundled land, or a configured tile server, a graticule, and what pages draw on top. */
import { borders, land, shores } from "./world.js";

const L = /** @type {any} */ (window).L;
const STEPS_DEG = [45, 30, 15, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01];
const LINES_WANTED = 5;
const PIN_STEP_PX = 8;
const CORNER_PX = 20; // where the labels of both directions would meet
const LABEL_PX = 44; // the widest label of a meridian
let world = null;

/** @returns {(name: string) => string} the value of a colour of the house style */
function colours() {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

/**
 * Latitude and longitude in words of the map.
 * @param {number} latitude degrees north
 * @param {number} longitude degrees east
 * @param {number} [digits] after the point
 * @returns {string} such as 24.99° S, 31.55° E
 */
export function degrees(latitude, longitude, digits = 2) {
  const part = (value, plus, minus) => `${Math.abs(value).toFixed(digits)}° ${value < 0 ? minus : plus}`;
  return `${part(latitude, "N", "S")}, ${part(longitude, "E", "W")}`;
}

/** @param {number} longitude any @returns {number} the same meridian, from -180 up to 180 */
export function wrap(longitude) {
  return ((longitude + 180) % 360 + 360) % 360 - 180;
}

/**
 * A map in that element; its label is the element's aria-label.
 * @param {HTMLElement} element
 * @param {{centre?: [number, number], zoom?: number, scrolls?: boolean}} [options]
 * @returns {any} Leaflet's map
 */
export function openMap(element, { centre = [15, 10], zoom = 1, scrolls = true } = {}) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(element, {
    attributionControl: false, worldCopyJump: true, minZoom: 0, maxZoom: 16, zoomSnap: 0.5,
    scrollWheelZoom: scrolls, zoomAnimation: !still, fadeAnimation: !still,
    markerZoomAnimation: !still, inertia: !still, maxBounds: [[-89, -Infinity], [89, Infinity]],
  });
  element.setAttribute("role", "region");
  map.attributionControl = L.control.attribution({ prefix: false }).addTo(map);
  map.zoomControl.setPosition("topright");
  map.setView(centre, zoom);
  const { tiles, tilesCredit } = document.body.dataset;
  if (tiles) L.tileLayer(tiles, { attribution: escaped(tilesCredit ?? ""), maxZoom: 19 }).addTo(map);
  else drawWorld(map);
  drawGraticule(map);
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(element);
  return map;
}

async function drawWorld(map) {
  map.attributionControl.addAttribution("Natural Earth");
  for (const name of ["land", "borders"]) {
    map.createPane(name).style.zIndex = "250";
    map.getPane(name).style.pointerEvents = "none";
  }
  const renderer = L.canvas({ pane: "land", padding: 0.4 });
  const options = { pane: "land", renderer, interactive: false };
  try {
    world ??= fetch(document.body.dataset.world).then((response) => response.json());
    const data = await world;
    const shapes = L.geoJSON(land(data), options).addTo(map);
    const coasts = L.geoJSON(shores(data), options).addTo(map);
    const lines = L.geoJSON(borders(data), options).addTo(map);
    onColours((colour) => {
      shapes.setStyle({ fillColor: colour("land"), fillOpacity: 1, stroke: false });
      coasts.setStyle({ color: colour("coast"), weight: 0.8 });
      lines.setStyle({ color: colour("coast"), weight: 0.7, opacity: 0.55, dashArray: "2 3" });
    });
  } catch {
    world = null; // a map without land still takes a pin; the next one tries again
  }
}

/** Lines of latitude and longitude, about five across, labelled at the edge. */
function drawGraticule(map) {
  map.createPane("graticule").style.zIndex = "260";
  map.getPane("graticule").style.pointerEvents = "none";
  map.getPane("graticule").setAttribute("aria-hidden", "true");
  const layer = L.layerGroup().addTo(map);
  const draw = () => {
    layer.clearLayers();
    const bounds = map.getBounds();
    const span = Math.min(bounds.getEast() - bounds.getWest(), 360);
    const step = STEPS_DEG.reduce((best, s) => (Math.abs(span / s - LINES_WANTED) < Math.abs(span / best - LINES_WANTED) ? s : best));
    const digits = step < 0.1 ? 2 : step < 1 ? 1 : 0;
    const line = { pane: "graticule", color: colours()("coast"), weight: 0.6, opacity: 0.7, interactive: false };
    const [west, east] = [bounds.getWest(), bounds.getEast()];
    const [south, north] = [Math.max(bounds.getSouth(), -85), Math.min(bounds.getNorth(), 85)];
    const credit = map.attributionControl.getContainer();
    const creditAt = map.getSize().x - credit.offsetWidth;
    for (let lng = Math.ceil(west / step) * step; lng <= east; lng += step) {
      L.polyline([[south, lng], [north, lng]], line).addTo(layer);
      if (map.latLngToContainerPoint([south, lng]).x + LABEL_PX < creditAt) label([south, lng], degrees(0, wrap(lng), digits).split(", ")[1], [-4, 16]);
    }
    for (let lat = Math.ceil(south / step) * step; lat <= north; lat += step) {
      L.polyline([[lat, west], [lat, east]], line).addTo(layer);
      if (map.latLngToContainerPoint([lat, west]).y < map.getSize().y - CORNER_PX) label([lat, west], degrees(lat, 0, digits).split(", ")[0], [-4, 16]);
    }
  };
  const label = (at, text, iconAnchor) => {
    const span = document.createElement("span");
    span.textContent = text;
    L.marker(at, { pane: "graticule", interactive: false, keyboard: false, icon: L.divIcon({ className: "graticule", html: span, iconSize: null, iconAnchor }) }).addTo(layer);
  };
  map.on("moveend zoomend resize", draw);
  onColours(draw);
}

/** Calls back now and whenever the page turns light or dark. */
function onColours(paint) {
  paint(colours());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => paint(colours()));
}

function escaped(text) {
  const span = document.createElement("span");
  span.textContent = text;
  return span.innerHTML;
}

const PIN = '<svg width="34" height="44" viewBox="0 0 34 44" aria-hidden="true" focusable="false">' +
  '<path d="M17 43 4.500 22A14.500 14.500 0 1 1 29.500 22Z" fill="currentColor" stroke="#fff" stroke-width="1.500"/>' +
  '<circle cx="17" cy="15" r="5" fill="#fff"/></svg>';

/**
 * A pin that can be dragged, or moved with the arrow keys (Shift: eight times as far), with the
 * circle of its uncertainty.
 * @param {any} map
 * @param {(latitude: number, longitude: number) => void} moved after a person moved it
 * @returns {{put: (latitude: number, longitude: number, radius_m: number) => void, clear: () => void}}
 */
export function pinOn(map, moved) {
  const icon = L.divIcon({ className: "pin", html: PIN, iconSize: [34, 44], iconAnchor: [17, 43] });
  const marker = L.marker([0, 0], { icon, draggable: true, keyboard: true, autoPanOnFocus: false });
  const circle = L.circle([0, 0], { radius: 0, interactive: false });
  onColours((colour) => circle.setStyle({ color: colour("mark"), weight: 1.5, fillColor: colour("mark"), fillOpacity: 0.14 }));
  const tell = () => {
    const at = marker.getLatLng();
    circle.setLatLng(at);
    moved(at.lat, wrap(at.lng));
  };
  marker.on("drag", () => circle.setLatLng(marker.getLatLng())).on("dragend", tell);
  marker.on("add", () => {
    const element = marker.getElement();
    element.setAttribute("aria-label", "Pin: where the photo was taken. The arrow keys move it.");
    element.addEventListener("keydown", (event) => {
      const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [];
      if (x === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      const far = PIN_STEP_PX * (event.shiftKey ? 8 : 1);
      const point = map.latLngToContainerPoint(marker.getLatLng()).add([x * far, y * far]);
      marker.setLatLng(map.containerPointToLatLng(point));
      if (!map.getBounds().pad(-0.1).contains(marker.getLatLng())) map.panTo(marker.getLatLng());
      tell();
    });
  });
  return {
    put(latitude, longitude, radius_m) {
      marker.setLatLng([latitude, longitude]).addTo(map);
      circle.setLatLng([latitude, longitude]).setRadius(radius_m).addTo(map);
    },
    clear() {
      marker.remove();
      circle.remove();
    },
  };
}

/**
 * The outline of a cell, or of many; its longitudes may run on past 180°.
 * @param {any} map
 * @param {object} geojson
 * @returns {any} Leaflet's layer
 */
export function outlineOn(map, geojson) {
  const layer = L.geoJSON(geojson, { interactive: false }).addTo(map);
  onColours((colour) => layer.setStyle({ color: colour("place"), weight: 2, fillColor: colour("place"), fillOpacity: 0.16 }));
  return layer;
}

/**
 * Show that place, as near as its radius allows.
 * @param {any} map
 * @param {number} latitude
 * @param {number} longitude
 * @param {number} radius_m
 */
export function showPlace(map, latitude, longitude, radius_m) {
  const metres = Math.max(radius_m * 3, 60000);
  map.fitBounds(L.latLng(latitude, longitude).toBounds(metres * 2), { animate: false, maxZoom: 9 });
}
