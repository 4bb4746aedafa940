import type { Scale } from "./scale"
import { fixed } from "./marks"
import { tick } from "./text"

/** Box is the area inside the axes. */
export interface Box {
  left: number
  right: number
  top: number
  bottom: number
}

/** Axes draws the lines of y, the labels of both axes and what they measure. */
export function Axes(p: { box: Box; x: Scale; y: Scale; xName: string; yName: string; xTicks?: number[] }) {
  const { box, x, y } = p
  return (
    <g class="axes" aria-hidden="true">
      {y.ticks.map((t) => (
        <g>
          <line class="grid" x1={box.left} x2={box.right} y1={fixed(y.at(t))} y2={fixed(y.at(t))} />
          <text class="tick" x={box.left - 8} y={fixed(y.at(t) + 4)} text-anchor="end">{tick(t)}</text>
        </g>
      ))}
      {apart(p.xTicks ?? x.ticks, x.at).map((t) => (
        <g>
          <line class="tick-mark" x1={fixed(x.at(t))} x2={fixed(x.at(t))} y1={box.bottom} y2={box.bottom + 4} />
          <text class="tick" x={fixed(x.at(t))} y={box.bottom + 18} text-anchor="middle">{tick(t)}</text>
        </g>
      ))}
      <line class="axis" x1={box.left} x2={box.right} y1={box.bottom} y2={box.bottom} />
      <text class="axis-name" x={0} y={11}>{p.yName}</text>
      <text class="axis-name" x={box.right} y={box.bottom + 36} text-anchor="end">{p.xName}</text>
    </g>
  )
}

/** apart drops the labels that would touch the one before. */
export function apart(ticks: number[], at: (v: number) => number): number[] {
  let end = -Infinity
  return ticks.filter((t) => {
    const half = tick(t).length * 4 + 5
    if (at(t) - half < end) return false
    end = at(t) + half
    return true
  })
}

/** Bound is the line of an objective. */
export function Bound(p: { box: Box; y: Scale; at: number }) {
  const y = fixed(p.y.at(p.at))
  return <line class="bound" x1={p.box.left} x2={p.box.right} y1={y} y2={y} />
}
