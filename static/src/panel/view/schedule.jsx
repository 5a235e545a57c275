/** When a flow starts by the clock: a rhythm, the days, whose time, and the next five firings as the engine computes them. */
import { useEffect, useState } from "react";
import { Icon } from "../../icon.jsx";
import { ask } from "../../server/ask.js";
import { scheduleWords } from "../policy_words.js";
import { fieldsOf } from "../schema.js";
import { usePanel } from "./context.jsx";
import { FieldView } from "./field_view.jsx";

const PAUSE_MS = 250;
const RHYTHM = new Set(["every_minutes", "daily_at"]);

/** @param {{ form: any }} props */
export function ScheduleForm({ form }) {
  const { config, setConfig, isReadOnly } = usePanel();
  const fields = fieldsOf(form);
  const rhythm = config.daily_at !== undefined && config.daily_at !== null ? "daily_at" : "every_minutes";
  const choose = (/** @type {string} */ name) => {
    const { every_minutes: _every, daily_at: _daily, ...rest } = config;
    setConfig(name === "daily_at" ? { ...rest, daily_at: "06:00" } : { ...rest, every_minutes: 60 }, "Rhythm");
  };
  return (
    <>
      <fieldset className="p-field p-modes">
        <legend className="p-label">Rhythm</legend>
        <label className="form-check"><input type="radio" name="p-rhythm" className="form-check-input" checked={rhythm === "every_minutes"} disabled={isReadOnly} onChange={() => choose("every_minutes")} /><span>Every so many minutes</span></label>
        <label className="form-check"><input type="radio" name="p-rhythm" className="form-check-input" checked={rhythm === "daily_at"} disabled={isReadOnly} onChange={() => choose("daily_at")} /><span>At a time of day</span></label>
      </fieldset>
      {fields.filter((field) => !RHYTHM.has(field.name) || field.name === rhythm).map((field) => <FieldView key={field.name} field={field} path={[field.name]} />)}
      <Firings />
    </>
  );
}

function Firings() {
  const { config, urls } = usePanel();
  const [found, set] = useState({ firings: /** @type {string[]} */ ([]), message: "" });
  const said = JSON.stringify(config);
  useEffect(() => {
    const ending = new AbortController();
    const timer = setTimeout(() => {
      ask("POST", urls.firings, { config: JSON.parse(said) }, { signal: ending.signal }).then(
        (answer) => set(answer),
        (error) => error.name !== "AbortError" && set({ firings: [], message: error.message }),
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      ending.abort();
    };
  }, [said, urls.firings]);
  const zone = config.zone ?? "UTC";
  return (
    <section className="p-section" aria-label="Next firings">
      <p><strong>{scheduleWords(config)}</strong></p>
      {found.message && <p className="p-problem is-wait"><Icon name="triangle-alert" size={14} /> {found.message}</p>}
      {found.firings.length > 0 && <><h3>Next five</h3><ol className="p-firings">{found.firings.map((moment) => <li key={moment}><time dateTime={moment}>{inZone(moment, zone)}</time></li>)}</ol></>}
    </section>
  );
}

/** @param {string} moment @param {string} zone */
function inZone(moment, zone) {
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" }).format(new Date(moment));
  } catch {
    return moment;
  }
}
