/** What the last test of the step gave: state in words, time, error with its place, the output; and pinning it for the tests of later steps. */
import { Icon } from "../../icon.jsx";
import { Sample } from "./sample.jsx";

/**
 * @typedef {{
 *   state: "ok" | "failed" | "skipped" | "running", output?: any, port?: string, duration_ms?: number, at?: string,
 *   error?: { code?: string, message: string, hint?: string, place?: string } | null, note?: string,
 * }} Trial  of one step; note: what was done instead of a real call
 */
const LOOKS = /** @type {Record<string, [string, string, string]>} */ ({ ok: ["Worked", "circle-check", "ok"], failed: ["Failed", "circle-x", "bad"], skipped: ["Passed by", "circle-dashed", "mute"], running: ["Running", "hourglass", "run"] });

/** @param {{ trial: Trial | null, isTrying?: boolean, pinned?: any, may: { edit: boolean, try?: boolean }, onTest?: () => void, onPin?: (value: any) => void }} props */
export function Result({ trial, isTrying = false, pinned, may, onTest, onPin }) {
  const isPinned = pinned !== undefined && pinned !== null;
  const value = isPinned ? pinned : trial?.output;
  return (
    <div className="p-result">
      {onTest && may.try !== false && <button type="button" className="btn btn-primary" disabled={isTrying} onClick={onTest}><Icon name="play" size={14} /> {isTrying ? "Testing …" : "Test this step"}</button>}
      <div role="status" className="p-outcome">{trial && <Outcome trial={trial} />}</div>
      {isPinned && <p className="p-pinned"><Icon name="pin" size={14} /> This output is pinned: tests of later steps use it, and this step is not run for them.</p>}
      {onPin && may.edit && (isPinned
        ? <button type="button" className="btn btn-sm" onClick={() => onPin(null)}><Icon name="pin-off" size={14} /> Unpin</button>
        : value !== undefined && <button type="button" className="btn btn-sm" onClick={() => onPin(value)}><Icon name="pin" size={14} /> Pin this output</button>)}
      <Sample label="Output sample" value={value} empty="There is no output yet. Test the step to see it." />
    </div>
  );
}

/** @param {{ trial: Trial }} props */
function Outcome({ trial }) {
  const [word, icon, tone] = LOOKS[trial.state] ?? LOOKS.skipped;
  return (
    <>
      <p className="p-outcome-line">
        <span className={`x-badge x-tone-${tone}`}><Icon name={icon} size={14} /> {word}</span>
        {trial.duration_ms !== undefined && <span>{`in ${trial.duration_ms < 10 ? Math.round(trial.duration_ms * 10) / 10 : Math.round(trial.duration_ms)} ms`}</span>}
        {trial.port && trial.port !== "next" && <span>{`leaves by “${trial.port}”`}</span>}
      </p>
      {trial.note && <p className="p-hint">{trial.note}</p>}
      {trial.error && (
        <div className="x-notice x-tone-bad"><Icon name="octagon-alert" /><div><strong>{trial.error.message}</strong>{trial.error.hint && <p>{trial.error.hint}</p>}{trial.error.place && <p className="p-hint">{`At ${trial.error.place}`}</p>}</div></div>
      )}
    </>
  );
}
