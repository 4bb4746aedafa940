import type { Cell, Map, Metric, Row, Value } from "../document"

// What a cell says in words: to a screen reader, under the map and in its table.

export const replicasText = (n: number) => (n === 1 ? "1 replica" : `${n} replicas`)
export const usersText = (n: number) => (n === 1 ? "1 user" : `${n} users`)

/** withUnit adds a value's unit, unless its text has one already, as "1.2 s" has. */
export const withUnit = (value: Value, unit: string) => (/[a-z%]$/i.test(value.text) || unit === "" ? value.text : `${value.text} ${unit}`)

/** sayCell is all of a cell: "6 replicas, 400 users: PASS, p95 272 ms". */
export function sayCell(map: Map, at: number, metric: Metric | undefined, value: Value | null): string {
  const { replicas, users, cell } = placeOf(map, at)
  const known = metric && value ? `, ${metric.name} ${withUnit(value, metric.unit)}` : ""
  return `${replicasText(replicas)}, ${usersText(users)}: ${cell?.text ?? ""}${known}`
}

/** placeOf is what a cell stands for. */
export function placeOf(map: Map, at: number): { replicas: number; users: number; cell: Cell | undefined } {
  const width = map.users.length
  return { replicas: map.replicas[Math.floor(at / width)] ?? 0, users: map.users[at % width] ?? 0, cell: map.cells[at] }
}

/** valueOf is what a cell shows of a metric; null for what was not measured or is not known. */
export function valueOf(rows: Row[], cell: Cell | undefined, metric: number): Value | null {
  if (cell?.row === null || cell?.row === undefined) return null
  return rows[cell.row]?.values[metric] ?? null
}
