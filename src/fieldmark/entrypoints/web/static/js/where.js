/** The notes of where and when: the map with its pin, the fields that say the same, the rough mode. */
import { sendForJson } from "./api.js";
import { announce } from "./announce.js";
import { cellAt } from "./cells.js";
import { suggest } from "./combobox.js";
import { degrees, openMap, outlineOn, pinOn, showPlace, wrap } from "./map.js";

const REMEMBER = "fieldmark.rough";
const SEEN_PX = 40; // an outline smaller than this cannot be judged
const COORDINATES = /^\s*([+-]?\d+(?:\.\d+)?)\s*[,;\s]\s*([+-]?\d+(?:\.\d+)?)\s*$/;

/**
 * The panel of a form; `changed` is called after a person changed something.
 * @param {HTMLFormElement} form
 * @param {() => void} changed
 */
export function wherePanel(form, changed) {
  const at = (id) => document.getElementById(id);
  const resolution = form.dataset.resolution === "" ? null : Number(form.dataset.resolution);
  const map = openMap(at("map"));
  const pin = pinOn(map, (latitude, longitude) => give(latitude, longitude, radius(), "the map"));
  let outline = null;
  let own = null;          // what the photo itself says: {position, taken_at}
  let place = "unknown";   // unknown, own (the photo's), given, or cleared
  let picking = 0;

  const radius = () => Math.max(0, Number(at("radius_m").value) || 0);
  const isRough = () => at("use-rough")?.checked ?? false;
  const isOff = () => at("use-off").checked;
  const lost = () => own !== null && !own.position;

  function put(latitude, longitude, radius_m) {
    at("latitude").value = latitude.toFixed(5);
    at("longitude").value = longitude.toFixed(5);
    at("radius_m").value = radius_m ? String(Math.round(radius_m)) : "";
    at("clear").disabled = false;
    pin.put(latitude, longitude, radius_m);
  }
  function give(latitude, longitude, radius_m, source) {
    place = "given";
    put(latitude, longitude, radius_m);
    tell(`${degrees(latitude, longitude)}, from ${source}.`);
    changed();
  }
  function tell(text) {
    at("map-text").textContent = text;
    announce(text);
  }
  function clear() {
    place = own?.position ? "cleared" : "unknown";
    for (const id of ["latitude", "longitude", "radius_m", "place", "cell"]) at(id).value = "";
    at("clear").disabled = true;
    pin.clear();
    outline?.remove();
    outline = null;
  }

  function isInView(bounds) {
    const across = map.latLngToContainerPoint(bounds.getSouthWest()).distanceTo(map.latLngToContainerPoint(bounds.getNorthEast()));
    return map.getBounds().contains(bounds) && across > SEEN_PX;
  }

  async function pick(latitude, longitude, radius_m, name) {
    if (!isRough()) {
      give(latitude, longitude, radius_m, name ?? "the map");
      if (name) showPlace(map, latitude, longitude, radius_m);
      return;
    }
    const turn = ++picking;
    tell("Looking for the area …");
    try {
      const { cell } = await cellAt(latitude, longitude, resolution);
      const shape = await sendForJson(`/v1/cells/${cell}`);
      if (turn !== picking || !isRough()) return;
      outline?.remove();
      outline = outlineOn(map, shape);
      if (name || !isInView(outline.getBounds())) map.fitBounds(outline.getBounds().pad(1.2), { animate: false });
      at("cell").value = cell;
      tell(name ? `The area round ${name}, cell ${cell}.` : `The area round there, cell ${cell}.`);
      changed();
    } catch (error) {
      if (turn === picking) tell(`The area could not be found: ${error.message}`);
    }
  }
  map.on("click", ({ latlng }) => pick(latlng.lat, wrap(latlng.lng), 0));
  at("map").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== at("map")) return;
    event.preventDefault();
    const centre = map.getCenter();
    pick(centre.lat, wrap(centre.lng), 0);
  });

  suggest(at("place"), {
    find: async (text, signal) => {
      const found = await sendForJson(`/v1/places?q=${encodeURIComponent(text)}`, { signal });
      return found.places ?? found;
    },
    show: (found) => ({ text: found.name, aside: found.within }),
    chosen: (found) => pick(found.latitude, found.longitude, found.radius_m, found.name),
  });
  at("place").addEventListener("change", () => {
    const typed = COORDINATES.exec(at("place").value);
    const [latitude, longitude] = typed ? [Number(typed[1]), Number(typed[2])] : [NaN, NaN];
    if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return changed();
    pick(latitude, longitude, 0, isRough() ? undefined : "what you typed");
    showPlace(map, latitude, longitude, 0);
    if (isRough()) at("place").value = "";
  });
  at("place").addEventListener("input", () => {
    if (place === "given" && !isRough()) { const text = at("place").value; clear(); at("place").value = text; }
  });
  for (const id of ["latitude", "longitude", "radius_m"]) {
    at(id).addEventListener("change", () => {
      const [latitude, longitude] = [at("latitude").value, at("longitude").value].map((text) => (text.trim() === "" ? NaN : Number(text)));
      if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) { place = "given"; pin.clear(); return changed(); }
      give(latitude, longitude, radius(), "what you typed");
      showPlace(map, latitude, longitude, radius());
    });
  }
  at("clear").addEventListener("click", () => { clear(); tell("No place: the photo alone will answer, unless you pick one."); changed(); });
  at("here").addEventListener("click", () => {
    if (!navigator.geolocation) return tell("This browser cannot say where it is.");
    tell("Asking this device where it is …");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => { give(coords.latitude, coords.longitude, coords.accuracy, "this device"); showPlace(map, coords.latitude, coords.longitude, coords.accuracy); },
      (error) => tell(error.code === 1 ? "This device was not allowed to say where it is." : "This device does not know where it is."),
      { timeout: 15000, maximumAge: 60000 },
    );
  });
  at("taken_on").addEventListener("change", changed);
  at("month").addEventListener("change", changed);

  function mode() {
    const rough = isRough();
    at("place-panel").hidden = isOff();
    form.querySelectorAll(".exact").forEach((element) => { element.hidden = rough || (element.id === "why-lost" && !lost()); });
    form.querySelectorAll(".rough").forEach((element) => { element.hidden = !rough; });
    for (const id of ["month", "cell"]) at(id).disabled = !rough;
    for (const id of ["latitude", "longitude", "radius_m", "taken_on"]) at(id).disabled = rough;
    at("map").classList.toggle("is-picking", rough);
    at("map").setAttribute("aria-label", rough ? "Map: pick the area; Enter picks the middle" : "Map: where the photo was taken; Enter pins the middle");
    try { if (rough) localStorage.setItem(REMEMBER, "1"); else localStorage.removeItem(REMEMBER); } catch { /* not kept, no harm */ }
  }
  form.querySelectorAll('[name="use_area"]').forEach((radio) => radio.addEventListener("change", () => {
    clear();
    at("map-text").textContent = isRough() ? "Pick an area: click the map or name a place." : "";
    if (!isRough() && own) showOwn();
    mode();
    changed();
  }));
  try {
    if (localStorage.getItem(REMEMBER) && at("use-rough")) at("use-rough").checked = true;
  } catch { /* nothing is remembered */ }
  mode();
  if (isRough()) at("map-text").textContent = "Pick an area: click the map or name a place.";

  function showOwn() {
    const { position, taken_at, notes = [] } = own;
    const day = taken_at ? taken_at.slice(0, 10) : "";
    at("taken_on").value = day;
    const when = day ? new Date(`${day}T12:00`).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" }) : null;
    if (position) {
      place = "own";
      put(position.latitude, position.longitude, position.radius_m ?? 0);
      showPlace(map, position.latitude, position.longitude, position.radius_m ?? 0);
      at("map-text").textContent = `${degrees(position.latitude, position.longitude)}, from the photo. Drag the pin or use the arrow keys if it is wrong.`;
    } else {
      at("map-text").textContent = "Click the map, name a place, or go without.";
    }
    const said = position
      ? `The photo knows where it was taken${when ? ` and when: ${when}` : ", but not when"}.`
      : `This photo carries no location${when ? `, only its date: ${when}` : " and no date"}.`;
    at("found-text").textContent = [said, ...notes.map(({ text }) => text)].join(" ");
    announce(at("found-text").textContent);
  }

  return {
    isRough,
    /** Forget the last photo; what a person said of the place stays. */
    newPhoto() {
      own = null;
      if (place !== "given") clear();
      at("taken_on").value = "";
      at("found-text").textContent = "";
      mode();
    },
    /** Show what the photo itself says, unless a person has said something else. */
    fromPhoto(said) {
      own = { ...said, position: said.position?.latitude == null ? null : said.position };
      if (isRough()) return;
      if (place === "given") at("found-text").textContent = "The place that you gave counts, not the photo’s own.";
      else showOwn();
      mode();
    },
    /** Say that the photo's own words could not be read, and why. */
    unread(why) {
      at("found-text").textContent = `What the photo says of itself could not be read: ${why}`;
    },
    /** Add what is to be sent to a form's data. */
    describe(data) {
      data.set("setting", form.elements.setting.value);
      // A name that was typed and not picked from the list counts too: the service looks it up.
      const named = place === "given" || isRough() ? "" : at("place").value.trim();
      if (isOff() || (place === "cleared" && !named)) return data.set("use_area", "off");
      data.set("use_area", "auto");
      if (isRough()) {
        if (at("cell").value) data.set("cell", at("cell").value);
        if (at("month").value) data.set("month", at("month").value);
        return undefined;
      }
      if (place === "given") for (const id of ["latitude", "longitude", "radius_m"]) if (at(id).value.trim()) data.set(id, at(id).value.trim());
      if (named) data.set("place", named);
      const day = at("taken_on").value;
      if (day && day !== own?.taken_at?.slice(0, 10)) data.set("taken_on", day);
      return undefined;
    },
  };
}
