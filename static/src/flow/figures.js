/**
 * What the overlay shows of a step, from the server's snapshot.
 *
 * @typedef {{ runs: string, rate: string, time: string, waiting: number, failed: number, href: string, ports: Record<string, string>, error: string }} Figures
 */
import { toNumber } from "../server/exact_json.js";
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
        rate: toNumber(step.per_minute) > 0 ? short(step.per_minute) : "",
        time: step.p50_ms === null || step.p50_ms === undefined ? "" : inTime(step.p50_ms),
        waiting: step.waiting ?? 0,
        failed: step.dead || step.failed || 0,
        href: step.dead_url ?? "",
        ports: Object.fromEntries(Object.entries(step.ports ?? {}).map(([port, count]) => [port, short(count)])),
        error: step.last_error?.message ?? "",
      },
    ]),
  );
}

/** A count as it fits on a card: 950, 1.2 k, 14 k, 3.4 M. @param {unknown} given */
export function short(given) {
  const count = toNumber(given);
  if (count < 1000) return Number.isInteger(count) ? String(count) : count.toFixed(count < 10 ? 1 : 0);
  const [size, unit] = count < 999_500 ? [1000, "k"] : [1_000_000, "M"];
  const value = count / size;
  return `${value < 9.95 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} ${unit}`;
}

const STATES = /** @type {Record<string, [string, string, string]>} */ ({
  ok: ["ok", "circle-check", "went well"],
  failed: ["bad", "circle-x", "failed"],
  waiting: ["wait", "hourglass", "waits"],
  running: ["run", "loader-circle", "runs"],
  not_reached: ["mute", "circle-dashed", "was not reached"],
});

/**
 * How one run went through the steps, as marks on them.
 * @param {{ steps: { key: string, state: string, port: string | null, ms: number | null, attempts: number, error: { message: string } | null }[] }} run
 * @returns {Record<string, import("./trial.js").Mark>}
 */
export function marksOfRun(run) {
  return Object.fromEntries(
    run.steps.map((step) => {
      const [tone, icon, words] = STATES[step.state.replace(" ", "_")] ?? STATES.not_reached;
      const tries = step.attempts > 1 ? `${step.attempts} attempts` : "";
      const time = step.ms !== null && step.state !== "not_reached" ? inTime(step.ms) : "";
      return [step.key, { tone, icon, words: step.error ? `${words}: ${step.error.message}` : words, short: [time, tries].filter(Boolean).join(", "), port: step.port }];
    }),
  );
}
