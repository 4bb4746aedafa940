import { useId, useMemo, useState } from "preact/hooks"
import type { Map, Metric, PageDocument } from "../document"
import type { Selection } from "../state"
import { Rows } from "./axis"
import { Cells } from "./cells"
import { DenseCells } from "./dense"
import { Frontier } from "./frontier"
import { layoutOf, startOf, type Layout } from "./layout"
import { Mark } from "./mark"
import { Plane } from "./plane"
import { sayCell, valueOf } from "./say"
import { useWidth } from "../width"

interface Props extends Selection {
  doc: PageDocument
  map: Map
  metric: number
  small?: boolean
}

/** Grid is one map with its title, its axes and what the cell that is pointed at says. */
export function Grid({ doc, map, metric, selected, select, small = false }: Props) {
  const [box, width] = useWidth<HTMLDivElement>()
  const [at, move] = useState<number | null>(null)
  const layout = useMemo(() => layoutOf(map, width, small), [map, width, small])
  const chosen = useMemo(() => (selected === null ? -1 : map.cells.findIndex((cell) => cell.row === selected)), [map, selected])
  const say = (cell: number) => sayCell(map, cell, doc.metrics[metric], valueOf(doc.rows, map.cells[cell], metric))
  const open = (cell: number | null) => {
    const row = cell === null ? null : map.cells[cell]?.row
    if (row !== null && row !== undefined) select(row)
  }
  const id = useId()
  const picture = usePicture(doc, map, metric, layout, id)
  const short = small || !layout.texts || width < 420
  const label = [`${doc.metrics[metric]?.name ?? "state"} by replicas and users`, map.title].filter(Boolean).join(", ")
  return (
    <figure class={small ? "map small" : "map"}>
      {map.title !== "" && <figcaption>{map.title}</figcaption>}
      {short && <p class="vertical">replicas</p>}
      <div class="sheet">
        <Rows map={map} layout={layout} small={short} />
        <Plane {...{ box, map, layout, id, label, at, move, open, say }} home={chosen < 0 ? startOf(layout) : chosen}>
          {picture}
          <Mark layout={layout} at={chosen} kind="chosen" />
        </Plane>
      </div>
      <p class="readout">{at !== null ? say(at) : small ? "" : hint(doc.metrics[metric])}</p>
    </figure>
  )
}

/** hint says what can be done while nothing is pointed at. */
function hint(metric: Metric | undefined): string {
  const unit = metric && metric.unit !== "" ? ` in ${metric.unit}` : ""
  const counted = metric?.unit === "ms" && metric.bound !== null ? ", where requests that failed or did not end count as slow" : ""
  return `${metric?.name ?? "State"}${unit}${counted}. A click or Enter opens a cell.`
}

/** What does not change while a pointer moves is not made again. */
function usePicture(doc: PageDocument, map: Map, metric: number, layout: Layout, id: string) {
  return useMemo(() => {
    if (layout.width === 0) return null // not known yet
    const Kind = layout.texts ? Cells : DenseCells
    return (
      <>
        <Kind doc={doc} map={map} metric={metric} layout={layout} id={id} />
        <Frontier map={map} layout={layout} />
      </>
    )
  }, [doc, map, metric, layout, id])
}
