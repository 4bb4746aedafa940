// When a drawing on a canvas has to be made or made again. Each gives what ends it.

/** whenNear calls back when an element comes near the view. */
export function whenNear(element: Element, near: () => void): () => void {
  const seen = (entries: IntersectionObserverEntry[]) => entries.some((e) => e.isIntersecting) && near()
  const observer = new IntersectionObserver(seen, { rootMargin: "300px" })
  observer.observe(element)
  return () => observer.disconnect()
}

/** onWidth calls back when an element has another width. */
export function onWidth(element: Element, changed: (width: number) => void): () => void {
  const observer = new ResizeObserver(() => element.clientWidth > 0 && changed(element.clientWidth))
  observer.observe(element)
  return () => observer.disconnect()
}

// The width of an A4 page between its margins: a canvas is not laid out again for paper.
const PAPER = 660

interface Printed {
  make: () => void
  recolour: () => void
  size: (width: number) => void
}

/** onPaper makes a drawing for the printer, and the one for the screen again. */
export function onPaper(element: Element, { make, recolour, size }: Printed): () => void {
  const before = () => {
    make()
    recolour()
    size(PAPER)
  }
  const after = () => {
    recolour()
    size(element.clientWidth)
  }
  addEventListener("beforeprint", before)
  addEventListener("afterprint", after)
  return () => {
    removeEventListener("beforeprint", before)
    removeEventListener("afterprint", after)
  }
}
