/** Says things aloud, through the page's one polite live region. */

/** @param {string} text what a person who does not see the page should hear */
export function announce(text) {
  const region = document.getElementById("announcer");
  if (!region) return;
  region.textContent = "";
  setTimeout(() => { region.textContent = text; }, 60); // the same words twice must be heard twice
}
