import { useState } from "preact/hooks"
import type { Curve, Point } from "./curve"
import { emphasis } from "./linechart"
import { mark } from "./marks"
import type { Scale } from "./scale"

interface PointsProps {
  curves: Curve[]
  order: number[]
  x: Scale
  y: Scale
  colour: (c: Curve) => string
  active: number | null
  activate: (row: number | null) => void
  href: (row: number) => string
}

/** Points are links to their cells. One of them takes part in the tab order, the arrow keys reach
 * the others: a chart of a hundred points is one stop, not a hundred. */
export function Points(p: PointsProps) {
  const rows = p.curves.flatMap((c) => c.paths.flat().map((q) => q.row))
  const [last, enter] = useState<number | null>(null)
  const home = last !== null && rows.includes(last) ? last : rows[0]
  return (
    <g class="points" onKeyDown={(e) => steer(e, p.curves)}>
      {p.curves.map((c) => (
        <g class={emphasis(c, p.active)} style={{ "--c": p.colour(c) }}>
          {c.paths.flat().map((q) => <Link point={q} shape={p.order.indexOf(c.replicas)} tab={q.row === home} enter={enter} size={sizeOf(c)} {...p} />)}
        </g>
      ))}
    </g>
  )
}

// Many marks on a line must not hide it.
const sizeOf = (c: Curve) => (c.paths.some((points) => points.length > 20) ? 3 : 4.5)

function Link(p: { point: Point; shape: number; tab: boolean; size: number; enter: (row: number) => void } & PointsProps) {
  const { point: q, active, activate } = p
  const [x, y] = [p.x.at(q.x), p.y.at(q.y)]
  const on = q.row === active
  return (
    <a href={p.href(q.row)} aria-label={q.name} data-row={q.row} tabindex={p.tab ? 0 : -1} class="point-link"
      onFocus={() => (activate(q.row), p.enter(q.row))} onBlur={() => activate(null)} onMouseEnter={() => activate(q.row)} onMouseLeave={() => activate(null)}>
      <circle class="target" cx={x} cy={y} r={12} />
      <path class={"point " + q.state} d={mark(p.shape, x, y, on ? 6.5 : p.size)} />
      {q.state === "borderline" && <path class="point half" d={mark(p.shape, x, y, 0.35 * p.size)} />}
    </a>
  )
}

// Left and right along a line, up and down between lines.
function steer(e: KeyboardEvent, curves: Curve[]) {
  const link = (e.target as Element).closest("[data-row]")
  const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[e.key]
  if (!link || !move) return
  e.preventDefault()
  const to = neighbour(curves, Number(link.getAttribute("data-row")), move[0]!, move[1]!)
  const chart = link.closest(".points")
  chart?.querySelector<SVGElement>(`[data-row="${to}"]`)?.focus()
}

function neighbour(curves: Curve[], row: number, along: number, across: number): number {
  const lines = curves.map((c) => c.paths.flat())
  const line = lines.findIndex((points) => points.some((q) => q.row === row))
  const at = lines[line]!.findIndex((q) => q.row === row)
  if (along) return lines[line]![at + along]?.row ?? row
  const users = lines[line]![at]!.x
  return nearest(lines[line + across] ?? [], users)?.row ?? row
}

function nearest(points: Point[], users: number): Point | undefined {
  return [...points].sort((a, b) => Math.abs(a.x - users) - Math.abs(b.x - users))[0]
}
