/** The values in force, in words: “tries 4 times within 2.6 seconds”. */
import { digits } from "../server/exact_json.js";

/** @param {any} value */
const number = (value) => Number(digits(value) ?? 0);

/** @param {any[] | null | undefined} pauses  seconds before the second, third, … attempt @param {any[]} flow  those of the flow */
export function retryWords(pauses, flow) {
  const list = (pauses ?? flow).map(number);
  if (!list.length) return "tries once";
  return `tries ${list.length + 1} times within ${span(list.reduce((sum, pause) => sum + pause, 0))}${pauses ? "" : ", as the flow says"}`;
}

/** @param {number} seconds */
export function span(seconds) {
  const units = /** @type {[number, string][]} */ ([[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]]);
  const [size, word] = units.find(([one]) => seconds >= one) ?? [1, "second"];
  const amount = Math.round((seconds / size) * 100) / 100;
  return `${amount} ${word}${amount === 1 ? "" : "s"}`;
}

/** A number of bytes as people read it. @param {any} value */
export function bytesWords(value) {
  const bytes = number(value);
  const [size, word] = /** @type {[number, string]} */ ([[1 << 30, "GB"], [1 << 20, "MB"], [1 << 10, "kB"]].find(([one]) => bytes >= Number(one)) ?? [1, "bytes"]);
  return `${Math.round((bytes / size) * 10) / 10} ${word}`;
}

/** What the folded part says. @param {{ retry?: any[] | null, timeout_s?: any }} config @param {any[]} flow @param {number} [fallback] seconds of one attempt */
export function callWords(config, flow, fallback = 10) {
  return `${retryWords(config.retry, flow)} · gives each ${span(number(config.timeout_s ?? fallback))}`;
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY_WORDS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** A schedule in words. @param {any} config */
export function scheduleWords(config) {
  const days = config.weekdays ?? DAYS;
  const on = days.length === 7 ? "" : sameDays(days, DAYS.slice(0, 5)) ? " from Monday to Friday" : ` on ${joined(DAYS.filter((day) => days.includes(day)).map((day) => DAY_WORDS[DAYS.indexOf(day)]))}`;
  const zone = config.zone ?? "UTC";
  if (config.daily_at) return `${days.length === 7 ? "Every day" : "Always"} at ${config.daily_at}${on}, time of ${zone}.`;
  if (config.every_minutes) return `${every(number(config.every_minutes))}${on}${on ? `, days of ${zone}` : ""}.`;
  return "Choose a rhythm.";
}

/** @param {number} minutes */
const every = (minutes) => (minutes === 1 ? "Every minute" : minutes === 60 ? "Every hour" : minutes % 60 ? `Every ${minutes} minutes` : minutes === 1440 ? "Every 24 hours" : `Every ${minutes / 60} hours`);
/** @param {string[]} one @param {string[]} other */
const sameDays = (one, other) => one.length === other.length && other.every((day) => one.includes(day));
/** @param {string[]} words */
const joined = (words) => (words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`);
