/** What of a photo is sent: little. A big JPEG goes as an upright copy beside the first bytes of the
 * original, where its place and time are; in rough mode only redrawn pixels go. */

/** As much of the original as its metadata may take. */
export const HEAD_BYTES = 256 * 1024;
/** The longer side of the copy, unless the shorter one would fall below twice what the model sees. */
export const LONGER_PX = 1024;
export const SHORTER_PX = 2 * 260;
const QUALITY = 0.9;

/** A photo that this browser cannot redraw, where nothing but its pixels may be sent. */
export class Unreadable extends Error {}

/**
 * @param {Uint8Array} head the first bytes of a file
 * @returns {boolean} whether they begin a JPEG
 */
export function isJpeg(head) {
  return head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff;
}

/**
 * The size of the copy: never larger than the original, sides in proportion.
 * @param {number} width of the upright original
 * @param {number} height
 * @returns {{width: number, height: number}}
 */
export function copySize(width, height) {
  const scale = Math.min(1, Math.max(LONGER_PX / Math.max(width, height), SHORTER_PX / Math.min(width, height)));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** @param {Blob} file @returns {Promise<Blob>} the first bytes of the original */
export async function headOf(file) {
  return new Blob([await file.slice(0, HEAD_BYTES).arrayBuffer()], { type: "application/octet-stream" });
}

/**
 * What to send of a photo.
 * @param {Blob} file
 * @param {{rough: boolean}} how rough: pixels only, nothing of the file itself
 * @returns {Promise<{photo: Blob, metadata: Blob | null, width: number | null, height: number | null}>}
 *   `width` and `height` are those of the copy, null where the file goes whole
 * @throws {Unreadable} in rough mode, when the browser cannot draw the photo
 */
export async function parcel(file, { rough }) {
  const whole = { photo: file, metadata: null, width: null, height: null };
  const jpeg = isJpeg(new Uint8Array(await file.slice(0, 3).arrayBuffer()));
  if (!jpeg && !rough) return whole;
  const upright = await draw(file);
  if (upright === null) {
    if (rough) throw new Unreadable();
    return whole;
  }
  const { width, height } = copySize(upright.width, upright.height);
  if (!rough && width === upright.width && height === upright.height) {
    upright.close();
    return whole;
  }
  const photo = await redrawn(upright, width, height);
  if (photo === null) {
    if (rough) throw new Unreadable();
    return whole;
  }
  return { photo, metadata: rough ? null : await headOf(file), width, height };
}

async function draw(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return null; // a format that this browser does not know; the server may
  }
}

/** A JPEG of the bitmap; it is upright already, and carries no metadata that would turn it again. */
async function redrawn(bitmap, width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d", { alpha: false });
  if (pen === null) return null;
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
}
