import { useEffect } from "preact/hooks"

/** useUnfoldedPrint unfolds for the printer what is folded on the screen. */
export function useUnfoldedPrint() {
  useEffect(() => {
    let folded: HTMLDetailsElement[] = []
    const unfold = () => {
      folded = [...document.querySelectorAll<HTMLDetailsElement>("details.print:not([open])")]
      for (const details of folded) details.open = true
    }
    const fold = () => {
      for (const details of folded) details.open = false
    }
    addEventListener("beforeprint", unfold)
    addEventListener("afterprint", fold)
    return () => {
      removeEventListener("beforeprint", unfold)
      removeEventListener("afterprint", fold)
    }
  }, [])
}
