/** What the server knows of a mapping: its two sides, what it makes of the sample, what is wrong with it. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { askPreview, askProblems, askSource, askTarget, isForgotten } from "../asking.js";
import { Latest } from "../latest.js";

/** @import { Preview, Source, Target, Urls } from "../asking.js" */
/** @import { Plan } from "../reading.js" */
/** @import { Problem } from "../../server/ask.js" */

const CHECK_MS = 350;

/**
 * @param {{ urls: Urls, definition: any, step: string, target: any, scope: any }} given
 * @returns {{ source: Source | null, input: string, target: Target | null, failure: string, again: () => void }}  input: the key of this scope
 */
export function useSides({ urls, definition, step, target, scope }) {
  const [found, setFound] = useState({ source: /** @type {Source | null} */ (null), scope: /** @type {any} */ (null) });
  const [told, setTold] = useState(/** @type {Target | null} */ (null));
  const [failure, setFailure] = useState("");
  const [turn, setTurn] = useState(0);
  const first = useRef(definition);
  useEffect(() => {
    let isWanted = true;
    askSource(urls, { definition: first.current, step, scope }).then((source) => isWanted && setFound({ source, scope }), (error) => isWanted && setFailure(error.message));
    return () => void (isWanted = false);
  }, [urls, step, scope, turn]);
  const wanted = JSON.stringify(target ?? null);
  useEffect(() => {
    let isWanted = true;
    setFailure("");
    if (!target) return setTold(null);
    askTarget(urls, target).then((answer) => isWanted && setTold(answer), (error) => {
      if (!isWanted) return;
      setTold(null);
      setFailure(error.message);
    });
    return () => void (isWanted = false);
  }, [urls, wanted, turn]);
  const again = useCallback(() => setTurn((count) => count + 1), []);
  return { source: found.source, input: found.scope === scope ? found.source?.input ?? "" : "", target: told, failure, again };
}

/**
 * What the engine makes of the sample, asked for with each change. While one answer is under way, the changes wait for it together.
 * @param {{ urls: Urls, plan: Plan, scope: any, input: string, partner: string, format: string, options: any, may: boolean }} given  input: the server's key for the scope, "" where it has none yet
 * @returns {{ preview: Preview | null, isBusy: boolean, failure: string }}
 */
export function usePreview({ urls, plan, scope, input, partner, format, options, may }) {
  const [found, set] = useState({ preview: /** @type {Preview | null} */ (null), failure: "", of: "", scope: /** @type {any} */ (null) });
  const known = useRef({ scope: /** @type {any} */ (null), key: "" });
  if (input) known.current = { scope, key: input };
  const asked = JSON.stringify([plan, format, options, partner]);
  const latest = useMemo(() => new Latest(
    (/** @type {{ scope: any, asked: string, wanted: Omit<Parameters<typeof askPreview>[1], "key"> }} */ { scope: from, wanted }, signal) => askPreview(urls, { ...wanted, key: known.current.scope === from ? known.current.key : "" }, signal),
    {
      answered: (preview, { scope: from, asked: of }) => {
        known.current = { scope: from, key: preview.key };
        set({ preview, failure: "", of, scope: from });
      },
      failed: (error, { scope: from, asked: of }) => set({ preview: null, failure: error.message, of, scope: from }),
    },
  ), [urls]);
  useEffect(() => () => latest.stop(), [latest, scope]);
  const isAsked = Boolean(scope && may && plan.rules?.length);
  useEffect(() => {
    if (isAsked) return latest.want({ scope, asked, wanted: { plan, scope, partner, format, options } });
    latest.stop();
    return set({ preview: null, failure: "", of: "", scope: null });
  }, [latest, asked, scope, isAsked]);
  return { preview: found.preview, failure: found.failure, isBusy: isAsked && (found.of !== asked || found.scope !== scope) };
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
      askProblems(urls, { plan, source, target }, ending.signal).then((answer) => set((before) => (JSON.stringify(before) === JSON.stringify(answer) ? before : answer)), (error) => isForgotten(error) && again());
    }, CHECK_MS);
    return () => {
      clearTimeout(timer);
      ending.abort();
    };
  }, [urls, asked, source, target]);
  return found;
}
