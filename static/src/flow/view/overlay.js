/** Live figures of the published version: a whole snapshot, read again when the page hears that runs changed. */
import { useCallback, useEffect, useRef, useState } from "react";
import { ask } from "../../server/ask.js";
import { figuresOf, marksOfRun } from "../figures.js";

/** @typedef {{ id: string, state: string, accepted_at: string, ms: number | null, failed_step: string | null, url: string }} LatestRun */

/**
 * @param {Record<string, string>} urls
 * @param {import("../live.js").Live<any>} live
 * @param {import("../live.js").Live<any>} tried takes the marks of a run that is followed
 */
export function useOverlay(urls, live, tried) {
  const [isOn, setOn] = useState(false);
  const [period, setPeriod] = useState("1h");
  const [runs, setRuns] = useState(/** @type {LatestRun[]} */ ([]));
  const [followed, setFollowed] = useState("");
  const [wrong, setWrong] = useState("");
  const busy = useRef(false);
  const read = useCallback(async () => {
    if (busy.current) return;
    busy.current = true;
    try {
      const found = await ask("GET", `${urls.overlay}?window=${period}`);
      live.replace(figuresOf(found));
      setRuns(found.runs);
      setWrong("");
    } catch (failure) {
      setWrong(/** @type {Error} */ (failure).message);
    } finally {
      busy.current = false;
    }
  }, [urls, live, period]);
  useEffect(() => {
    if (isOn) read();
    else live.replace({});
  }, [isOn, live, read]);
  const heard = useCallback((/** @type {HTMLElement | null} */ element) => {
    if (!element) return undefined;
    element.addEventListener("x-live", read);
    return () => element.removeEventListener("x-live", read);
  }, [read]);
  const follow = useCallback(async (/** @type {string} */ run) => {
    setFollowed(run);
    if (!run) return tried.replace({});
    try {
      tried.replace(marksOfRun(await ask("GET", `${urls.overlay}/runs/${run}`)));
    } catch (failure) {
      setWrong(/** @type {Error} */ (failure).message);
    }
    return undefined;
  }, [urls, tried]);
  return { isOn, toggle: () => setOn(!isOn), restart: () => isOn && read(), period, setPeriod, runs, followed, follow, wrong, heard };
}
