import type { Cell, Map, Metric, PageDocument, Row, Value } from "../document"

// Two runs side by side: which of their cells are the same. Nothing is judged here.

/** Pair is a scenario of either run: the index of its row in each, or null. */
export interface Pair {
  row: Row
  a: number | null
  b: number | null
}

/** pairs are the scenarios of both runs, by replicas, workers, users and round. */
export function pairs(a: PageDocument, b: PageDocument): Pair[] {
  const found = new globalThis.Map<string, Pair>()
  a.rows.forEach((row, i) => found.set(keyOf(row), { row, a: i, b: null }))
  b.rows.forEach((row, i) => {
    const pair = found.get(keyOf(row))
    if (pair) pair.b = i
    else found.set(keyOf(row), { row, a: null, b: i })
  })
  return [...found.values()].sort((x, y) => before(x.row, y.row))
}

const keyOf = (row: Row) => `${row.replicas}/${row.workers}/${row.users}/${row.round}`
const before = (x: Row, y: Row) => x.replicas - y.replicas || x.workers - y.workers || x.users - y.users || x.round - y.round

/** Shared is a metric that either run has: its index in each, or -1. */
export interface Shared {
  metric: Metric
  a: number
  b: number
}

/** sharedMetrics are those of the first run, and then what only the second has. Their ids tell units apart, too. */
export function sharedMetrics(a: PageDocument, b: PageDocument): Shared[] {
  const at = (doc: PageDocument, metric: Metric) => doc.metrics.findIndex((other) => other.id === metric.id && other.unit === metric.unit)
  const first = a.metrics.map((metric, i) => ({ metric, a: i, b: at(b, metric) }))
  const more = b.metrics.map((metric, i) => ({ metric, a: at(a, metric), b: i })).filter((shared) => shared.a < 0)
  return [...first, ...more].map((shared) => ({ ...shared, metric: { ...shared.metric, id: `${shared.metric.id} ${shared.metric.unit}` } }))
}

/** Axes are all replica and user counts of two maps, smallest first. */
export interface Axes {
  replicas: number[]
  users: number[]
}

export function axesOf(a: Map | undefined, b: Map | undefined): Axes {
  const all = (of: (map: Map) => number[]) => [...new Set([a, b].flatMap((map) => (map ? of(map) : [])))].sort((x, y) => x - y)
  return { replicas: all((map) => map.replicas), users: all((map) => map.users) }
}

/** cellAt is a map's cell for so many replicas and users; null if the run has none. */
export function cellAt(map: Map | undefined, replicas: number, users: number): Cell | null {
  const r = map?.replicas.indexOf(replicas) ?? -1
  const u = map?.users.indexOf(users) ?? -1
  const cell = map && r >= 0 && u >= 0 ? map.cells[r * map.users.length + u] : undefined
  return cell && cell.state !== "absent" ? cell : null
}

/** valueIn is a row's value of a metric; null where it is not known. */
export function valueIn(doc: PageDocument, row: number | null, metric: number): Value | null {
  return row === null || metric < 0 ? null : (doc.rows[row]?.values[metric] ?? null)
}

/** Difference is something that the two runs do not have in common. */
export interface Difference {
  name: string
  a: string
  b: string
}

/** differences are what must be known before the two are held against each other. */
export function differences(a: PageDocument, b: PageDocument): Difference[] {
  const of = (name: string, x: string, y: string) => ({ name, a: x || "none", b: y || "none" })
  return [
    of("SLO", a.run.slo, b.run.slo),
    of("Target", a.run.target, b.run.target),
    of("Load", a.run.load, b.run.load),
    of("Engine", a.run.engine, b.run.engine),
  ].filter((difference) => difference.a !== difference.b)
}
