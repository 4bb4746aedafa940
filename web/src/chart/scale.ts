// Scales: from values to pixels, and the values worth a line on an axis.

export interface Scale {
  at(v: number): number
  lo: number
  hi: number
  log: boolean
  ticks: number[]
}

// Beyond this factor between the largest and the smallest value, small values would lie flat on
// a linear axis.
const FLAT = 20

/** spans says whether values need a logarithmic axis. */
export function spans(values: number[], factor = FLAT): boolean {
  const positive = values.filter((v) => v > 0)
  return positive.length > 1 && Math.max(...positive) > factor * Math.min(...positive)
}

/** linear is a scale from lo to hi onto the pixels from to to. */
export function linear(lo: number, hi: number, from: number, to: number, count = 5): Scale {
  const step = niceStep((hi - lo) / Math.max(1, count))
  const end = hi > lo ? hi : lo + 1
  const at = (v: number) => from + ((v - lo) / (end - lo)) * (to - from)
  return { at, lo, hi: end, log: false, ticks: multiples(lo, end, step) }
}

/** logarithmic is the same for values that span decades; what is not positive lies at its start. */
export function logarithmic(lo: number, hi: number, from: number, to: number, count = 5): Scale {
  const a = Math.log(lo)
  const b = Math.log(hi > lo ? hi : lo * 2)
  const at = (v: number) => from + ((Math.log(Math.max(v, lo)) - a) / (b - a)) * (to - from)
  return { at, lo, hi, log: true, ticks: logTicks(lo, hi, count) }
}

/** upTo is where an axis ends so that its last line lies at or above hi. */
export function upTo(hi: number, count = 5): number {
  const step = niceStep(hi / count)
  return hi > 0 ? Math.ceil(hi / step - 1e-9) * step : 1
}

function niceStep(raw: number): number {
  if (!(raw > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(raw))
  const times = raw / power
  return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10)
}

function multiples(lo: number, hi: number, step: number): number[] {
  const out: number[] = []
  for (let i = Math.ceil(lo / step - 1e-9); i * step <= hi + step * 1e-9; i++) out.push(round(i * step))
  return out
}

/** logTicks are at most about count round values from lo to hi, each a multiple of the one before. */
export function logTicks(lo: number, hi: number, count: number): number[] {
  for (const per of [[1, 2, 5], [1, 3], [1]]) {
    const out = decades(lo, hi, per)
    if (out.length <= count + 2) return out
  }
  return decades(lo, hi, [1])
}

function decades(lo: number, hi: number, per: number[]): number[] {
  const out: number[] = []
  for (let p = Math.floor(Math.log10(lo)); p <= Math.ceil(Math.log10(hi)); p++) {
    for (const m of per) out.push(round(m * 10 ** p))
  }
  return out.filter((v) => v >= lo * 0.999 && v <= hi * 1.001)
}

// 0.1 + 0.2 must not become a label of 17 digits.
const round = (v: number) => Number(v.toPrecision(12))
