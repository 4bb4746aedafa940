package web

import (
	"container/list"
	"sync"
)

// cacheBytes is how much of documents is kept, as they are sent: compressed.
const cacheBytes = 64 << 20

// cache keeps the documents that were asked for last.
type cache struct {
	mu   sync.Mutex
	most int
	size int
	// order has kept, the latest first.
	order *list.List
	of    map[string]*list.Element
}

type kept struct {
	dir   string
	stamp stamp
	data  []byte
}

func newCache(most int) *cache {
	return &cache{most: most, order: list.New(), of: map[string]*list.Element{}}
}

// get returns the document of a directory if it was made from the same files.
func (c *cache) get(dir string, s stamp) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.of[dir]
	if e == nil || e.Value.(kept).stamp != s {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(kept).data
}

// put keeps a document in place of an older one of the same directory, unless it is larger
// than all that may be kept.
func (c *cache) put(dir string, s stamp, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(c.of[dir])
	if len(data) > c.most {
		return
	}
	c.of[dir] = c.order.PushFront(kept{dir, s, data})
	c.size += len(data)
	for c.size > c.most {
		c.drop(c.order.Back())
	}
}

func (c *cache) drop(e *list.Element) {
	if e == nil {
		return
	}
	k := c.order.Remove(e).(kept)
	delete(c.of, k.dir)
	c.size -= len(k.data)
}
