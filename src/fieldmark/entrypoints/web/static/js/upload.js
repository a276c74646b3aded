/** The way of a large photo: by a signed form into the service's store, where it has one. */
import { sendForJson } from "./api.js";

/** What is larger takes that way; a question with a photo in it may be no larger everywhere. */
const LARGE_BYTES = 3_000_000;
/** By the first bytes, where a browser knows no type. */
const BRANDS = { heic: "image/heic", heix: "image/heic", mif1: "image/heif", avif: "image/avif" };

/** @param {Blob} photo @returns {boolean} whether it takes the long way */
export function goesLong(photo) {
  return "uploads" in document.body.dataset && photo.size > LARGE_BYTES;
}

/**
 * Put the photo into the question: itself, or the key under which it was laid down.
 * @param {FormData} data
 * @param {Blob} photo
 * @param {AbortSignal} [signal]
 */
export async function addPhoto(data, photo, signal) {
  const key = goesLong(photo) ? await layDown(photo, signal) : null;
  if (key === null) data.set("photo", photo, "photo"); // what the file is called stays here
  else data.set("photo_key", key);
}

/** Lay the photo down; null where that fails, since it can still be sent directly. */
async function layDown(photo, signal) {
  try {
    const type = photo.type || await typeOf(photo);
    const order = { method: "POST", body: JSON.stringify({ size: photo.size, type }), headers: { "Content-Type": "application/json" }, signal };
    const { url, fields, photo_key: key } = await sendForJson("/v1/uploads", order);
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set("file", photo, "photo");
    const laid = await fetch(url, { method: "POST", body: form, signal, credentials: "omit", referrerPolicy: "no-referrer" });
    return laid.ok ? key : null;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return null;
  }
}

async function typeOf(photo) {
  const brand = new TextDecoder("latin1").decode(await photo.slice(8, 12).arrayBuffer());
  return BRANDS[brand] ?? "";
}
