import type { RefObject } from "preact"
import { useLayoutEffect, useRef, useState } from "preact/hooks"

/** useWidth is how wide what is in an element may be in CSS pixels, also after it has changed, so
 * that texts keep their size instead of shrinking with the drawing. Before it is known it is initial. */
export function useWidth<E extends HTMLElement>(initial = 0): [RefObject<E | null>, number] {
  const box = useRef<E | null>(null)
  const [width, set] = useState(initial)
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const style = getComputedStyle(element)
    const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight)
    const measure = () => {
      const inside = Math.floor(element.clientWidth - padding)
      if (inside > 0) set(inside) // what is not shown has none
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [box, width]
}
