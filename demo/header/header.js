// The header's buttons.

import { mountShare } from "./share.js";
import { mountTheme } from "./theme.js";

/**
 * @param {HTMLElement} element
 * @param {object} _props
 * @param {Record<string, (given: any) => Promise<any>>} server
 */
export function mount(element, _props, server) {
  mountTheme(element.querySelector(".theme"));
  mountShare(element, server);
}
