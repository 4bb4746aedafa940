// Places for labels where they hide the least.

export type At = [number, number]

/** Place is a label's box: x and y are its left end and its middle. */
export interface Place {
  x: number
  y: number
  width: number
}

const HALF = 8

/** Ground is what labels should not lie on: the drawn lines as points, and labels already there. */
export class Ground {
  private readonly lines: At[]
  private readonly labels: Place[] = []

  constructor(lines: At[][]) {
    this.lines = lines.flatMap(dense)
  }

  /** put takes the candidate that hides the least; among equals, the earlier one. */
  put(candidates: Place[]): Place {
    let best = candidates[0]!
    let least = Infinity
    candidates.forEach((c, i) => {
      const cost = this.hides(c) + i * 0.4
      if (cost < least) [best, least] = [c, cost]
    })
    this.labels.push(best)
    return best
  }

  private hides(p: Place): number {
    const lines = this.lines.filter(([x, y]) => x > p.x - 3 && x < p.x + p.width + 3 && Math.abs(y - p.y) < HALF + 2).length
    const labels = this.labels.filter((o) => o.x < p.x + p.width + 4 && p.x < o.x + o.width + 4 && Math.abs(o.y - p.y) < 2 * HALF - 1).length
    return lines + 1000 * labels
  }
}

// A line as points close enough that no label fits between two of them.
function dense(line: At[]): At[] {
  return line.flatMap(([x, y], i) => {
    const [px, py] = line[i - 1] ?? [x, y]
    const n = Math.max(1, Math.ceil(Math.hypot(x - px, y - py) / 6))
    return Array.from({ length: n }, (_, k): At => [x - ((x - px) * k) / n, y - ((y - py) * k) / n])
  })
}
