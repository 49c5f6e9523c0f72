//go:build e2e

package browser

// BeforePress lets a test be the page that changes between the last look and the
// press of the click that acts.
func (p *Player) BeforePress(do func()) { p.beforePress = do }
