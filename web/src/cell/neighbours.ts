import type { Row } from "../document"

interface Neighbour {
  text: string
  /** The key that is drawn before it. */
  arrow: string
  row: Row
}

/** neighbours are the next measured scenarios with fewer or more replicas or users. */
export function neighbours(rows: Row[], of: Row): Neighbour[] {
  const beside = rows.filter((r) => r.workers === of.workers && r.round === of.round)
  const byUsers = sorted(beside.filter((r) => r.replicas === of.replicas), "users")
  const byReplicas = sorted(beside.filter((r) => r.users === of.users), "replicas")
  return [
    next(below(byUsers, "users", of), "←", "fewer users", "users"),
    next(above(byUsers, "users", of), "→", "more users", "users"),
    next(below(byReplicas, "replicas", of), "↓", "fewer replicas", "replicas"),
    next(above(byReplicas, "replicas", of), "↑", "more replicas", "replicas"),
  ].flatMap((n) => n ?? [])
}

type Axis = "users" | "replicas"

const sorted = (rows: Row[], by: Axis) => [...rows].sort((a, b) => a[by] - b[by])

const below = (rows: Row[], by: Axis, of: Row) => rows.filter((r) => r[by] < of[by]).pop()

const above = (rows: Row[], by: Axis, of: Row) => rows.find((r) => r[by] > of[by])

const next = (row: Row | undefined, arrow: string, text: string, by: Axis) => row && { row, arrow, text: `${text}: ${row[by]}` }
