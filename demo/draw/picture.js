// A picture file made ready for the pad: decoded, and small enough to travel.

const MAX_SIDE = 1_200; // pixels
const MAX_BYTES = 1_500_000;

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
