/**
 * What the overlay shows of a step, from the server's snapshot.
 *
 * @typedef {{ runs: string, rate: string, time: string, waiting: number, failed: number, href: string, ports: Record<string, string>, error: string }} Figures
 */
import { inTime } from "./trial.js";

/**
 * @param {{ steps: Record<string, any> }} snapshot
 * @returns {Record<string, Figures>}
 */
export function figuresOf(snapshot) {
  return Object.fromEntries(
    Object.entries(snapshot.steps).map(([key, step]) => [
      key,
      {
        runs: short(step.runs),
        rate: step.per_minute > 0 ? short(step.per_minute) : "",
        time: typeof step.p50_ms === "number" ? inTime(step.p50_ms) : "",
        waiting: step.waiting ?? 0,
        failed: step.dead || step.failed || 0,
        href: step.dead_href ?? "",
        ports: Object.fromEntries(Object.entries(step.ports ?? {}).map(([port, count]) => [port, short(Number(count))])),
        error: step.last_error?.message ?? "",
      },
    ]),
  );
}

/** A count as it fits on a card: 950, 1.2 k, 14 k, 3.4 M. @param {number} count */
export function short(count) {
  if (count < 1000) return Number.isInteger(count) ? String(count) : count.toFixed(count < 10 ? 1 : 0);
  const [size, unit] = count < 999_500 ? [1000, "k"] : [1_000_000, "M"];
  const value = count / size;
  return `${value < 9.95 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} ${unit}`;
}
