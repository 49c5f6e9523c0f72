package browser

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
)

// seal tells the probe which elements hold a closed shadow root. No script can look
// into one; the browser says that it is there. Such a part counts as one that
// cannot be read.
func (t *tab) seal(ctx context.Context) error {
	world, err := t.world(ctx, t.path)
	if err != nil {
		return err
	}
	root, err := t.invoke(ctx, world, "root", nil, false)
	if err != nil {
		return err
	}
	r, err := do(ctx, t, dom.DescribeNode, dom.DescribeNodeParams{ObjectID: root.ObjectID, Depth: ptr(int64(-1)), Pierce: ptr(true)})
	if err != nil {
		return err
	}
	var args []any
	for _, id := range closedIn(r.Node, nil) {
		// An element of another frame is none of this world's.
		if r, err := do(ctx, t, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: id, ExecutionContextID: world}); err == nil {
			args = append(args, r.Object.ObjectID)
		}
	}
	_, err = t.invoke(ctx, world, "seal", args, true)
	return err
}

// closedIn adds the elements in a node that hold a closed shadow root.
func closedIn(n *cdp.Node, found []cdp.BackendNodeID) []cdp.BackendNodeID {
	if n == nil {
		return found
	}
	for _, root := range n.ShadowRoots {
		if root.ShadowRootType == cdp.ShadowRootTypeClosed {
			found = append(found, n.BackendNodeID)
		}
		found = closedIn(root, found)
	}
	for _, child := range n.Children {
		found = closedIn(child, found)
	}
	return found
}
