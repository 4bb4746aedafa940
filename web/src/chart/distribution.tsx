import type { Distribution } from "../document"
import { apart, Axes, type Box } from "./axes"
import { fixed, path } from "./marks"
import { linear, logarithmic, type Scale, spans, upTo } from "./scale"
import { number } from "./text"
import { useWidth } from "../width"

/** Mark is an objective on a percentile: the chart says on which side the line passes it. */
export interface Mark {
  percentile: number
  at: number
  text: string
}

/** DistributionChart is latency by percentile. Each step to the right is a tenth of the requests
 * of the one before: the tail has as much room as the rest. */
export function DistributionChart({ of, marks }: { of: Distribution; marks: Mark[] }) {
  const [ref, width] = useWidth<HTMLDivElement>(640)
  const box: Box = { left: 46, right: width - 22, top: 26, bottom: 226 }
  const x = tail(of, box)
  const y = millis(of, marks, box)
  const line = of.percentiles.map((p, i): [number, number] => [x.at(p), y.at(of.ms[i]!)])
  return (
    <div ref={ref} class="plot">
      <svg role="img" aria-label={spoken(of)} viewBox={`0 0 ${width} 270`} width={width} height={270}>
        <Axes box={box} x={x} y={y} xTicks={[]} xName="of all requests, % (the tail enlarged)" yName={"ms" + (y.log ? ", logarithmic" : "")} />
        {apart(STEPS.filter((p) => p <= of.percentiles[of.percentiles.length - 1]!), x.at).map((p) => <Step p={p} x={x.at(p)} box={box} />)}
        <path class="percentiles" d={path(line)} />
        {line.length === 1 && <circle class="dot" cx={line[0]![0]} cy={line[0]![1]} r={4} />}
        {marks.map((m) => <Objective mark={m} x={x.at(m.percentile)} y={y.at(m.at)} box={box} />)}
      </svg>
    </div>
  )
}

const STEPS = [0, 50, 90, 95, 99, 99.9, 99.99, 99.999]

// From here on a percentile lies as far right as its odds are long: 1 in 10, 1 in 100, 1 in 1000.
function tail(of: Distribution, box: Box): Scale {
  const odds = (p: number) => 1 / (1 - Math.min(p, 99.9999) / 100)
  const scale = logarithmic(1, Math.max(10, odds(of.percentiles[of.percentiles.length - 1] ?? 0)), box.left, box.right)
  return { ...scale, at: (p) => scale.at(odds(p)) }
}

function millis(of: Distribution, marks: Mark[], box: Box): Scale {
  // The fastest requests are of no interest: they do not decide how high the tail may be drawn.
  const upper = of.ms.filter((v, i) => v > 0 && of.percentiles[i]! >= 50)
  const values = [...upper, ...marks.map((m) => m.at)]
  const highest = Math.max(1, ...values)
  if (spans(values)) return logarithmic(Math.min(...values) / 2, highest * 1.1, box.bottom, box.top)
  return linear(0, upTo(highest), box.bottom, box.top)
}

function Step({ p, x, box }: { p: number; x: number; box: Box }) {
  return (
    <g>
      <line class="grid" x1={fixed(x)} x2={fixed(x)} y1={box.top} y2={box.bottom} />
      <text class="tick" x={fixed(x)} y={box.bottom + 18} text-anchor="middle">{p}</text>
    </g>
  )
}

function Objective({ mark, x, y, box }: { mark: Mark; x: number; y: number; box: Box }) {
  const left = x > (box.left + box.right) / 2
  return (
    <g>
      <path class="bound" d={`M${box.left},${fixed(y)}H${fixed(x)}V${box.bottom}`} fill="none" />
      <text class="bound-label" x={fixed(left ? x - 8 : x + 8)} y={fixed(y - 7)} text-anchor={left ? "end" : "start"}>{mark.text}</text>
    </g>
  )
}

function spoken(of: Distribution): string {
  const at = [50, 90, 95, 99, 99.9].map((p) => [p, of.percentiles.indexOf(p)] as const).filter(([, i]) => i >= 0)
  return "Latency by percentile. " + at.map(([p, i]) => `${p} %: ${number(of.ms[i]!)} ms`).join(", ")
}
