/**
 * Chart pages: `<div data-chart="id-of-json_script">` around the server's drawing. The JSON is
 * `{"x": [unix seconds], "series": [{"label", "values", "tone", "dash"}], "unit": "ms"}`; the drawing is replaced by one
 * with hover and zoom, the table beside it stays. Without this script the drawing is complete.
 */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

const DASHES = { solid: [], dashed: [8, 4], dotted: [2, 4] };

/** @param {HTMLElement} place */
function mount(place) {
  const source = document.getElementById(place.dataset.chart ?? "");
  if (!source?.textContent || place.dataset.mounted) return;
  place.dataset.mounted = "yes";
  const { x, series, unit } = JSON.parse(source.textContent);
  const colour = (/** @type {string} */ name) => getComputedStyle(place).getPropertyValue(name).trim();
  const axis = { stroke: () => resolve(place, colour("--x-ink-2")), grid: { stroke: () => resolve(place, colour("--x-line")), width: 1 } };
  const chart = new uPlot(
    {
      width: place.clientWidth,
      height: 260,
      series: [
        {},
        ...series.map((/** @type {any} */ line) => ({
          label: line.label,
          stroke: () => resolve(place, colour(`--x-${line.tone}`)),
          dash: DASHES[/** @type {keyof typeof DASHES} */ (line.dash)] ?? [],
          width: 2,
          value: (/** @type {uPlot} */ _, /** @type {number | null} */ value) => (value === null ? "–" : `${value} ${unit}`),
        })),
      ],
      axes: [axis, { ...axis, size: 64, values: (_, ticks) => ticks.map((tick) => `${tick} ${unit}`) }],
    },
    [x, ...series.map((/** @type {any} */ line) => line.values)],
    (self, init) => {
      place.replaceChildren(self.root);
      init();
    },
  );
  new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: 260 })).observe(place);
  new MutationObserver(() => chart.redraw()).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
}

/** A canvas knows no light-dark(); let the style engine choose. @param {HTMLElement} place @param {string} value */
function resolve(place, value) {
  const probe = document.createElement("i");
  probe.style.color = value;
  place.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

const mountAll = () => document.querySelectorAll("[data-chart]").forEach((place) => mount(/** @type {HTMLElement} */ (place)));
mountAll();
document.addEventListener("htmx:load", mountAll);
