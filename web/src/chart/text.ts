// Numbers of a chart as text. Figures of the report come as text from Go; these are only axis
// labels and what lies under the cursor.

const THIN = "\u202f"

/** number writes a value with three significant digits, or all before the point. */
export function number(v: number): string {
  if (v === 0) return "0"
  const digits = Math.abs(v) >= 100 ? v.toFixed(0) : String(Number(v.toPrecision(3)))
  return grouped(digits)
}

/** tick is a value on an axis, which is not rounded. */
export const tick = (v: number) => grouped(String(Number(v.toPrecision(9))))

/** quantity writes a value with its unit: "12 ms", "3/s", "4". */
export function quantity(v: number | null | undefined, unit: string): string {
  if (v === null || v === undefined) return "–"
  return number(v) + suffix(unit)
}

/** suffix is a unit as it follows a number. */
export function suffix(unit: string): string {
  return unit === "" || unit.startsWith("/") ? unit : "\u00a0" + unit
}

/** seconds is a time on the axis of seconds. */
export const seconds = (t: number) => number(t) + "\u00a0s"

/** replicas is a replica count in words. */
export const replicas = (n: number) => (n === 1 ? "1 replica" : n + " replicas")

function grouped(digits: string): string {
  const [whole, part] = digits.split(".")
  const spaced = whole!.length > 4 ? whole!.replace(/\B(?=(\d{3})+$)/g, THIN) : whole!
  return part ? spaced + "." + part : spaced
}
