/** Viewer is the page without a document of its own. */
export function Viewer() {
  return <main class="page">This page has no run in it.</main>
}
