// Shapes that tell the lines apart without colour.

const SHAPES = [polygon(24, 0), polygon(4, 45, 1.2), polygon(3, -90, 1.25), polygon(4, 0, 1.25), polygon(3, 90, 1.25), polygon(5, -90, 1.15), polygon(6, 0, 1.1), star()]

/** mark is the path of the n-th shape with about this radius. */
export function mark(n: number, x: number, y: number, r: number): string {
  const points = SHAPES[n % SHAPES.length]!
  return "M" + points.map(([px, py]) => fixed(x + px * r) + "," + fixed(y + py * r)).join("L") + "Z"
}

/** path joins points by lines. */
export const path = (points: [number, number][]) => points.map(([x, y], i) => (i ? "L" : "M") + fixed(x) + "," + fixed(y)).join("")

export const fixed = (v: number) => (Number.isFinite(v) ? v.toFixed(1) : "0")

function polygon(sides: number, turn: number, size = 1): [number, number][] {
  return Array.from({ length: sides }, (_, i) => around((i * 360) / sides + turn, size))
}

function star(): [number, number][] {
  return Array.from({ length: 8 }, (_, i) => around(i * 45 - 90, i % 2 ? 0.55 : 1.5))
}

function around(degrees: number, size: number): [number, number] {
  const a = (degrees * Math.PI) / 180
  return [Math.cos(a) * size, Math.sin(a) * size]
}
