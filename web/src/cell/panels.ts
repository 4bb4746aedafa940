// Which columns of an attempt's seconds share a chart.

import type { Column, Series } from "../document"

export interface Panel {
  title: string
  /** The columns of the left axis, all of one unit, and those of a right one. */
  columns: Column[]
  right: Column[]
}

const GROUPS: { title: string; left: string[]; right: string[] }[] = [
  { title: "Requests and failures", left: ["rps", "failed"], right: [] },
  { title: "Latency", left: ["p50", "p95", "p99"], right: [] },
  { title: "Users and replicas", left: ["users"], right: ["replicas", "workers"] },
  { title: "CPU", left: ["target_cpu", "load_cpu"], right: [] },
  { title: "Own delay of the load", left: ["lag"], right: [] },
  { title: "Stood still", left: ["stood_still"], right: [] },
]

/** panels are the charts of a series: only of what it has, and no chart with two units on one axis. */
export function panels(series: Series): Panel[] {
  const find = (ids: string[]) => ids.flatMap((id) => series.columns.filter((c) => c.id === id))
  const known = GROUPS.flatMap((g) => split(g.title, find(g.left), find(g.right)))
  return [...known, ...others(series)]
}

function split(title: string, left: Column[], right: Column[]): Panel[] {
  const units = [...new Set(left.map((c) => c.unit))]
  if (units.length > 1) return units.map((u) => alone(left.filter((c) => c.unit === u)))
  if (left.length === 0) return right.length > 0 ? [{ title, columns: right, right: [] }] : []
  return [{ title, columns: left, right }]
}

// A column that this page does not know yet is shown all the same.
function others(series: Series): Panel[] {
  const known = GROUPS.flatMap((g) => [...g.left, ...g.right])
  return series.columns.filter((c) => !known.includes(c.id)).map((c) => alone([c]))
}

const alone = (columns: Column[]): Panel => ({ title: columns.map((c) => c.name).join(", "), columns, right: [] })
