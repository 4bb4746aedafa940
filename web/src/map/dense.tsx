import type { Map, State } from "../document"
import type { CellsProps } from "./cells"
import { fillOf } from "./heat"
import { yOf, type Layout } from "./layout"
import { valueOf } from "./say"

/** DenseCells draws what would be too many elements as one shape for each colour, without texts. */
export function DenseCells({ doc, map, metric, layout }: CellsProps) {
  const shapes = new globalThis.Map<string, string[]>()
  map.cells.forEach((cell, at) => {
    const fill = fillOf(cell, valueOf(doc.rows, cell, metric))
    const shape = shapes.get(fill) ?? []
    shape.push(square(layout, at))
    shapes.set(fill, shape)
  })
  return (
    <g class="dense">
      {[...shapes].map(([fill, squares]) => (
        <g key={fill} class={`cell ${fill}`}>
          <path d={squares.join("")} />
        </g>
      ))}
      <path class="strokes" d={strokes(map, layout)} />
    </g>
  )
}

function square(l: Layout, at: number): string {
  const x = (at % l.columns) * l.pitchX + l.gap / 2
  const y = yOf(l, Math.floor(at / l.columns)) + l.gap / 2
  const w = l.pitchX - l.gap
  return `M${round(x)} ${round(y)}h${round(w)}v${round(l.pitchY - l.gap)}h${round(-w)}z`
}

/** What does not pass has a stroke, so that it is told apart without colour: FAIL a rising one, BORDERLINE a level one. */
function strokes(map: Map, l: Layout): string {
  const w = l.pitchX - l.gap - 3
  const h = l.pitchY - l.gap - 3
  const kinds: Partial<Record<State, string>> = {
    fail: `m0 ${round(h)}l${round(w)} ${round(-h)}`,
    borderline: `m0 ${round(h / 2)}h${round(w)}`,
  }
  const strokes = map.cells.map((cell, at) => {
    const stroke = kinds[cell.state]
    if (!stroke) return ""
    return `M${round((at % l.columns) * l.pitchX + l.gap / 2 + 1.5)} ${round(yOf(l, Math.floor(at / l.columns)) + l.gap / 2 + 1.5)}${stroke}`
  })
  return strokes.join("")
}

const round = (n: number) => Math.round(n * 100) / 100
