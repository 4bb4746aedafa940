import type { Map } from "../document"
import { yOf, type Layout } from "./layout"
import { replicasText } from "./say"

/** inside is the middle of a column, or as far to the right as its label is whole. */
function inside(l: Layout, column: number, users: number): number {
  const half = 4.2 * String(users).length
  return Math.min((column + 0.5) * l.pitchX, Math.max(half, l.width - half))
}

/** everyOf is which labels have room: every one, every second, fifth, tenth and so on. */
function everyOf(pitch: number, room: number): number {
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
  return steps.find((step) => step * pitch >= room) ?? 1000
}

/** footHeight is what Columns needs under the cells. */
export const footHeight = 26

/** Rows are the labels of the replica counts; they stay when a wide map is scrolled. */
export function Rows({ map, layout: l, small }: { map: Map; layout: Layout; small: boolean }) {
  const every = everyOf(l.pitchY, 18)
  const width = small ? 46 : 84
  return (
    <svg class="axis" width={width} height={l.height + footHeight} aria-hidden="true">
      {map.replicas.map((n, row) =>
        (row + 1) % every === 0 ? (
          <text key={row} x={width - 10} y={yOf(l, row) + l.pitchY / 2} dy="0.36em" text-anchor="end">
            {small ? n : replicasText(n)}
          </text>
        ) : null,
      )}
      <text x={width - 10} y={l.height + 18} text-anchor="end">
        users
      </text>
    </svg>
  )
}

/** Columns are the labels of the users, under the cells. */
export function Columns({ map, layout: l }: { map: Map; layout: Layout }) {
  const every = everyOf(l.pitchX, 44)
  return (
    <g class="axis" aria-hidden="true">
      {map.users.map((n, column) =>
        (column + 1) % every === 0 ? (
          <text key={column} x={inside(l, column, n)} y={l.height + 18} text-anchor="middle">
            {n}
          </text>
        ) : null,
      )}
    </g>
  )
}
