import type { Curve, Point } from "./curve"
import { fixed, path } from "./marks"
import type { Scale } from "./scale"

interface On {
  x: Scale
  y: Scale
}

/** Band is the interval around a line. */
export function Band({ points, x, y }: { points: Point[] } & On) {
  if (points.every((q) => q.low === q.high)) return null
  if (points.length === 1) return <Whisker point={points[0]!} x={x} y={y} />
  const upper = points.map((q): [number, number] => [x.at(q.x), y.at(q.high)])
  const lower = points.map((q): [number, number] => [x.at(q.x), y.at(q.low)]).reverse()
  return <path class="band" d={path([...upper, ...lower]) + "Z"} />
}

function Whisker({ point, x, y }: { point: Point } & On) {
  const at = x.at(point.x)
  return <path class="whisker" d={path([[at, y.at(point.low)], [at, y.at(point.high)]])} />
}

/** Lines joins the points of each round. */
export function Lines({ curve, x, y }: { curve: Curve } & On) {
  return <path class="trace" d={curve.paths.map((points) => path(points.map((q) => [x.at(q.x), y.at(q.y)]))).join("")} />
}

/** ModelLine is what a model expects, drawn apart from what was measured. */
export function ModelLine({ model, x, y }: { model: [number, number][] } & On) {
  if (model.length < 2) return null
  return <path class="model" d={path(model.map(([u, v]) => [x.at(u), y.at(v)]))} />
}

/** kneeOf is where a line bends; null where that is not known. */
export function kneeOf({ curve, x, y }: { curve: Curve } & On): [number, number] | null {
  return curve.knee && onLine(curve.paths[0] ?? [], curve.knee.users, x, y)
}

/** KneeMark is a stroke across the line where it bends. */
export function KneeMark(p: { curve: Curve } & On) {
  const at = kneeOf(p)
  if (!at) return null
  const [px, py] = at
  return (
    <g class="knee">
      <line x1={fixed(px)} x2={fixed(px)} y1={fixed(py - 9)} y2={fixed(py + 9)} />
    </g>
  )
}

// The place on the drawn line, which is straight between two points on whatever axes it has.
function onLine(points: Point[], users: number, x: Scale, y: Scale): [number, number] | null {
  const after = points.findIndex((q) => q.x >= users)
  const b = points[after]
  if (!b) return null
  const a = points[after - 1] ?? b
  const at = x.at(users)
  const part = b.x === a.x ? 1 : (at - x.at(a.x)) / (x.at(b.x) - x.at(a.x))
  return after === 0 && b.x !== users ? null : [at, y.at(a.y) + part * (y.at(b.y) - y.at(a.y))]
}
