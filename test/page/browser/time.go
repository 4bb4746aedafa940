//go:build page

package browser

import (
	"fmt"
	"time"
)

// Time is how long the page takes from what somebody does until the picture on the screen has
// what they did it for, told by an expression of JavaScript.
func (p *Page) Time(shown string, act func()) time.Duration {
	p.t.Helper()
	p.Settle()
	Eval[bool](p, fmt.Sprintf(`(() => {
		const painted = done => requestAnimationFrame(() => {
			const c = new MessageChannel() // is heard after the frame
			c.port1.onmessage = done
			c.port2.postMessage(0)
		})
		window.took = new Promise(done => {
			const begin = event => {
				for (const type of ["pointerdown", "keydown"]) removeEventListener(type, begin, true)
				const look = () => (%s) ? painted(() => done(performance.now() - event.timeStamp)) : requestAnimationFrame(look)
				requestAnimationFrame(look)
			}
			for (const type of ["pointerdown", "keydown"]) addEventListener(type, begin, true)
		})
		return true
	})()`, shown))
	act()
	return millis(Eval[float64](p, "window.took"))
}

// FirstPaint is how long it took from the beginning until there was something to read.
func (p *Page) FirstPaint() time.Duration {
	p.t.Helper()
	return millis(Eval[float64](p, `new Promise(done => new PerformanceObserver(seen => {
		for (const paint of seen.getEntriesByName("first-contentful-paint")) done(paint.startTime)
	}).observe({type: "paint", buffered: true}))`))
}

func millis(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
