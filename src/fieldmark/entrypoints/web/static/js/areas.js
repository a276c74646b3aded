/** Choosing where: the map, and suggestions for the name of a place. */
import { sendForJson } from "./api.js";
import { suggest } from "./combobox.js";
import { openMap } from "./map.js";
import { goTo, pickOn } from "./pick.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("choose"));
const map = openMap(document.getElementById("map"), { centre: [20, 10], zoom: 1.5 });
pickOn(map, (latitude, longitude) => goTo(latitude, longitude, form.elements.month.value));
suggest(form.elements.place, {
  find: async (text, signal) => (await sendForJson(`/v1/places?q=${encodeURIComponent(text)}`, { signal })).places,
  show: ({ name, within }) => ({ text: name, aside: within }),
  chosen: ({ name, within }) => {
    form.elements.place.value = within ? `${name}, ${within}` : name;
    form.requestSubmit();
  },
});
