// A picture file made ready for the pad: decoded, and small enough to travel.

const MAX_SIDE = 1_200; // pixels
const MAX_BYTES = 1_500_000;

const HEIC = ["heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1"];
const HEIC_REFUSED =
  "This is an HEIC photo, as iPhones save them. Send it as JPEG: open it and export it as one, or " +
  "take a screenshot of it.";
const REFUSED = "This file cannot be opened as a picture. Choose a PNG or JPEG.";

/**
 * @param {Blob | null} file that the browser could not decode
 * @returns {Promise<string>} the sentence for whoever chose it
 */
export async function refusalOf(file) {
  const start = file
    ? await file
        .slice(4, 12)
        .text()
        .catch(() => "")
    : "";
  const isHeic = start.startsWith("ftyp") && HEIC.includes(start.slice(4));
  return isHeic ? HEIC_REFUSED : REFUSED;
}

function dataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

// A phone's photo has ten times the pixels that the network can use.
async function shrink(file, image) {
  let scale = Math.min(1, MAX_SIDE / Math.max(image.width, image.height));
  let light = scale < 1 ? null : file;
  const type = file.type === "image/jpeg" ? "image/jpeg" : "image/png";
  while (!light || light.size > MAX_BYTES) {
    const small = document.createElement("canvas");
    small.width = Math.max(1, Math.round(image.width * scale));
    small.height = Math.max(1, Math.round(image.height * scale));
    small.getContext("2d").drawImage(image, 0, 0, small.width, small.height);
    light = await new Promise((resolve) => {
      small.toBlob(resolve, type, 0.92);
    });
    scale /= 2;
  }
  return light;
}

/**
 * @param {Blob} file
 * @returns {Promise<import("./drawing.js").Picture>} rejects where the file is not a picture
 */
export async function readPicture(file) {
  const image = await createImageBitmap(file);
  const light = await shrink(file, image);
  image.close();
  return { image: await createImageBitmap(light), data: await dataUrl(light) };
}

/**
 * @param {string} data a data: URL
 * @returns {Promise<import("./drawing.js").Picture>} rejects where it is not a picture's
 */
export async function pictureOf(data) {
  return readPicture(await (await fetch(data)).blob());
}
