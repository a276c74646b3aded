/** Talks to the service: bounded retries when it is busy, problems in words. */

/** How often a busy service is asked, and how long a wait it may ask for. */
const PATIENCE = { tries: 4, longest_s: 20 };

/** What the service said when it could not answer; `html` is its page, where it sent one. */
export class Problem extends Error {
  /** @param {string} text @param {number} status @param {string} [html] @param {{type?: string, title?: string}} [names] */
  constructor(text, status, html, { type = "unreachable", title = "There is no answer" } = {}) {
    super(text);
    this.status = status;
    this.html = html;
    this.type = type;
    this.title = title;
  }
}

/**
 * Send, and wait politely where the service asks for it (429 and 503 with Retry-After).
 * @param {string} url
 * @param {RequestInit} [options]
 * @param {(seconds: number) => void} [waiting] told before each wait
 * @param {{tries: number, longest_s: number}} [patience]
 * @returns {Promise<Response>} a good one
 * @throws {Problem}
 */
export async function send(url, options = {}, waiting = () => {}, patience = PATIENCE) {
  for (let tries = 1; ; tries += 1) {
    let response;
    try {
      response = await fetch(url, { credentials: "same-origin", ...options });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Problem("The service cannot be reached. Check the connection and try again.", 0);
    }
    if (response.ok) return response;
    const wait_s = Number(response.headers.get("Retry-After"));
    const busy = response.status === 429 || response.status === 503;
    if (!busy || !(wait_s >= 0) || wait_s > patience.longest_s || tries >= patience.tries) throw await problemOf(response);
    await pause(Math.max(wait_s, 1) * (1 + Math.random() / 2), options.signal, waiting);
  }
}

/** @param {string} url @param {RequestInit} [options] @returns {Promise<any>} the JSON of a good response */
export async function sendForJson(url, options) {
  return (await send(url, { ...options, headers: { Accept: "application/json", ...options?.headers } })).json();
}

function pause(seconds, signal, waiting) {
  waiting(Math.ceil(seconds));
  return new Promise((done, fail) => {
    const timer = setTimeout(done, seconds * 1000);
    signal?.addEventListener("abort", () => { clearTimeout(timer); fail(new DOMException("", "AbortError")); });
  });
}

async function problemOf(response) {
  const text = await response.text();
  if (response.headers.get("Content-Type")?.includes("json")) {
    try {
      const { type, title, detail } = JSON.parse(text);
      return new Problem(detail || title, response.status, undefined, { type, title });
    } catch { /* not what it says it is: the status speaks */ }
  }
  const html = text.includes("<") ? text : undefined;
  return new Problem(`The service answered ${response.status}. Try again in a moment.`, response.status, html);
}
