/**
 * The small map: where things stand on it, and which part of it is seen.
 *
 * @typedef {{ x: number, y: number, width: number, height: number }} Box
 * @typedef {{ scale: number, x: number, y: number }} Fit  scale: of the flow's pixels; x, y: where its origin stands on the map
 */

export const MAP = { width: 200, height: 150 };
const EDGE = 10;
/** So much of the frame stays on the map when what is seen lies outside. */
const LEAST = 6;

/** How everything fits on the map. @param {Box[]} boxes @returns {Fit} */
export function fitOf(boxes) {
  if (!boxes.length) return { scale: 0.1, x: MAP.width / 2, y: MAP.height / 2 };
  const left = Math.min(...boxes.map((box) => box.x)), top = Math.min(...boxes.map((box) => box.y));
  const width = Math.max(...boxes.map((box) => box.x + box.width)) - left, height = Math.max(...boxes.map((box) => box.y + box.height)) - top;
  const scale = Math.min((MAP.width - 2 * EDGE) / width, (MAP.height - 2 * EDGE) / height, 0.2);
  return { scale, x: (MAP.width - width * scale) / 2 - left * scale, y: (MAP.height - height * scale) / 2 - top * scale };
}

/** The boxes as one path. @param {Box[]} boxes @param {Fit} fit */
export const pathOf = (boxes, fit) =>
  boxes.map(({ x, y, width, height }) => `M${round(fit.x + x * fit.scale)} ${round(fit.y + y * fit.scale)}h${round(width * fit.scale)}v${round(height * fit.scale)}h${round(-width * fit.scale)}z`).join("");

/**
 * The part that is seen, on the map.
 * @param {[number, number, number]} transform  x, y and zoom of the view
 * @param {{ width: number, height: number }} canvas
 * @param {Fit} fit
 * @returns {Box}
 */
export function seenOn([x, y, zoom], canvas, fit) {
  const width = canvas.width / zoom * fit.scale, height = canvas.height / zoom * fit.scale;
  return {
    x: within(fit.x - x / zoom * fit.scale, LEAST - width, MAP.width - LEAST),
    y: within(fit.y - y / zoom * fit.scale, LEAST - height, MAP.height - LEAST),
    width,
    height,
  };
}

/** The point of the flow at a point of the map. @param {number} x @param {number} y @param {Fit} fit @returns {[number, number]} */
export const pointAt = (x, y, fit) => [(x - fit.x) / fit.scale, (y - fit.y) / fit.scale];

/** @param {number} value */
const round = (value) => Math.round(value * 10) / 10;

/** @param {number} value @param {number} least @param {number} most */
const within = (value, least, most) => Math.max(least, Math.min(value, most));
