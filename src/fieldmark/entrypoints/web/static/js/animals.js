/** The search: suggestions lead straight to an animal's page. */
import { sendForJson } from "./api.js";
import { suggest } from "./combobox.js";

suggest(/** @type {HTMLInputElement} */ (document.getElementById("q")), {
  find: async (text, signal) => (await sendForJson(`/v1/taxa?limit=8&q=${encodeURIComponent(text)}`, { signal })).taxa,
  show: ({ common_name: common, scientific_name: latin }) => (common ? { text: common, latin } : { text: latin }),
  chosen: ({ id }) => location.assign(`/animals/${id}`),
});
