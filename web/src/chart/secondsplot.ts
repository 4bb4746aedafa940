// One chart of seconds as uPlot wants it told.

import uPlot from "uplot"
import type { Panel } from "../cell/panels"
import type { Column, Series } from "../document"
import type { Linked } from "./linked"
import type { Palette } from "./palette"
import { drawBound, drawEvents, drawPhases } from "./phases"
import { logTicks, spans, upTo } from "./scale"
import { joined } from "./joined"
import { number, tick } from "./text"

/** DASHES tell the lines of a chart apart without colour. */
export const DASHES: number[][] = [[], [7, 4], [2, 3], [10, 3, 2, 3]]

const LEFT = 48
const RIGHT = 34

interface Plot {
  series: Series
  panel: Panel
  linked: Linked
  /** Whether it has the texts of the events, and not only their numbers. */
  named: boolean
  /** Read anew for each drawing, since the theme may change. */
  colours: () => Palette
  width: number
  height: number
}

/** plot makes the chart in an element. */
export function plot(p: Plot, into: HTMLElement): uPlot {
  const columns = [...p.panel.columns, ...p.panel.right]
  return new uPlot(options(p, columns), [p.series.t, ...columns.map((c) => values(c, logarithmic(p.panel)))], into)
}

/** logarithmic says whether a chart's left axis is. Only latencies are: a rate of 0 is a value. */
export function logarithmic(panel: Panel): boolean {
  if (!panel.columns.every((c) => c.unit === "ms" && c.id.startsWith("p"))) return false
  return spans(panel.columns.flatMap((c) => [...c.values, c.bound]).filter((v) => v !== null))
}

// One answer in a microsecond must not press all others together: what is less than a
// ten-thousandth of the largest lies on the edge.
const tall = (lo: number, hi: number): [number, number] => [Math.max(lo, hi / 10_000), hi]

// A logarithm has no zero.
const values = (c: Column, log: boolean) => joined(log ? c.values.map((v) => (v === 0 ? null : v)) : c.values)

function options(p: Plot, columns: Column[]): uPlot.Options {
  const right = p.panel.right.length > 0
  return {
    width: p.width,
    height: p.height,
    padding: [6, right ? 4 : RIGHT + 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false, dist: 6 }, points: { size: 8 } },
    scales: { x: { time: false, range: (_, lo, hi) => wide(p.series, lo, hi) }, y: leftScale(p.panel), r: { range: (_, __, hi) => [0, upTo(hi + 0.2, 3)] } },
    axes: axes(p, right),
    series: [{}, ...columns.map((c, i) => line(p, c, i))],
    hooks: hooks(p),
  }
}

function leftScale(panel: Panel): uPlot.Scale {
  const bounds = panel.columns.map((c) => c.bound ?? 0)
  if (!logarithmic(panel)) return { range: (_, __, hi) => [0, upTo(Math.max(hi ?? 0, ...bounds) * 1.08, 4)] }
  const least = Math.min(...bounds.filter((b) => b > 0), Infinity)
  return { distr: 3, range: (_, lo, hi) => tall(Math.min(lo, least) / 1.2, Math.max(hi, ...bounds) * 2) }
}

// All charts have the same axis of time, from the first phase to the last.
function wide(series: Series, lo: number, hi: number): [number, number] {
  const [first, last] = whole(series)
  const all = lo <= series.t[0]! && hi >= series.t[series.t.length - 1]!
  return all ? [first, last] : [lo, hi]
}

/** whole is the time that a series and its phases take. */
export function whole(series: Series): [number, number] {
  const first = Math.min(series.t[0]!, ...series.phases.map((p) => p.from))
  const last = Math.max(series.t[series.t.length - 1]!, ...series.phases.map((p) => p.to))
  return last > first ? [first, last] : [first - 1, first + 1]
}

const FONT = '12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif'

const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
const SECONDS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200]

function axes(p: Plot, right: boolean): uPlot.Axis[] {
  const ink = () => p.colours().mute
  const faint = () => p.colours().line
  const values = (_: uPlot, at: number[]) => at.map((v) => (v === null ? null : tick(v)))
  const common = { stroke: ink, font: FONT, values, ticks: { stroke: faint, width: 1, size: 4 }, gap: 4 }
  const log = { splits: (_: uPlot, __: number, lo: number, hi: number) => logTicks(lo, hi, 5), filter: (_: uPlot, at: number[]) => at }
  const time: uPlot.Axis = { ...common, grid: { show: false }, size: 26, space: 56, incrs: SECONDS }
  const left: uPlot.Axis = { ...common, ...(logarithmic(p.panel) && log), scale: "y", grid: { stroke: faint, width: 1 }, size: LEFT, space: 26 }
  const counts: uPlot.Axis = { ...common, scale: "r", side: 1, grid: { show: false }, size: RIGHT, space: 26, incrs: WHOLE }
  return right ? [time, left, counts] : [time, left]
}

function line(p: Plot, c: Column, i: number): uPlot.Series {
  const right = p.panel.right.includes(c)
  return {
    scale: right ? "r" : "y",
    stroke: () => p.colours().series[i % 3]!,
    width: 1.6,
    dash: DASHES[i % DASHES.length]!,
    ...((right || c.id === "users") && { paths: uPlot.paths.stepped!({ align: 1 }) }),
    points: { size: 4 },
  }
}

function hooks(p: Plot): uPlot.Hooks.Arrays {
  const bounded = p.panel.columns.find((c) => c.bound !== null)
  return {
    drawClear: [(u) => drawPhases(u, p.series, p.colours())],
    draw: [
      (u) => drawEvents(u, p.series.events, p.colours(), p.named),
      (u) => bounded && drawBound(u, bounded.bound!, `SLO: ${bounded.name} ${number(bounded.bound!)} ${bounded.unit}`, p.colours()),
    ],
    ready: [(u) => listen(u, p)],
    setCursor: [(u) => hovered(u) && p.linked.point(u.cursor.idx ?? null)],
    setScale: [(u, key) => key === "x" && rescaled(u, p)],
  }
}

// A chart sets its own cursor when it is made or zoomed; only the mouse has something to say.
const hovered = (u: uPlot) => u.over.matches(":hover")

function listen(u: uPlot, p: Plot) {
  u.over.addEventListener("mouseleave", () => p.linked.point(null))
  point(u, p)
}

function rescaled(u: uPlot, p: Plot) {
  p.linked.zoom(inView(u, p.series))
  if (!hovered(u)) point(u, p)
}

/** point puts a chart's cursor where the others have theirs. */
export function point(u: uPlot, { linked, series }: Pick<Plot, "linked" | "series">) {
  const at = linked.state.at
  u.setCursor(at === null ? { left: -10, top: -10 } : { left: u.valToPos(series.t[at]!, "x"), top: 10 }, false)
}

function inView(u: uPlot, series: Series): [number, number] | null {
  const { min, max } = u.scales["x"]!
  const [first, last] = whole(series)
  return min == null || max == null || (min <= first && max >= last) ? null : [min, max]
}
