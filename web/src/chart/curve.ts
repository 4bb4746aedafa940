// What a chart of curves draws: values of rows against users, taken from the document as they are.

import type { CurveLine, Metric, PageDocument, Row, State, Value } from "../document"
import { number, quantity, replicas, suffix } from "./text"

export interface Point {
  row: number
  x: number
  y: number
  low: number
  high: number
  state: State
  name: string
}

export interface Curve {
  replicas: number
  name: string
  /** One path per round: rounds measured the same loads again, so that a line through both would
   * go up and down between them. */
  paths: Point[][]
  knee: CurveLine["knee"]
  model: [number, number][]
}

/** curvesOf are the lines of one metric. A line without a value of it is not there. */
export function curvesOf(doc: PageDocument, lines: CurveLine[], metric: number): Curve[] {
  return lines
    .map((line) => ({
      replicas: line.replicas,
      name: replicas(line.replicas),
      paths: byRound(doc.rows, line.rows).map((rows) => points(doc, rows, metric)).filter((p) => p.length > 0),
      knee: line.knee,
      model: modelOf(doc, line, metric),
    }))
    .filter((curve) => curve.paths.length > 0)
}

function points(doc: PageDocument, rows: number[], metric: number): Point[] {
  return rows.flatMap((row) => {
    const r = doc.rows[row]
    const v = r?.values[metric]
    if (!r || !v) return []
    return [{ row, x: r.users, y: v.v, low: v.low ?? v.v, high: v.high ?? v.v, state: r.state, name: pointName(r, doc.metrics[metric]!, v) }]
  })
}

function byRound(rows: Row[], line: number[]): number[][] {
  const rounds = new Map<number, number[]>()
  for (const row of line) {
    const round = rows[row]?.round ?? 0
    rounds.set(round, [...(rounds.get(round) ?? []), row])
  }
  return [...rounds.values()]
}

function modelOf(doc: PageDocument, line: CurveLine, metric: number): [number, number][] {
  const model = line.model
  if (!model) return []
  const ys = metric === doc.curves.throughput ? model.rps : metric === model.latency_of ? model.latency : []
  return ys.map((y, i) => [model.users[i]!, y])
}

const pointName = (r: Row, m: Metric, v: Value) => `${r.name}: ${m.name} ${valueText(v, m.unit)}, ${r.status}`

/** valueText is a value with its unit and interval: "188 ms (180 to 196)". */
export function valueText(v: Value, unit: string): string {
  const text = /[a-z%]$/i.test(v.text) ? v.text : v.text + suffix(unit)
  return text + intervalText(v, unit)
}

function intervalText(v: Value, unit: string): string {
  if (v.low !== null && v.high !== null) return ` (${number(v.low)} to ${number(v.high)})`
  if (v.low !== null) return ` (at least ${quantity(v.low, unit)})`
  return v.high !== null ? ` (at most ${quantity(v.high, unit)})` : ""
}
