// Colours for what is drawn on a canvas, which style sheets do not reach.

export interface Palette {
  ink: string
  mute: string
  line: string
  card: string
  amber: string
  window: string
  other: string
  series: string[]
}

/** palette reads the colours of an element's theme, light or dark. */
export function palette(of: Element): Palette {
  const style = getComputedStyle(of)
  const get = (name: string) => style.getPropertyValue(name).trim()
  return {
    ink: get("--ink"), mute: get("--mute"), line: get("--line"), card: get("--card"), amber: get("--amber"),
    window: get("--soft"), other: get("--other-phase"),
    series: [get("--series-1"), get("--series-2"), get("--series-3")],
  }
}

/** onTheme calls back when the colours may have changed: light to dark, and to paper and back. */
export function onTheme(changed: () => void): () => void {
  const queries = ["(prefers-color-scheme: dark)", "print"].map((q) => matchMedia(q))
  const observer = new MutationObserver(changed)
  observer.observe(document.documentElement, { attributes: true })
  for (const q of queries) q.addEventListener("change", changed)
  return () => {
    observer.disconnect()
    for (const q of queries) q.removeEventListener("change", changed)
  }
}
