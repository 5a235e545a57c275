/** What a field can be, as the service itself lists it over the connection: loaded by the worker, kept a while, refreshed on demand; typing stays possible. */
import { useCallback, useEffect, useRef, useState } from "react";
import { Icon } from "../../icon.jsx";
import { digits, number } from "../../server/exact_json.js";
import { ask } from "../../server/ask.js";
import { Combo } from "./combo.jsx";
import { usePanel } from "./context.jsx";

const ASK_MS = 400;
const MOST = 60;
/** @typedef {{ state: "none" | "loading" | "ready" | "failed", items: { value: any, label: string }[], message: string, at: string | null }} Loaded */
/** @type {Loaded} */
const NOTHING = { state: "none", items: [], message: "", at: null };

/** @param {{ connection: string, operation: string, field: string }} what @returns {[Loaded, (refresh?: boolean) => void]} */
function useChoices({ connection, operation, field }) {
  const { urls } = usePanel();
  const [loaded, set] = useState(NOTHING);
  const timer = useRef(0);
  const round = useRef(0);
  const load = useCallback((refresh = false) => {
    const mine = ++round.current;
    clearTimeout(timer.current);
    set((before) => ({ ...before, state: "loading", message: "" }));
    const next = async (/** @type {number} */ tries, /** @type {boolean} */ anew) => {
      /** @type {Loaded} */
      let found;
      try {
        found = await ask("POST", urls.choices, { connection, operation, field, refresh: anew });
      } catch (error) {
        found = { ...NOTHING, state: "failed", message: /** @type {Error} */ (error).message };
      }
      if (mine !== round.current) return;
      if (found.state === "loading" && tries >= MOST) found = { ...NOTHING, state: "failed", message: "The service has not answered. Try again, or type the value." };
      set(found);
      if (found.state === "loading") timer.current = window.setTimeout(next, ASK_MS, tries + 1, false);
    };
    next(0, refresh);
  }, [connection, operation, field, urls.choices]);
  useEffect(() => {
    set(NOTHING);
    return () => {
      round.current += 1;
      clearTimeout(timer.current);
    };
  }, [connection, operation, field]);
  return [loaded, load];
}

/**
 * @param {{ value: any, connection: string, operation: string, field: string, type: string, label: string, onChange: (value: any) => void }} props
 *   field: `body.location_id`; type: of the value, so that a typed one is of the same kind
 */
export function LiveChoices({ value, connection, operation, field, type, label, onChange }) {
  const { isReadOnly } = usePanel();
  const [loaded, load] = useChoices({ connection, operation, field });
  useEffect(() => {
    if (connection) load();
  }, [connection, load]);
  const typed = (/** @type {string} */ text) => onChange(type === "integer" || type === "number" || type === "id" ? number(text) ?? text : text);
  const choices = loaded.items.map((item) => ({ value: item.value, title: item.label, note: digits(item.value) ?? (item.label === item.value ? undefined : String(item.value)), key: digits(item.value) ?? item.value }));
  const shown = digits(value) ?? value;
  return (
    <div className="p-live-choices">
      <Combo label={label} value={shown} isReadOnly={isReadOnly} choices={choices.map((choice) => ({ ...choice, value: choice.key, raw: choice.value }))} placeholder={connection ? "Choose, or type" : "Choose a connection first, or type"}
        empty={loaded.state === "loading" ? "Loading …" : loaded.state === "failed" ? "The list could not be loaded." : "The service lists none."}
        onPick={(choice) => onChange(/** @type {any} */ (choice).raw)} onType={typed} />
      {connection && !isReadOnly && <button type="button" className="x-icon-btn" aria-label={`${label}: load the list again`} title="Load the list again" disabled={loaded.state === "loading"} onClick={() => load(true)}><Icon name="refresh-cw" /></button>}
      <p className={`p-hint ${loaded.state === "failed" ? "is-bad" : ""}`} role="status">{wordsOf(loaded)}</p>
    </div>
  );
}

/** @param {Loaded} loaded */
function wordsOf({ state, items, message, at }) {
  if (state === "loading") return "Asking the service …";
  if (state === "failed") return `${message} A value can be typed.`;
  if (state !== "ready") return "";
  const time = at ? new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : "";
  return `${items.length} from the service${time ? `, as of ${time}` : ""}`;
}
