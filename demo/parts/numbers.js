// Numbers as the page shows them.

/**
 * @param {number | null | undefined} share 0 to 1
 * @param {number} [places] decimals
 * @returns {string} such as "98.20%"; empty where there is no share
 */
export const percent = (share, places = 2) =>
  share === null || share === undefined ? "" : `${(100 * share).toFixed(places)}%`;

/**
 * A network's confidence, rounded down and never 100%: a softmax only runs out of digits.
 *
 * @param {number} probability 0 to 1
 * @returns {string} such as "99.8%"
 */
export const confidence = (probability) =>
  `${Math.min(99.9, Math.floor(probability * 1000) / 10).toFixed(1)}%`;

/**
 * @param {number} number
 * @returns {string} with commas between thousands
 */
export const count = (number) => number.toLocaleString("en");

/**
 * @param {number | null | undefined} seconds
 * @returns {string} such as "2 min 5 s"; empty where there is no time
 */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/**
 * @param {string} text
 * @returns {string} the same with a capital first letter
 */
export const capitalized = (text) => text.replace(/^./, (c) => c.toUpperCase());
