import type { Map } from "../document"
import { yOf, type Layout } from "./layout"
import { replicasText } from "./say"

/** Rows are the labels of the replica counts; they stay when a wide map is scrolled. */
export function Rows({ map, layout: l, small }: { map: Map; layout: Layout; small: boolean }) {
  const every = Math.ceil(16 / l.pitchY)
  const width = small || !l.texts ? 34 : 84
  return (
    <svg class="axis" width={width} height={l.height} aria-hidden="true">
      {map.replicas.map((n, row) =>
        row % every === 0 ? (
          <text key={row} x={width - 10} y={yOf(l, row) + l.pitchY / 2} dy="0.36em" text-anchor="end">
            {small || !l.texts ? n : replicasText(n)}
          </text>
        ) : null,
      )}
    </svg>
  )
}

/** footHeight is what Columns needs under the cells. */
export const footHeight = 26

/** Columns are the labels of the users, under the cells. */
export function Columns({ map, layout: l }: { map: Map; layout: Layout }) {
  const every = Math.ceil(46 / l.pitchX)
  return (
    <g class="axis" aria-hidden="true">
      {map.users.map((n, column) =>
        column % every === 0 ? (
          <text key={column} x={(column + 0.5) * l.pitchX} y={l.height + 18} text-anchor="middle">
            {n}
          </text>
        ) : null,
      )}
    </g>
  )
}
