/** Finds the cell of a point without telling the server the point: it is asked for the cells inside
 * ever smaller cells, and the nearest ones are chosen here. */
import { sendForJson } from "./api.js";

const WIDE = 3; // parents looked into at each step: children reach past their parent's rim
const asked = new Map();

/**
 * @typedef {{cell: string, latitude: number, longitude: number}} Centre
 * @param {number} latitude
 * @param {number} longitude
 * @param {number} resolution of the atlas
 * @param {(path: string) => Promise<{cells: Centre[]}>} [ask] the cells of that path
 * @returns {Promise<Centre>} the cell whose centre is nearest
 */
export async function cellAt(latitude, longitude, resolution, ask = remembered) {
  const near = (centres) => centres
    .map((centre) => ({ centre, away: away(latitude, longitude, centre) }))
    .sort((a, b) => a.away - b.away)
    .map(({ centre }) => centre);
  let candidates = near((await ask("/v1/cells")).cells);
  for (let level = 0; level < resolution; level += 1) {
    const inside = await Promise.all(candidates.slice(0, WIDE).map(({ cell }) => ask(`/v1/cells/${cell}/children`)));
    candidates = near(inside.flatMap(({ cells }) => cells));
  }
  return candidates[0];
}

function remembered(path) {
  if (!asked.has(path)) asked.set(path, sendForJson(path).catch((error) => { asked.delete(path); throw error; }));
  return asked.get(path);
}

/** The angle between the point and the centre, as one minus its cosine. */
function away(latitude, longitude, centre) {
  const [a, b] = [latitude, centre.latitude].map((deg) => deg * Math.PI / 180);
  const turn = (longitude - centre.longitude) * Math.PI / 180;
  return 1 - Math.sin(a) * Math.sin(b) - Math.cos(a) * Math.cos(b) * Math.cos(turn);
}
