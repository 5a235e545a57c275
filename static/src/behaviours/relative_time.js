/**
 * `<time data-behaviour="relative-time" datetime="…">`: the server wrote "3 minutes ago"; this keeps it true.
 * The exact instant in the reader's own zone is the title. The texts come from Intl in the page's language.
 */

/** @type {Set<HTMLElement>} */
const shown = new Set();
/** @type {ReturnType<typeof setInterval> | undefined} */
let timer;

/** @type {import("./registry.js").Behaviour} */
export function relativeTime(element) {
  const at = new Date(element.getAttribute("datetime") ?? "");
  if (Number.isNaN(at.getTime())) return;
  const language = document.documentElement.lang || "en";
  element.title = at.toLocaleString(language, { dateStyle: "medium", timeStyle: "long" });
  shown.add(element);
  timer ??= setInterval(() => shown.forEach(refresh), 10000);
  refresh(element);
  return () => {
    shown.delete(element);
    if (shown.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** @param {HTMLElement} element */
function refresh(element) {
  const at = Date.parse(element.getAttribute("datetime") ?? "");
  const text = relative((at - Date.now()) / 1000, document.documentElement.lang || "en");
  if (element.textContent !== text) element.textContent = text;
}

/** @type {[Intl.RelativeTimeFormatUnit, number, number][]} unit, its seconds, below how many seconds it is used */
const UNITS = [
  ["second", 1, 60],
  ["minute", 60, 3600],
  ["hour", 3600, 86400],
  ["day", 86400, 86400 * 60],
  ["month", 86400 * 30, 86400 * 365],
  ["year", 86400 * 365, Infinity],
];

/**
 * Seconds from now (negative: ago) in words: "3 minutes ago", "in 2 hours", "just now" under five seconds.
 * Numbers are cut, not rounded: 119 seconds are one minute, as in the server's text.
 * @param {number} seconds
 * @param {string} language
 */
export function relative(seconds, language) {
  const size = Math.abs(seconds);
  const [unit, length] = UNITS.find(([, , below]) => size < below) ?? UNITS[5];
  const format = new Intl.RelativeTimeFormat(language, { numeric: size < 5 ? "auto" : "always" });
  return format.format(size < 5 ? 0 : Math.sign(seconds) * Math.floor(size / length), unit);
}
