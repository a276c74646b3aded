/** Results of many photos as files: CSV and JSON Lines, as `fieldmark identify --out` writes them. */

export const COLUMNS = [
  "photo", "taxon_id", "scientific_name", "common_name", "rank", "score", "rolled_up",
  "confident", "first_scientific_name", "first_score", "first_image_score", "first_here",
  "not_an_animal", "latitude", "longitude", "position_source", "cell", "month", "area_status",
  "atlas", "model", "notes", "problem", "detail",
];

/**
 * @typedef {{name: string, answer: any, problem: {type: string, title: string, status: number, detail: string} | null}} Outcome
 * @param {Outcome[]} outcomes
 * @returns {string} one line per photo under a header
 */
export function csvOf(outcomes) {
  const lines = outcomes.map((outcome) => {
    const row = outcome.answer ? answered(outcome) : failed(outcome);
    return COLUMNS.map((column) => field(row[column])).join(",");
  });
  return [COLUMNS.join(","), ...lines].map((line) => `${line}\n`).join("");
}

/** @param {Outcome[]} outcomes @returns {string} one line of JSON per photo */
export function jsonLinesOf(outcomes) {
  return outcomes.map(({ name, answer, problem }) => `${JSON.stringify(answer ? { ...answer, photo: name } : { photo: name, problem })}\n`).join("");
}

function failed({ name, problem }) {
  return { photo: name, problem: problem.type, detail: problem.detail.split(/\s+/).join(" ").trim() };
}

function answered({ name, answer }) {
  const { best, animals: [first], position, area, model } = answer;
  return {
    photo: name,
    taxon_id: best?.taxon.id, scientific_name: best?.taxon.scientific_name, common_name: best?.taxon.common_name,
    rank: best?.taxon.rank, score: best?.score, rolled_up: best?.rolled_up, confident: best?.confident,
    first_scientific_name: first?.taxon.scientific_name, first_score: first?.score,
    first_image_score: first?.image_score, first_here: first?.here,
    not_an_animal: answer.not_an_animal,
    latitude: position.latitude, longitude: position.longitude, position_source: position.source,
    cell: area.cell, month: area.month, area_status: area.status, atlas: area.atlas,
    model: `${model.name}, version ${model.version}`,
    notes: answer.notes.map(({ code }) => code).join(" "),
  };
}

/** A value of CSV (RFC 4180). Text that a spreadsheet would take for a formula gets an apostrophe. */
function field(value) {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const text = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
