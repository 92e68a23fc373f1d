// Plots: rate, CPU, heap and queue over the last minutes, of all services or of one.
// The browser. uPlot draws; it is loaded by index.html as the global of its name.
// Invariant: colours are those of the page's style, in light and in dark.

import { make, setText } from "./elements.ts";
import * as format from "./format.ts";
import { measures, type Measure, type Store, type Totals } from "./store.ts";

const plotHeight = 92;
const secondsMin = 60; // so few samples are not drawn all over the width

const titles: Readonly<Record<Measure, string>> = {
  rate: "Messages",
  cpu: "CPU",
  heap: "Heap",
  queue: "Queue",
};

type Figure = readonly [value: string, unit: string];

function figureOf(measure: Measure, value: number): Figure {
  switch (measure) {
    case "rate":
      return [format.count(Math.round(value)), "/s"];
    case "cpu":
      return [(value * 100).toFixed(1), "% of a core"];
    case "heap": {
      const [number = "", unit = ""] = format.bytesText(Math.round(value)).split(" ");
      return [number, unit];
    }
    case "queue":
  }
  return [format.count(Math.round(value)), "waiting"];
}

/** Text of a mark at the side of a plot. */
function markText(measure: Measure, value: number): string {
  if (measure === "cpu") return `${Number((value * 100).toPrecision(3))}%`;
  if (measure === "heap") return format.bytesText(Math.round(value)).replace(" ", "");
  return value >= 1000 ? `${Number((value / 1000).toPrecision(3))}k` : String(value);
}

type Tile = { readonly figure: Element; readonly unit: Element; readonly plot: uPlot };

export class Plots {
  readonly element = make("section", { class: "plots", "aria-label": "Last five minutes" });
  readonly #tiles = new Map<Measure, Tile>();
  readonly #address: string | undefined;
  readonly #resizing: ResizeObserver;
  readonly #scheme = matchMedia("(prefers-color-scheme: dark)");

  constructor(address?: string) {
    this.#address = address;
    for (const measure of measures) this.#tiles.set(measure, this.#tile(measure));
    this.#resizing = new ResizeObserver(() => this.#fit());
    this.#resizing.observe(this.element);
    this.#scheme.addEventListener("change", this.#redraw);
  }

  update(store: Store, values: Totals): void {
    for (const [measure, { figure, unit, plot }] of this.#tiles) {
      const [number, unitText] = figureOf(measure, values[measure]);
      setText(figure, number);
      setText(unit, unitText);
      plot.setData(store.history(measure, this.#address));
    }
  }

  close(): void {
    this.#resizing.disconnect();
    this.#scheme.removeEventListener("change", this.#redraw);
    for (const { plot } of this.#tiles.values()) plot.destroy();
  }

  readonly #redraw = (): void => {
    for (const { plot } of this.#tiles.values()) plot.redraw(false);
  };

  #tile(measure: Measure): Tile {
    const figure = make("b", { class: "number" }, "–");
    const unit = make("span", { class: "unit" });
    const place = make("div", { class: "plot" });
    const head = make("h2", {}, titles[measure], make("span", { class: "now" }, figure, " ", unit));
    this.element.append(make("div", { class: `tile tile-${measure}` }, head, place));
    const plot = new uPlot(optionsOf(measure), [[], []], place);
    return { figure, unit, plot };
  }

  #fit(): void {
    for (const { plot } of this.#tiles.values()) {
      const width = plot.root.parentElement?.clientWidth ?? 0;
      if (width > 0 && width !== plot.width) plot.setSize({ width, height: plotHeight });
    }
  }
}

function colour(name: string): string {
  const probe = getComputedStyle(document.documentElement);
  const [light = "", dark = ""] = probe.getPropertyValue(name).split("|");
  return (matchMedia("(prefers-color-scheme: dark)").matches ? dark : light).trim();
}

function optionsOf(measure: Measure): uPlot.Options {
  const axis = {
    stroke: () => colour("--plot-text"),
    font: "11px system-ui, sans-serif",
    ticks: { show: false },
    gap: 4,
  };
  const grid = { stroke: () => colour("--plot-grid"), width: 1 };
  return {
    width: 240,
    height: plotHeight,
    padding: [6, 20, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    scales: {
      x: { range: (_plot, first, last) => [Math.min(first, last - secondsMin), last] },
      y: { range: (_plot, _low, high) => [0, Math.max(high * 1.1, minimum[measure])] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 20, space: 70, values: timeMarks },
      {
        ...axis,
        grid,
        size: 52,
        space: 26,
        ...(measure === "heap" ? { incrs: heapSteps } : {}),
        values: (_plot, marks) => marks.map((mark) => markText(measure, mark)),
      },
    ],
    series: [
      {},
      {
        stroke: () => colour("--plot-line"),
        width: 1.5,
        fill: () => colour("--plot-fill"),
        points: { show: false },
        spanGaps: false,
      },
    ],
  };
}

/** From 64 KiB to 64 GiB, by twos: marks at whole numbers of their unit. */
const heapSteps = Array.from({ length: 21 }, (_, index) => 65_536 * 2 ** index);

/** The least that the height of a plot stands for: noise around nothing stays low. */
const minimum: Readonly<Record<Measure, number>> = {
  rate: 4,
  cpu: 0.05,
  heap: 1024 * 1024,
  queue: 4,
};

function timeMarks(_plot: uPlot, marks: number[]): string[] {
  return marks.map((mark) => format.clockText(mark * 1000));
}
