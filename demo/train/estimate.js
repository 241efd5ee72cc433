// About how long a run takes, in words.

/**
 * @typedef {object} Speeds of this machine, in seconds
 * @property {Record<string, number>} digit by recipe: for each training digit and epoch
 * @property {number} start before the first epoch and after the last
 * @property {number} drawing to generate a digit
 */

/**
 * @param {Speeds} speeds
 * @param {{ recipe: string, epochs: number, digits: number, isGenerated: boolean }} choice
 * @returns {number} seconds
 */
export const runSeconds = (speeds, { recipe, epochs, digits, isGenerated }) =>
  speeds.start + digits * (epochs * speeds.digit[recipe] + (isGenerated ? speeds.drawing : 0));

/**
 * @param {number} seconds
 * @returns {string} such as "about 40 seconds"
 */
export function roughly(seconds) {
  if (seconds < 95) return `about ${Math.max(10, 10 * Math.round(seconds / 10))} seconds`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 55) return `about ${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours > 1 ? `about ${hours} hours` : "about an hour";
}
