/** Live figures of the published version, read again when the page's websocket says that runs changed. */
import { useCallback, useEffect, useRef, useState } from "react";
import { ask } from "../../server/ask.js";
import { figuresOf } from "../figures.js";

const AGAIN_MS = 1000;

/**
 * @param {Record<string, string>} urls
 * @param {import("../live.js").Live<any>} live
 */
export function useOverlay(urls, live) {
  const [isOn, setOn] = useState(false);
  const busy = useRef(false);
  const read = useCallback(async () => {
    if (busy.current || document.hidden) return;
    busy.current = true;
    try {
      live.replace(figuresOf(await ask("GET", urls.overlay)));
    } catch {
      live.replace({});
    } finally {
      busy.current = false;
    }
  }, [urls, live]);
  useEffect(() => {
    if (!isOn) {
      live.replace({});
      return undefined;
    }
    read();
    const timer = setInterval(read, AGAIN_MS);
    return () => clearInterval(timer);
  }, [isOn, live, read]);
  return { isOn, toggle: () => setOn(!isOn), restart: () => isOn && read() };
}
