/** joined tells what was never looked at from what was missed. Who counts every other second has
 * nothing to say of those between: there the line goes on (undefined). Where more is missing than
 * the usual, it has a gap (null). */
export function joined(values: (number | null)[]): (number | null | undefined)[] {
  const known = values.flatMap((v, i) => (v === null ? [] : i))
  const steps = known.slice(1).map((at, i) => at - known[i]!)
  const usual = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 1
  const out: (number | null | undefined)[] = [...values]
  steps.forEach((step, i) => step <= usual && out.fill(undefined, known[i]! + 1, known[i + 1]!))
  return out
}
