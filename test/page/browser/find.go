//go:build page

package browser

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
)

// Node is what a screen reader tells of a part of the page.
type Node struct {
	Role, Name, Description, Value string

	page    *Page
	backend cdp.BackendNodeID
}

// All are the nodes of a role whose name begins with the given one, in the order of the page.
// An empty role is every role.
func (p *Page) All(role, name string) []Node {
	p.t.Helper()
	root := call(p, dom.GetDocument, dom.GetDocumentParams{}).Root
	return p.within(root.BackendNodeID, role, name)
}

// All are those within a node, and the node itself.
func (n Node) All(role, name string) []Node {
	n.page.t.Helper()
	return n.page.within(n.backend, role, name)
}

func (p *Page) within(root cdp.BackendNodeID, role, name string) (found []Node) {
	p.t.Helper()
	for _, n := range call(p, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{BackendNodeID: root, Role: role}).Nodes {
		if node := p.node(n); !n.Ignored && strings.HasPrefix(node.Name, name) {
			found = append(found, node)
		}
	}
	return found
}

// Find is the first of All. The test ends without one.
func (p *Page) Find(role, name string) Node {
	p.t.Helper()
	found := p.All(role, name)
	if len(found) == 0 {
		p.t.Fatalf("there is no %s %q on the page; it has\n%s", role, name, p.Outline(role))
	}
	return found[0]
}

// Outline lists the nodes of a role, for a message.
func (p *Page) Outline(role string) string {
	p.t.Helper()
	var lines []string
	for _, n := range p.All(role, "") {
		lines = append(lines, "  "+n.Role+" "+n.Name)
	}
	return strings.Join(lines, "\n")
}

func (p *Page) node(n *accessibility.Node) Node {
	return Node{said(n.Role), said(n.Name), said(n.Description), said(n.Value), p, n.BackendDOMNodeID}
}

func said(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var s string
	if json.Unmarshal(v.Value, &s) != nil {
		return string(v.Value)
	}
	return s
}

// Focused is the node that the keyboard talks to.
func (p *Page) Focused() Node {
	p.t.Helper()
	active := call(p, runtime.Evaluate, runtime.EvaluateParams{Expression: "document.activeElement"}).Result
	tree := call(p, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{ObjectID: active.ObjectID, FetchRelatives: new(false)})
	return p.node(tree.Nodes[0])
}

// Is tells whether two nodes are the same part of the page.
func (n Node) Is(o Node) bool { return n.backend == o.backend }

// Call calls a function of JavaScript with the node as this.
func (n Node) Call(function string) string {
	p := n.page
	p.t.Helper()
	object := call(p, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: n.backend}).Object
	back := call(p, runtime.CallFunctionOn, runtime.CallFunctionOnParams{FunctionDeclaration: function, ObjectID: object.ObjectID, ReturnByValue: new(true)})
	if back.ExceptionDetails != nil {
		p.t.Fatalf("calling %s: %s", function, thrown(back.ExceptionDetails))
	}
	var text string
	if json.Unmarshal(back.Result.Value, &text) != nil {
		return string(back.Result.Value)
	}
	return text
}

// Around is the nearest element around it, or itself, that a selector of CSS matches.
func (n Node) Around(selector string) Node {
	p := n.page
	p.t.Helper()
	object := call(p, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: n.backend}).Object
	found := call(p, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		FunctionDeclaration: fmt.Sprintf("function() { return this.closest(%q) }", selector), ObjectID: object.ObjectID,
	}).Result
	if found.ObjectID == "" {
		p.t.Fatalf("there is no %s around %s %q", selector, n.Role, n.Name)
	}
	described := call(p, dom.DescribeNode, dom.DescribeNodeParams{ObjectID: found.ObjectID}).Node
	return Node{page: p, backend: described.BackendNodeID}
}

// Text is what is written in it.
func (n Node) Text() string {
	return n.Call(`function() { return this.innerText ?? this.textContent }`)
}
