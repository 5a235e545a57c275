/** The samples of a flow, and what the layout makes of the chosen one; asked again a moment after an edit. */
import { useCallback, useEffect, useState } from "react";
import { ask } from "../../server/ask.js";

const PAUSE_MS = 200;
const NOTHING = { lines: /** @type {import("../layout.js").Line[]} */ ([]), problems: /** @type {import("../layout.js").Problem[]} */ ([]), isCut: false, isRead: false };

/** @param {string} url  of the samples; "" where there are none @param {any} options */
export function useSample(url, options) {
  const [samples, setSamples] = useState(/** @type {any[] | null} */ (null));
  const [chosen, choose] = useState("");
  const [seen, setSeen] = useState(NOTHING);
  const [message, setMessage] = useState("");
  const load = useCallback(async (/** @type {string} */ wanted) => {
    const found = (await ask("GET", url)).samples;
    setSamples(found);
    choose((before) => wanted || (found.some((/** @type {any} */ one) => one.id === before) ? before : found[0]?.id ?? ""));
  }, [url]);
  useEffect(() => {
    if (url) load("").catch((error) => setMessage(error.message));
  }, [url, load]);
  const sample = samples?.find((one) => one.id === chosen) ?? null;
  useEffect(() => {
    if (!sample) return undefined;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      ask("POST", sample.layout_url, { options }, { signal: stop.signal }).then(
        (found) => { setSeen(found); setMessage(""); },
        (error) => error.name !== "AbortError" && setMessage(`${error.message} ${error.said?.hint ?? ""}`),
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [sample, options]);
  return { samples, sample, choose, load, seen: sample ? seen : NOTHING, message, setMessage };
}
