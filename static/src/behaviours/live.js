/**
 * Live updates. The indicator in the bar carries `data-behaviour="live" data-url="/ws/tenant/"`; whatever shall follow
 * carries `data-live="runs flows" hx-get="…" hx-trigger="x-live"`. An element is asked to fetch again when one of its
 * topics changed, when nobody is at work in it and when its last request is back; until then it stays due.
 */
import { LiveFeed } from "./live_feed.js";

const GAP_MS = 900; // an element is asked at most once in this time
const WORDS = { connecting: "live-connecting", live: "live-on", reconnecting: "live-again", off: "live-off" };

/** @type {import("./registry.js").Behaviour} */
export function live(indicator) {
  /** @type {Set<Element>} */
  const due = new Set();
  /** @type {WeakMap<Element, number>} */
  const asked = new WeakMap();
  const serve = () => {
    if (document.hidden) return;
    for (const element of due) {
      if (!element.isConnected) due.delete(element);
      else if (!isBusy(element) && performance.now() - (asked.get(element) ?? -GAP_MS) >= GAP_MS) {
        asked.set(element, performance.now());
        due.delete(element);
        element.dispatchEvent(new CustomEvent("x-live", { bubbles: false }));
      }
    }
  };
  const feed = new LiveFeed({
    connect: () => /** @type {any} */ (new WebSocket(address(indicator.dataset.url ?? "/ws/tenant/"))),
    timers: { setTimeout: (call, ms) => setTimeout(call, ms), clearTimeout: (id) => clearTimeout(/** @type {number} */ (id)) },
    changed: (topics) => {
      for (const element of document.querySelectorAll("[data-live]")) if (follows(element, topics)) due.add(element);
      serve();
    },
    state: (state) => {
      indicator.dataset.state = state;
      indicator.textContent = indicator.dataset[camel(WORDS[state])] ?? state;
    },
  });
  const again = setInterval(serve, 1000);
  const wake = () => {
    feed.hurry();
    serve();
  };
  document.addEventListener("visibilitychange", wake);
  window.addEventListener("online", wake);
  feed.start();
  return () => {
    clearInterval(again);
    document.removeEventListener("visibilitychange", wake);
    window.removeEventListener("online", wake);
    feed.stop();
  };
}

/**
 * @param {{ getAttribute: (name: string) => string | null }} element
 * @param {Set<string> | null} topics null: everything
 */
export function follows(element, topics) {
  const mine = (element.getAttribute("data-live") ?? "").split(/\s+/).filter(Boolean);
  return topics === null ? mine.length > 0 : mine.some((topic) => topics.has(topic));
}

/** Somebody types in it, has a menu, a dialog or details of it open, has rows ticked, or its last request is not back. @param {Element} element */
function isBusy(element) {
  const at = document.activeElement;
  return (
    element.classList.contains("htmx-request") ||
    (at !== null && at !== element && element.contains(at) && at.matches("input:not([type=checkbox]), textarea, select")) ||
    element.querySelector("details:is(.x-menu, .x-step, .x-reveal)[open], dialog[open], input[name=selected]:checked") !== null
  );
}

/** @param {string} path */
function address(path) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** @param {string} text */
function camel(text) {
  return text.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
}
