import type { CurveLine } from "./document"
import { Folded } from "./folded"
import { replicas } from "./chart/text"

// More lines than this cannot be told apart, and their shapes begin again.
const READABLE = 8

/** someLines are the replica counts to begin with: all, or as many as can be told apart, evenly
 * over the range. */
export function someLines(lines: CurveLine[]): number[] {
  if (lines.length <= READABLE) return lines.map((l) => l.replicas)
  const step = (lines.length - 1) / (READABLE - 1)
  return Array.from({ length: READABLE }, (_, i) => lines[Math.round(i * step)]!.replicas)
}

/** LineChoice chooses lines where there are too many for one chart. */
export function LineChoice(p: { lines: CurveLine[]; shown: number[]; show: (replicas: number[]) => void }) {
  if (p.lines.length <= READABLE) return null
  const toggle = (n: number) => p.show(p.shown.includes(n) ? p.shown.filter((s) => s !== n) : [...p.shown, n])
  return (
    <Folded class="behind" summary={`${p.shown.length} of ${p.lines.length} replica counts are drawn; choose others`}>{() => (
      <div class="choice many" role="group" aria-label="Replica counts to draw">
        {p.lines.map((l) => (
          <button type="button" aria-pressed={p.shown.includes(l.replicas)} aria-label={replicas(l.replicas)} onClick={() => toggle(l.replicas)}>{l.replicas}</button>
        ))}
      </div>
    )}</Folded>
  )
}
