import { useMemo } from "preact/hooks"
import type { Box } from "./axes"
import type { Curve } from "./curve"
import { kneeOf } from "./curveparts"
import { emphasis } from "./linechart"
import { fixed } from "./marks"
import { type At, Ground, type Place } from "./place"
import type { Scale } from "./scale"

interface LabelsProps {
  curves: Curve[]
  box: Box
  x: Scale
  y: Scale
  width: number
  bound: { at: number; text: string } | null
  colour: (c: Curve) => string
  active: number | null
}

/** CurveLabels names each line where it ends, so that nobody has to look it up in a legend, and
 * the bound. */
export function CurveLabels(p: LabelsProps) {
  const { labels, knee, bound } = useMemo(() => placedAll(p), [p.curves, p.width, p.bound?.at])
  return (
    <g aria-hidden="true">
      {bound && <text class="bound-label" x={fixed(bound.x)} y={fixed(bound.y + 4)}>{p.bound!.text}</text>}
      {knee && <text class="knee-label" style={{ "--c": p.colour(knee.curve) }} x={fixed(knee.at.x)} y={fixed(knee.at.y + 4)}>knee</text>}
      {labels.map((l) => (
        <g class={emphasis(l.curve, p.active) + " curve-label"} style={{ "--c": p.colour(l.curve) }}>
          {l.far && <path class="leader" d={`M${fixed(l.end[0] + 5)},${fixed(l.end[1])}L${fixed(l.at.x - 2)},${fixed(l.at.y)}`} />}
          <text x={fixed(l.at.x)} y={fixed(l.at.y + 4)}>{l.text}</text>
        </g>
      ))}
    </g>
  )
}

function placedAll(p: LabelsProps) {
  const ground = new Ground(p.curves.flatMap((c) => c.paths.map((points) => points.map((q): At => [p.x.at(q.x), p.y.at(q.y)]))))
  const labels = [...p.curves].reverse().map((curve) => ({ curve, ...placed(curve, p, ground) }))
  return { labels, knee: knee(p, ground), bound: p.bound && ground.put(alongBound(p.bound, p)) }
}

// One knee is named, which explains the strokes on the other lines.
function knee(p: LabelsProps, ground: Ground) {
  const curve = p.curves.find((c) => kneeOf({ curve: c, x: p.x, y: p.y }))
  if (!curve) return null
  const [x, y] = kneeOf({ curve, x: p.x, y: p.y })!
  const places = [-12, -17, 12, 17].flatMap((d) => [{ x: x - 34, y: y + d, width: 30 }, { x: x + 5, y: y + d, width: 30 }])
  return { curve, at: ground.put(places) }
}

function placed(curve: Curve, p: LabelsProps, ground: Ground) {
  const points = curve.paths[0]!
  const last = points[points.length - 1]!
  const end: At = [p.x.at(last.x), Math.max(p.box.top, p.y.at(last.y))]
  const text = p.width < 420 ? String(curve.replicas) : curve.name
  const at = ground.put(around(end, text.length * 7.4, p))
  return { end, text, at, far: at.x > end[0] && Math.abs(at.y - end[1]) > 20 }
}

// Beside the end first, then above and below it, then up and down in the margin with a leader.
function around([x, y]: At, width: number, p: LabelsProps): Place[] {
  const beside = [0, -13, 13, -18, 18].map((d) => ({ x: x + 11, y: y + d, width }))
  const over = [-17, 17].map((d) => ({ x: x - width / 2, y: y + d, width }))
  const further = [30, 45, 60, 75, 90, 105, 120].flatMap((d) => [-d, d]).map((d) => ({ x: x + 14, y: y + d, width }))
  const fits = [...beside.slice(0, 3), ...over, ...beside.slice(3), ...further].filter((l) => inside(l, p))
  return fits.length > 0 ? fits : beside
}

const inside = (l: Place, p: LabelsProps) => l.y > p.box.top - 12 && l.y < p.box.bottom - 2 && l.x + l.width <= p.width

function alongBound(bound: { at: number; text: string }, p: LabelsProps): Place[] {
  const y = p.y.at(bound.at)
  const width = bound.text.length * 7
  const room = Math.max(0, p.box.right - p.box.left - width - 12)
  const starts = [0, 1, 0.12, 0.25, 0.37, 0.5, 0.62, 0.75, 0.87].map((part) => p.box.left + 6 + part * room)
  const all = starts.flatMap((x) => [{ x, y: y - 11, width }, { x, y: y + 12, width }])
  return all.filter((l) => l.y > p.box.top - 8 && l.y < p.box.bottom - 4)
}
