/** What lies over the canvas while live figures are shown: the period, and the latest runs, one of which can be followed. */
import { inTime } from "../trial.js";
import { Icon } from "../../icon.jsx";

const PERIODS = /** @type {const} */ ([["15m", "15 minutes"], ["1h", "1 hour"], ["24h", "24 hours"]]);
const STATES = /** @type {Record<string, [string, string]>} */ ({ succeeded: ["circle-check", "ok"], dead: ["circle-x", "bad"], waiting: ["hourglass", "wait"], running: ["loader-circle", "run"], accepted: ["circle-dashed", "mute"] });

/** @param {{ overlay: ReturnType<typeof import("./overlay.js").useOverlay> }} props */
export function OverlayBar({ overlay }) {
  const chosen = overlay.runs.find((run) => run.id === overlay.followed);
  return (
    <div className="b-overlay" role="region" aria-label="Live figures">
      <span hidden data-live="runs flows" ref={overlay.heard} />
      <span className="b-live-dot"><Icon name="circle-dot" size={14} />Live</span>
      <label className="x-sr" htmlFor="b-period">Figures of the last</label>
      <select id="b-period" className="form-select form-select-sm" value={overlay.period} onChange={(event) => overlay.setPeriod(event.target.value)}>
        {PERIODS.map(([value, words]) => <option key={value} value={value}>{words}</option>)}
      </select>
      <label className="x-sr" htmlFor="b-follow">Follow a run</label>
      <select id="b-follow" className="form-select form-select-sm" value={overlay.followed} onChange={(event) => overlay.follow(event.target.value)}>
        <option value="">{overlay.runs.length ? "Follow a run" : "No runs yet"}</option>
        {overlay.runs.map((run) => <option key={run.id} value={run.id}>{new Date(run.accepted_at).toLocaleTimeString()} · {run.state.replace("_", " ")}{run.ms === null ? "" : ` · ${inTime(run.ms)}`}</option>)}
      </select>
      {chosen && <a className="b-link" href={chosen.url}><span className={`b-mark x-tone-${STATES[chosen.state]?.[1] ?? "mute"}`}><Icon name={STATES[chosen.state]?.[0] ?? "circle-dashed"} size={14} /></span> The run</a>}
      {overlay.wrong && <span className="x-ink-bad" role="alert">{overlay.wrong}</span>}
    </div>
  );
}
