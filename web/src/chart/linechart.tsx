import { useId } from "preact/hooks"
import { Axes, Bound, type Box } from "./axes"
import type { Curve } from "./curve"
import { CurveLabels } from "./curvelabels"
import { Band, KneeMark, Lines, ModelLine } from "./curveparts"
import { Points } from "./points"
import { linear, logarithmic, type Scale, spans, upTo } from "./scale"
import { useWidth } from "../width"

export interface LineChartProps {
  title: string
  unit: string
  curves: Curve[]
  /** Which curve of all has which colour and shape, so that both charts agree. */
  order: number[]
  bound: { at: number; text: string } | null
  active: number | null
  activate: (row: number | null) => void
  href: (row: number) => string
}

// Loads of so different size need a logarithmic axis; below that, proportion is what to see.
const USERS_FLAT = 50

/** LineChart draws one line per replica count against users. */
export function LineChart(p: LineChartProps) {
  const [ref, width] = useWidth<HTMLDivElement>(640)
  const clip = useId()
  const height = width < 420 ? 270 : 320
  const box: Box = { left: 46, right: width - labelWidth(width, p.curves), top: 26, bottom: height - 44 }
  const x = usersScale(p.curves, box)
  const y = valueScale(p, x.log, box)
  const colour = (c: Curve) => ramp(p.order.indexOf(c.replicas), p.order.length)
  return (
    <div ref={ref} class="plot">
      <svg role="group" aria-label={label(p)} viewBox={`0 0 ${width} ${height}`} width={width} height={height}>
        <clipPath id={clip}><rect x={box.left} y={box.top - 6} width={Math.max(0, box.right - box.left + 6)} height={box.bottom - box.top + 6} /></clipPath>
        <Axes box={box} x={x} y={y} xTicks={userTicks(p.curves, x)} xName={"users" + (x.log ? ", logarithmic" : "")} yName={p.unit + (y.log ? ", logarithmic" : "")} />
        <g clip-path={`url(#${clip})`} aria-hidden="true">
          {p.curves.map((c) => (
            <g class={emphasis(c, p.active)} style={{ "--c": colour(c) }}>
              {c.paths.map((points) => <Band points={points} x={x} y={y} />)}
              <ModelLine model={c.model} x={x} y={y} />
              <Lines curve={c} x={x} y={y} />
              <KneeMark curve={c} x={x} y={y} />
            </g>
          ))}
        </g>
        {p.bound && <Bound box={box} y={y} at={p.bound.at} />}
        <CurveLabels curves={p.curves} box={box} x={x} y={y} width={width} bound={p.bound} colour={colour} active={p.active} />
        <Points {...p} x={x} y={y} colour={colour} />
      </svg>
    </div>
  )
}

const label = (p: LineChartProps) => `${p.title} against users, one line per replica count. Arrow keys move between the points, Enter opens one.`

/** emphasis sets the line with the active point off from the others. */
export function emphasis(c: Curve, active: number | null): string {
  if (active === null) return "curve"
  return c.paths.some((points) => points.some((q) => q.row === active)) ? "curve on" : "curve off"
}

/** ramp is the colour of the i-th of n replica counts: they have an order, and so have these. */
export function ramp(i: number, n: number): string {
  const part = n > 1 ? Math.round((100 * i) / (n - 1)) : 0
  return `color-mix(in oklch, var(--curve-last) ${part}%, var(--curve-first))`
}

function labelWidth(width: number, curves: Curve[]): number {
  const longest = Math.max(1, ...curves.map((c) => String(c.replicas).length))
  return width < 420 ? 18 + longest * 8 : 80 + longest * 8
}

const all = (curves: Curve[]) => curves.flatMap((c) => c.paths.flat())

function usersScale(curves: Curve[], box: Box): Scale {
  const users = all(curves).map((q) => q.x)
  const from = box.left + 12
  if (spans(users, USERS_FLAT)) return logarithmic(Math.min(...users), Math.max(...users), from, box.right)
  return linear(0, Math.max(1, ...users), box.left, box.right)
}

// The loads that were measured are the best labels; too many of them are not.
function userTicks(curves: Curve[], x: Scale): number[] {
  const users = [...new Set(all(curves).map((q) => q.x))].sort((a, b) => a - b)
  return users.length > 12 ? x.ticks : x.log ? users : [0, ...users]
}

function valueScale(p: LineChartProps, usersLog: boolean, box: Box): Scale {
  const values = all(p.curves).map((q) => q.y).filter((v) => v > 0)
  const highest = Math.max(0, ...values)
  const shown = p.bound ? [...values, p.bound.at] : values
  // An interval may reach anywhere; it must not press the lines flat.
  const reach = Math.max(0, ...shown, ...all(p.curves).map((q) => Math.min(q.high, 1.25 * highest)))
  const log = p.bound || usersLog ? spans(shown) : spans(values)
  if (log) return logarithmic(Math.min(...shown) / 1.15, reach * 1.1, box.bottom, box.top)
  return linear(0, upTo(reach), box.bottom, box.top)
}
