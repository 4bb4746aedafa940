import type { ComponentChildren, RefObject } from "preact"
import { Columns, footHeight } from "./axis"
import { cellId } from "./cells"
import type { Map } from "../document"
import { cellAt, moved, type Layout } from "./layout"
import { Mark } from "./mark"

interface Props {
  box: RefObject<HTMLDivElement | null>
  map: Map
  layout: Layout
  id: string
  label: string
  /** at is the cell that is pointed at. */
  at: number | null
  move: (at: number | null) => void
  open: (at: number | null) => void
  say: (at: number) => string
  /** home is where the keyboard begins. */
  home: number
  children: ComponentChildren
}

/** Plane is the grid to a pointer, to a keyboard and to assistive technology: one stop of the Tab key. */
export function Plane(p: Props) {
  const { layout: l, at, move, open } = p
  const press = (e: KeyboardEvent & { currentTarget: HTMLElement }) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return
    const to = moved(l, at ?? p.home, e.key)
    if (e.key === "Enter" || e.key === " ") open(at)
    else if (to !== null) {
      move(to)
      keepInSight(e.currentTarget, l, to)
    } else return
    e.preventDefault()
  }
  return (
    <div
      class="scroll"
      ref={p.box}
      role="grid"
      aria-label={p.label}
      aria-rowcount={l.rows}
      aria-colcount={l.columns}
      aria-activedescendant={at === null ? undefined : cellId(p.id, at)}
      tabIndex={0}
      onFocus={() => at === null && move(p.home)}
      onBlur={() => move(null)}
      onKeyDown={press}
      onPointerMove={(e) => move(under(e, l))}
      onPointerLeave={(e) => document.activeElement !== e.currentTarget && move(null)}
      onClick={(e) => open(under(e, l))}
    >
      {l.width > 0 && (
        <svg class="cells" role="presentation" width={l.width} height={l.height + footHeight} viewBox={`0 0 ${l.width} ${l.height + footHeight}`}>
          {p.children}
          <Columns map={p.map} layout={l} />
          <Mark layout={l} at={at} kind="pointed" />
          {!l.texts && at !== null && <Named id={cellId(p.id, at)} layout={l} at={at} label={p.say(at)} />}
        </svg>
      )}
    </div>
  )
}

/** under is the cell under the pointer. */
function under(e: MouseEvent & { currentTarget: HTMLElement }, l: Layout): number | null {
  const box = e.currentTarget.querySelector(".cells")?.getBoundingClientRect()
  return box ? cellAt(l, e.clientX - box.left, e.clientY - box.top) : null
}

/** Named stands for a cell that has no element of its own. */
function Named({ id, layout: l, at, label }: { id: string; layout: Layout; at: number; label: string }) {
  const seen = Math.floor(at / l.columns)
  return (
    <g role="row" aria-rowindex={(l.flipped ? l.rows - 1 - seen : seen) + 1}>
      <g role="gridcell" key={id} id={id} aria-colindex={(at % l.columns) + 1} aria-label={label} />
    </g>
  )
}

function keepInSight(box: HTMLElement, l: Layout, at: number) {
  const left = (at % l.columns) * l.pitchX
  if (left < box.scrollLeft) box.scrollLeft = left
  else if (left + l.pitchX > box.scrollLeft + box.clientWidth) box.scrollLeft = left + l.pitchX - box.clientWidth
}
