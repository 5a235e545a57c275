/** What the server knows of a mapping: its two sides, what it makes of the sample, what is wrong with it. */
import { useCallback, useEffect, useRef, useState } from "react";
import { askPreview, askProblems, askSource, askTarget, isForgotten } from "../asking.js";

/** @import { Preview, Source, Target, Urls } from "../asking.js" */
/** @import { Plan } from "../reading.js" */
/** @import { Problem } from "../../server/ask.js" */

const PREVIEW_MS = 100;
const CHECK_MS = 350;

/**
 * @param {{ urls: Urls, definition: any, step: string, target: any, scope: any }} given
 * @returns {{ source: Source | null, target: Target | null, failure: string, again: () => void }}
 */
export function useSides({ urls, definition, step, target, scope }) {
  const [source, setSource] = useState(/** @type {Source | null} */ (null));
  const [told, setTold] = useState(/** @type {Target | null} */ (null));
  const [failure, setFailure] = useState("");
  const [turn, setTurn] = useState(0);
  const first = useRef(definition);
  useEffect(() => {
    let isWanted = true;
    askSource(urls, { definition: first.current, step, scope }).then((found) => isWanted && setSource(found), (error) => isWanted && setFailure(error.message));
    return () => void (isWanted = false);
  }, [urls, step, scope, turn]);
  const wanted = JSON.stringify(target ?? null);
  useEffect(() => {
    let isWanted = true;
    setFailure("");
    if (!target) return setTold(null);
    askTarget(urls, target).then((found) => isWanted && setTold(found), (error) => {
      if (!isWanted) return;
      setTold(null);
      setFailure(error.message);
    });
    return () => void (isWanted = false);
  }, [urls, wanted, turn]);
  const again = useCallback(() => setTurn((count) => count + 1), []);
  return { source, target: told, failure, again };
}

/**
 * What the engine makes of the sample, after each change; an answer that is overtaken is dropped, its request ended.
 * @param {{ urls: Urls, plan: Plan, scope: any, input: string, partner: string, format: string, options: any, may: boolean }} given
 * @returns {{ preview: Preview | null, isBusy: boolean, failure: string, ms: number }}
 */
export function usePreview({ urls, plan, scope, input, partner, format, options, may }) {
  const [found, set] = useState({ preview: /** @type {Preview | null} */ (null), isBusy: false, failure: "", ms: 0 });
  const known = useRef({ scope: /** @type {any} */ (null), key: "" });
  if (input && known.current.scope !== scope) known.current = { scope, key: input };
  const asked = JSON.stringify([plan, format, options, partner]);
  useEffect(() => {
    if (!scope || !may || !plan.rules?.length) return set({ preview: null, isBusy: false, failure: "", ms: 0 });
    const ending = new AbortController();
    const timer = setTimeout(() => {
      const since = performance.now();
      set((before) => ({ ...before, isBusy: true }));
      const key = known.current.scope === scope ? known.current.key : "";
      askPreview(urls, { plan, scope, key, partner, format, options }, ending.signal).then(
        (preview) => {
          known.current = { scope, key: preview.key };
          set({ preview, isBusy: false, failure: "", ms: performance.now() - since });
        },
        (error) => error.name !== "AbortError" && set({ preview: null, isBusy: false, failure: error.message, ms: 0 }),
      );
    }, PREVIEW_MS);
    return () => {
      clearTimeout(timer);
      ending.abort();
    };
  }, [urls, asked, scope, may]);
  return found;
}

/**
 * @param {{ urls: Urls, plan: Plan, source: string, target: string, again: () => void }} given
 * @returns {Problem[]}
 */
export function useProblems({ urls, plan, source, target, again }) {
  const [found, set] = useState(/** @type {Problem[]} */ ([]));
  const asked = JSON.stringify(plan);
  useEffect(() => {
    if (!source) return undefined;
    const ending = new AbortController();
    const timer = setTimeout(() => {
      askProblems(urls, { plan, source, target }, ending.signal).then(set, (error) => isForgotten(error) && again());
    }, CHECK_MS);
    return () => {
      clearTimeout(timer);
      ending.abort();
    };
  }, [urls, asked, source, target]);
  return found;
}
