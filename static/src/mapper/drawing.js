/**
 * Where lines and bands run between the two trees, in pixels. A line whose field is folded away ends, dashed, at the row of its group;
 * one whose field is scrolled away ends at the edge.
 *
 * @import { Path, Row } from "./tree.js"
 * @import { Line } from "./reading.js"
 * @typedef {{ index: number, isFolded: boolean } | null} Spot  a row; null where not even a parent is there
 * @typedef {{ line: Line, from: Spot, to: Spot, id: string }} Placed
 * @typedef {{ top: number, height: number }} View  what of a pane is seen
 * @typedef {{ id: string, d: string, isDashed: boolean, line: Line, y1: number, y2: number }} Drawn
 * @typedef {{ target: Path, source: Path, depth: number, name: string }} Loop
 * @typedef {{ id: string, d: string, y: number, depth: number, name: string }} Band
 */

export const ROW = 32;

/** @param {Row[]} rows @returns {Map<string, number>} */
export const indexed = (rows) => new Map(rows.map((row, index) => [row.node.id, index]));

/** @param {Path} path @param {Map<string, number>} index @returns {Spot} */
export function spotOf(path, index) {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const found = index.get(JSON.stringify(path.slice(0, depth)));
    if (found !== undefined) return { index: found, isFolded: depth < path.length };
  }
  return null;
}

/** @param {Line[]} lines @param {Map<string, number>} source @param {Map<string, number>} target @returns {Placed[]} */
export const placed = (lines, source, target) =>
  lines.map((line) => ({ line, from: spotOf(line.source, source), to: spotOf(line.target, target), id: JSON.stringify([line.source, line.target, line.kind, line.place]) }));

/** @param {number} index @param {View} view */
function heightOf(index, view) {
  const y = index * ROW + ROW / 2 - view.top;
  const edge = y < 0 ? -1 : y > view.height ? 1 : 0;
  return { y: edge < 0 ? 1 : edge > 0 ? view.height - 1 : y, edge };
}

/**
 * Those of which at least one end is seen.
 * @param {Placed[]} all
 * @param {View} source
 * @param {View} target
 * @param {number} width
 * @returns {Drawn[]}
 */
export function drawn(all, source, target, width) {
  /** @type {Drawn[]} */
  const found = [];
  for (const { line, from, to, id } of all) {
    if (!from || !to) continue;
    const one = heightOf(from.index, source), other = heightOf(to.index, target);
    if (one.edge && other.edge) continue;
    const isDashed = from.isFolded || to.isFolded || one.edge !== 0 || other.edge !== 0;
    found.push({ id, line, isDashed, y1: one.y, y2: other.y, d: curve(one.y, other.y, width) });
  }
  return found;
}

/** @param {number} y1 @param {number} y2 @param {number} width */
export const curve = (y1, y2, width) => `M0 ${round(y1)}C${round(width * 0.45)} ${round(y1)} ${round(width * 0.55)} ${round(y2)} ${round(width)} ${round(y2)}`;

/** @param {number} value */
const round = (value) => Math.round(value * 10) / 10;

/**
 * The bands of loops: from the list and its fields to the list and its fields.
 * @param {Loop[]} loops
 * @param {Row[]} sourceRows
 * @param {Row[]} targetRows
 * @param {View} source
 * @param {View} target
 * @param {number} width
 * @returns {Band[]}
 */
export function bands(loops, sourceRows, targetRows, source, target, width) {
  return loops.flatMap(({ source: from, target: to, depth, name }) => {
    const left = span(from, sourceRows), right = span(to, targetRows);
    if (!left || !right) return [];
    const [a, b] = seen(left, source), [c, d] = seen(right, target);
    if (a === b && c === d) return [];
    const half = width / 2;
    const path = `M0 ${a}C${half} ${a} ${half} ${c} ${width} ${c}V${d}C${half} ${d} ${half} ${b} 0 ${b}Z`;
    return [{ id: JSON.stringify(to), d: path, y: Math.max(10, (a + c) / 2 + 4), depth, name }];
  });
}

/** Rows from a field to the last one inside it. @param {Path} path @param {Row[]} rows */
function span(path, rows) {
  const id = JSON.stringify(path);
  const first = rows.findIndex((row) => row.node.id === id);
  if (first < 0) return null;
  let last = first;
  while (rows[last + 1] && rows[last + 1].level > rows[first].level) last += 1;
  return { first, last };
}

/** @param {{ first: number, last: number }} rows @param {View} view */
const seen = ({ first, last }, view) => [first * ROW - view.top, (last + 1) * ROW - view.top].map((y) => Math.max(0, Math.min(view.height, y)));

/** The rows to be drawn of many: those in view and some around, in steps, so that scrolling seldom draws anew. @param {number} count @param {View} view */
export function windowOf(count, view) {
  if (count <= 300) return { first: 0, last: count };
  const step = 12;
  const first = Math.max(0, Math.floor(view.top / ROW / step) * step - step);
  return { first, last: Math.min(count, first + Math.ceil(view.height / ROW) + 3 * step) };
}
