import type { Cell, Map, PageDocument, Value } from "../document"
import { signOf } from "../sign"
import { fillOf } from "./heat"
import { yOf, type Layout } from "./layout"
import { sayCell, valueOf } from "./say"

export interface CellsProps {
  doc: PageDocument
  map: Map
  metric: number
  layout: Layout
  id: string
}

/** cellId names a cell for assistive technology. */
export const cellId = (id: string, at: number) => `${id}-${at}`

/** Cells draws each cell with its sign and number. */
export function Cells({ doc, map, metric, layout, id }: CellsProps) {
  const top = layout.flipped ? map.replicas.map((_, i) => i).reverse() : map.replicas.map((_, i) => i)
  return (
    <>
      {top.map((row) => (
        <g role="row" key={row}>
          {map.users.map((_, column) => {
            const at = row * layout.columns + column
            const cell = map.cells[at]
            if (!cell) return null
            const value = valueOf(doc.rows, cell, metric)
            const label = sayCell(map, at, doc.metrics[metric], value)
            return (
              <g role="gridcell" key={at} id={cellId(id, at)} aria-label={label} class={`cell ${fillOf(cell, value)} ${cell.state}`}>
                <Inside cell={cell} value={value} layout={layout} x={column * layout.pitchX} y={yOf(layout, row)} />
              </g>
            )
          })}
        </g>
      ))}
    </>
  )
}

/** A sign is drawn 12 by 12. */
const size = 12

function Inside({ cell, value, layout: l, x, y }: { cell: Cell; value: Value | null; layout: Layout; x: number; y: number }) {
  const width = l.pitchX - l.gap
  const height = l.pitchY - l.gap
  const text = cell.state.startsWith("inferred") ? "" : (value?.text ?? "")
  const middle = y + l.pitchY / 2 + (wide(l) ? 0 : 4)
  return (
    <>
      <rect x={x + l.gap / 2} y={y + l.gap / 2} width={width} height={height} rx={4} />
      <SignAt state={cell.state} {...signPlace(l, x, y, text)} />
      {text !== "" && (
        <text x={x + l.pitchX / 2 + (wide(l) && signOf(cell.state) ? 8 : 0)} y={middle} dy="0.36em">
          {text}
        </text>
      )}
    </>
  )
}

/** Beside the number where there is room, else in the corner; without a number in the middle. */
function signPlace(l: Layout, x: number, y: number, text: string) {
  if (text === "") return { x: x + l.pitchX / 2 - size / 2, y: y + l.pitchY / 2 - size / 2, scale: 1 }
  if (wide(l)) return { x: x + l.pitchX / 2 - Math.max(34, 4.6 * text.length + 16), y: y + l.pitchY / 2 - 5, scale: 0.85 }
  return { x: x + l.gap / 2 + 4, y: y + l.gap / 2 + 4, scale: 0.6 }
}

const wide = (l: Layout) => l.pitchX >= 80

function SignAt({ state, x, y, scale }: { state: Cell["state"]; x: number; y: number; scale: number }) {
  const d = signOf(state)
  return d ? <path class="mark" d={d} transform={`translate(${x} ${y}) scale(${scale})`} /> : null
}
