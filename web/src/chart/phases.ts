// What lies behind and over an attempt's lines: its phases and what happened in it.

import uPlot from "uplot"
import type { Event, Phase, Series } from "../document"
import type { Palette } from "./palette"

const FONT = '11px system-ui, "Segoe UI", "DejaVu Sans", sans-serif'

/** drawPhases shades ramp, settle and window, with their names where those fit. */
export function drawPhases(u: uPlot, series: Series, colours: Palette) {
  within(u, (px) => series.phases.forEach((p) => drawPhase(u, p, colours, px)))
}

function drawPhase(u: uPlot, phase: Phase, colours: Palette, px: number) {
  const { ctx, bbox } = u
  const from = Math.max(bbox.left, u.valToPos(phase.from, "x", true))
  const to = Math.min(bbox.left + bbox.width, u.valToPos(phase.to, "x", true))
  if (to <= from) return
  ctx.fillStyle = phase.name === "window" ? colours.window : colours.other
  ctx.fillRect(from, bbox.top, to - from, bbox.height)
  ctx.fillStyle = colours.line
  if (phase.from > 0) ctx.fillRect(from, bbox.top, px, bbox.height)
  ctx.fillStyle = colours.mute
  if (ctx.measureText(phase.name).width + 10 * px < to - from) ctx.fillText(phase.name, from + 5 * px, bbox.top + 12 * px)
}

/** drawEvents marks each event with a line and its number, and its text where named and there is
 * room before the next. */
export function drawEvents(u: uPlot, events: Event[], colours: Palette, named: boolean) {
  within(u, (px) => {
    let end = -Infinity
    events.forEach((e, i) => {
      const x = u.valToPos(e.at, "x", true)
      if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) return
      strike(u, x, colours.ink, px)
      if (x < end) return // the numbers of a burst would lie on each other
      badge(u, x, String(i + 1), colours, px)
      end = x + 17 * px
      const next = events[i + 1] ? u.valToPos(events[i + 1]!.at, "x", true) : Infinity
      if (named) caption(u, x, Math.min(next - 10 * px, u.bbox.left + u.bbox.width), e.text, colours, px)
    })
  })
}

function strike(u: uPlot, x: number, colour: string, px: number) {
  const { ctx, bbox } = u
  ctx.strokeStyle = colour
  ctx.lineWidth = px
  ctx.setLineDash([px, 2 * px])
  ctx.beginPath()
  ctx.moveTo(x, bbox.top)
  ctx.lineTo(x, bbox.top + bbox.height)
  ctx.stroke()
  ctx.setLineDash([])
}

function badge(u: uPlot, x: number, text: string, colours: Palette, px: number) {
  const { ctx, bbox } = u
  const y = bbox.top + bbox.height - 10 * px
  ctx.fillStyle = colours.ink
  ctx.beginPath()
  ctx.arc(x, y, 8 * px, 0, 2 * Math.PI)
  ctx.fill()
  ctx.fillStyle = colours.card
  ctx.textAlign = "center"
  ctx.fillText(text, x, y + 4 * px)
  ctx.textAlign = "left"
}

function caption(u: uPlot, x: number, end: number, text: string, colours: Palette, px: number) {
  const from = x + 12 * px
  if (from + u.ctx.measureText(text).width > end) return
  u.ctx.fillStyle = colours.ink
  halo(u.ctx, text, from, u.bbox.top + u.bbox.height - 6 * px, colours.window, px)
}

/** drawBound draws an objective's line with its label. */
export function drawBound(u: uPlot, bound: number, text: string, colours: Palette) {
  const y = u.valToPos(bound, "y", true)
  within(u, (px) => {
    const { ctx, bbox } = u
    if (y < bbox.top || y > bbox.top + bbox.height) return
    ctx.strokeStyle = ctx.fillStyle = colours.amber
    ctx.lineWidth = 1.5 * px
    ctx.setLineDash([6 * px, 4 * px])
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
    ctx.setLineDash([])
    ctx.textAlign = "right"
    halo(ctx, text, bbox.left + bbox.width - 5 * px, y - 5 * px > bbox.top + 10 * px ? y - 5 * px : y + 13 * px, colours.card, px)
    ctx.textAlign = "left"
  })
}

function halo(ctx: CanvasRenderingContext2D, text: string, x: number, y: number, around: string, px: number) {
  ctx.strokeStyle = around
  ctx.lineWidth = 3 * px
  ctx.lineJoin = "round"
  ctx.strokeText(text, x, y)
  ctx.fillText(text, x, y)
}

// Drawing in device pixels, with the state of the canvas left as it was.
function within(u: uPlot, draw: (px: number) => void) {
  const px = uPlot.pxRatio
  u.ctx.save()
  u.ctx.font = FONT.replace("11px", `${11 * px}px`)
  u.ctx.textAlign = "left"
  u.ctx.textBaseline = "alphabetic"
  draw(px)
  u.ctx.restore()
}
