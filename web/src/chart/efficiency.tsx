import type { Size } from "../document"
import { apart, Axes, type Box } from "./axes"
import { fixed } from "./marks"
import { linear, type Scale, upTo } from "./scale"
import { useWidth } from "../width"

/** EfficiencyChart has a bar for each replica count whose efficiency is known, against the line
 * that linear scaling would reach. */
export function EfficiencyChart({ sizes: all }: { sizes: Size[] }) {
  const [ref, width] = useWidth<HTMLDivElement>(420)
  const sizes = all.slice(0, all.map((s) => s.efficiency !== null).lastIndexOf(true) + 1)
  const box: Box = { left: 46, right: width - 8, top: 30, bottom: 186 }
  const y = linear(0, Math.max(100, upTo(100 * Math.max(...sizes.map((s) => s.efficiency ?? 0)))), box.bottom, box.top, 4)
  const places = linear(-0.5, sizes.length - 0.5, box.left, box.right)
  const labelled = apart([...sizes.keys()], places.at)
  return (
    <div ref={ref} class="plot">
      <svg role="img" aria-label={"Efficiency by replicas: " + sizes.map((s) => `${s.replicas}: ${percent(s)}`).join(", ")}
        viewBox={`0 0 ${width} 230`} width={width} height={230}>
        <Axes box={box} x={places} xTicks={[]} y={y} xName="replicas" yName="%" />
        <Linear box={box} y={y.at(100)} />
        {sizes.map((s, i) => <Bar size={s} labelled={labelled.includes(i)} x={places.at(i)} width={Math.min(56, 0.76 * (places.at(1) - places.at(0)))} y={y} box={box} />)}
      </svg>
    </div>
  )
}

function Bar(p: { size: Size; labelled: boolean; x: number; width: number; y: Scale; box: Box }) {
  const top = p.y.at(100 * (p.size.efficiency ?? 0))
  return (
    <g>
      <rect class="bar" x={fixed(p.x - p.width / 2)} y={fixed(top)} width={fixed(p.width)} height={fixed(p.box.bottom - top)} rx={2} />
      {p.width > 28 && <text class="bar-text" x={fixed(p.x)} y={fixed(top - 6)} text-anchor="middle">{percent(p.size)}</text>}
      {p.labelled && <text class="tick" x={fixed(p.x)} y={p.box.bottom + 18} text-anchor="middle">{p.size.replicas}</text>}
    </g>
  )
}

const percent = (s: Size) => (s.efficiency === null ? "–" : Math.round(100 * s.efficiency) + " %")

function Linear({ box, y }: { box: Box; y: number }) {
  return (
    <g class="linear">
      <line x1={box.left} x2={box.right} y1={fixed(y)} y2={fixed(y)} />
    </g>
  )
}
