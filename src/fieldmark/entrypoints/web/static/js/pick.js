/** Picking a place on a map, by a click or with the keyboard, to see what lives there. */
import { announce } from "./announce.js";
import { degrees, wrap } from "./map.js";

const PAUSE_MS = 900;

/**
 * @param {any} map Leaflet's
 * @param {(latitude: number, longitude: number) => void} picked
 */
export function pickOn(map, picked) {
  const element = map.getContainer();
  let timer = 0;
  map.on("click", ({ latlng }) => picked(latlng.lat, wrap(latlng.lng)));
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== element) return;
    event.preventDefault();
    const { lat, lng } = map.getCenter();
    picked(lat, wrap(lng));
  });
  map.on("moveend", () => {
    clearTimeout(timer);
    if (document.activeElement !== element) return;
    timer = setTimeout(() => { // only where the map comes to rest is said
      const { lat, lng } = map.getCenter();
      announce(`The middle is at ${degrees(lat, wrap(lng), 1)}. Enter picks it.`);
    }, PAUSE_MS);
  });
}

/**
 * Go to the page of the area there. The service answers with the cell's address: only that stays.
 * @param {number} latitude
 * @param {number} longitude
 * @param {string | number} [month] 1 to 12
 */
export function goTo(latitude, longitude, month = "") {
  const query = new URLSearchParams({ place: `${latitude.toFixed(3)}, ${longitude.toFixed(3)}` });
  if (month) query.set("month", String(month));
  location.assign(`/areas?${query}`);
}
