/** Pinned outputs of the flow's draft: what tests take instead of running a step. */
import { useCallback, useEffect, useState } from "react";
import { ask } from "../../server/ask.js";

/** @typedef {{ values: Record<string, any>, set: (step: string, value: any) => void }} Pins */

/** @param {string} url @param {boolean} mayTry @param {(words: string) => void} say @returns {Pins} */
export function usePins(url, mayTry, say) {
  const [values, setValues] = useState(/** @type {Record<string, any>} */ ({}));
  const load = useCallback(async () => {
    const { pins } = await ask("GET", url);
    setValues(Object.fromEntries(Object.entries(pins).map(([step, pin]) => [step, pin.value])));
  }, [url]);
  useEffect(() => {
    if (mayTry) load().catch(() => {});
  }, [load, mayTry]);
  const set = useCallback((/** @type {string} */ step, /** @type {any} */ value) => {
    const at = `${url}${encodeURIComponent(step)}`;
    const done = value === null || value === undefined ? ask("DELETE", at) : ask("PUT", at, { value });
    done.then(load).then(() => say(value === null ? "Unpinned" : "Pinned: tests take this value"), (failure) => say(failure.message));
  }, [url, load, say]);
  return { values, set };
}
